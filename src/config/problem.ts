/** One thing wrong with the flags or the configuration file. */
export interface ConfigProblem {
  /** `--sticky-for`, `--mode (default)` or `config.yaml: sticky-for (line 7)`. */
  readonly where: string;
  /** What is wrong, with the value that was given. */
  readonly what: string;
  /** What to do about it. */
  readonly fix: string;
}

/** One line for people: `--mode: "enforced" is not one of audit, enforce, repair: did you mean enforce?`. */
export function formatProblem({ where, what, fix }: ConfigProblem): string {
  return `${where}: ${what}: ${fix}`;
}
