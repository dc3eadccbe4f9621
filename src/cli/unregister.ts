import { createClient } from '../kube/client.ts';
import { loadCluster } from '../kube/cluster.ts';
import { unregister } from '../kube/registration.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { packageVersion } from './version.ts';

/** Removes what `--register` made, and says what that was. */
export async function runUnregister(kubeconfig: string | undefined): Promise<ExitCode> {
  const client = createClient(loadCluster({ kubeconfig }), { version: packageVersion() });
  try {
    const removed = await unregister(client);
    if (removed.length === 0) process.stdout.write('nothing to remove: no webhook configuration of holdfast found\n');
    for (const { kind, name } of removed) process.stdout.write(`removed ${kind} ${name}\n`);
    return EXIT.ok;
  } finally {
    client.close();
  }
}
