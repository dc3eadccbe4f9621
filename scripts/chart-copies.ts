import { writeFileSync } from 'node:fs';
import { copies, fileOf } from '../test/chart/manifests.ts';

// npm run chart:copies: copies into the chart what is made elsewhere.

for (const file of copies()) {
  writeFileSync(fileOf(file), file.text);
  process.stdout.write(`${file.path}\n`);
}
