import { parseArgs } from 'node:util';
import { startCluster } from './cluster.ts';
import { restartStorm, twoControllersStorm } from './storm.ts';
import { stormTable } from './table.ts';
import { parseKubeVersion, parseMetallbVersion } from './versions.ts';

const usage = `node test/control-plane/storm-cli.ts restart|two [options]   (nothing guards the IPs here)
  --metallb VERSION   default 0.13.12
  --kube VERSION      default 1.34
  --services N        restart: with an IP, default 250; two: pending, default 400
  --extra N           restart: created while MetalLB is down, default 20
  --deadline SECONDS  default 60
`;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      metallb: { type: 'string', default: '0.13.12' },
      kube: { type: 'string', default: '1.34' },
      services: { type: 'string' },
      extra: { type: 'string', default: '20' },
      deadline: { type: 'string', default: '60' },
    },
  });
  const [storm] = positionals;
  if (positionals.length !== 1 || (storm !== 'restart' && storm !== 'two')) throw new Error('say which storm');
  return {
    storm,
    metallb: parseMetallbVersion(values.metallb),
    kube: parseKubeVersion(values.kube),
    services: count('services', values.services ?? (storm === 'restart' ? '250' : '400')),
    extra: count('extra', values.extra),
    deadlineMs: count('deadline', values.deadline) * 1000,
  } as const;
}

function count(name: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--${name} must be a whole number, not "${text}"`);
}

function optionsOrExit() {
  try {
    return readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(4);
  }
}

const { storm, metallb, kube, services, extra, deadlineMs } = optionsOrExit();
const cluster = await startCluster({ kube });
try {
  const result =
    storm === 'restart'
      ? await restartStorm(cluster, { metallb, assigned: services, extra, deadlineMs })
      : await twoControllersStorm(cluster, { metallb, services, deadlineMs });
  process.stdout.write(`${stormTable([result])}\n`);
} finally {
  await cluster.stop();
}
