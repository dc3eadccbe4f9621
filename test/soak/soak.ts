import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { temporaryFolder } from '../cli/holdfast-process.ts';
import { DemoGuard } from '../demo/guard.ts';
import { Random } from '../parity/random.ts';
import { IP_ADDRESS_POOL } from '../support/stub-apiserver/resources.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import { Load } from './load.ts';
import { soakPlot } from './plot.ts';
import { type Sample, verdict } from './samples.ts';

/**
 * Memory and descriptors of a holdfast that works for long: npm run soak -- [--minutes 30] [--rate 200] [--out FILE]
 * [--plot FILE.svg] [--log FILE]. Exits with 1 when memory or descriptors grow, or holdfast does not end when told to. Linux only: it reads /proc.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string' },
    plot: { type: 'string' },
    log: { type: 'string' },
  },
});
const lastsMs = Number(values.minutes) * 60_000;
const rate = Number(values.rate);
const everyMs = Math.min(10_000, lastsMs / 60);

const folder = temporaryFolder();
const stub = await StubApiServer.start({ resources: [IP_ADDRESS_POOL] });
stub.put('/api/v1/namespaces', { metadata: { name: 'default' } });
stub.put('/apis/metallb.io/v1beta1/ipaddresspools', {
  metadata: { namespace: 'metallb-system', name: 'soak' },
  spec: { addresses: ['10.77.0.0/22'] },
});
const guard = await DemoGuard.start(stub, folder.path, 'repair');
const load = new Load(stub, guard, new Random(Number(values.seed)));

const began = performance.now();
const elapsed = (): number => performance.now() - began;
const samples: Sample[] = [];

/** What the kernel says of the process: resident memory in MiB, open descriptors. */
function sample(): Sample {
  const status = readFileSync(`/proc/${guard.pid}/status`, 'utf8');
  const kib = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
  const descriptors = readdirSync(`/proc/${guard.pid}/fd`).length;
  return { seconds: Math.round(elapsed() / 1000), rssMib: Math.round(kib / 102.4) / 10, descriptors };
}

let ended = true;
let nextSample = 0;
while (elapsed() < lastsMs) {
  const due = (elapsed() / 1000) * rate;
  if (load.calls < due) await Promise.all(Array.from({ length: 4 }, () => load.write()));
  else await delay(5);
  if (elapsed() < nextSample) continue;
  samples.push(sample());
  // From now on, not from when it was due: after a pause there would be many samples of one moment.
  nextSample = elapsed() + everyMs;
}
const { text, isFlat } = verdict(samples);
console.log(
  `${values.minutes} min, ${load.calls} reviews (${Math.round(load.calls / (lastsMs / 1000))}/s), ` +
    `${load.refused} writes refused, ${load.undecided} not decided: ${text}`,
);
for (const excuse of load.excuses) console.log(`- ${excuse}`);
if (values.plot !== undefined) {
  mkdirSync(dirname(values.plot), { recursive: true });
  writeFileSync(values.plot, soakPlot(samples, rate));
}
if (values.out !== undefined) {
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, `${JSON.stringify({ minutes: Number(values.minutes), rate, samples })}\n`);
}
await guard.stop().catch((error: unknown) => {
  console.log(String(error));
  ended = false;
});
if (values.log !== undefined) copyFileSync(join(folder.path, 'holdfast.log'), values.log);
await stub.stop();
folder.remove();
process.exitCode = isFlat && ended ? 0 : 1;
