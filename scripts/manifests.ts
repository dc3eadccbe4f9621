import { writeFileSync } from 'node:fs';
import { fileOf, manifests } from '../test/chart/manifests.ts';

// npm run manifests: renders the plain manifests from the chart, with the helm of test/control-plane (needs Go).

for (const file of await manifests()) {
  writeFileSync(fileOf(file), file.text);
  process.stdout.write(`${file.path}\n`);
}
