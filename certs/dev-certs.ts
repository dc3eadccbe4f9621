import { mkdirSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_LIFETIMES } from '../src/certs/lifetimes.ts';
import { makeBundle } from '../src/certs/self-signed.ts';

const LIFE_MS = 90 * 86_400_000;
const DEFAULT_NAMES = ['localhost', '127.0.0.1', '::1'];

const [folder, ...given] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-')) {
  console.error('usage: node certs/dev-certs.ts FOLDER [NAME-OR-IP ...]');
  process.exitCode = 4;
} else {
  await writeDevCerts(folder, given.length > 0 ? given : DEFAULT_NAMES);
}

/** Writes ca.crt, tls.crt and tls.key; the key of the CA is not kept, so nothing else can be signed with it. */
async function writeDevCerts(target: string, names: readonly string[]): Promise<void> {
  const dnsNames = names.filter((name) => isIP(name) === 0);
  const ips = names.filter((name) => isIP(name) !== 0);
  const now = Date.now();
  const { ca, cert, key } = await makeBundle({
    dnsNames,
    ips,
    now,
    lifetimes: { ...DEFAULT_LIFETIMES, caMs: LIFE_MS },
  });
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'ca.crt'), ca);
  writeFileSync(join(target, 'tls.crt'), cert);
  writeFileSync(join(target, 'tls.key'), key, { mode: 0o600 });
  console.log(`wrote ca.crt, tls.crt and tls.key to ${target}, for ${names.join(', ')}`);
}
