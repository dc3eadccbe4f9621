import { isIP } from 'node:net';

/** Names that no public DNS gives out: without a dot, or of a cluster or a local network. */
const INSIDE = /^[^.]+$|\.(?:svc|local|localhost|internal)$/i;

/**
 * True for a `Host` header under which an operator reaches the page: an IP, localhost, a name of the cluster. A foreign
 * site that lets its own name point here (DNS rebinding, while somebody forwards the port) would otherwise be the same
 * origin as the page to a browser.
 */
export function isInsideName(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = host.replace(/:\d*$/, '').replace(/^\[|\]$/g, '');
  return isIP(name) !== 0 || INSIDE.test(name);
}
