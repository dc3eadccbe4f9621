import assert from 'node:assert/strict';
import { Agent as PlainAgent, request as plainRequest, type RequestListener } from 'node:http';
import { Agent, type AgentOptions, request as httpsRequest } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { before, describe, it } from 'node:test';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { CertificateBundle } from '../../src/certs/certificate-bundle.ts';
import { inspectCertificate } from '../../src/certs/inspect.ts';
import { makeBundle } from '../../src/certs/self-signed.ts';
import type { ServerLimits } from '../../src/http/limits.ts';
import { startPlainServer } from '../../src/http/plain-server.ts';
import { type RunningTlsServer, startTlsServer } from '../../src/http/tls-server.ts';

const HOST = '127.0.0.1';
let bundle: CertificateBundle;
let other: CertificateBundle;

before(async () => {
  const names = { dnsNames: ['localhost'], ips: [HOST], now: Date.now() };
  [bundle, other] = await Promise.all([makeBundle(names), makeBundle(names)]);
});

const echoPath: RequestListener = (request, response) => {
  request.resume().on('end', () => response.end(request.url));
};

function start(app: RequestListener, limits = {}): Promise<RunningTlsServer> {
  return startTlsServer({ app, host: HOST, port: 0, certificate: bundle, limits });
}

function agent(options: AgentOptions = {}): Agent {
  return new Agent({ keepAlive: true, ca: bundle.ca + other.ca, ...options });
}

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly text: string;
  /** The local port of the connection: the same port, the same connection. */
  readonly clientPort: number | undefined;
  readonly serial: string;
}

/** One POST over TLS; a failure of any kind rejects. */
function post(port: number, path: string, through: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = httpsRequest({ host: HOST, port, path, method: 'POST', agent: through }, (response) => {
      const socket = response.socket as TLSSocket;
      const seen = { clientPort: socket.localPort, serial: socket.getPeerCertificate().serialNumber };
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject).on('end', () => {
        resolve({ status: response.statusCode, connection: response.headers.connection, text, ...seen });
      });
    });
    call.on('error', reject).end('{}');
  });
}

describe('TLS server', () => {
  it('keeps a connection over many requests, and longer than the header and request timeouts', async () => {
    const server = await start(echoPath, { headersTimeoutMs: 100, requestTimeoutMs: 100, checkEveryMs: 20 });
    const through = agent({ maxSockets: 1 });
    try {
      const first = await post(server.address.port, '/a', through);
      const second = await post(server.address.port, '/b', through);
      // Real time is the subject here: an idle connection must outlive the two timeouts and several checks of them.
      await new Promise((resolve) => setTimeout(resolve, 400));
      const third = await post(server.address.port, '/c', through);
      assert.deepEqual([first.text, second.text, third.text], ['/a', '/b', '/c']);
      assert.equal(first.connection, 'keep-alive');
      assert.deepEqual([second.clientPort, third.clientPort], [first.clientPort, first.clientPort]);
    } finally {
      through.destroy();
      await server.close({ drainMs: 1000, lameDuckMs: 0 });
    }
  });

  it('speaks TLS 1.2 and 1.3, nothing older, also after the certificate was replaced', async () => {
    const server = await start(echoPath);
    const { port } = server.address;
    const protocol = (maxVersion: 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3') =>
      new Promise((resolve) => {
        const options = { host: HOST, port, ca: bundle.ca + other.ca, minVersion: 'TLSv1', maxVersion } as const;
        const socket = connectTls({ ...options, ciphers: 'DEFAULT@SECLEVEL=0' }, () => {
          resolve(socket.getProtocol());
          socket.destroy();
        });
        socket.on('error', () => resolve('refused'));
      });
    try {
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(
          [await protocol('TLSv1.1'), await protocol('TLSv1.2'), await protocol('TLSv1.3')],
          ['refused', 'TLSv1.2', 'TLSv1.3'],
        );
        server.setCertificate(other);
      }
    } finally {
      await server.close({ drainMs: 1000, lameDuckMs: 0 });
    }
  });

  it('takes no cipher suite without forward secrecy or authenticated encryption, also after the certificate was replaced', async () => {
    const server = await start(echoPath);
    const { port } = server.address;
    const suite = (ciphers: string) =>
      new Promise((resolve) => {
        const options = { host: HOST, port, ca: bundle.ca + other.ca, maxVersion: 'TLSv1.2' } as const;
        const socket = connectTls({ ...options, ciphers: `${ciphers}:@SECLEVEL=0` }, () => {
          resolve(socket.getCipher().name);
          socket.destroy();
        });
        socket.on('error', () => resolve('refused'));
      });
    const asked = ['AES128-SHA', 'AES256-GCM-SHA384', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES128-GCM-SHA256'];
    try {
      for (let round = 0; round < 2; round++) {
        const [rsaCbc, rsa, cbc, good] = await Promise.all(asked.map(suite));
        assert.deepEqual([rsaCbc, rsa, cbc, good], ['refused', 'refused', 'refused', asked.at(-1)]);
        server.setCertificate(other);
      }
    } finally {
      await server.close({ drainMs: 1000, lameDuckMs: 0 });
    }
  });

  it('serves a new certificate from the next handshake on, and drops neither connections nor requests', async () => {
    let release = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await start((request, response) => {
      if (request.url !== '/slow') return void response.end('quick');
      arrived();
      void waiting.then(() => response.end('slow'));
    });
    const { port } = server.address;
    const [old, fresh] = [agent({ maxSockets: 1 }), agent({ maxCachedSessions: 0 })];
    try {
      const slow = post(port, '/slow', old);
      await arrival;
      server.setCertificate(other);
      const [oldSerial, newSerial] = [bundle, other].map(({ cert }) => inspectCertificate(cert).serialNumber);
      assert.equal((await post(port, '/', fresh)).serial, newSerial);
      release();
      const answered = await slow;
      assert.deepEqual([answered.text, answered.serial], ['slow', oldSerial]);
      const again = await post(port, '/', old);
      assert.deepEqual([again.clientPort, again.serial], [answered.clientPort, oldSerial]);
    } finally {
      old.destroy();
      fresh.destroy();
      await server.close({ drainMs: 1000, lameDuckMs: 0 });
    }
  });

  it('refuses a certificate that it cannot serve, and keeps the old one', async () => {
    const server = await start(echoPath);
    const through = agent();
    try {
      const mixed = { cert: bundle.cert, key: other.key };
      assert.throws(() => server.setCertificate(mixed), {
        name: 'BadCertificateError',
        message: /^cannot serve this certificate: .*key values mismatch.*; check that tls\.crt and tls\.key are PEM/,
      });
      await assert.rejects(startTlsServer({ app: echoPath, host: HOST, port: 0, certificate: mixed }), {
        name: 'BadCertificateError',
      });
      const { serial } = await post(server.address.port, '/', through);
      assert.equal(serial, inspectCertificate(bundle.cert).serialNumber);
    } finally {
      through.destroy();
      await server.close({ drainMs: 1000, lameDuckMs: 0 });
    }
  });

  describe('cuts off', () => {
    /** What a client gets that sends `text` and then nothing more, until the connection is closed. */
    async function dialled(limits: Partial<ServerLimits>, text: string): Promise<string> {
      const server = await start(echoPath, limits);
      try {
        return await new Promise<string>((resolve) => {
          let got = '';
          const { port } = server.address;
          const socket = connectTls({ host: HOST, port, ca: bundle.ca }, () => socket.write(text));
          socket.on('data', (chunk: Buffer) => {
            got += chunk.toString('utf8');
          });
          socket.on('error', () => {}).on('close', () => resolve(got));
        });
      } finally {
        await server.close({ drainMs: 1000, lameDuckMs: 0 });
      }
    }
    const soon = { headersTimeoutMs: 100, requestTimeoutMs: 200, checkEveryMs: 20 };

    it('a client that never finishes its headers, and one that says nothing at all', async () => {
      const [slow, silent] = await Promise.all([
        dialled(soon, 'POST /validate HTTP/1.1\r\nHost: x\r\nX-Slow: '),
        dialled(soon, ''),
      ]);
      assert.match(slow, /^HTTP\/1\.1 408 Request Timeout\r\n/);
      assert.match(silent, /^(HTTP\/1\.1 408 Request Timeout\r\n|$)/);
    });

    it('a client that never finishes its body', async () => {
      const slow = await dialled(soon, 'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{');
      assert.match(slow, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    });

    it('a client whose headers are larger than 32 KiB', async () => {
      const head = (bytes: number) =>
        `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`;
      const [large, fits] = await Promise.all([dialled({}, head(33 * 1024)), dialled({}, head(31 * 1024))]);
      assert.match(large, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
      assert.match(fits, /^HTTP\/1\.1 200 OK\r\n/);
    });
  });
});

describe('a port that cannot be opened', () => {
  it('is an error that names it and says what to do', async () => {
    const server = await start(echoPath);
    const { port } = server.address;
    try {
      const at = { app: echoPath, host: HOST, port, option: '--listen' };
      const expected = {
        name: 'CannotListenError',
        code: 'EADDRINUSE',
        message: `cannot listen on 127.0.0.1:${port}: the port is in use; stop the process that has it, or choose another address with --listen`,
      };
      await assert.rejects(startTlsServer({ ...at, certificate: bundle }), expected);
      await assert.rejects(startPlainServer(at), expected);
      await assert.rejects(startPlainServer({ app: echoPath, host: '2001:db8::1', port: 0 }), {
        message:
          'cannot listen on [2001:db8::1]:0: this machine does not have the address; use one of its own, or choose another address',
      });
    } finally {
      await server.close({ drainMs: 1000, lameDuckMs: 0 });
    }
  });
});

describe('draining', () => {
  it('fails no request under load, answers the last ones with Connection: close, and refuses new connections after', async () => {
    const server = await start((request, response) => {
      request.resume().on('end', () => setImmediate(() => response.end('ok')));
    });
    const { port } = server.address;
    let begun = false;
    const statuses: (number | undefined)[] = [];
    const client = async () => {
      const through = agent({ maxSockets: 1 });
      for (let lastWords = false; !lastWords; ) {
        const answer = await post(port, '/', through);
        statuses.push(answer.status);
        lastWords = begun && answer.connection === 'close';
      }
      through.destroy();
    };
    const clients = Array.from({ length: 20 }, client);
    while (statuses.length < 200) await new Promise((resolve) => setImmediate(resolve));
    begun = true;
    const closed = server.close({ drainMs: 5000, lameDuckMs: 200 });
    await Promise.all(clients);
    const late = await post(port, '/', agent({ keepAlive: false }));
    assert.deepEqual([late.status, late.connection], [200, 'close']);
    await closed;
    assert.deepEqual(new Set(statuses), new Set([200]));
    await assert.rejects(post(port, '/', agent()), { code: 'ECONNREFUSED' });
  });

  it('waits for a request that is in work, closes idle and silent connections, and ends before drainMs', async () => {
    let release = () => {};
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await start((request, response) => {
      if (request.url !== '/slow') return void response.end('quick');
      release = () => void response.end('slow');
      arrived();
    });
    const { port } = server.address;
    const [idle, busy] = [agent(), agent()];
    await post(port, '/', idle);
    const silent = await secured(port);
    const silentClosed = new Promise<void>((resolve) => silent.once('close', () => resolve()));
    const slow = post(port, '/slow', busy);
    await arrival;
    const startedAt = performance.now();
    const closed = server.close({ drainMs: 30_000, lameDuckMs: 0 });
    await silentClosed;
    assert.equal(await Promise.race([closed.then(() => 'closed'), Promise.resolve('open')]), 'open');
    release();
    const answer = await slow;
    assert.deepEqual([answer.text, answer.connection], ['slow', 'close']);
    await closed;
    assert.ok(performance.now() - startedAt < 10_000);
    await server.close({ drainMs: 0 });
  });

  it('cuts off what is still open after drainMs: a request without end, and a handshake never begun', async () => {
    let arrived = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const server = await start(() => arrived());
    const { port } = server.address;
    const stuck = post(port, '/', agent());
    const raw = await opened(connectPlain({ host: HOST, port }), 'connect');
    const rawClosed = new Promise<void>((resolve) => raw.on('error', () => {}).once('close', () => resolve()));
    await arrival;
    const failed = assert.rejects(stuck, { code: 'ECONNRESET' });
    await server.close({ drainMs: 100, lameDuckMs: 0 });
    await Promise.all([failed, rawClosed]);
  });

  it('works the same way on the plain port', async () => {
    const server = await startPlainServer({ app: echoPath, host: HOST, port: 0 });
    const through = new PlainAgent({ keepAlive: true });
    const text = await new Promise((resolve, reject) => {
      const { port } = server.address;
      plainRequest({ host: HOST, port, path: '/healthz', agent: through }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      })
        .on('error', reject)
        .end();
    });
    assert.equal(text, '/healthz');
    const startedAt = performance.now();
    await server.close({ drainMs: 30_000, lameDuckMs: 0 });
    assert.ok(performance.now() - startedAt < 10_000);
    through.destroy();
  });
});

/** A TLS connection on which nothing was said yet. */
function secured(port: number): Promise<Socket> {
  return opened(connectTls({ host: HOST, port, ca: bundle.ca }), 'secureConnect');
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once(event as 'connect', () => resolve(socket)).once('error', reject);
  });
}

describe('too many connections', () => {
  /** Resolves with whether the handshake succeeds. */
  const dial = (port: number) =>
    new Promise<TLSSocket | 'closed'>((resolve) => {
      const socket = connectTls({ host: HOST, port, ca: bundle.ca });
      socket.once('secureConnect', () => resolve(socket));
      socket.once('error', () => {}).once('close', () => resolve('closed'));
    });

  it('are closed at once and counted; when one goes there is room again', async () => {
    let tooMany = 0;
    const server = await startTlsServer({
      app: echoPath,
      host: HOST,
      port: 0,
      certificate: bundle,
      limits: { maxConnections: 2, maxHandshakes: 10 },
      onTooMany: () => (tooMany += 1),
    });
    const { port } = server.address;
    const open = [await dial(port), await dial(port)];
    assert.ok(open.every((one) => one !== 'closed'));
    assert.equal(await dial(port), 'closed');
    assert.equal(tooMany, 1);
    for (const one of open) one.destroy();
    for (let again = await dial(port); ; again = await dial(port)) {
      if (again === 'closed') continue;
      again.destroy();
      break;
    }
    await server.close({ drainMs: 1000, lameDuckMs: 0 });
  });

  it('in their handshake do not keep open ones from being served', async () => {
    const server = await start(echoPath, { maxConnections: 10, maxHandshakes: 1 });
    const { port } = server.address;
    const through = agent();
    assert.equal((await post(port, '/one', through)).text, '/one');
    const silent = connectPlain({ host: HOST, port });
    await new Promise((resolve) => silent.once('connect', resolve));
    // The server takes connections in the order in which they came.
    assert.equal(await dial(port), 'closed');
    assert.equal((await post(port, '/two', through)).text, '/two');
    silent.destroy();
    through.destroy();
    await server.close({ drainMs: 1000, lameDuckMs: 0 });
  });
});
