import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { caRenewalDue, renewalDue, renewalTime, type ServingFacts } from '../../../src/certs/policy.ts';
import { DAY, facts, NOW } from './fixtures.ts';

const sound: ServingFacts = {
  certificate: facts(),
  issuedByCa: true,
  keyMatches: true,
  names: { dnsNames: ['hook.example'], ips: ['127.0.0.1'] },
};

const rows: readonly {
  readonly name: string;
  readonly change?: Partial<ServingFacts>;
  readonly at?: number;
  readonly expected: object;
}[] = [
  { name: 'fresh: not due', expected: { due: false } },
  { name: 'one millisecond before two thirds: not due', at: 60 * DAY - 1, expected: { due: false } },
  {
    name: 'at two thirds: due',
    at: 60 * DAY,
    expected: {
      due: true,
      why: 'Aging',
      message: 'two thirds of its life are over; it expires at 2030-04-15T12:00:00.000Z',
    },
  },
  {
    name: 'at its end: expired',
    at: 90 * DAY,
    expected: { due: true, why: 'Expired', message: 'it expired at 2030-04-15T12:00:00.000Z' },
  },
  {
    name: 'before its beginning: due',
    at: -1,
    expected: {
      due: true,
      why: 'NotYetValid',
      message: 'it is valid only from 2030-01-15T12:00:00.000Z on; compare the clocks',
    },
  },
  {
    name: 'names missing: due, and they are named',
    change: { names: { dnsNames: ['hook.example', 'new.example'], ips: ['::1', '192.0.2.9'] } },
    expected: { due: true, why: 'MissingNames', message: 'it is not valid for new.example, 192.0.2.9' },
  },
  {
    name: 'names in another spelling: not due',
    change: { names: { dnsNames: ['HOOK.example', 'x.wild.example'], ips: ['0:0:0:0:0:0:0:1'] } },
    expected: { due: false },
  },
  {
    name: 'a wildcard covers one label only',
    change: { names: { dnsNames: ['a.b.wild.example', 'wild.example'], ips: [] } },
    expected: { due: true, why: 'MissingNames', message: 'it is not valid for a.b.wild.example, wild.example' },
  },
  {
    name: 'issued by another CA: due',
    change: { issuedByCa: false },
    expected: {
      due: true,
      why: 'WrongCa',
      message: 'no CA of the bundle has issued it; its issuer is CN=holdfast CA',
    },
  },
  {
    name: 'another key: due, before everything else',
    change: { keyMatches: false, issuedByCa: false },
    expected: { due: true, why: 'KeyMismatch', message: 'the private key does not belong to the certificate' },
  },
];

describe('renewal policy', () => {
  for (const { name, change, at = 0, expected } of rows) {
    it(name, () => assert.deepEqual(renewalDue({ ...sound, ...change }, NOW + at), expected));
  }

  it('judges a CA by its age alone', () => {
    assert.deepEqual(caRenewalDue(facts(), NOW), { due: false });
    assert.equal(caRenewalDue(facts(), NOW + 60 * DAY).due, true);
  });

  it('knows when the renewal falls due', () => assert.equal(renewalTime(facts()), NOW + 60 * DAY));
});
