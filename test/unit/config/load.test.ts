import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { type Config, configWarnings } from '../../../src/config/schema.ts';
import type { RawSettings } from '../../../src/config/source.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-config-'));
after(() => rmSync(folder, { recursive: true }));

/** Writes `config.yaml` and loads it with the flags. */
function load(yaml: string | undefined, flags: RawSettings = {}) {
  if (yaml === undefined) return loadConfig({ values: flags });
  const config = join(folder, 'config.yaml');
  writeFileSync(config, yaml);
  return loadConfig({ values: { config, ...flags } });
}

function good(yaml: string | undefined, flags: RawSettings = {}): Config {
  const loaded = load(yaml, flags);
  assert.equal(loaded.kind, 'config', loaded.kind === 'problems' ? loaded.problems.map(formatProblem).join('\n') : '');
  return loaded.config;
}

/** The problems as lines, with the temporary folder left out. */
function problems(yaml: string | undefined, flags: RawSettings = {}): readonly string[] {
  const loaded = load(yaml, flags);
  assert.equal(loaded.kind, 'problems', 'was accepted');
  return loaded.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
}

suite('defaults', () => {
  test('are those of the golden file', () => {
    const golden = new URL('../../golden/config-defaults.json', import.meta.url);
    const text = `${JSON.stringify(good(undefined), (_, value) => (value === undefined ? null : value), 2)}\n`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
  });

  test('the configuration is frozen, lists included', () => {
    const config = good(undefined, { mode: 'audit', 'lb-class': ['a'] });
    const all = [config, config.lbClasses, config.metallbUsers, config.listen, config.opsListen, config.register];
    assert.deepEqual(all.map(Object.isFrozen), [true, true, true, true, true, true]);
  });
});

suite('precedence', () => {
  const yaml = ['mode: enforce', 'lb-class: [a, b, a]', 'sticky-for: 30m', 'pin: never'].join('\n');

  test('the file wins over defaults and is remembered', () => {
    const config = good(yaml);
    assert.equal(config.mode, 'enforce');
    assert.deepEqual(config.lbClasses, ['a', 'b']);
    assert.equal(config.stickyForMs, 1_800_000);
    assert.equal(config.claimGraceMs, 120_000);
    assert.equal(config.configFile, join(folder, 'config.yaml'));
  });

  test('flags win over the file, lists as a whole', () => {
    const config = good(yaml, { 'sticky-for': '0', 'lb-class': ['c'] });
    assert.equal(config.stickyForMs, 0);
    assert.deepEqual(config.lbClasses, ['c']);
    assert.equal(config.pin, 'never');
  });

  test('a number means its text and a text means a list of one', () => {
    const config = good('mode: audit\nsticky-for: 0\nmetallb-user: me\n');
    assert.equal(config.stickyForMs, 0);
    assert.deepEqual(config.metallbUsers, ['me']);
  });

  test('an empty file and a file of comments set nothing', () => {
    assert.equal(good('', { mode: 'audit' }).namespace, 'holdfast-system');
    assert.equal(good('# later\n', { mode: 'audit' }).namespace, 'holdfast-system');
  });
});

const rows: readonly { name: string; yaml?: string; flags?: RawSettings; expected: readonly string[] }[] = [
  {
    name: 'every problem of the file and of the flags comes at once, each with its place',
    yaml: [
      'mode: enforced',
      'stickyFor: 1h',
      'lb-class: [ok, "b c"]',
      'listen:',
      'register: {url: x}',
      'metallb-user:',
      '  - me',
      '  - [you]',
      'colour: blue',
    ].join('\n'),
    flags: { 'claim-grace': '5', pin: 'sometimes', moed: 'audit' },
    expected: [
      'config.yaml: mode (line 1): "enforced" is not one of audit, enforce, repair: did you mean enforce?',
      'config.yaml: stickyFor (line 2): unknown key: did you mean sticky-for?',
      'config.yaml: lb-class[1] (line 3): "b c" is not a load balancer class: write it like example.com/metallb or metallb',
      'config.yaml: listen (line 4): has no value: write a text, or leave it out',
      'config.yaml: register (line 5): a map stands where a text should: write a text',
      'config.yaml: metallb-user[1] (line 8): a list stands where a text should: write a text',
      'config.yaml: colour (line 9): unknown key: the keys are the flags of "holdfast serve --help", without dashes',
      '--claim-grace: "5" is not a duration: it needs a unit (h, m, s, ms), write it like 1h30m, 90s, 500ms or 0',
      '--pin: "sometimes" is not one of create, repair, never: choose one of them',
      '--moed: unknown flag: did you mean --mode?',
    ],
  },
  {
    name: 'a bad value in the file is told even if a flag overrides it',
    yaml: 'sticky-for: soon\n',
    flags: { mode: 'audit', 'sticky-for': '1h' },
    expected: ['config.yaml: sticky-for (line 1): "soon" is not a duration: write it like 1h30m, 90s, 500ms or 0'],
  },
  {
    name: 'a file cannot name another file',
    yaml: 'mode: audit\nconfig: other.yaml\n',
    expected: [
      'config.yaml: config (line 2): unknown key: the keys are the flags of "holdfast serve --help", without dashes',
    ],
  },
  {
    name: 'one port for both listeners, one from the file and one from a flag',
    yaml: 'mode: audit\nlisten: 0.0.0.0:9000\n',
    flags: { 'ops-listen': '127.0.0.1:9000' },
    expected: ['--ops-listen: port 9000 is taken by config.yaml: listen (line 2): give each its own port'],
  },
  {
    name: 'a flag that collides with a default',
    flags: { mode: 'audit', listen: '0.0.0.0:8080' },
    expected: ['--ops-listen (default): port 8080 is taken by --listen: give each its own port'],
  },
  {
    name: 'limits',
    flags: { mode: 'audit', 'sticky-for': '721h', 'claim-grace': '0', 'shutdown-drain': '11m' },
    expected: [
      '--sticky-for: 721h is too long: use at most 720h',
      '--claim-grace: 0 is too short: use at least 1s',
      '--shutdown-drain: 11m is too long: use at most 10m',
    ],
  },
  {
    name: 'empty values',
    flags: { mode: 'audit', kubeconfig: '', 'lb-class': [''], config: '' },
    expected: [
      '--config: is empty: name a YAML file, or leave it out',
      '--kubeconfig: is empty: give it a value, or leave it out',
      '--lb-class: is empty: give it a value, or leave it out',
    ],
  },
  {
    name: 'a YAML syntax error has its line, and the flags are checked all the same',
    yaml: 'mode: audit\npin: never\nlb-class: [a\n',
    flags: { listen: 'here' },
    expected: [
      'config.yaml (line 4): is not valid YAML, Flow sequence in block collection must be sufficiently indented and end with a ]: correct the YAML there',
      '--listen: "here" is not HOST:PORT: write it like 0.0.0.0:8443 or [::1]:8443',
    ],
  },
  {
    name: 'a key given twice',
    yaml: 'mode: audit\npin: never\nmode: enforce\n',
    expected: ['config.yaml (line 3): is not valid YAML, Map keys must be unique: correct the YAML there'],
  },
  {
    name: 'an alias to nothing',
    yaml: 'mode: audit\npin: *gone\n',
    expected: [
      'config.yaml: is not valid YAML, Unresolved alias (the anchor must be set before the alias): gone: correct the YAML there',
    ],
  },
  {
    name: 'a list instead of a map',
    yaml: '- mode: audit\n',
    expected: ['config.yaml: is not a map of settings: write lines like "sticky-for: 1h"'],
  },
  {
    name: 'a file that does not exist',
    flags: { config: join(folder, 'missing.yaml') },
    expected: ['--config: missing.yaml does not exist: check the path'],
  },
  {
    name: 'a folder instead of a file',
    flags: { config: `${folder}/.` },
    expected: ['--config: . is a folder: name the YAML file itself'],
  },
];

suite('bad input gives the full list of problems', () => {
  for (const { name, yaml, flags, expected } of rows) {
    test(name, () => assert.deepEqual(problems(yaml, flags), expected));
  }
});

test('a claim grace below the request timeout of the API server is legal and warned about', () => {
  assert.deepEqual(configWarnings(good(undefined, { mode: 'audit' })), []);
  const [warning, ...others] = configWarnings(good(undefined, { mode: 'audit', 'claim-grace': '5s' }));
  assert.match(warning ?? '', /^claim-grace is 5000 ms: shorter than the API server's request timeout/);
  assert.deepEqual(others, []);
});
