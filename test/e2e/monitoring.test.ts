import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type JsonObject, objectAt, objectsAt, stringAt } from '../../src/review/json.ts';
import { temporaryFolder } from '../cli/holdfast-process.ts';
import { freePorts } from '../control-plane/free-port.ts';
import { type ManagedProcess, startProcess } from '../control-plane/processes.ts';
import { alerts, dashboardQueries, RULES_FILE, RULES_TEST_FILE } from '../monitoring/expressions.ts';
import { letThingsHappen } from '../showcase/happenings.ts';
import { Showcase } from '../showcase/showcase.ts';
import { whyMissing } from './support/debian-package.ts';

const PROMETHEUS = '/usr/bin/prometheus';
const run = promisify(execFile);
const skip = whyMissing(PROMETHEUS, 'prometheus') ?? false;

describe('monitoring', { skip, timeout: 120_000 }, () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let showcase: Showcase;
  let prometheus: ManagedProcess | undefined;
  let url: string;

  before(async () => {
    folder = temporaryFolder();
    showcase = await Showcase.start();
    const [port = 0] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    prometheus = await startPrometheus(folder.path, port, new URL(showcase.ops).host);
    await prometheus.waitForLine(/Server is ready to receive web requests/);
  });

  after(async () => {
    await prometheus?.stop();
    await showcase?.stop();
    folder?.remove();
  });

  /** Asks Prometheus. @returns `data` of its answer */
  async function ask(path: string): Promise<JsonObject> {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as JsonObject;
    assert.equal(answer.status, 'success', `${path}: ${stringAt(answer, 'error')}`);
    return objectAt(answer, 'data');
  }

  async function query(expr: string): Promise<readonly JsonObject[]> {
    return objectsAt(await ask(`query?query=${encodeURIComponent(expr)}`), 'result');
  }

  async function rules(): Promise<readonly JsonObject[]> {
    return objectsAt(await ask('rules'), 'groups').flatMap((group) => objectsAt(group, 'rules'));
  }

  test('promtool accepts the rules and their tests pass', async () => {
    const { stdout: checked } = await run('promtool', ['check', 'rules', RULES_FILE]);
    assert.ok(checked.includes(`SUCCESS: ${alerts().length} rules found`), checked);
    const { stdout: tested } = await run('promtool', ['test', 'rules', RULES_TEST_FILE]);
    assert.match(tested, /SUCCESS/);
  });

  test('Prometheus scrapes a running holdfast without complaint', async () => {
    const targets = await until(async () => {
      const active = objectsAt(await ask('targets'), 'activeTargets');
      return active.some(({ health }) => health !== 'unknown') ? active : undefined;
    });
    assert.deepEqual(
      targets.map(({ health, lastError }) => ({ health, lastError })),
      [{ health: 'up', lastError: '' }],
    );
  });

  test('every rule can be evaluated, and a refusal and a conflict raise their alerts', async () => {
    await until(async () => ((await query('holdfast_decisions_total{verdict="deny"}')).length > 0 ? true : undefined));
    await letThingsHappen(showcase);
    const state = async (name: string) => (await rules()).find((rule) => rule.name === name)?.state;
    await until(async () => ((await state('HoldfastRefuses')) === 'firing' ? true : undefined));
    await until(async () => ((await state('HoldfastBreakGlassUsed')) === 'firing' ? true : undefined));
    assert.equal(await state('HoldfastIpConflict'), 'pending');
    const evaluated = await rules();
    assert.deepEqual(
      evaluated.map(({ name, health, lastError = '' }) => ({ name, health, lastError })),
      alerts().map(({ name }) => ({ name, health: 'ok', lastError: '' })),
    );
    const raised = evaluated.filter((rule) => rule.state !== 'inactive').map(({ name }) => name);
    assert.deepEqual(raised, ['HoldfastIpConflict', 'HoldfastRefuses', 'HoldfastBreakGlassUsed']);
  });

  test('every query of the dashboard yields data', async () => {
    for (const { where, expr } of dashboardQueries()) {
      await until(async () => ((await query(expr)).length > 0 ? true : undefined), `${where}: ${expr}`);
    }
  });
});

/** Starts Debian's Prometheus with the rules of deploy/monitoring, scraping and evaluating every second. */
function startPrometheus(folder: string, port: number, target: string): Promise<ManagedProcess> {
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [RULES_FILE],
    scrape_configs: [{ job_name: 'holdfast', static_configs: [{ targets: [target] }] }],
  };
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  return startProcess({
    name: 'prometheus',
    command: PROMETHEUS,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    logFile: join(folder, 'prometheus.log'),
  });
}

const WAIT_MS = 30_000;
const LOOK_EVERY_MS = 200;

/** Asks until there is an answer. @throws Error when it takes too long */
async function until<T>(ask: () => Promise<T | undefined>, what = 'it'): Promise<T> {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`${what} has not come true in ${WAIT_MS / 1000} s`);
    await delay(LOOK_EVERY_MS);
  }
}
