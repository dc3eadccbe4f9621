import { createHash, X509Certificate } from 'node:crypto';

/** When a CA was first found in a configuration that a replica does not use itself: ISO times by fingerprint. */
export type Retired = Readonly<Record<string, string>>;

/** What {@link overlapped} looks at. */
export interface OverlapInput {
  /** PEM of the CAs that this replica wants trusted. */
  readonly mine: string;
  /** PEM of what the configuration holds; anything, also damaged. */
  readonly stored: string;
  readonly retired: Retired;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly overlapMs: number;
}

/** What the configuration shall hold. */
export interface Overlapped {
  readonly caBundle: string;
  readonly retired: Retired;
}

/**
 * Merges the CAs of this replica into those that are registered. A CA that this replica does not know may be the one that
 * another replica serves from (this one may have read the Secret or its files a moment too early), so it is only marked,
 * and dropped after the overlap. A replica that does use a marked CA takes the mark away half way: so a CA goes only when
 * nobody has spoken for it, and nothing is written while all replicas agree.
 */
export function overlapped({ mine, stored, retired, now, overlapMs }: OverlapInput): Overlapped {
  const own = new Map(blocksOf(mine).map((block) => [fingerprintOf(block), block]));
  if (own.size === 0) return { caBundle: mine, retired: {} };
  const bundle = new Map<string, string>();
  const marks: Record<string, string> = {};
  for (const block of blocksOf(stored).filter(isCertificate)) {
    const fingerprint = fingerprintOf(block);
    const since = Date.parse(retired[fingerprint] ?? '');
    if (own.has(fingerprint)) {
      bundle.set(fingerprint, block);
      if (now - since <= overlapMs / 2) marks[fingerprint] = new Date(since).toISOString();
    } else if (Number.isNaN(since) || now - since <= overlapMs) {
      bundle.set(fingerprint, block);
      marks[fingerprint] = new Date(Number.isNaN(since) ? now : since).toISOString();
    }
  }
  // What is there keeps its place: replicas that know different CAs would else turn the order round and round.
  return { caBundle: [...new Map([...bundle, ...own]).values()].join(''), retired: marks };
}

/** The certificates that all these texts have, PEM; empty when there is no text. */
export function inAll(pems: readonly string[]): string {
  const [first = '', ...rest] = pems;
  const others = rest.map((pem) => new Set(blocksOf(pem).map(fingerprintOf)));
  return blocksOf(first)
    .filter((block) => others.every((other) => other.has(fingerprintOf(block))))
    .filter(isCertificate)
    .join('');
}

/** Every certificate of these texts once, PEM. */
export function inAny(pems: readonly string[]): string {
  return [...new Map(pems.flatMap(blocksOf).map((block) => [fingerprintOf(block), block])).values()].join('');
}

/** PEM blocks in one spelling. */
function blocksOf(pem: string): readonly string[] {
  const found = pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g);
  return [...found].map(([, body = '']) => {
    const lines = body.replaceAll(/\s/g, '').match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
  });
}

function fingerprintOf(block: string): string {
  return createHash('sha256').update(block).digest('hex').slice(0, 16);
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).ca;
  } catch {
    return false;
  }
}
