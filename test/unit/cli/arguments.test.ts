import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Command, parseArguments } from '../../../src/cli/arguments.ts';
import { formatProblem } from '../../../src/config/problem.ts';

/** Parses a command line written as one string; blanks separate, as no value here needs one. */
function parse(line: string): Command {
  return parseArguments(line === '' ? [] : line.split(' '), '1.2.3');
}

function problems(line: string): readonly string[] {
  const command = parse(line);
  assert.equal(command.kind, 'usage-error', 'was accepted');
  return command.problems.map(formatProblem);
}

const COMMANDS = 'the commands are serve, unregister, replay';

suite('what is asked for', () => {
  test('serve carries the whole configuration', () => {
    const command = parse(
      'serve --kubeconfig k --listen [::1]:0 --ops-listen=127.0.0.1:0 --register service=ns/guard --namespace ns ' +
        '--mode enforce --pin repair --metallb-namespace lb --metallb-user me --metallb-user=you --lb-class a/b ' +
        '--sticky-for 1h30m --claim-grace 90s --log-level debug --shutdown-drain 500ms',
    );
    assert.deepEqual(command, {
      kind: 'serve',
      config: {
        kubeconfig: 'k',
        listen: { host: '::1', port: 0 },
        opsListen: { host: '127.0.0.1', port: 0 },
        register: { kind: 'service', namespace: 'ns', name: 'guard', port: 443 },
        namespace: 'ns',
        mode: 'enforce',
        pin: 'repair',
        requestConflict: 'warn',
        metallbNamespace: 'lb',
        metallbUsers: ['me', 'you'],
        lbClasses: ['a/b'],
        stickyForMs: 5_400_000,
        claimGraceMs: 90_000,
        logLevel: 'debug',
        drainDelayMs: 5_000,
        shutdownDrainMs: 500,
        certificate: { kind: 'own', caLifetimeMs: 315_360_000_000, certLifetimeMs: 7_776_000_000 },
        clientCheck: undefined,
        configFile: undefined,
      },
    });
  });

  test('serve without flags repairs and pins', () => {
    const command = parse('serve');
    assert.deepEqual(command.kind === 'serve' && [command.config.mode, command.config.pin], ['repair', 'create']);
  });

  test('of a flag given twice the last counts', () => {
    const command = parse('serve --mode repair --mode audit');
    assert.equal(command.kind === 'serve' && command.config.mode, 'audit');
  });

  test('unregister', () => {
    assert.deepEqual(parse('unregister'), { kind: 'unregister', kubeconfig: undefined });
    assert.deepEqual(parse('unregister --kubeconfig k'), { kind: 'unregister', kubeconfig: 'k' });
  });

  test('replay with its defaults', () => {
    assert.deepEqual(parse('replay reviews.gz'), {
      kind: 'replay',
      file: 'reviews.gz',
      output: 'table',
      mode: 'enforce',
      metallbNamespace: 'metallb-system',
      metallbUsers: [],
      lbClasses: [],
    });
  });

  test('replay with flags around its file', () => {
    assert.deepEqual(parse('replay --output json r.ndjson --mode audit --metallb-user me --lb-class a --lb-class b'), {
      kind: 'replay',
      file: 'r.ndjson',
      output: 'json',
      mode: 'audit',
      metallbNamespace: 'metallb-system',
      metallbUsers: ['me'],
      lbClasses: ['a', 'b'],
    });
  });

  test('after -- a file may look like a flag', () => {
    const command = parse('replay -- --odd');
    assert.equal(command.kind === 'replay' && command.file, '--odd');
  });

  test('version', () => {
    assert.deepEqual(parse('--version'), { kind: 'version', text: 'holdfast 1.2.3\n' });
  });
});

const rows: readonly (readonly [line: string, ...expected: string[]])[] = [
  ['', `COMMAND: is missing: ${COMMANDS}`],
  ['check', `"check": is not a command: ${COMMANDS}`],
  ['serv', `"serv": is not a command: did you mean serve? ${COMMANDS}`],
  ['help sirve', `"sirve": is not a command: did you mean serve? ${COMMANDS}`],
  ['constructor', `"constructor": is not a command: ${COMMANDS}`],
  ['--mode audit', `--mode: stands where the command should: flags come after the command, and ${COMMANDS}`],
  [
    'serve extra --moed audit --listen ::1 --colour blue --sticky-for -1h --pin',
    '--pin: needs a value: write --pin create|repair|never',
    '"extra": serve takes flags only: remove it, or write the flag it belongs to',
    '--moed: unknown flag: did you mean --mode?',
    '--listen: "::1" is an IPv6 address without a port: write it like [::1]:8443',
    '--colour: unknown flag: "holdfast serve --help" lists the flags',
    '--sticky-for: "-1h" is not a duration: write it like 1h30m, 90s, 500ms or 0',
  ],
  ['serve --mode --pin never', '--mode: needs a value: write --mode audit|enforce|repair'],
  ['serve --mode=', '--mode: "" is not one of audit, enforce, repair: choose one of them'],
  ['serve -mode audit', '-mode: unknown flag: did you mean --mode?'],
  ['serve --confg x.yaml', '--confg: unknown flag: did you mean --config?'],
  ['serve --config', '--config: needs a value: write --config FILE'],
  ['serve --mode audit --halp', '--halp: unknown flag: did you mean --help?'],
  ['serve --mode audit --__proto__ x', '--__proto__: unknown flag: "holdfast serve --help" lists the flags'],
  ['unregister now', '"now": unregister takes flags only: remove it, or write the flag it belongs to'],
  ['unregister --kubeconfig', '--kubeconfig: needs a value: write --kubeconfig FILE'],
  ['replay', 'FILE: is missing: write it like "holdfast replay reviews.ndjson"'],
  ['replay a b', '"b": there is a FILE already: remove it, or write the flag it belongs to'],
  ['replay --fast a', '--fast: unknown flag: "holdfast replay --help" lists the flags'],
  [
    'replay --output yaml --listen=0.0.0.0:1 --mode off',
    'FILE: is missing: write it like "holdfast replay reviews.ndjson"',
    '--output: "yaml" is not one of table, json: choose one of them',
    '--listen: unknown flag: "holdfast replay --help" lists the flags',
    '--mode: "off" is not one of audit, enforce, repair: choose one of them',
  ],
];

suite('bad arguments give the full list of problems', () => {
  for (const [line, ...expected] of rows) {
    test(`holdfast ${line}`, () => assert.deepEqual(problems(line), expected));
  }

  test('the text for standard error names the command, every problem and the help', () => {
    const command = parse('serve --pin x --mode y');
    assert.equal(command.kind, 'usage-error');
    assert.equal(
      command.text,
      [
        'holdfast serve: 2 problems, nothing was done',
        '  --pin: "x" is not one of create, repair, never: choose one of them',
        '  --mode: "y" is not one of audit, enforce, repair: choose one of them',
        'See "holdfast serve --help".',
        '',
      ].join('\n'),
    );
  });
});
