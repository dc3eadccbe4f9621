import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { packageVersion } from '../../src/cli/version.ts';
import { freePort } from '../control-plane/free-port.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import { runHoldfast, temporaryFolder } from './holdfast-process.ts';
import { writeKubeconfig } from './serving.ts';

describe('holdfast as a process', () => {
  test('shows its help on standard output, for itself and for each command', async () => {
    const [main, ...commands] = await Promise.all([
      runHoldfast('--help'),
      ...['serve', 'unregister', 'replay'].map((command) => runHoldfast(command, '--help')),
    ]);
    assert.match(main?.stdout ?? '', /^Usage: holdfast COMMAND/m);
    for (const { code, stdout, stderr } of [main, ...commands].filter((ended) => ended !== undefined)) {
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.deepEqual(
        stdout.split('\n').filter((line) => line.length > 80),
        [],
      );
    }
  });

  test('says its version', async () => {
    const stdout = `holdfast ${packageVersion()}\n`;
    assert.deepEqual(await runHoldfast('--version'), { code: 0, stdout, stderr: '' });
  });

  test('names every unknown flag and bad value at once, and ends with 4', async () => {
    const { code, stdout, stderr } = await runHoldfast('serve', '--mod', 'enforce', '--sticky-for', 'soon', '--mode=x');
    assert.deepEqual({ code, stdout }, { code: 4, stdout: '' });
    for (const flag of ['--mod', '--sticky-for', '--mode']) assert.match(stderr, new RegExp(`^ +${flag}[ :]`, 'm'));
  });

  test('names an unknown command, and ends with 4', async () => {
    const { code, stderr } = await runHoldfast('serv');
    assert.equal(code, 4);
    assert.match(stderr, /"serv".*\n?.*serve/);
  });
});

describe('holdfast serve, when it cannot begin', () => {
  const folder = temporaryFolder();
  let stub: StubApiServer;
  let taken: Server;
  let port = 0;

  before(async () => {
    stub = await StubApiServer.start();
    port = await freePort();
    taken = createServer().listen(port, '127.0.0.1');
  });

  after(async () => {
    taken.close();
    await stub.stop();
    folder.remove();
  });

  const serve = (kubeconfig: string, ...flags: readonly string[]) =>
    runHoldfast('serve', '--mode', 'enforce', '--kubeconfig', kubeconfig, ...flags);

  test('names a kubeconfig that is not there, and ends with 1', async () => {
    const file = join(folder.path, 'nowhere');
    const { code, stderr } = await serve(file);
    assert.deepEqual(
      { code, stderr },
      {
        code: 1,
        stderr: `holdfast: kubeconfig ${file} cannot be read (ENOENT): name another one with --kubeconfig or KUBECONFIG.\n`,
      },
    );
  });

  test('says what is wrong with a kubeconfig, and ends with 1', async () => {
    const file = join(folder.path, 'broken');
    writeFileSync(file, 'clusters: [');
    const { code, stderr } = await serve(file);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^holdfast: kubeconfig ${file} is not YAML: `));
  });

  for (const option of ['--listen', '--ops-listen'] as const) {
    test(`names host and port when the port of ${option} is in use, and ends with 1`, async () => {
      const other = option === '--listen' ? '--ops-listen' : '--listen';
      const at = `127.0.0.1:${port}`;
      const kubeconfig = writeKubeconfig(stub, folder.path);
      const { code, stderr } = await serve(kubeconfig, option, at, other, '127.0.0.1:0');
      assert.equal(code, 1);
      const why = 'the port is in use; stop the process that has it, or choose another address with';
      assert.ok(stderr.includes(`holdfast: cannot listen on ${at}: ${why} ${option}.\n`), stderr);
    });
  }
});
