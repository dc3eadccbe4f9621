import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { before, describe, it } from 'node:test';
import { connect, createServer, type PeerCertificate } from 'node:tls';
import { inspectCertificate, issuedBy, keyMatches } from '../../../src/certs/inspect.ts';
import { type Issued, IssueError, issueCa, issueServing } from '../../../src/certs/issue.ts';
import { DAY, EC, NOW } from './fixtures.ts';

const life = { validFrom: NOW, validTo: NOW + 90 * DAY };
const today = { validFrom: Date.now() - DAY, validTo: Date.now() + DAY };

describe('issue', () => {
  let ca: Issued;
  before(async () => {
    ca = await issueCa({ commonName: 'test CA', ...life });
  });

  it('makes a CA that is its own issuer', () => {
    const facts = inspectCertificate(ca.cert);
    assert.equal(facts.subject, 'CN=test CA');
    assert.equal(facts.issuer, 'CN=test CA');
    assert.equal(facts.isCa, true);
    assert.deepEqual([facts.notBefore, facts.notAfter], [life.validFrom, life.validTo]);
    assert.equal(keyMatches(ca.cert, ca.key), true);
    assert.equal(issuedBy(ca.cert, ca.cert), true);
    assert.equal(new X509Certificate(ca.cert).publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  });

  it('makes a serving certificate with DNS names, IPv4 and IPv6, for servers only', async () => {
    const dnsNames = ['hook.holdfast-system.svc', 'localhost'];
    const leaf = await issueServing({
      ca,
      dnsNames,
      ips: ['127.0.0.1', '2001:DB8:0:0::1', '::ffff:192.0.2.1'],
      ...life,
    });
    const { serialNumber, fingerprint, ...facts } = inspectCertificate(leaf.cert);
    assert.match(serialNumber, /^[4-7][0-9A-F]{31}$/);
    assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.deepEqual(facts, {
      subject: 'CN=hook.holdfast-system.svc',
      issuer: 'CN=test CA',
      notBefore: life.validFrom,
      notAfter: life.validTo,
      dnsNames,
      ips: ['127.0.0.1', '2001:db8::1', '::ffff:c000:201'],
      isCa: false,
    });
    assert.deepEqual(new X509Certificate(leaf.cert).keyUsage, ['1.3.6.1.5.5.7.3.1']);
    assert.equal(issuedBy(leaf.cert, ca.cert), true);
    assert.equal(keyMatches(leaf.cert, leaf.key), true);
    assert.equal(keyMatches(leaf.cert, ca.key), false);
  });

  it('never lets a serving certificate outlive its CA', async () => {
    const leaf = await issueServing({ ca, dnsNames: ['a.test'], ips: [], ...life, validTo: life.validTo + DAY });
    assert.equal(inspectCertificate(leaf.cert).notAfter, life.validTo);
  });

  it('keeps dates after 2049, which X.509 writes in another form', async () => {
    const far = Date.UTC(2051, 5, 1);
    const late = await issueCa({ commonName: 'late', validFrom: NOW, validTo: far, keyBits: 1024 });
    assert.equal(inspectCertificate(late.cert).notAfter, far);
  });

  it('gives every certificate another serial', async () => {
    const request = { ca, dnsNames: ['a.test'], ips: [], ...life, keyBits: 1024 };
    const serials = [await issueServing(request), await issueServing(request)].map(
      ({ cert }) => inspectCertificate(cert).serialNumber,
    );
    assert.notEqual(serials[0], serials[1]);
  });

  const refused = [
    { name: 'no name at all', change: { dnsNames: [] }, message: /needs a name/ },
    { name: 'an IP with a port', change: { ips: ['192.0.2.1:443'] }, message: /192\.0\.2\.1:443 is no IP address/ },
    { name: 'a CA that has expired', change: { validFrom: NOW + 91 * DAY }, message: /is never valid/ },
    { name: 'an EC key as CA', change: { ca: EC }, message: /the CA key is of type ec/ },
  ];
  for (const { name, change, message } of refused) {
    it(`refuses ${name}`, async () => {
      const request = { ca, dnsNames: ['a.test'], ips: [], ...life, ...change };
      await assert.rejects(
        issueServing(request),
        (error) => error instanceof IssueError && message.test(error.message),
      );
    });
  }

  it('is accepted by a TLS client that trusts the CA, by DNS name, IPv4 and IPv6, and by no other', async () => {
    const own = await issueCa({ commonName: 'handshake CA', ...today });
    const leaf = await issueServing({ ca: own, dnsNames: ['localhost'], ips: ['127.0.0.1', '::1'], ...today });
    const server = createServer({ cert: leaf.cert, key: leaf.key }, (socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const dial = (trusted: string, name: string) => handshake(port, trusted, name);
    try {
      for (const name of ['localhost', '127.0.0.1', '::1']) assert.equal(await dial(own.cert, name), 'accepted');
      assert.equal(await dial(own.cert, 'elsewhere.test'), 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.equal(await dial(own.cert, '127.0.0.2'), 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.equal(await dial(ca.cert, 'localhost'), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      const sameName = await issueCa({ commonName: 'handshake CA', ...today });
      assert.equal(await dial(sameName.cert + own.cert, 'localhost'), 'accepted');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

/** Connects to 127.0.0.1 but checks the certificate for `name`. */
function handshake(port: number, ca: string, name: string): Promise<string> {
  return new Promise((resolve) => {
    const checkServerIdentity = (_host: string, peer: PeerCertificate) => identity(name, peer);
    const socket = connect({ host: '127.0.0.1', port, ca, checkServerIdentity }, () => {
      socket.end();
      resolve('accepted');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function identity(name: string, peer: PeerCertificate): Error | undefined {
  const certificate = new X509Certificate(peer.raw);
  const found = /^[\d.]+$|:/.test(name) ? certificate.checkIP(name) : certificate.checkHost(name);
  return found === undefined
    ? Object.assign(new Error('other name'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    : undefined;
}
