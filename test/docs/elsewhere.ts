import type { Fate } from './commands.ts';

const run: Fate = { kind: 'run' };
const by = (file: string): Fate => ({ kind: 'run by', file });
const not = (why: string): Fate => ({ kind: 'not run', why });

const MINUTES = not('takes minutes on a machine that does nothing else; its figures are in the page');

/**
 * What becomes of commands whose block does not say so itself. This wins over what a block says. A command that ends with
 * " *" stands for all that begin so.
 */
export const ELSEWHERE: Readonly<Record<string, Fate>> = {
  'npm ci': by('.ci/run'),
  'npm ci && npm run demo': by('.ci/run'),
  'npm ci && npm test': by('.ci/run'),
  'npm run check': by('.ci/run'),
  'npm test': by('.ci/run'),
  'npm run demo': by('.ci/run'),
  'npm run e2e': by('.ci/run'),
  'npm run parity -- *': MINUTES,
  'npm run bench': MINUTES,
  'npm run bench -- *': MINUTES,
  'npm run chaos -- *': MINUTES,
  'npm run interleavings -- *': MINUTES,
  'npm run compatibility -- *': MINUTES,

  'npm ci && export PATH=$PWD/bin:$PATH': not('the tests put bin/ on the PATH themselves'),
  'holdfast check': run,
  'holdfast plan -f pools.yaml': run,
  'holdfast pin --all --dry-run': run,
  'holdfast history 192.0.2.7': run,
  'npm run -s holdfast -- check': run,
  'kubectl apply -f pools.yaml': run,
  'kubectl get ipclaims': run,
  'kubectl get validatingwebhookconfigurations holdfast': run,
  'kubectl label namespace holdfast-system pod-security.kubernetes.io/enforce=restricted': run,
  'kubectl -n holdfast-system rollout status deployment/holdfast': not(
    'no controller runs Deployments in these clusters',
  ),
  'docker build *': not('needs a container registry'),
  'docker push *': not('needs a container registry'),
  'npm run -s sbom > holdfast.cdx.json': not('asks the package registry, and writes into the checkout'),
  'npm run -s holdfast -- serve --mode audit *': by('test/e2e/docs.test.ts'),
  'npm run -s holdfast -- unregister': by('test/e2e/docs.test.ts'),

  'holdfast serve --tls-cert tls.crt *': by('test/cli/certificates.test.ts'),
  'holdfast serve --tls-cert /tls/tls.crt *': by('test/cli/certificates.test.ts'),
  'kubectl label service web team=red --overwrite': by('test/e2e/at-the-edit.test.ts'),
  'kubectl annotate service web metallb.io/address-pool=nowhere': by('test/e2e/at-the-edit.test.ts'),
  'kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration holdfast': by('test/e2e/docs.test.ts'),
  'kubectl -n holdfast-system port-forward *': not('needs a kubelet; test/e2e/page.test.ts opens the page without one'),
  'helm uninstall metallb *': not('needs the chart repository of MetalLB; test/e2e/reinstall.test.ts does the same'),
  'helm install metallb *': not('needs the chart repository of MetalLB; test/e2e/reinstall.test.ts does the same'),
};
