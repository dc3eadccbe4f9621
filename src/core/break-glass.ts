import { type IpAddress, parseIp } from './net/ip.ts';

/** Permission to do once what holdfast would refuse: until when (epoch ms, and as written), and why. */
export interface Permission {
  readonly until: number;
  readonly untilText: string;
  readonly reason: string;
}

/** `192.0.2.7 until=2026-12-01T10:00Z reason=...`: one IP, an expiry, and why. */
export interface AllowMove extends Permission {
  readonly ip: IpAddress;
}

/** A permission, or what is wrong with its text, short enough for a warning. */
export type Parsed<T> =
  | { readonly ok: true; readonly permission: T }
  | { readonly ok: false; readonly problem: string };

const EXAMPLE = '2026-12-01T10:00Z';
/**
 * RFC 3339, the seconds may be left out. Without a zone the time would be another one on every machine. A pattern that
 * Go's regexp and CEL understand as well.
 */
export const TIME_PATTERN = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)`;
const TIME = new RegExp(`^${TIME_PATTERN}$`);
/** Longest part of somebody's text that a problem repeats. */
const QUOTED = 30;

/** Reads `holdfast.dev/allow-move`. A part that is missing or malformed is a problem, and then it allows nothing. */
export function parseAllowMove(text: string): Parsed<AllowMove> {
  const [, ipText = '', rest = ''] = /^\s*(\S+)(.*)$/s.exec(text) ?? [];
  if (ipText === '' || ipText.startsWith('until=')) return bad('it begins with no IP; write "<IP> until=… reason=…"');
  const ip = parseIp(ipText);
  if (ip === undefined) return bad(`${quoted(ipText)} is not an IP; name exactly one`);
  const parsed = parsePermission(rest);
  return parsed.ok ? { ok: true, permission: { ip, ...parsed.permission } } : parsed;
}

/** Reads `holdfast.dev/allow-strand`: `until=2026-12-01T10:00Z reason=...`. */
export function parsePermission(text: string): Parsed<Permission> {
  const [before = '', ...afterReason] = text.split(/(?:^|\s)reason=/);
  const [stray = '', untilText] = before.split(/(?:^|\s)until=/).map((part) => part.trim());
  const reason = afterReason.join(' reason=').trim();
  if (untilText === undefined) {
    return bad(
      /\suntil=/.test(text) ? 'until= has to stand before reason=' : `until=${EXAMPLE} (an expiry) is missing`,
    );
  }
  if (stray !== '') return bad(`${quoted(stray)} before until= is too much`);
  if (!TIME.test(untilText) || Number.isNaN(Date.parse(untilText))) {
    return bad(`${quoted(untilText)} is not a time with a zone; write for example ${EXAMPLE}`);
  }
  if (reason === '') return bad('reason=<why> is missing');
  return { ok: true, permission: { until: Date.parse(untilText), untilText, reason } };
}

/** A permission that has not expired at `now` (epoch ms); an expired one is a problem as well. */
export function inForce<T extends Permission>(parsed: Parsed<T>, now: number): Parsed<T> {
  if (!parsed.ok || now < parsed.permission.until) return parsed;
  return bad(`it expired at ${parsed.permission.untilText}`);
}

function bad(problem: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem };
}

function quoted(text: string): string {
  return `"${text.length <= QUOTED ? text : `${text.slice(0, QUOTED - 1)}…`}"`;
}
