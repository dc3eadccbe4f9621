/** Kubernetes minor versions with a Go module under `modules/`, and the exact release each one builds. */
export const kubeReleases = {
  '1.32': '1.32.13',
  '1.33': '1.33.13',
  '1.34': '1.34.4',
  '1.35': '1.35.4',
  '1.36': '1.36.3',
  '1.37': '1.37.2',
} as const;

/** The helm that renders and installs the chart, under `modules/`. */
export const helmRelease = '4.3.1';

export type KubeVersion = keyof typeof kubeReleases;

/** All of them, oldest first. */
export const kubeVersions = Object.keys(kubeReleases) as readonly KubeVersion[];

/** MetalLB releases with a Go module under `modules/`. */
export const metallbVersions = ['0.12.0', '0.13.12', '0.14.5', '0.15.3', '0.16.1'] as const;

export type MetallbVersion = (typeof metallbVersions)[number];

/** @throws Error naming the known versions. */
export function parseMetallbVersion(text: string): MetallbVersion {
  const found = metallbVersions.find((version) => version === text);
  if (found === undefined) throw new Error(`unknown MetalLB version "${text}"; known: ${metallbVersions.join(', ')}`);
  return found;
}

/** @throws Error naming the known versions. */
export function parseKubeVersion(text: string): KubeVersion {
  const found = kubeVersions.find((version) => version === text);
  if (found === undefined) throw new Error(`unknown Kubernetes version "${text}"; known: ${kubeVersions.join(', ')}`);
  return found;
}

/** MetalLB 0.12 reads its pools from a ConfigMap; every later one from custom resources. */
export function readsConfigMap(version: MetallbVersion): boolean {
  return version === '0.12.0';
}
