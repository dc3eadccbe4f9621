import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Claim } from '../../../src/core/claims/claim.ts';
import type { IpAddress } from '../../../src/core/net/ip.ts';
import { claimCrd, ensureClaimCrd } from '../../../src/kube/claim-crd.ts';
import { type ClaimSink, followClaims } from '../../../src/kube/follow-claims.ts';
import { CRDS, IP_CLAIMS } from '../../../src/kube/paths.ts';
import { claimToJson } from '../../../src/review/claim-json.ts';
import { claimHolder, claimOn } from '../../gen/claim.ts';
import type { StubApiServer } from '../../support/stub-apiserver/server.ts';
import type { KubeObject } from '../../support/stub-apiserver/store.ts';
import { clientOf, startStub } from './helpers.ts';
import { FAST } from './watch-recorder.ts';

/** Keeps what it was told as sentences, and lets a test wait for one. */
class Heard implements ClaimSink {
  readonly said: string[] = [];
  readonly dropped: { readonly uid: string; readonly version: number }[] = [];
  readonly lists: number[] = [];
  #check = (): void => {};

  replaceClaims(claims: readonly Claim[], version: number): void {
    this.lists.push(version);
    this.say(`all: ${claims.map(({ ip }) => ip).join(' ')}`);
  }
  putClaim({ ip, holders }: Claim): void {
    this.say(`put ${ip}: ${holders.map(({ service }) => service.name).join(' ')}`);
  }
  dropClaim(ip: IpAddress, uid: string, version: number): void {
    this.dropped.push({ uid, version });
    this.say(`drop ${ip}`);
  }
  absent(): void {
    this.say('absent');
  }
  say(sentence: string): void {
    this.said.push(sentence);
    this.#check();
  }

  async until(sentence: string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#check = () => {
        if (this.said.includes(sentence)) resolve();
      };
      this.#check();
    });
  }
}

function follow(t: TestContext, stub: StubApiServer): Heard {
  const heard = new Heard();
  const watch = followClaims({
    client: clientOf(t, stub),
    sink: heard,
    onState: () => {},
    onHandlerError: (error) => heard.say(`error ${String(error)}`),
    onDamaged: (name) => heard.say(`damaged ${name}`),
    timing: FAST,
  });
  t.after(() => watch.stop());
  return heard;
}

function put(stub: StubApiServer, claim: Claim): void {
  stub.put(IP_CLAIMS, claimToJson(claim));
}

async function withCrd(t: TestContext): Promise<StubApiServer> {
  const stub = await startStub(t);
  await ensureClaimCrd(clientOf(t, stub), { pollMs: 1 });
  return stub;
}

test('the sink hears of all claims, then of each change, and a deletion says which object', async (t) => {
  const stub = await withCrd(t);
  put(stub, claimOn('192.0.2.1'));
  put(stub, claimOn('2001:db8::1'));
  const heard = follow(t, stub);
  await heard.until('all: 192.0.2.1 2001:db8::1');
  assert.ok((heard.lists[0] ?? 0) > 0);
  put(stub, claimOn('192.0.2.2', { holders: [claimHolder('db')] }));
  await heard.until('put 192.0.2.2: db');
  const path = `${IP_CLAIMS}/2001-0db8-0000-0000-0000-0000-0000-0001`;
  const before = stub.read(path)?.metadata;
  stub.remove(path);
  await heard.until('drop 2001:db8::1');
  assert.equal(heard.dropped[0]?.uid, before?.uid);
  assert.ok((heard.dropped[0]?.version ?? 0) > Number(before?.resourceVersion));
});

test('a claim that is damaged is reported, and dropped when it was known', async (t) => {
  const stub = await withCrd(t);
  stub.put(IP_CLAIMS, { metadata: { name: 'by-hand' }, spec: { ip: '192.0.2.1' } });
  put(stub, claimOn('192.0.2.2'));
  const heard = follow(t, stub);
  await heard.until('all: 192.0.2.2');
  stub.put(IP_CLAIMS, { metadata: { name: '192.0.2.2' }, spec: { ip: '192.0.2.2', holders: [] } });
  await heard.until('drop 192.0.2.2');
  stub.remove(`${IP_CLAIMS}/by-hand`);
  put(stub, claimOn('192.0.2.3'));
  await heard.until('put 192.0.2.3: web');
  assert.deepEqual(heard.said, [
    'damaged by-hand',
    'all: 192.0.2.2',
    'damaged 192.0.2.2',
    'drop 192.0.2.2',
    'put 192.0.2.3: web',
  ]);
});

test('without the CRD claims are absent, and they appear when it comes', async (t) => {
  const stub = await startStub(t);
  const heard = follow(t, stub);
  await heard.until('absent');
  stub.put(CRDS, (await claimCrd()) as KubeObject);
  await heard.until('all: ');
  assert.deepEqual(heard.said, ['absent', 'all: ']);
});
