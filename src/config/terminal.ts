/** What of an output stream matters here. */
export interface Stream {
  readonly isTTY?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colours only on a terminal, never with NO_COLOR (no-color.org: any value but the empty one), nor on a dumb one. */
export function wantsColour(stream: Stream, env: Environment = process.env): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

/** Progress that overwrites itself needs a terminal that can. */
export function wantsProgress(stream: Stream, env: Environment = process.env): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb';
}
