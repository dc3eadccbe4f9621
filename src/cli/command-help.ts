/** A flag as the help shows it. */
export interface Flag {
  readonly name: string;
  /** One letter that stands for it: `f` for `-f`. */
  readonly letter?: string;
  /** What stands for its value in the help: `HOST:PORT`, `audit|enforce`. Empty for a switch, which takes none. */
  readonly value: string;
  readonly about: string;
  /** The default as a user would write it; none: left out of the help. */
  readonly default?: string;
  readonly repeatable?: true;
}

/** A command as the help shows it. */
export interface CommandHelp {
  readonly name: string;
  /** The positional it takes, such as `FILE`; none: it takes no positionals. */
  readonly positional?: string;
  /** Whether the positional is needed exactly once (the default), or may come any number of times. */
  readonly takes?: 'one' | 'any';
  readonly summary: string;
  /** Paragraphs. */
  readonly about: string;
  readonly flags: readonly Flag[];
  readonly examples: readonly [string, string, ...string[]];
}
