import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, runGo } from './go-build.ts';
import { moduleFolder } from './paths.ts';
import { helmRelease, type KubeVersion, kubeReleases, type MetallbVersion } from './versions.ts';

export type KubeBinaries = { readonly kubeApiserver: string; readonly etcd: string; readonly kubectl: string };

/**
 * Paths of kube-apiserver, etcd and kubectl, built on first use. For 1.34 a folder named by `KUBEBUILDER_ASSETS`
 * (the convention of controller-runtime's envtest) is used instead.
 */
export async function ensureKube(version: KubeVersion): Promise<KubeBinaries> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  if (version === '1.34' && assets !== undefined && assets !== '') return kubeFromAssets(assets);
  const release = kubeReleases[version];
  const [major = '', minor = ''] = release.split('.');
  const variable = '-X k8s.io/component-base/version';
  const folder = await ensureBuilt({
    module: `kube-${version}`,
    targets: [
      { name: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
      { name: 'kube-apiserver', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
      { name: 'kubectl', package: 'k8s.io/kubernetes/cmd/kubectl' },
    ],
    // Without these the server calls itself v0.0.0-master.
    ldflags: `${variable}.gitVersion=v${release} ${variable}.gitMajor=${major} ${variable}.gitMinor=${minor}`,
    what: `kube-apiserver ${release}, etcd and kubectl`,
    howLong: 'about 4 minutes',
  });
  return inFolder(folder);
}

/** Path of the controller of one MetalLB release, built on first use. */
export async function ensureMetallb(version: MetallbVersion): Promise<string> {
  const folder = await ensureBuilt({
    module: `metallb-${version}`,
    targets: [{ name: 'controller', package: 'go.universe.tf/metallb/controller' }],
    ldflags: '',
    what: `MetalLB ${version}`,
    howLong: 'about 2 minutes',
  });
  return join(folder, 'controller');
}

/** Path of helm, built on first use. */
export async function ensureHelm(): Promise<string> {
  const folder = await ensureBuilt({
    module: 'helm-4.3',
    targets: [{ name: 'helm', package: 'helm.sh/helm/v4/cmd/helm' }],
    ldflags: `-X helm.sh/helm/v4/internal/version.version=v${helmRelease}`,
    what: `helm ${helmRelease}`,
    howLong: 'about 2 minutes',
  });
  return join(folder, 'helm');
}

/** Folder of MetalLB's own sources in Go's module cache: its CRDs are read from there and never copied. */
export async function metallbSources(version: MetallbVersion): Promise<string> {
  const cwd = moduleFolder(`metallb-${version}`);
  const list = ['list', '-m', '-f', '{{.Dir}}', 'go.universe.tf/metallb'];
  const folder = (await runGo(cwd, list)).trim();
  if (folder !== '') return folder;
  await runGo(cwd, ['mod', 'download', 'go.universe.tf/metallb']);
  return (await runGo(cwd, list)).trim();
}

function kubeFromAssets(folder: string): KubeBinaries {
  const binaries = inFolder(folder);
  for (const path of Object.values(binaries)) {
    if (!existsSync(path))
      throw new Error(`KUBEBUILDER_ASSETS is ${folder}, but there is no ${path}; unset it or fix it`);
  }
  return binaries;
}

function inFolder(folder: string): KubeBinaries {
  return {
    kubeApiserver: join(folder, 'kube-apiserver'),
    etcd: join(folder, 'etcd'),
    kubectl: join(folder, 'kubectl'),
  };
}
