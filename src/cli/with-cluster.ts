import { type Survey, type SurveyTerms, stateOf, type Viewpoint } from '../app/survey.ts';
import { createClient } from '../kube/client.ts';
import { loadCluster } from '../kube/cluster.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { takeSurvey } from '../kube/survey.ts';
import type { ScopeOptions } from './ask-arguments.ts';
import { Progress } from './output/progress.ts';
import { packageVersion } from './version.ts';

/** Does something with a client of the cluster that the kubeconfig names, and closes its connections. */
export async function withCluster<T>(
  kubeconfig: string | undefined,
  use: (client: KubeClient) => Promise<T>,
): Promise<T> {
  const client = createClient(loadCluster({ kubeconfig }), { version: packageVersion() });
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** As long as the API server may take to store a write, and then some: `--claim-grace` of serve. */
const GRACE_MS = 120_000;
const STICKY_MS = 3_600_000;

/** Looks at the whole cluster, with progress on standard error. */
export async function look(
  client: KubeClient,
  { metallbNamespace, lbClasses }: Pick<ScopeOptions, 'metallbNamespace' | 'lbClasses'>,
  terms: Partial<SurveyTerms> = {},
): Promise<Viewpoint> {
  const progress = new Progress(process.stderr);
  try {
    const survey: Survey = await takeSurvey(client, {
      metallbNamespace,
      now: () => Date.now(),
      progress: (what, count) => progress.say(`reading ${what}: ${count}`),
    });
    const state = stateOf(survey, { graceMs: GRACE_MS, stickyMs: STICKY_MS, ...terms });
    return { survey, state, scope: { classes: lbClasses } };
  } finally {
    progress.end();
  }
}
