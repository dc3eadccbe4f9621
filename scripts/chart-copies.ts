import { writeFileSync } from 'node:fs';
import { fileOf, made } from '../test/chart/manifests.ts';

// npm run chart:copies: copies into the chart what is made elsewhere.

for (const file of made()) {
  writeFileSync(fileOf(file), file.text);
  process.stdout.write(`${file.path}\n`);
}
