import { fileURLToPath } from 'node:url';
import { readRecording } from '../../src/cli/replay.ts';
import type { JsonObject } from '../../src/review/json.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import type { Service } from '../control-plane/kube-types.ts';
import { serviceKey } from '../control-plane/owner-ledger.ts';
import { serviceIps } from '../control-plane/services.ts';
import { writeNdjsonGz } from './ndjson-gz.ts';
import { type WhatHappened, whatHappened } from './what-happened.ts';

/** A recording on disk. */
export interface Saved extends WhatHappened {
  readonly file: string;
  readonly bytes: number;
}

/**
 * Writes a recording into `test/fixtures` and plays it: it must end where the cluster ended.
 * @throws Error when the recording leaves something out
 */
export async function save(cluster: Cluster, name: string, lines: readonly JsonObject[]): Promise<Saved> {
  const file = fixture(name);
  const bytes = writeNdjsonGz(file, lines);
  const { counts, ledger } = await whatHappened(readRecording(file));
  const { items } = await cluster.client().list<Service>('/api/v1/services');
  const [played, real] = [ipsOf(ledger.services()), ipsOf(items)];
  const wrong = [...real].filter(([service, ips]) => played.get(service) !== ips);
  if (wrong.length > 0 || played.size !== real.size) {
    const list = wrong.map(([service, ips]) => `${service} has ${ips}, played ${played.get(service)}`).join('; ');
    throw new Error(`${name} does not end as the cluster did (${real.size} Services, played ${played.size}): ${list}`);
  }
  return { file, bytes, ...counts };
}

/** The path of a recording. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

function ipsOf(services: readonly Service[]): ReadonlyMap<string, string> {
  return new Map(services.map((service) => [serviceKey(service), [...serviceIps(service)].sort().join() || 'none']));
}
