/** Raw settings by name, as written: texts, numbers and lists of them, or anything a YAML file can hold. */
export type RawSettings = Readonly<Record<string, unknown>>;

/** One place that settings come from, and how problems with it are told to the user. */
export interface Source {
  readonly values: RawSettings;
  /** What a setting is called here: `--sticky-for` among flags, `sticky-for` in a file. */
  readonly nameOf: (key: string) => string;
  /** Where a value stands: `--sticky-for`, `config.yaml: sticky-for (line 7)`. `path` is the key, then list indexes. */
  readonly whereIs: (path: readonly PropertyKey[]) => string;
  /** Names that are known here without being settings, as `config` and `help` among flags: for "did you mean". */
  readonly otherNames: readonly string[];
  /** What to say about a name that is not known, and where the known ones are listed. */
  readonly unknown: { readonly what: string; readonly fix: string };
}

/** Settings given as flags of `command`. A list flag carries the list of its values. */
export function flagSource(command: string, values: RawSettings, otherNames: readonly string[] = ['help']): Source {
  return {
    values,
    otherNames,
    nameOf: (key) => `--${key}`,
    whereIs: ([name]) => (String(name).startsWith('-') ? String(name) : `--${String(name)}`),
    unknown: { what: 'unknown flag', fix: `"holdfast ${command} --help" lists the flags` },
  };
}
