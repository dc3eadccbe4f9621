import { isHarmful, type PoolStep, planPools } from '../app/plan-pools.ts';
import type { PlanOptions } from './ask-arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type PlanResult, planLayout } from './output/plan-layout.ts';
import { print } from './output/print.ts';
import { type Manifests, readManifests } from './plan-manifests.ts';
import { look, withCluster } from './with-cluster.ts';

/** Says what a change of pools would do; writes nothing. @returns findings when an IP would not stay */
export async function runPlan(options: PlanOptions): Promise<ExitCode> {
  const { file, metallbNamespace, output: format } = options;
  const manifests: Manifests = file === undefined ? { steps: [], leftOut: [] } : readManifests(file, metallbNamespace);
  return withCluster(options.kubeconfig, async (client) => {
    const view = await look(client, options);
    const current = view.survey.pools.map(({ pool }) => pool.name);
    const report = planPools(view, [...manifests.steps, ...deletions(options, manifests, current)]);
    const result: PlanResult = { ...report, leftOut: manifests.leftOut };
    print(process.stdout, { format, result, table: planLayout });
    return isHarmful(report) ? EXIT.findings : EXIT.ok;
  });
}

/** Deletions come last, as with `kubectl apply --prune`. */
function deletions(options: PlanOptions, { steps }: Manifests, current: readonly string[]): readonly PoolStep[] {
  const kept = new Set(steps.map(({ pool }) => pool.name));
  const pruned = options.prune ? current.filter((name) => !kept.has(name)) : [];
  return [...new Set([...pruned, ...options.deletions])].map((name) => ({ kind: 'delete', name }));
}
