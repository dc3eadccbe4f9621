import { readFile } from 'node:fs/promises';
import { readYaml } from '../yaml/read.ts';
import { type EnsureCrdOptions, ensureCrd } from './crd.ts';
import { isKubeError } from './errors.ts';
import type { KubeClient } from './kube-client.ts';
import { IP_CLAIMS } from './paths.ts';
import { withMissingRule } from './rbac.ts';

/** The same way from src/ in a checkout and from dist/ in the image. */
const MANIFEST = new URL('../../deploy/crds/ipclaims.yaml', import.meta.url);

/**
 * Makes the cluster know IPClaims as deploy/crds/ipclaims.yaml defines them, and waits until they can be created.
 * Several replicas may do this at the same time.
 * @throws KubeError (kind `forbidden` names the missing rule), or Error when they are not served in time
 */
export async function ensureClaimCrd(
  client: KubeClient,
  options: EnsureCrdOptions = {},
): Promise<'created' | 'updated' | 'unchanged'> {
  const outcome = await ensureCrd(client, await claimCrd(), options);
  await creatable(client);
  return outcome;
}

/**
 * The API server holds every create back by 2 s while its definition is less than 2 s old (apiextensions-apiserver,
 * customresource_handler.go; seen on 1.34.4): as long as a claim may take. One create that changes nothing sits that out,
 * and shows whether the role allows it. It says nothing, so `invalid` is the expected answer.
 */
async function creatable(client: KubeClient): Promise<void> {
  const nothing = { apiVersion: 'holdfast.dev/v1alpha1', kind: 'IPClaim', metadata: { name: 'nothing' } };
  try {
    await client.create(IP_CLAIMS, nothing, { query: { dryRun: 'All' } });
  } catch (error) {
    if (isKubeError(error, 'invalid')) return;
    throw withMissingRule(error, { verb: 'create', group: 'holdfast.dev', resource: 'ipclaims' });
  }
}

/** The CustomResourceDefinition as parsed YAML. */
export async function claimCrd(): Promise<unknown> {
  const read = readYaml(await readFile(MANIFEST, 'utf8'));
  if (read.kind === 'bad') throw new Error(`${MANIFEST.pathname} is not YAML: ${read.problems[0]?.what}`);
  return read.documents[0]?.value;
}
