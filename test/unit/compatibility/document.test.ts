import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellText, tableHead, tableLine, writtenTable } from '../../compatibility/document.ts';
import { etcdOf } from '../../compatibility/etcd.ts';
import { kubeReleases, kubeVersions, metallbVersions } from '../../control-plane/versions.ts';

const ok = (metallb: (typeof metallbVersions)[number]) => ({ metallb, restartMs: 1234, problem: undefined });

test('docs/compatibility.md has a cell for every version here, and none that failed: else run "npm run compatibility -- --write"', () => {
  const [head, rule, ...lines] = writtenTable();
  assert.deepEqual([head, rule], tableHead());
  const cells = lines.map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  assert.deepEqual(
    cells.map(([release, etcd]) => [release, etcd]),
    kubeVersions.map((kube) => [kubeReleases[kube], etcdOf(kube)]),
  );
  for (const [release, , ...row] of cells) {
    assert.match(row.pop() ?? '', /^\d{4}-\d\d-\d\d$/);
    assert.equal(row.length, metallbVersions.length);
    for (const cell of row) assert.match(cell, /^\d+\.\d s(?:, no pins)?$/, `Kubernetes ${release}`);
  }
});

test('a cell says how long it took, that it has no pins, or that it failed', () => {
  assert.equal(cellText(ok('0.16.1')), '1.2 s');
  assert.equal(cellText(ok('0.12.0')), '1.2 s, no pins');
  assert.equal(cellText({ metallb: '0.16.1', restartMs: undefined, problem: 'moved' }), '**failed**');
  const line = tableLine({ kube: '1.34', cells: metallbVersions.map(ok) }, '2026-11-25');
  assert.equal(line, `| 1.34.4 | 3.6.4 | 1.2 s, no pins |${' 1.2 s |'.repeat(4)} 2026-11-25 |`);
  const again = tableLine({ kube: '1.34', cells: [ok('0.15.3')] }, '2026-11-26', line.replaceAll('1.2 s', '9.9 s'));
  assert.equal(again, '| 1.34.4 | 3.6.4 | 9.9 s, no pins | 9.9 s | 9.9 s | 1.2 s | 9.9 s | 2026-11-26 |');
  assert.equal(
    tableLine({ kube: '1.34', cells: [] }, '2026-11-26'),
    `| 1.34.4 | 3.6.4 |${' – |'.repeat(5)} 2026-11-26 |`,
  );
});
