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

const COMMANDS =
  'the commands are serve, check, plan, history, pin, unpin, completion, version, floor, unregister, replay';

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
        poolExclusion: 'keep',
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

  test('check, with its defaults and with everything', () => {
    assert.deepEqual(parse('check'), {
      kind: 'check',
      kubeconfig: undefined,
      output: 'table',
      metallbNamespace: 'metallb-system',
      lbClasses: [],
      namespace: 'holdfast-system',
      ignore: [],
      stickyForMs: 3_600_000,
    });
    const all = parse('check -o yaml --ignore Unpinned --ignore Pending --sticky-for 0 --namespace guard');
    assert.deepEqual(all.kind === 'check' && [all.output, all.ignore, all.stickyForMs, all.namespace], [
      'yaml',
      ['Unpinned', 'Pending'],
      0,
      'guard',
    ]);
  });

  test('plan from standard input, with deletions', () => {
    const command = parse('plan -f - --delete a --delete b --prune --output=json');
    assert.deepEqual(command.kind === 'plan' && [command.file, command.deletions, command.prune, command.output], [
      '-',
      ['a', 'b'],
      true,
      'json',
    ]);
  });

  test('history of an IP in any spelling, and of a Service', () => {
    const [ip, service] = [parse('history 2001:DB8::0007'), parse('history default/web')];
    assert.deepEqual(ip.kind === 'history' && ip.subject, { kind: 'ip', ip: '2001:db8::7' });
    assert.deepEqual(service.kind === 'history' && service.subject, {
      kind: 'service',
      namespace: 'default',
      name: 'web',
    });
  });

  test('pin names, namespaces or all', () => {
    const [names, namespaces, all] = [parse('pin a/b c/d --dry-run'), parse('unpin -n x -n y'), parse('pin -A')];
    assert.deepEqual(names.kind === 'pin' && [names.names, names.dryRun, names.prefix], [
      [
        { namespace: 'a', name: 'b' },
        { namespace: 'c', name: 'd' },
      ],
      true,
      undefined,
    ]);
    assert.deepEqual(namespaces.kind === 'unpin' && namespaces.namespaces, ['x', 'y']);
    assert.equal(all.kind === 'pin' && all.all, true);
  });

  test('version', () => {
    assert.deepEqual(parse('version'), { kind: 'version', text: 'holdfast 1.2.3\n' });
    assert.deepEqual(parse('--version'), { kind: 'version', text: 'holdfast 1.2.3\n' });
  });
});

const rows: readonly (readonly [line: string, ...expected: string[]])[] = [
  ['', `COMMAND: is missing: ${COMMANDS}`],
  ['dance', `"dance": is not a command: ${COMMANDS}`],
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
  ['check --all', '--all: unknown flag: "holdfast check --help" lists the flags'],
  ['check --ignore unpinnd', '--ignore: "unpinnd" is not a finding: did you mean Unpinned?'],
  ['check -o xml', '--output: "xml" is not one of table, json, yaml: choose one of them'],
  ['plan', '--file: is missing: write -f FILE, or --delete POOL'],
  ['plan -f', '--file: needs a value: write --file FILE|-'],
  [
    'plan --prune',
    '--file: is missing: write -f FILE, or --delete POOL',
    '--prune: needs to know what stays: write -f FILE',
  ],
  [
    'plan --prune=yes --delete A_B',
    '--prune: takes no value: write --prune, or leave it out',
    '--delete: "A_B" is not the name of a pool: write its metadata.name, like first-pool',
  ],
  ['history', 'IP|NS/NAME: is missing: write it like "holdfast history 192.0.2.7"'],
  [
    'history 192.0.2.07',
    'IP|NS/NAME: "192.0.2.07" is neither an IP nor a Service: write it like 192.0.2.7 or default/web',
  ],
  ['pin', 'NS/NAME: nothing to pin: name Services, or write --namespace NS or --all'],
  ['pin --all -n shop', '--all: more than one of --all, --namespace and names is given: choose one of them'],
  [
    'pin web default/web/x --prefix metallb',
    '--prefix: "metallb" is not one of auto, metallb.io, metallb.universe.tf: choose one of them',
    'NS/NAME: "web" is not a Service: write it like default/web',
    'NS/NAME: "default/web/x" is not a Service: write it like default/web',
  ],
  ['unpin --prefix metallb.io --all', '--prefix: unknown flag: "holdfast unpin --help" lists the flags'],
  ['completion tcsh', '"tcsh": is no shell that is known here: bash, zsh or fish'],
  ['version now', '"now": version takes flags only: remove it, or write the flag it belongs to'],
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
