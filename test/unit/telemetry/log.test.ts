import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { type DecisionLine, DecisionLog } from '../../../src/telemetry/decision-log.ts';
import { createLogger, type Log, type LogLevel } from '../../../src/telemetry/log.ts';

/** A logger and the lines it wrote, parsed. */
function recorded(level: LogLevel = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const log: Log = createLogger({ level, destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  const only = () => {
    assert.equal(lines.length, 1);
    const { time, ...rest } = lines[0] ?? {};
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return rest;
  };
  return { log, lines, only };
}

describe('log', () => {
  it('writes one JSON object with level as text, ISO time, fields and message, and nothing else', () => {
    const { log, only } = recorded();
    log.child({ service: 'default/web' }).info({ ip: '192.0.2.7' }, 'adopted');
    assert.deepEqual(only(), { level: 'info', service: 'default/web', ip: '192.0.2.7', msg: 'adopted' });
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = recorded('warn');
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [
        ['warn', 'c'],
        ['error', 'd'],
      ],
    );
  });

  it('writes an error as type, message with causes and stack, without what hangs on it', () => {
    const { log, only } = recorded();
    const cause = new TypeError('connection reset');
    const error = Object.assign(new Error('list of services failed', { cause }), { headers: { cookie: 'secret' } });
    log.error({ error }, 'watch ended');
    assert.deepEqual(only(), {
      level: 'error',
      error: { type: 'Error', message: 'list of services failed: connection reset', stack: error.stack },
      msg: 'watch ended',
    });
  });

  it('writes something thrown that is no error as its text', () => {
    const { log, only } = recorded();
    log.error({ error: 'just a text' }, 'odd');
    assert.deepEqual(only(), { level: 'error', error: { type: 'string', message: 'just a text' }, msg: 'odd' });
  });

  it('survives an error that is its own cause', () => {
    const { log, lines } = recorded();
    const error = new Error('round');
    error.cause = error;
    log.error({ error }, 'circle');
    assert.equal(lines.length, 1);
  });

  it('takes secrets out of what a child adds to its lines, too', () => {
    const { log, only } = recorded();
    log.child({ token: 's1', inner: { password: 's2', name: 'n' } }).info({}, 'x');
    const inner = { password: '[redacted]', name: 'n' };
    assert.deepEqual(only(), { level: 'info', token: '[redacted]', inner, msg: 'x' });
  });

  it('never writes keys, tokens and authorization', () => {
    const { log, only } = recorded();
    log.info({ token: 's1', bundle: { key: 's2', caKey: 's3', cert: 'c' }, headers: { authorization: 's4' } }, 'x');
    assert.deepEqual(only(), {
      level: 'info',
      token: '[redacted]',
      bundle: { key: '[redacted]', caKey: '[redacted]', cert: 'c' },
      headers: { authorization: '[redacted]' },
      msg: 'x',
    });
  });
});

describe('the log of a process', () => {
  const program = (body: string) => {
    const log = new URL('../../../src/telemetry/log.ts', import.meta.url).href;
    const text = `import { createLogger } from '${log}'; const log = createLogger({ level: 'info' }); ${body}`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
    return [...stderr.matchAll(/"msg":"([^"]*)"/g)].map(([, message]) => message);
  };

  it('has every line, in order, also those of the turn in which the process exits', () => {
    const lines = program("for (const i of [1, 2, 3]) log.info({}, 'line ' + i); process.exit(3);");
    assert.deepEqual(lines, ['line 1', 'line 2', 'line 3']);
  });

  it('has the lines before a crash', () => {
    assert.deepEqual(program("log.error({}, 'last words'); throw new Error('crash');"), ['last words']);
  });

  it('is written at the end of each turn', () => {
    const body =
      "log.info({}, 'one'); setTimeout(() => { log.info({}, 'two'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50); }, 5);";
    assert.deepEqual(program(body), ['one', 'two']);
  });
});

const theft: DecisionLine = {
  hook: 'validate',
  verdict: 'deny',
  reason: 'Theft',
  mode: 'enforce',
  service: 'default/web',
  oldIps: [],
  newIps: ['192.0.2.7'],
  holder: 'shop/front',
  user: 'system:serviceaccount:metallb-system:controller',
  dryRun: false,
  micros: 84,
  message: 'holdfast: 192.0.2.7 is held by shop/front',
};

describe('decision log', () => {
  it('writes a refusal as one warning with everything in it', () => {
    const { log, only } = recorded();
    new DecisionLog(log).write(theft);
    assert.deepEqual(only(), {
      level: 'warn',
      hook: 'validate',
      verdict: 'deny',
      reason: 'Theft',
      mode: 'enforce',
      service: 'default/web',
      ips: 'none -> 192.0.2.7',
      holder: 'shop/front',
      user: 'system:serviceaccount:metallb-system:controller',
      dryRun: false,
      micros: 84,
      told: 'holdfast: 192.0.2.7 is held by shop/front',
      msg: 'refused: Theft, default/web',
    });
  });

  const [one, two] = ['192.0.2.1', '2001:db8::1'];
  const rows: readonly [string, Partial<DecisionLine>, string, string][] = [
    ['what audit mode would refuse', { verdict: 'wouldDeny' }, 'warn', 'would refuse: Theft, default/web'],
    ['a repair', { verdict: 'patch' }, 'info', 'repaired: Theft, default/web'],
    ['an allowed gain', { verdict: 'allow', reason: 'Assigned' }, 'info', 'allowed: Assigned, default/web'],
    [
      'an allowed release',
      { verdict: 'allow', reason: 'TypeChanged', oldIps: [one], newIps: [] },
      'info',
      'allowed: TypeChanged, default/web',
    ],
    [
      'the same IPs in another order',
      { verdict: 'allow', reason: 'Unchanged', oldIps: [one, two], newIps: [two, one] },
      'debug',
      'allowed: Unchanged, default/web',
    ],
  ];
  for (const [name, change, level, msg] of rows) {
    it(`writes ${name} at level ${level}`, () => {
      const { log, only } = recorded();
      new DecisionLog(log).write({ ...theft, ...change });
      const line = only();
      assert.deepEqual([line.level, line.msg], [level, msg]);
    });
  }
});
