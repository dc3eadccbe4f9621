/** A command's arguments taken apart, nothing judged yet. */
export interface Lexed {
  readonly help: boolean;
  /** Flag name without dashes → its values in order; unknown flags are here as well. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
  /** Known flags that came without the value they need. */
  readonly withoutValue: readonly string[];
  readonly positionals: readonly string[];
  /** Texts that follow an unknown flag, and may be its value or a positional. */
  readonly unclear: readonly string[];
}

/**
 * Takes arguments apart: `--flag VALUE`, `--flag=VALUE`, `-h`, and `--` before texts that only look like flags. Written
 * here because the libraries stop at the first unknown flag, and holdfast names all of them at once. All of our flags
 * take a value, except `--help`.
 */
export function lexArguments(args: readonly string[], known: ReadonlySet<string>): Lexed {
  const flags = new Map<string, string[]>();
  const [withoutValue, positionals, unclear]: [string[], string[], string[]] = [[], [], []];
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
      const { name, inline } = splitFlag(arg);
      const takesNext = inline === undefined && next !== undefined && !isFlag(next);
      if (takesNext) i++;
      const value = inline ?? (takesNext ? next : undefined);
      if (takesNext && !known.has(name)) unclear.push(next);
      if (value === undefined && known.has(name)) withoutValue.push(name);
      else flags.set(name, [...(flags.get(name) ?? []), value ?? '']);
    }
  }
  positionals.push(...(end < 0 ? [] : args.slice(end + 1)));
  return { help, flags, withoutValue, positionals, unclear };
}

/** `-1h` is a mistyped duration rather than a flag: as a value its own problem gets reported. */
function isFlag(arg: string): boolean {
  return arg.startsWith('-') && arg !== '-' && !/^-\d/.test(arg);
}

function splitFlag(arg: string): { readonly name: string; readonly inline: string | undefined } {
  const equals = arg.indexOf('=');
  const written = equals < 0 ? arg : arg.slice(0, equals);
  return { name: written.replace(/^--/, ''), inline: equals < 0 ? undefined : arg.slice(equals + 1) };
}
