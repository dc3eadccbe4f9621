import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { mergeCaBundles } from '../../../src/certs/bundle.ts';
import { type CertificateBundle, fromSecretData, toSecretData } from '../../../src/certs/certificate-bundle.ts';
import { inspectCertificate } from '../../../src/certs/inspect.ts';
import { issueCa } from '../../../src/certs/issue.ts';
import { DEFAULT_LIFETIMES } from '../../../src/certs/lifetimes.ts';
import { readCertificates } from '../../../src/certs/pem.ts';
import { renewBundle } from '../../../src/certs/renew.ts';
import { makeBundle } from '../../../src/certs/self-signed.ts';
import { DAY, EC, NOW } from './fixtures.ts';

const names = { dnsNames: ['hook.test'], ips: ['127.0.0.1'] };

describe('CA bundle', () => {
  it('is newest first, without duplicates and without expired ones', async () => {
    const ca = async (commonName: string, from: number, to: number) =>
      (await issueCa({ commonName, validFrom: NOW + from * DAY, validTo: NOW + to * DAY, keyBits: 1024 })).cert;
    const [old, gone, young] = await Promise.all([ca('old', -9, 5), ca('gone', -20, 0), ca('young', -1, 20)]);
    assert.equal(mergeCaBundles([`${old}some words\n${gone}`, '', young, old], NOW), young + old);
    assert.equal(mergeCaBundles([gone], NOW), '');
    assert.equal(mergeCaBundles([gone], NOW - 1), gone);
  });

  it('refuses a text that holds no certificate', () => {
    assert.throws(() => mergeCaBundles(['nonsense'], NOW), /the CA bundle has no certificate in it/);
  });
});

describe('Secret data', () => {
  let bundle: CertificateBundle;
  let other: CertificateBundle;
  before(async () => {
    [bundle, other] = await Promise.all([makeBundle({ ...names, now: NOW }), makeBundle({ ...names, now: NOW })]);
  });
  const problems = (changed: Partial<CertificateBundle>) => {
    const read = fromSecretData(toSecretData({ ...bundle, ...changed }));
    return read.kind === 'invalid' ? read.problems : 'no problem';
  };

  it('goes there and back', () => {
    const data = toSecretData(bundle);
    assert.deepEqual(Object.keys(data), ['ca.crt', 'ca.key', 'tls.crt', 'tls.key']);
    assert.deepEqual(fromSecretData(data), { kind: 'bundle', bundle });
  });

  it('goes without a CA key, as cert-manager writes it, and with ECDSA', () => {
    const issued = { ca: EC.cert, cert: EC.cert, key: EC.key };
    assert.deepEqual(fromSecretData(toSecretData(issued)), { kind: 'bundle', bundle: issued });
  });

  it('names every key that is missing', () => {
    const all = { kind: 'invalid', problems: ['ca.crt is missing', 'tls.crt is missing', 'tls.key is missing'] };
    assert.deepEqual(fromSecretData(undefined), all);
    assert.deepEqual(fromSecretData({ 'tls.crt': '' }), all);
  });

  it('says what does not belong together', () => {
    assert.deepEqual(problems({ key: other.key }), ['tls.key does not belong to tls.crt']);
    assert.deepEqual(problems({ caKey: other.key }), ['ca.key does not belong to the first certificate in ca.crt']);
    assert.deepEqual(problems({ ca: other.ca }), [
      'tls.crt was not issued by any certificate in ca.crt',
      'ca.key does not belong to the first certificate in ca.crt',
    ]);
  });

  it('says what cannot be read, and shows nothing of it', () => {
    const data = { ...toSecretData(bundle), 'tls.key': Buffer.from('not a key').toString('base64'), 'ca.crt': '%%%' };
    const read = fromSecretData(data);
    assert.equal(read.kind, 'invalid');
    const text = read.kind === 'invalid' ? read.problems.join('\n') : '';
    assert.match(text, /^ca\.crt has no certificate in it; .*\ntls\.key is no private key \(.*\); it must be PEM/);
    assert.doesNotMatch(text, /not a key/);
  });
});

describe('self-signed bundle', () => {
  it('is kept while nothing is due', async () => {
    const bundle = await makeBundle({ ...names, now: NOW });
    assert.deepEqual(await renewBundle(bundle, { ...names, now: NOW + 30 * DAY }), { kind: 'kept' });
  });

  it('gets a new serving certificate by the same CA when that is due', async () => {
    const bundle = await makeBundle({ ...names, now: NOW });
    const now = NOW + 61 * DAY;
    const renewed = await renewBundle(bundle, { ...names, now });
    assert.equal(renewed.kind, 'renewed');
    if (renewed.kind !== 'renewed') return;
    assert.deepEqual(
      renewed.why.map(({ part, reason }) => [part, reason]),
      [['tls', 'Aging']],
    );
    assert.equal(renewed.bundle.ca, bundle.ca);
    assert.equal(inspectCertificate(renewed.bundle.cert).notAfter, now + 90 * DAY);
    assert.equal(fromSecretData(toSecretData(renewed.bundle)).kind, 'bundle');
  });

  it('gets a new CA beside the old one, and keeps serving what the old one issued', async () => {
    const young = await makeBundle({
      ...names,
      now: NOW,
      lifetimes: { ...DEFAULT_LIFETIMES, caMs: 60 * DAY, leafMs: 60 * DAY },
    });
    const leaf = await renewBundle(young, { dnsNames: ['new.test'], ips: [], now: NOW + 38 * DAY });
    assert.equal(leaf.kind, 'renewed');
    if (leaf.kind !== 'renewed') return;
    const renewed = await renewBundle(leaf.bundle, { dnsNames: ['new.test'], ips: [], now: NOW + 41 * DAY });
    assert.equal(renewed.kind, 'renewed');
    if (renewed.kind !== 'renewed') return;
    assert.deepEqual(
      renewed.why.map(({ part, reason }) => [part, reason]),
      [['ca', 'Aging']],
    );
    assert.equal(renewed.bundle.cert, leaf.bundle.cert);
    const [newest, old, ...more] = readCertificates(renewed.bundle.ca, 'ca');
    assert.equal(old?.toString(), young.ca);
    assert.deepEqual([newest.toString() === young.ca, more.length], [false, 0]);
    assert.equal(fromSecretData(toSecretData(renewed.bundle)).kind, 'bundle');
  });

  it('gets new names at once, and everything anew after a long absence', async () => {
    const bundle = await makeBundle({ ...names, now: NOW, lifetimes: { ...DEFAULT_LIFETIMES, caMs: 90 * DAY } });
    const moved = await renewBundle(bundle, { dnsNames: ['new.test'], ips: [], now: NOW });
    assert.deepEqual(moved.kind === 'renewed' && moved.why[0]?.reason, 'MissingNames');
    const late = await renewBundle(bundle, { ...names, now: NOW + 365 * DAY });
    assert.equal(late.kind, 'renewed');
    if (late.kind !== 'renewed') return;
    assert.deepEqual(
      late.why.map(({ part, reason }) => [part, reason]),
      [
        ['ca', 'Expired'],
        ['tls', 'WrongCa'],
      ],
    );
    assert.equal(readCertificates(late.bundle.ca, 'ca').length, 1);
    assert.equal(fromSecretData(toSecretData(late.bundle)).kind, 'bundle');
  });

  it('is left alone when somebody else issues', async () => {
    const issued = { ca: EC.cert, cert: EC.cert, key: EC.key };
    assert.deepEqual(await renewBundle(issued, { ...names, now: NOW + 36_500 * DAY }), { kind: 'kept' });
  });
});
