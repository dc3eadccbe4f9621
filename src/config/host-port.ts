import { isIP, isIPv6 } from 'node:net';
import { bad, ok, type Parsed } from './parsed.ts';

/** Where to listen. `host` is an IP or a name, IPv6 without brackets; `port` 0 asks the system for a free one. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

// The last label may not be all digits: 999.1.1.1 is a mistyped IP, not a name.
const HOST_NAME = /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\.)*[a-z0-9]*[a-z](?:[-a-z0-9]*[a-z0-9])?$/i;

/** Parses `HOST:PORT`: `0.0.0.0:8443`, `localhost:0`, `[::1]:8443`. Port 0 to 65535. */
export function parseHostPort(text: string): Parsed<HostPort> {
  const quoted = JSON.stringify(text);
  if (isIPv6(text)) return bad(`${quoted} is an IPv6 address without a port`, `write it like [${text}]:8443`);
  const match = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(text);
  if (!match) return bad(`${quoted} is not HOST:PORT`, 'write it like 0.0.0.0:8443 or [::1]:8443');

  const [, bracketed, plain = '', digits] = match;
  const port = Number(digits);
  if (port > 65_535) return bad(`port ${digits} does not exist`, 'use 0 (any free port) to 65535');
  if (bracketed !== undefined) {
    if (isIPv6(bracketed)) return ok({ host: bracketed, port });
    return bad(`${JSON.stringify(bracketed)} is not an IPv6 address`, 'write it like [::1]:8443');
  }
  if (plain === '') return bad(`${quoted} has no host`, `write 0.0.0.0:${digits} for every address of this machine`);
  if (isIP(plain) !== 0 || (plain.length <= 253 && HOST_NAME.test(plain))) return ok({ host: plain, port });
  return bad(`${JSON.stringify(plain)} is neither an IP address nor a host name`, 'write it like 0.0.0.0:8443');
}

/** Whether both could not be listened on by one process: the same port (0 never clashes) on the same or on every address. */
export function sameSocket(a: HostPort, b: HostPort): boolean {
  const everywhere = ['0.0.0.0', '::'];
  if (a.port === 0 || a.port !== b.port) return false;
  return a.host === b.host || everywhere.includes(a.host) || everywhere.includes(b.host);
}
