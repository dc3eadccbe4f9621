import { type DestinationStream, pino } from 'pino';

/** The levels, from most to least; pino's. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Writes one line. Fields come first; an error goes under `error`, never into the message as JSON. */
export type LogMethod = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** What holdfast needs of a logger; pino has it. */
export interface Log {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** A logger whose every line has these fields too. */
  child(fields: Readonly<Record<string, unknown>>): Log;
}

/** See {@link createLogger}. */
export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where the lines go; standard error when not given, so that standard output stays free for results. */
  readonly destination?: DestinationStream;
}

/** Values under these names are never written, at the top of a line or one level down. */
const SECRET = ['key', 'caKey', 'token', 'authorization', 'password'];
const REDACTED = SECRET.flatMap((name) => [name, `*.${name}`]);

const STANDARD_ERROR = 2;

/**
 * A logger that writes one JSON object per line: `level` as text, `time` as ISO 8601, the fields, `msg`. Errors under
 * `error` or `err` become type, message and stack (with causes), and nothing else: the errors of HTTP clients carry
 * whole responses, with headers. Synchronous, so that the last line before a crash is there.
 */
export function createLogger({ level, destination }: LoggerOptions): Log {
  const serializers = { error: serializeError, err: serializeError };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: '[redacted]' },
      serializers,
    },
    destination ?? pino.destination({ dest: STANDARD_ERROR, sync: true }),
  );
}

/** An error as it is logged. */
interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
}

function serializeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  return { type: error.name, message: messageWithCauses(error), stack: error.stack ?? '' };
}

/** Deep enough for every chain that is not a circle. */
const MAX_CAUSES = 5;

function messageWithCauses(error: Error, depth = 0): string {
  const { cause } = error;
  if (!(cause instanceof Error) || depth >= MAX_CAUSES) return error.message;
  return `${error.message}: ${messageWithCauses(cause, depth + 1)}`;
}
