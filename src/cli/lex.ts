/** A command's arguments taken apart, nothing judged yet. */
export interface Lexed {
  readonly help: boolean;
  /** Flag name without dashes → its values in order; unknown flags are here as well. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** Known flags that came without the value they need. */
  readonly withoutValue: readonly string[];
  /** Switches that came with a value, which they do not take. */
  readonly withValue: readonly string[];
  readonly positionals: readonly string[];
  /** Texts that follow an unknown flag, and may be its value or a positional. */
  readonly unclear: readonly string[];
}

/** The flags of a command, as far as taking arguments apart needs to know them. */
export interface KnownFlags {
  readonly names: ReadonlySet<string>;
  /** Those that take no value: `--dry-run`. Their value is `true`. */
  readonly switches?: ReadonlySet<string>;
  /** Letter → name: `f` → `file`. */
  readonly letters?: ReadonlyMap<string, string>;
}

/**
 * Takes arguments apart: `--flag VALUE`, `--flag=VALUE`, `--switch`, `-f VALUE`, `-h`, and `--` before texts that only
 * look like flags. Written here because the libraries stop at the first unknown flag, and holdfast names all of them at
 * once.
 */
export function lexArguments(args: readonly string[], known: KnownFlags): Lexed {
  const { names, switches = new Set(), letters = new Map() } = known;
  const flags = new Map<string, string[]>();
  const [withoutValue, positionals, unclear]: [string[], string[], string[]] = [[], [], []];
  const withValue: string[] = [];
  const add = (name: string, value: string): void => {
    flags.set(name, [...(flags.get(name) ?? []), value]);
  };
  let help = false;
  const end = args.indexOf('--');
  const looked = end < 0 ? args : args.slice(0, end);
  for (let i = 0; i < looked.length; i++) {
    const arg = looked[i] ?? '';
    const next = looked[i + 1];
    if (arg === '-h' || arg === '--help') {
      help = true;
    } else if (!isFlag(arg)) {
      positionals.push(arg);
    } else {
      const { name, inline } = splitFlag(arg, letters);
      if (switches.has(name)) {
        if (inline === undefined) add(name, 'true');
        else withValue.push(name);
        continue;
      }
      const takesNext = inline === undefined && next !== undefined && !isFlag(next);
      if (takesNext) i++;
      const value = inline ?? (takesNext ? next : undefined);
      if (takesNext && !names.has(name)) unclear.push(next);
      if (value === undefined && names.has(name)) withoutValue.push(name);
      else add(name, value ?? '');
    }
  }
  positionals.push(...(end < 0 ? [] : args.slice(end + 1)));
  return { help, flags, withoutValue, withValue, positionals, unclear };
}

/** `-1h` is a mistyped duration rather than a flag: as a value its own problem gets reported. */
function isFlag(arg: string): boolean {
  return arg.startsWith('-') && arg !== '-' && !/^-\d/.test(arg);
}

function splitFlag(
  arg: string,
  letters: ReadonlyMap<string, string>,
): { readonly name: string; readonly inline: string | undefined } {
  const equals = arg.indexOf('=');
  const written = equals < 0 ? arg : arg.slice(0, equals);
  const inline = equals < 0 ? undefined : arg.slice(equals + 1);
  const letter = /^-([a-zA-Z])$/.exec(written)?.[1];
  return { name: (letter && letters.get(letter)) ?? written.replace(/^--/, ''), inline };
}
