import { type IpAddress, parseIp } from './net/ip.ts';

/** Permission to do once what holdfast would refuse: until when (epoch ms), and why. */
export interface Permission {
  readonly until: number;
  readonly reason: string;
}

/** `192.0.2.7 until=2026-12-01T10:00Z reason=...`: one IP, an expiry, and why. */
export interface AllowMove extends Permission {
  readonly ip: IpAddress;
}

/** A permission, or what is wrong with its text. */
export type Parsed<T> =
  | { readonly ok: true; readonly permission: T }
  | { readonly ok: false; readonly problem: string };

const FORM = /^\s*until=(\S+)\s+reason=(\S.*?)\s*$/;

/** Reads `holdfast.dev/allow-move`. A part that is missing or malformed is a problem, and then it allows nothing. */
export function parseAllowMove(text: string): Parsed<AllowMove> {
  const [, ipText = '', rest = ''] = /^\s*(\S+)(.*)$/s.exec(text) ?? [];
  const ip = parseIp(ipText);
  if (ip === undefined)
    return { ok: false, problem: `"${ipText}" is not an IP; write "<IP> until=<RFC 3339> reason=<why>"` };
  const parsed = parsePermission(rest);
  return parsed.ok ? { ok: true, permission: { ip, ...parsed.permission } } : parsed;
}

/** Reads `holdfast.dev/allow-strand`: `until=2026-12-01T10:00Z reason=...`. */
export function parsePermission(text: string): Parsed<Permission> {
  const [, untilText, reason] = FORM.exec(text) ?? [];
  if (untilText === undefined || reason === undefined) {
    return { ok: false, problem: 'write "until=<RFC 3339 time> reason=<why>", both in this order' };
  }
  const until = Date.parse(untilText);
  return Number.isNaN(until)
    ? { ok: false, problem: `"${untilText}" is not a time; write for example 2026-12-01T10:00Z` }
    : { ok: true, permission: { until, reason } };
}
