import { type IpAddress, parseIp } from './net/ip.ts';

/** `192.0.2.7 until=2026-12-01T10:00Z reason=...`: one IP, an expiry, and why. */
export interface AllowMove {
  readonly ip: IpAddress;
  /** Epoch ms. */
  readonly until: number;
  readonly reason: string;
}

const FORM = /^\s*(\S+)\s+until=(\S+)\s+reason=(\S.*?)\s*$/;

/** Reads `holdfast.dev/allow-move`. @returns undefined when any part is missing or malformed: then it allows nothing */
export function parseAllowMove(text: string): AllowMove | undefined {
  const [, ipText, untilText, reason] = FORM.exec(text) ?? [];
  if (ipText === undefined || untilText === undefined || reason === undefined) return undefined;
  const ip = parseIp(ipText);
  const until = Date.parse(untilText);
  return ip === undefined || Number.isNaN(until) ? undefined : { ip, until, reason };
}
