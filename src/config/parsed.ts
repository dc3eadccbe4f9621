/** What a parser of one value answers: the value, or what is wrong with the text and how to write it instead. */
export type Parsed<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'bad'; readonly what: string; readonly fix: string };

export function ok<T>(value: T): Parsed<T> {
  return { kind: 'ok', value };
}

export function bad(what: string, fix: string): Parsed<never> {
  return { kind: 'bad', what, fix };
}
