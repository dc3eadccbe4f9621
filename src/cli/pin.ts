import { carryOut, type PinResult, pinStep, prefixFor, unpinStep } from '../app/pin-services.ts';
import type { Viewpoint } from '../app/survey.ts';
import { PIN_ANNOTATION } from '../core/metallb/annotations.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import { isKubeError } from '../kube/errors.ts';
import { explain } from '../kube/explain.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { pinStore } from '../kube/pin-store.ts';
import type { PinOptions } from './ask-arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type PinReport, pinLayout } from './output/pin-layout.ts';
import { print } from './output/print.ts';
import { Progress } from './output/progress.ts';
import { look, withCluster } from './with-cluster.ts';

/** Requests at a time: an API server takes that beside its other work. */
const CONCURRENCY = 8;

/** Pins Services to the IPs they have, or takes the pins away; may be stopped and run again. @returns error when one failed */
export function runPin(options: PinOptions & { readonly kind: 'pin' | 'unpin' }): Promise<ExitCode> {
  const { kind, dryRun, output: format } = options;
  return withCluster(options.kubeconfig, async (client) => {
    const view = await look(client, options);
    const prefix = kind === 'pin' ? prefixFor(view.survey, options.prefix) : null;
    const judge = (service: ServiceView) => (prefix === null ? unpinStep(service) : pinStep(service, view, prefix));
    const results = [...(await all(client, chosen(options, view), { judge, dryRun })), ...missing(options, view)];
    const result: PinReport = { command: kind, dryRun, prefix, results };
    print(process.stdout, { format, result, table: pinLayout });
    return results.some(({ outcome }) => outcome === 'failed') ? EXIT.error : EXIT.ok;
  });
}

interface Work {
  readonly judge: Parameters<typeof carryOut>[1];
  readonly dryRun: boolean;
}

async function all(
  client: KubeClient,
  services: readonly ServiceView[],
  { judge, dryRun }: Work,
): Promise<readonly PinResult[]> {
  const store = dryRun ? 'dry-run' : pinStore(client);
  const progress = new Progress(process.stderr);
  const results: PinResult[] = [];
  const left = services.toReversed();
  const work = async (): Promise<void> => {
    for (let service = left.pop(); service !== undefined; service = left.pop()) {
      results.push(await carryOut(service, judge, store).catch(failed(service)));
      progress.say(`${results.length} of ${services.length} Services`);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  } finally {
    progress.end();
  }
  return results.toSorted((one, other) => one.service.localeCompare(other.service));
}

/** One Service that cannot be written does not stop the others; an API server that is away does. */
function failed(service: ServiceView): (error: unknown) => PinResult {
  return (error) => {
    if (isKubeError(error, 'unavailable', 'timeout', 'unauthorized') || !isKubeError(error)) throw error;
    return { service: nameOf(service.ref), ips: service.assigned, outcome: 'failed', why: explain(error) };
  };
}

function chosen({ kind, all: every, namespaces, names }: PinOptions & { readonly kind: string }, view: Viewpoint) {
  const wanted = new Set(names.map(({ namespace, name }) => `${namespace}/${name}`));
  return view.survey.services.filter((service) => {
    if (wanted.size > 0) return wanted.has(nameOf(service.ref));
    if (!every && !namespaces.includes(service.ref.namespace)) return false;
    return kind === 'pin' ? service.type === 'LoadBalancer' : service.annotations[PIN_ANNOTATION] !== undefined;
  });
}

function missing({ names }: PinOptions, { survey }: Viewpoint): readonly PinResult[] {
  const there = new Set(survey.services.map(({ ref }) => nameOf(ref)));
  return names
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .filter((name) => !there.has(name))
    .map((service) => ({ service, ips: [], outcome: 'failed', why: 'there is no such Service' }));
}
