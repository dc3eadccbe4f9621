import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeBundle } from '../../src/certs/self-signed.ts';

/** The certificate that all servers of a measurement show: made as holdfast makes its own. */
export async function writeTlsFiles(folder: string): Promise<void> {
  const bundle = await makeBundle({ dnsNames: ['localhost'], ips: ['127.0.0.1'], now: Date.now() });
  writeFileSync(join(folder, 'ca.crt'), bundle.ca);
  writeFileSync(join(folder, 'tls.crt'), bundle.cert);
  writeFileSync(join(folder, 'tls.key'), bundle.key, { mode: 0o600 });
}

/** @param folder where `writeTlsFiles` wrote */
export function readTlsFiles(folder: string): { readonly cert: string; readonly key: string } {
  return { cert: readFileSync(join(folder, 'tls.crt'), 'utf8'), key: readFileSync(join(folder, 'tls.key'), 'utf8') };
}
