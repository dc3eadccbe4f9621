import { ensureHelm, ensureKube, ensureMetallb } from './binaries.ts';
import { kubeVersions, metallbVersions } from './versions.ts';

// node test/control-plane/build-all.ts [names…]: builds everything, or e.g. `kube-1.34 metallb-0.16.1`.

const builders = new Map<string, () => Promise<unknown>>([
  ['helm', ensureHelm],
  ...kubeVersions.map((version) => [`kube-${version}`, () => ensureKube(version)] as const),
  ...metallbVersions.map((version) => [`metallb-${version}`, () => ensureMetallb(version)] as const),
]);

const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...builders.keys()];
const unknown = wanted.filter((name) => !builders.has(name));
if (unknown.length > 0) {
  process.stderr.write(`unknown: ${unknown.join(', ')}; known: ${[...builders.keys()].join(', ')}\n`);
  process.exit(4);
}
for (const name of wanted) {
  const startedAt = Date.now();
  await builders.get(name)?.();
  process.stdout.write(`${name} ready (${((Date.now() - startedAt) / 1000).toFixed(1)} s)\n`);
}
