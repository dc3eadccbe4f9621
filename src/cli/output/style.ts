/** Marks parts of a text; without colours it gives every text back as it is. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

const CODES = { bold: 1, dim: 2, good: 32, warn: 33, bad: 31 } as const;

/** @param colours whether the output is a terminal that wants them */
export function styleOf(colours: boolean): Style {
  const mark = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: mark(CODES.bold),
    dim: mark(CODES.dim),
    good: mark(CODES.good),
    warn: mark(CODES.warn),
    bad: mark(CODES.bad),
  };
}

export const PLAIN: Style = styleOf(false);
