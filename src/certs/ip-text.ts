import { isIPv4, isIPv6 } from 'node:net';

/**
 * One text form for each IP, so that names of certificates can be compared: IPv4 as is, IPv6 compressed and in lower
 * case (as the URL standard writes it). Undefined when the text is no IP. (The core has a type of its own for
 * the IPs of Services; the ones here are only where the webhook is reached.)
 */
export function ipText(text: string): string | undefined {
  if (isIPv4(text)) return text;
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}
