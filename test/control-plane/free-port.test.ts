import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { freePorts } from './free-port.ts';

const MODULE = new URL('free-port.ts', import.meta.url).href;
/** More than one block has. */
const COUNT = 600;

test('no port is given twice, neither by one process nor by two that run at the same time', async (t) => {
  const others = await Promise.all([1, 2].map(() => portsOfAnotherProcess(t.signal)));
  const own = await Promise.all(Array.from({ length: COUNT / 2 }, () => freePorts(2)));
  const all = [...own, ...others].flat();
  assert.equal(all.length, 3 * COUNT);
  assert.equal(new Set(all).size, 3 * COUNT);
});

/** What a process is given that lives until the test ends. */
async function portsOfAnotherProcess(signal: AbortSignal): Promise<readonly number[]> {
  const program = `import { freePorts } from '${MODULE}';
    process.stdin.resume();
    console.log(JSON.stringify(await freePorts(${COUNT})));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  signal.addEventListener('abort', () => child.kill());
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as number[];
  throw new Error('the other process ended without a word');
}
