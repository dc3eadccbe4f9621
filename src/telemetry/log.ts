import { type DestinationStream, type Logger, pino } from 'pino';

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
const SECRET: ReadonlySet<string> = new Set(['key', 'caKey', 'token', 'authorization', 'password']);
const REDACTED = '[redacted]';

const STANDARD_ERROR = 2;

/**
 * A logger that writes one JSON object per line: `level` as text, `time` as ISO 8601, the fields, `msg`. Errors under
 * `error` or `err` become type, message and stack (with causes), and nothing else: the errors of HTTP clients carry
 * whole responses, with headers. Lines are written at the end of the turn of the event loop that made them, all at once,
 * and at the exit of the process: the last line before a crash is there.
 */
export function createLogger({ level, destination }: LoggerOptions): Log {
  const serializers = { error: serializeError, err: serializeError };
  const logger = pino(
    {
      level,
      base: null,
      timestamp: isoTime,
      formatters: { level: (label) => ({ level: label }), log: withoutSecrets },
      serializers,
    },
    destination ?? standardError(),
  );
  return asLog(logger);
}

let [stampedAt, stamp] = [Number.NaN, ''];

/** As pino's own, but made once for all lines of a millisecond. */
function isoTime(): string {
  const now = Date.now();
  if (now !== stampedAt) [stampedAt, stamp] = [now, `,"time":"${new Date(now).toISOString()}"`];
  return stamp;
}

function asLog(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => asLog(logger.child(withoutSecrets(fields))),
  };
}

/** One write for all lines of a turn: under load a write for each line costs more than making the line. */
function standardError(): DestinationStream {
  const stream = pino.destination({ dest: STANDARD_ERROR, sync: true });
  let lines = '';
  const flush = () => {
    const written = lines;
    lines = '';
    if (written !== '') stream.write(written);
  };
  process.once('exit', flush);
  return {
    write: (line) => {
      if (lines === '') setImmediate(flush);
      lines += line;
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Own code instead of pino's `redact`, which takes several times as long as all the rest of a line. */
function withoutSecrets(fields: Fields): Record<string, unknown> {
  return replaced(fields, (value) => (isPlain(value) ? replaced(value, (inner) => inner) : value));
}

/** The same object, when there is nothing to replace: nearly every line. */
function replaced(fields: Fields, clean: (value: unknown) => unknown): Record<string, unknown> {
  if (!Object.keys(fields).some((name) => SECRET.has(name) || isPlain(fields[name]))) return fields;
  const all: Record<string, unknown> = {};
  for (const name of Object.keys(fields)) all[name] = SECRET.has(name) ? REDACTED : clean(fields[name]);
  return all;
}

function isPlain(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
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
