import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { CertificateBundle } from '../../../src/certs/certificate-bundle.ts';
import { inspectCertificate, issuedBy } from '../../../src/certs/inspect.ts';
import { lifetimesOf } from '../../../src/certs/lifetimes.ts';
import { readCertificates } from '../../../src/certs/pem.ts';
import { type RenewedBundle, type RenewOptions, renewBundle } from '../../../src/certs/renew.ts';
import { salvageBundle } from '../../../src/certs/salvage.ts';
import { makeBundle } from '../../../src/certs/self-signed.ts';
import { Trust } from '../../../src/certs/trust.ts';
import { DAY, NOW } from './fixtures.ts';

const names = { dnsNames: ['hook.test'], ips: ['127.0.0.1'] };
const lifetimes = lifetimesOf(300 * DAY, 90 * DAY);
const at = (days: number, more: Partial<RenewOptions> = {}) => ({
  ...names,
  lifetimes,
  now: NOW + days * DAY,
  ...more,
});

/** `ca Aging` for each part that was replaced; nothing when all was kept. */
const steps = (renewed: RenewedBundle) =>
  renewed.kind === 'kept' ? [] : renewed.why.map(({ part, reason }) => `${part} ${reason}`);

const bundleOf = (renewed: RenewedBundle): CertificateBundle => {
  assert.equal(renewed.kind, 'renewed');
  return renewed.kind === 'renewed' ? renewed.bundle : assert.fail();
};

const casIn = ({ ca }: CertificateBundle) => readCertificates(ca, 'ca').length;

describe('a CA is replaced', () => {
  /** Day 201: the first CA is aging, its serving certificate was renewed on day 190. */
  let before201: CertificateBundle;
  let introduced: CertificateBundle;
  before(async () => {
    before201 = bundleOf(await renewBundle(await makeBundle(at(0)), at(190)));
    introduced = bundleOf(await renewBundle(before201, at(201, { trusted: 'yes' })));
  });

  it('step by step: the new one beside the old, then a certificate of it, then without the old', async () => {
    assert.deepEqual([introduced.cert, casIn(introduced)], [before201.cert, 2]);
    assert.deepEqual(steps(await renewBundle(introduced, at(201, { trusted: 'not-yet' }))), []);
    const followed = await renewBundle(introduced, at(201, { trusted: 'yes' }));
    assert.deepEqual(steps(followed), ['tls OldCa']);
    const [newest] = readCertificates(introduced.ca, 'ca');
    assert.equal(issuedBy(bundleOf(followed).cert, newest.toString()), true);
    assert.equal(casIn(bundleOf(followed)), 2, 'what other replicas serve is still trusted');
    const retired = await renewBundle(bundleOf(followed), at(202, { trusted: 'yes', retireOld: true }));
    assert.deepEqual([steps(retired), bundleOf(retired).ca], [['old-ca Retired'], newest.toString()]);
  });

  it('the old one never goes while the certificate is still of it', async () => {
    assert.deepEqual(steps(await renewBundle(introduced, at(202, { trusted: 'not-yet', retireOld: true }))), []);
  });

  it('a certificate that only ages waits until the new CA is trusted; one that has expired does not', async () => {
    assert.deepEqual(steps(await renewBundle(introduced, at(255, { trusted: 'not-yet' }))), []);
    assert.deepEqual(steps(await renewBundle(introduced, at(281, { trusted: 'not-yet' }))), ['tls Expired']);
  });

  it('without knowing who trusts what, the certificate follows when it is due itself', async () => {
    assert.deepEqual(steps(await renewBundle(introduced, at(202, { trusted: 'unknown' }))), []);
    assert.deepEqual(steps(await renewBundle(introduced, at(251, { trusted: 'unknown' }))), ['tls Aging']);
  });

  it('on request, but not a third time while one is under way', async () => {
    const young = await makeBundle(at(0));
    const asked = at(1, { trusted: 'yes', requested: 'ca' });
    const first = await renewBundle(young, asked);
    assert.deepEqual(steps(first), ['ca Requested']);
    assert.deepEqual(steps(await renewBundle(bundleOf(first), { ...asked, trusted: 'not-yet' })), []);
    assert.deepEqual(steps(await renewBundle(young, at(1, { trusted: 'yes', requested: 'tls' }))), ['tls Requested']);
  });
});

describe('names', () => {
  it('replicas that want different ones add theirs, and none takes away another’s', async () => {
    const bundle = await makeBundle(at(0));
    const other = await renewBundle(bundle, at(1, { dnsNames: ['new.test'], ips: ['192.0.2.1'] }));
    assert.deepEqual(steps(other), ['tls MissingNames']);
    const { dnsNames, ips } = inspectCertificate(bundleOf(other).cert);
    assert.deepEqual(
      [dnsNames, ips],
      [
        ['new.test', 'hook.test'],
        ['192.0.2.1', '127.0.0.1'],
      ],
    );
    assert.deepEqual(steps(await renewBundle(bundleOf(other), at(1))), []);
  });
});

describe('clocks', () => {
  it('an hour behind is tolerated; more is a reason, and named', async () => {
    const bundle = await makeBundle(at(0));
    assert.deepEqual(steps(await renewBundle(bundle, at(-0.95 / 24))), []);
    assert.deepEqual(steps(await renewBundle(bundle, at(-2 / 24))), ['ca NotYetValid', 'tls NotYetValid']);
  });
});

describe('a damaged Secret', () => {
  let bundle: CertificateBundle;
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const data = (change: Record<string, string>) => ({
    'ca.crt': encode(bundle.ca),
    'ca.key': encode(bundle.caKey ?? ''),
    'tls.crt': encode(bundle.cert),
    'tls.key': encode(bundle.key),
    ...change,
  });
  before(async () => {
    bundle = await makeBundle(at(0));
  });

  it('keeps its CA when only the serving certificate is lost', async () => {
    const salvaged = await salvageBundle(data({ 'tls.crt': encode('nonsense') }), at(1));
    assert.deepEqual([salvaged.kept, salvaged.bundle.ca], ['ca', bundle.ca]);
    assert.equal(issuedBy(salvaged.bundle.cert, bundle.ca), true);
  });

  for (const [what, change] of [
    ['lost', {}],
    ['of another CA', { 'ca.key': '' }],
  ] as const) {
    it(`gets a new CA when the key of its CA is ${what}; the old one stays trusted`, async () => {
      const foreign = (await makeBundle(at(0))).caKey ?? '';
      const salvaged = await salvageBundle(data({ 'ca.key': encode(foreign), ...change }), at(1));
      const [, old, ...more] = readCertificates(salvaged.bundle.ca, 'ca');
      assert.deepEqual([salvaged.kept, old?.toString(), more.length], ['nothing', bundle.ca, 0]);
      assert.equal(issuedBy(salvaged.bundle.cert, salvaged.bundle.ca), true);
    });
  }

  it('that holds nothing is made anew', async () => {
    const salvaged = await salvageBundle({}, at(1));
    assert.deepEqual([salvaged.kept, casIn(salvaged.bundle)], ['nothing', 1]);
  });
});

describe('trust', () => {
  let one: CertificateBundle;
  let two: CertificateBundle;
  before(async () => {
    [one, two] = await Promise.all([makeBundle(at(0)), makeBundle(at(0))]);
  });

  it('needs time after a CA was registered, and is lost when it goes', () => {
    const trust = new Trust(1000);
    assert.equal(trust.ofServing(one.cert, 0), 'unknown');
    trust.saw(one.ca, 10);
    trust.saw(two.ca + one.ca, 500);
    assert.deepEqual([trust.ofServing(one.cert, 1009), trust.ofServing(one.cert, 1010)], ['not-yet', 'yes']);
    assert.deepEqual([trust.ofNewest(two.ca, 1499), trust.ofNewest(two.ca, 1500)], ['not-yet', 'yes']);
    trust.saw(one.ca, 1600);
    assert.deepEqual([trust.ofServing(two.cert, 9000), trust.registers(two.cert)], ['not-yet', false]);
    trust.saw('', 1700);
    assert.deepEqual([trust.ofServing(one.cert, 9000), trust.registers(one.cert)], ['not-yet', false]);
    trust.saw(undefined, 1800);
    assert.deepEqual([trust.ofServing(one.cert, 9000), trust.registers(one.cert)], ['unknown', true]);
  });
});
