import { bad, ok, type Parsed } from './parsed.ts';

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const PART = /(\d+(?:\.\d+)?)(ms|h|m|s)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/;
const EXAMPLES = 'write it like 1h30m, 90s, 500ms or 0';

/** Shortest and longest allowed duration, both in Go's notation so that messages can quote them. */
export interface DurationLimits {
  readonly min: string;
  readonly max: string;
}

/**
 * Parses a duration as Go writes it (`1h30m`, `1.5h`, `90s`, `500ms`, `0`) into whole milliseconds.
 * Unlike Go there is no sign, and nothing finer than `ms`: no setting has a use for either.
 */
export function parseDuration(text: string, limits?: DurationLimits): Parsed<number> {
  const ms = toMs(text);
  if (ms === undefined) return bad(`${JSON.stringify(text)} is not a duration`, fixFor(text));
  if (limits && ms < (toMs(limits.min) ?? 0)) return bad(`${text} is too short`, `use at least ${limits.min}`);
  if (limits && ms > (toMs(limits.max) ?? Infinity)) return bad(`${text} is too long`, `use at most ${limits.max}`);
  return ok(ms);
}

function toMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (!WHOLE.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return Math.round(total);
}

function fixFor(text: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) return `it needs a unit (h, m, s, ms), ${EXAMPLES}`;
  if (/^\d+d$/.test(text)) return `days are written in hours, here ${Number.parseInt(text, 10) * 24}h`;
  return EXAMPLES;
}
