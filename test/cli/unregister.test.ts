import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import { runHoldfast, temporaryFolder } from './holdfast-process.ts';
import { writeKubeconfig } from './serving.ts';

const VALIDATING = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

describe('holdfast unregister', () => {
  const folder = temporaryFolder();
  let stub: StubApiServer;

  before(async () => {
    stub = await StubApiServer.start();
  });

  after(async () => {
    await stub.stop();
    folder.remove();
  });

  const unregister = () => runHoldfast('unregister', '--kubeconfig', writeKubeconfig(stub, folder.path));

  test('removes what carries the label of holdfast and nothing else, and says what that was', async () => {
    stub.put(VALIDATING, { metadata: { name: 'holdfast', labels: { 'app.kubernetes.io/managed-by': 'holdfast' } } });
    stub.put(VALIDATING, { metadata: { name: 'other', labels: { 'app.kubernetes.io/managed-by': 'helm' } } });
    const stdout = 'removed ValidatingWebhookConfiguration holdfast\n';
    assert.deepEqual(await unregister(), { code: 0, stdout, stderr: '' });
    assert.equal(stub.read(`${VALIDATING}/holdfast`), undefined);
    assert.notEqual(stub.read(`${VALIDATING}/other`), undefined);
  });

  test('has nothing to do the second time, and says so', async () => {
    const stdout = 'nothing to remove: no webhook configuration of holdfast found\n';
    assert.deepEqual(await unregister(), { code: 0, stdout, stderr: '' });
  });

  test('ends with 2 when the API server cannot be reached', async () => {
    await stub.refuse();
    const { code, stdout, stderr } = await unregister();
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    const [what, where] = stderr.split('\n');
    assert.equal(what, `holdfast: cannot reach ${stub.url} (ECONNREFUSED): is the API server up?`);
    assert.match(where ?? '', /^This is the cluster of kubeconfig \/.*; --kubeconfig FILE names another one\.$/);
  });
});
