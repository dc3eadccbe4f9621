import type { Entry, KubeObject } from './store.ts';

/**
 * @param query may have `labelSelector` (`a=b,c!=d,e`) and `fieldSelector` (`metadata.name=x`)
 * @returns whether an entry is selected; undefined when everything is
 */
export function selector(query: URLSearchParams): ((entry: Entry) => boolean) | undefined {
  const labels = terms(query.get('labelSelector'));
  const fields = terms(query.get('fieldSelector'));
  if (labels.length + fields.length === 0) return undefined;
  return ({ json }) => {
    const object: KubeObject = JSON.parse(json);
    return (
      labels.every((term) => holds(term, object.metadata?.labels?.[term.key])) &&
      fields.every((term) => holds(term, field(object, term.key)))
    );
  };
}

interface Term {
  readonly key: string;
  readonly not: boolean;
  /** Undefined: the key must exist. */
  readonly value: string | undefined;
}

function terms(text: string | null): Term[] {
  return (text ?? '')
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const [key = '', value] = term.split(/!=|==?/);
      return { key, not: term.includes('!='), value };
    });
}

function holds({ not, value }: Term, found: string | undefined): boolean {
  if (value === undefined) return found !== undefined;
  return not ? found !== value : found === value;
}

function field(object: KubeObject, path: string): string | undefined {
  let here: unknown = object;
  for (const key of path.split('.')) here = (here as Record<string, unknown> | undefined)?.[key];
  return typeof here === 'string' ? here : undefined;
}
