import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { formatTable } from '../control-plane/table.ts';
import { parseMetallbVersion } from '../control-plane/versions.ts';
import { recordEveryday } from './record-everyday.ts';
import { recordStorm } from './record-storm.ts';
import type { Saved } from './save.ts';

const usage = `node test/record/record.ts [storm|everyday] [--metallb VERSION]   (needs Go; see test/control-plane)
  storm      MetalLB restarts among 250 assigned and 20 pending Services  (default 0.13.12)
  everyday   create, assign, request, delete, change of type, dual stack  (default 0.16.1)
Without a name both are recorded. The recordings replace those in test/fixtures.
`;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { metallb: { type: 'string' } } });
const [name = 'both'] = positionals;
if (!['storm', 'everyday', 'both'].includes(name) || positionals.length > 1) {
  process.stderr.write(usage);
  process.exit(4);
}

const saved: Saved[] = [];
if (name !== 'everyday') saved.push(await recordStorm(parseMetallbVersion(values.metallb ?? '0.13.12')));
const everyday = name === 'everyday' ? values.metallb : undefined;
if (name !== 'storm') saved.push(await recordEveryday(parseMetallbVersion(everyday ?? '0.16.1')));

const columns = [
  { title: 'recording', text: ({ file }: Saved) => basename(file) },
  { title: 'kB', text: ({ bytes }: Saved) => (bytes / 1000).toFixed(0) },
  { title: 'Services', text: ({ services }: Saved) => String(services) },
  { title: 'status writes', text: ({ statusWrites }: Saved) => String(statusWrites) },
  { title: 'others', text: ({ otherWrites }: Saved) => String(otherWrites) },
  { title: 'moved', text: ({ moved }: Saved) => String(moved) },
  { title: '2 owners', text: ({ doubled }: Saved) => String(doubled) },
  { title: 'at end', text: ({ doubledAtEnd }: Saved) => String(doubledAtEnd) },
];
process.stdout.write(`${formatTable(columns, saved)}\n`);
