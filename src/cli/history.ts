import { type Deed, type HistoryReport, tenuresOf, tenuresOfService } from '../app/history.ts';
import type { IpAddress } from '../core/net/ip.ts';
import { nameOf } from '../core/service-ref.ts';
import { claimStore } from '../kube/claim-store.ts';
import { isKubeError } from '../kube/errors.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { ownEvents } from '../kube/own-events.ts';
import type { HistoryOptions, ServiceName } from './ask-arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { historyLayout } from './output/history-layout.ts';
import { print } from './output/print.ts';
import { look, withCluster } from './with-cluster.ts';

/** Prints who held an IP, or what a Service held. That nobody did is an answer as well. */
export function runHistory({ kubeconfig, subject, output: format }: HistoryOptions): Promise<ExitCode> {
  return withCluster(kubeconfig, async (client) => {
    const result = await (subject.kind === 'ip' ? ofIp(client, subject.ip) : ofService(client, subject));
    print(process.stdout, { format, result, table: historyLayout });
    return EXIT.ok;
  });
}

const WHOLE_CLUSTER = { metallbNamespace: 'metallb-system', lbClasses: [] };

async function ofIp(client: KubeClient, ip: IpAddress): Promise<HistoryReport> {
  const claim = await claimStore(client, { callMs: 10_000 }).read(ip);
  const tenures = claim === undefined ? [] : tenuresOf(claim);
  const names = [...new Set(tenures.map(({ service }) => service))];
  const unclaimed = claim === undefined ? await holdersByStatus(client, ip) : [];
  const told = await deedsOf(client, [...names, ...unclaimed].map(split));
  const deeds = told.deeds.filter(({ message }) => message.includes(ip));
  return { subject: ip, tenures, deeds, unclaimed, unread: told.unread };
}

async function holdersByStatus(client: KubeClient, ip: IpAddress): Promise<readonly string[]> {
  const { state } = await look(client, WHOLE_CLUSTER);
  return state.ledger.holdersOf(ip).map(({ service }) => nameOf(service.ref));
}

async function ofService(client: KubeClient, { namespace, name }: ServiceName): Promise<HistoryReport> {
  const subject = `${namespace}/${name}`;
  const { survey } = await look(client, WHOLE_CLUSTER);
  const tenures = tenuresOfService(survey.claims ?? [], subject);
  const held = new Set(tenures.filter(({ to }) => to === null).map(({ ip }) => ip));
  const service = survey.services.find(({ ref }) => nameOf(ref) === subject);
  const unclaimed = (service?.assigned ?? []).filter((ip) => !held.has(ip));
  const { deeds, unread } = await deedsOf(client, [{ namespace, name }]);
  const missing = survey.claims === undefined ? ['claims: there are no IPClaims in this cluster'] : [];
  return { subject, tenures, deeds, unclaimed, unread: [...missing, ...unread] };
}

async function deedsOf(
  client: KubeClient,
  names: readonly ServiceName[],
): Promise<{ readonly deeds: readonly Deed[]; readonly unread: readonly string[] }> {
  const deeds: Deed[] = [];
  const unread = new Set<string>();
  for (const name of names) {
    try {
      deeds.push(...(await ownEvents(client, name)));
    } catch (error) {
      if (!isKubeError(error, 'forbidden')) throw error;
      unread.add(`Events: ${error.failure.message}`);
    }
  }
  return { deeds: deeds.toSorted((one, other) => other.at.localeCompare(one.at)), unread: [...unread] };
}

function split(name: string): ServiceName {
  const [namespace = '', rest = ''] = name.split('/');
  return { namespace, name: rest };
}
