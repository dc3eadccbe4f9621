import type * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';
import type { ConfigProblem } from './problem.ts';
import type { RawSettings, Source } from './source.ts';

/** The sources of one command's settings merged, together with everything that is wrong with any of them. */
export interface Validated<T> {
  /** Complete: where a value is bad, the next source's or the default stands in, so that other checks can go on. */
  readonly settings: T;
  readonly problems: readonly ConfigProblem[];
  /** Settings a problem was reported for; a second problem about their stand-in would only confuse. */
  readonly suspect: ReadonlySet<string>;
  /** Where the value that counts was given: in the last source that has it, or `--mode (default)`. */
  readonly whereIs: (key: string) => string;
}

type Issue = z.core.$ZodIssue;

/**
 * Checks every source on its own, so that a bad value in the file is reported even if a flag overrides it, then merges:
 * defaults, then each source, the last wins (lists are replaced, not joined).
 */
export function validate<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape, z.core.$strict>,
  defaults: RawSettings,
  sources: readonly Source[],
): Validated<z.output<z.ZodObject<Shape, z.core.$strict>>> {
  const problems: ConfigProblem[] = [];
  const suspect = new Set<string>();
  let merged: RawSettings = defaults;
  for (const source of sources) {
    const issues = schema.partial().safeParse(source.values, { reportInput: true }).error?.issues ?? [];
    const found = issues.flatMap((issue) => findings(issue, source, Object.keys(schema.shape)));
    const bad = new Set(found.map((finding) => finding.key));
    for (const { key, meant } of found) suspect.add(meant ?? key);
    problems.push(...inWrittenOrder(found, source).map((finding) => finding.problem));
    merged = { ...merged, ...Object.fromEntries(Object.entries(source.values).filter(([key]) => !bad.has(key))) };
  }
  const whereIs = (key: string) =>
    sources.findLast((source) => Object.hasOwn(source.values, key))?.whereIs([key]) ?? `--${key} (default)`;
  return { settings: schema.parse(merged), problems, suspect, whereIs };
}

interface Finding {
  readonly key: string;
  /** For an unknown name, the one that was probably meant. */
  readonly meant: string | undefined;
  readonly problem: ConfigProblem;
}

function findings(issue: Issue, source: Source, known: readonly string[]): readonly Finding[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownName(key, source, known));
  const key = String(issue.path[0]);
  return [{ key, meant: undefined, problem: { where: source.whereIs(issue.path), ...explain(issue) } }];
}

function unknownName(key: string, source: Source, known: readonly string[]): Finding {
  const meant = didYouMean(key, [...known, ...source.otherNames]);
  const fix = meant === undefined ? source.unknown.fix : `did you mean ${source.nameOf(meant)}?`;
  return { key, meant, problem: { where: source.whereIs([key]), what: source.unknown.what, fix } };
}

function explain(issue: Issue): Omit<ConfigProblem, 'where'> {
  if (issue.code === 'custom') return { what: issue.message, fix: String(issue.params?.fix ?? '') };
  if (issue.code === 'invalid_value') return badChoice(issue.input, issue.values.map(String));
  if (issue.code === 'invalid_type') {
    return badType(issue.input, issue.expected === 'array' ? 'a list like [a, b]' : 'a text');
  }
  if (issue.code === 'too_small') return { what: 'is empty', fix: 'give it a value, or leave it out' };
  return { what: issue.message, fix: '"holdfast serve --help" shows what is allowed' };
}

function badType(input: unknown, wanted: string): Omit<ConfigProblem, 'where'> {
  if (input === null) return { what: 'has no value', fix: `write ${wanted}, or leave it out` };
  return { what: `${kindOf(input)} stands where ${wanted} should`, fix: `write ${wanted}` };
}

function badChoice(input: unknown, choices: readonly string[]): Omit<ConfigProblem, 'where'> {
  const meant = typeof input === 'string' ? didYouMean(input, choices) : undefined;
  const written = typeof input === 'string' ? JSON.stringify(input) : kindOf(input);
  const what = `${written} is not one of ${choices.join(', ')}`;
  return { what, fix: meant === undefined ? 'choose one of them' : `did you mean ${meant}?` };
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return JSON.stringify(value) ?? typeof value;
}

/** In the order of the source; zod reports unknown names last. */
function inWrittenOrder(found: readonly Finding[], source: Source): readonly Finding[] {
  const order = Object.keys(source.values);
  return found.toSorted((a, b) => order.indexOf(a.key) - order.indexOf(b.key));
}
