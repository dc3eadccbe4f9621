import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspectCertificate, issuedBy, keyMatches } from '../../../src/certs/inspect.ts';
import { issueCa, issueServing } from '../../../src/certs/issue.ts';
import { PemError } from '../../../src/certs/pem.ts';
import { DAY, EC, NOW } from './fixtures.ts';

describe('inspect', () => {
  it('reads an ECDSA certificate', () => {
    const { dnsNames, ips, subject, isCa } = inspectCertificate(EC.cert);
    assert.deepEqual(
      { dnsNames, ips, subject, isCa },
      {
        dnsNames: ['ec.test', '*.wild.test'],
        ips: ['192.0.2.1', '2001:db8::1'],
        subject: 'CN=holdfast test only\\, trusted by nobody',
        isCa: true,
      },
    );
    assert.equal(keyMatches(EC.cert, EC.key), true);
    assert.equal(issuedBy(EC.cert, EC.cert), true);
  });

  it('tells a CA of the same name with another key apart', async () => {
    const life = { validFrom: NOW, validTo: NOW + DAY };
    const [ca, twin] = await Promise.all([
      issueCa({ commonName: 'twin', ...life }),
      issueCa({ commonName: 'twin', ...life }),
    ]);
    const leaf = await issueServing({ ca, dnsNames: ['a.test'], ips: [], ...life });
    assert.equal(issuedBy(leaf.cert, twin.cert), false);
    assert.equal(issuedBy(leaf.cert, twin.cert + ca.cert), true);
    assert.equal(issuedBy(leaf.cert, EC.cert), false);
  });

  it('follows intermediate certificates, and stops when they lead nowhere', async () => {
    const life = { validFrom: NOW, validTo: NOW + DAY };
    const ca = await issueCa({ commonName: 'middle', ...life });
    const leaf = await issueServing({ ca, dnsNames: ['a.test'], ips: [], ...life });
    assert.equal(issuedBy(leaf.cert + EC.cert + ca.cert, ca.cert), true);
    assert.equal(issuedBy(leaf.cert + ca.cert, EC.cert), false);
  });

  it('says what is wrong with a text that is no certificate', () => {
    assert.throws(() => inspectCertificate('hello', 'tls.crt'), {
      name: 'PemError',
      message: 'tls.crt has no certificate in it; it must be PEM with "-----BEGIN CERTIFICATE-----"',
    });
    const broken = EC.cert.replace(/\nM.*\n/, '\nAAAA\n');
    assert.throws(
      () => inspectCertificate(EC.cert + broken, 'ca.crt'),
      (error) => error instanceof PemError && error.message.startsWith('ca.crt, certificate 2 cannot be read ('),
    );
  });

  it('does not show a private key that it cannot read', () => {
    const secret = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0IQ==\n-----END PRIVATE KEY-----\n';
    assert.throws(
      () => keyMatches(EC.cert, secret),
      (error) =>
        error instanceof PemError &&
        error.message.startsWith('the private key is no private key (') &&
        !`${error.message}${error.stack}`.includes('c2VjcmV0'),
    );
  });
});
