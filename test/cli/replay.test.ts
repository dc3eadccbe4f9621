import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { DecisionLine } from '../../src/telemetry/decision-log.ts';
import { statusReview } from '../gen/review.ts';
import { ips, service } from '../gen/service.ts';
import { fixture } from '../record/save.ts';
import { runHoldfast, temporaryFolder } from './holdfast-process.ts';

const STORM = fixture('restart-storm-0.13.12.ndjson.gz');
const EVERYDAY = fixture('everyday-0.16.1.ndjson.gz');

describe('holdfast replay', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  function file(name: string, lines: readonly string[]): string {
    const path = join(folder.path, name);
    writeFileSync(path, lines.join('\n'));
    return path;
  }

  test('shows what it refuses in a table of 80 columns, and ends with 3', async () => {
    const { code, stdout, stderr } = await runHoldfast('replay', STORM);
    assert.deepEqual({ code, stderr }, { code: 3, stderr: '' });
    const lines = stdout.split('\n');
    assert.match(lines[0] ?? '', /^REASON +SERVICE +WRITE$/);
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    const refused = lines.filter((line) => line.endsWith(' refused')).length;
    const counted = [...stdout.matchAll(/^ *(\d+) {2}refused: \w+$/gm)].map(([, n]) => Number(n));
    assert.ok(refused > 0);
    assert.equal(
      counted.reduce((sum, n) => sum + n, 0),
      refused,
    );
  });

  test('writes one JSON object a decision for scripts', async () => {
    const [table, json] = await Promise.all([
      runHoldfast('replay', STORM),
      runHoldfast('replay', STORM, '--output', 'json'),
    ]);
    assert.equal(json.code, 3);
    const decisions = decisionsOf(json.stdout);
    assert.ok(table.stdout.includes(`\n${decisions.length} writes reached the guard\n`));
    for (const { verdict, reason, holder } of decisions) {
      assert.ok(verdict === 'deny' && holder !== undefined, `${verdict} for ${reason}`);
    }
  });

  test('only reports in audit, and ends with 3 as well', async () => {
    const { code, stdout } = await runHoldfast('replay', STORM, '--mode', 'audit');
    assert.equal(code, 3);
    assert.match(stdout, / would refuse$/m);
    assert.doesNotMatch(stdout, / refused$/m);
  });

  test('repairs instead of refusing with --mode repair, and ends with 0', async () => {
    const [table, json] = await Promise.all([
      runHoldfast('replay', STORM, '--mode', 'repair'),
      runHoldfast('replay', STORM, '--mode', 'repair', '--output', 'json'),
    ]);
    assert.deepEqual({ code: table.code, stderr: table.stderr }, { code: 0, stderr: '' });
    assert.match(table.stdout, /^Redirected +default\/late-\d+ +none → [\d.]+ +got [\d.]+$/m);
    assert.match(table.stdout, /^Restored +default\/held-\d+ +([\d.]+) → [\d.]+ +kept \1$/m);
    assert.doesNotMatch(table.stdout, /refused/);
    const lines = table.stdout.split('\n');
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    for (const { hook, verdict, storedIps, newIps, service } of decisionsOf(json.stdout)) {
      assert.deepEqual([hook, verdict], ['mutate', 'patch'], service);
      assert.notDeepEqual(storedIps, newIps, service);
    }
    assert.ok(table.stdout.includes(`\n${decisionsOf(json.stdout).length} writes reached the guard\n`));
  });

  test('has nothing to repair on an ordinary day, and decides as in enforce', async () => {
    const [enforce, repair] = await Promise.all([
      runHoldfast('replay', EVERYDAY, '--mode', 'enforce'),
      runHoldfast('replay', EVERYDAY, '--mode', 'repair'),
    ]);
    assert.deepEqual(repair, { ...enforce, code: 0 });
  });

  test('ends with 0 when there is nothing to refuse', async () => {
    const { code, stdout } = await runHoldfast('replay', EVERYDAY);
    assert.equal(code, 0);
    assert.match(stdout, /^ *1 {2}allowed: RequestChanged$/m);
  });

  test('lists every line that it cannot use, and ends with 1', async () => {
    const good = JSON.stringify(statusReview(service('a'), service('a', ips('192.0.2.7'))));
    const path = file('broken.ndjson', [good, '{"kind":"Pod"}', good, '{', '', '42']);
    const { code, stdout, stderr } = await runHoldfast('replay', path);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.ok(stderr.includes(`${path}:2: its kind is Pod; expected is one of AdmissionReview, `), stderr);
    assert.ok(stderr.includes(`${path}:4: it is not JSON (`), stderr);
    assert.ok(stderr.includes(`${path}:6: it has no kind`), stderr);
    assert.doesNotMatch(stderr, /ndjson:[135]:/);
  });

  test('says what is wrong with a file that is missing, empty or no gzip, and ends with 1', async () => {
    const missing = join(folder.path, 'missing.ndjson');
    const empty = file('empty.ndjson', []);
    const plain = file('plain.ndjson.gz', ['{}']);
    const [one, two, three] = await Promise.all([missing, empty, plain].map((path) => runHoldfast('replay', path)));
    assert.deepEqual([one?.code, two?.code, three?.code], [1, 1, 1]);
    assert.match(one?.stderr ?? '', /cannot read .*missing\.ndjson: there is no such file; check the path/);
    assert.match(two?.stderr ?? '', /empty\.ndjson: there is no AdmissionReview in it/);
    assert.match(three?.stderr ?? '', /cannot read .*plain\.ndjson\.gz: incorrect header check/);
  });
});

/** What `--output json` wrote. */
function decisionsOf(stdout: string): readonly DecisionLine[] {
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as DecisionLine);
}
