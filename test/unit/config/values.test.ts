import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseDuration } from '../../../src/config/duration.ts';
import { parseHostPort, sameSocket } from '../../../src/config/host-port.ts';
import { parseLbClass, parseNamespace, parseUserName } from '../../../src/config/kube-names.ts';
import type { Parsed } from '../../../src/config/parsed.ts';
import { parseRegister } from '../../../src/config/register.ts';

type Row = readonly [text: string, expected: unknown];

/** Shows a result as its value, or as `what: fix`. */
function shown(result: Parsed<unknown>): unknown {
  return result.kind === 'ok' ? result.value : `${result.what}: ${result.fix}`;
}

function table(name: string, parse: (text: string) => Parsed<unknown>, rows: readonly Row[]): void {
  suite(name, () => {
    for (const [text, expected] of rows) {
      test(JSON.stringify(text), () => assert.deepEqual(shown(parse(text)), expected));
    }
  });
}

const DURATION = 'write it like 1h30m, 90s, 500ms or 0';
table('durations are read as Go writes them', (text) => parseDuration(text, { min: '0', max: '720h' }), [
  ['0', 0],
  ['0s', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['2m', 120_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['1m1ms', 60_001],
  ['720h', 2_592_000_000],
  ['720h1ms', '720h1ms is too long: use at most 720h'],
  ['', `"" is not a duration: ${DURATION}`],
  ['-1h', `"-1h" is not a duration: ${DURATION}`],
  ['1 h', `"1 h" is not a duration: ${DURATION}`],
  ['1h 30m', `"1h 30m" is not a duration: ${DURATION}`],
  ['90', `"90" is not a duration: it needs a unit (h, m, s, ms), ${DURATION}`],
  ['3d', '"3d" is not a duration: days are written in hours, here 72h'],
  ['1.h', `"1.h" is not a duration: ${DURATION}`],
]);

test('a duration below its minimum names the minimum', () => {
  assert.equal(shown(parseDuration('999ms', { min: '1s', max: '24h' })), '999ms is too short: use at least 1s');
  assert.equal(shown(parseDuration('1s', { min: '1s', max: '24h' })), 1000);
});

table('HOST:PORT', parseHostPort, [
  ['0.0.0.0:8443', { host: '0.0.0.0', port: 8443 }],
  ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['localhost:65535', { host: 'localhost', port: 65_535 }],
  ['a-1.example.com:1', { host: 'a-1.example.com', port: 1 }],
  ['[::1]:8443', { host: '::1', port: 8443 }],
  ['[::]:0', { host: '::', port: 0 }],
  ['::1', '"::1" is an IPv6 address without a port: write it like [::1]:8443'],
  ['[::1]', '"[::1]" is not HOST:PORT: write it like 0.0.0.0:8443 or [::1]:8443'],
  ['[1.2.3.4]:80', '"1.2.3.4" is not an IPv6 address: write it like [::1]:8443'],
  [':8443', '":8443" has no host: write 0.0.0.0:8443 for every address of this machine'],
  ['8443', '"8443" is not HOST:PORT: write it like 0.0.0.0:8443 or [::1]:8443'],
  ['localhost', '"localhost" is not HOST:PORT: write it like 0.0.0.0:8443 or [::1]:8443'],
  ['localhost:65536', 'port 65536 does not exist: use 0 (any free port) to 65535'],
  ['localhost:-1', '"localhost:-1" is not HOST:PORT: write it like 0.0.0.0:8443 or [::1]:8443'],
  ['999.1.1.1:80', '"999.1.1.1" is neither an IP address nor a host name: write it like 0.0.0.0:8443'],
  ['a b:80', '"a b" is neither an IP address nor a host name: write it like 0.0.0.0:8443'],
]);

test('two sockets clash on the same port of the same or of every address, never on port 0', () => {
  const at = (host: string, port: number) => ({ host, port });
  assert.equal(sameSocket(at('127.0.0.1', 80), at('127.0.0.1', 80)), true);
  assert.equal(sameSocket(at('127.0.0.1', 80), at('0.0.0.0', 80)), true);
  assert.equal(sameSocket(at('::', 80), at('127.0.0.1', 80)), true);
  assert.equal(sameSocket(at('127.0.0.1', 80), at('127.0.0.2', 80)), false);
  assert.equal(sameSocket(at('127.0.0.1', 80), at('127.0.0.1', 81)), false);
  assert.equal(sameSocket(at('0.0.0.0', 0), at('0.0.0.0', 0)), false);
});

const SERVICE = 'write it like service=holdfast-system/holdfast:443';
table('ways to register', parseRegister, [
  ['none', { kind: 'none' }],
  ['url=https://192.0.2.1:8443', { kind: 'url', url: 'https://192.0.2.1:8443' }],
  ['url=https://192.0.2.1:8443/', { kind: 'url', url: 'https://192.0.2.1:8443' }],
  ['url=https://[::1]:8443', { kind: 'url', url: 'https://[::1]:8443' }],
  ['service=ns/guard', { kind: 'service', namespace: 'ns', name: 'guard', port: 443 }],
  ['service=ns/guard:8443', { kind: 'service', namespace: 'ns', name: 'guard', port: 8443 }],
  [
    'url=http://x:1',
    '"http://x:1" is not https: the API server calls webhooks over https only, write url=https://HOST:PORT',
  ],
  ['url=x', '"x" is not a URL: write url=https://HOST:PORT'],
  ['url=', '"" is not a URL: write url=https://HOST:PORT'],
  ['url=https://x:8443/admit', '"https://x:8443/admit" has a path: holdfast adds its own, write url=https://x:8443'],
  [
    'url=https://a:b@x:1',
    '"https://a:b@x:1" has a user, a query or a fragment: Kubernetes forbids them, write url=https://HOST:PORT',
  ],
  [
    'url=https://x:1?',
    '"https://x:1?" has a user, a query or a fragment: Kubernetes forbids them, write url=https://HOST:PORT',
  ],
  ['url=https://x:0', '"https://x:0" has port 0: name the port that the API server can reach'],
  ['https://x:8443', '"https://x:8443" does not say how to register: write url=https://x:8443'],
  [
    'service',
    '"service" does not say how to register: write url=https://HOST:PORT, service=NAMESPACE/NAME[:PORT] or none',
  ],
  ['service=guard', `"guard" is not NAMESPACE/NAME[:PORT]: ${SERVICE}`],
  ['service=ns/Guard', `"ns/Guard" is not NAMESPACE/NAME[:PORT]: ${SERVICE}`],
  ['service=ns/guard:0', 'port 0 does not exist: use 1 to 65535'],
]);

table('namespaces', parseNamespace, [
  ['metallb-system', 'metallb-system'],
  ['a'.repeat(63), 'a'.repeat(63)],
  [
    'Metallb',
    '"Metallb" is not the name of a namespace: use up to 63 lower case letters, digits and -, like metallb-system',
  ],
  ['a.b', '"a.b" is not the name of a namespace: use up to 63 lower case letters, digits and -, like metallb-system'],
]);

test('a namespace of 64 letters is refused', () => {
  assert.equal(parseNamespace('a'.repeat(64)).kind, 'bad');
});

table('load balancer classes', parseLbClass, [
  ['metallb', 'metallb'],
  ['example.com/metallb_2', 'example.com/metallb_2'],
  ['a,b', '"a,b" is not a load balancer class: name one class each time'],
  ['/x', '"/x" is not a load balancer class: write it like example.com/metallb or metallb'],
  ['a/b/c', '"a/b/c" is not a load balancer class: write it like example.com/metallb or metallb'],
]);

table('user names', parseUserName, [
  ['system:serviceaccount:lab:controller', 'system:serviceaccount:lab:controller'],
  ['O=lab CN=me', 'O=lab CN=me'],
  [' me', '" me" has blanks around it: write the user name exactly as the API server knows it'],
]);
