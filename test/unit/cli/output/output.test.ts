import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { print } from '../../../../src/cli/output/print.ts';
import { Progress } from '../../../../src/cli/output/progress.ts';
import { styleOf } from '../../../../src/cli/output/style.ts';
import { columns } from '../../../../src/cli/output/table.ts';
import { wrap } from '../../../../src/cli/output/wrap.ts';
import { wantsColour, wantsProgress } from '../../../../src/config/terminal.ts';

suite('colours and progress', () => {
  const rows: readonly (readonly [isTTY: boolean, env: Record<string, string>, colour: boolean, progress: boolean])[] =
    [
      [true, { TERM: 'xterm' }, true, true],
      [false, { TERM: 'xterm' }, false, false],
      [true, { TERM: 'xterm', NO_COLOR: '1' }, false, true],
      [true, { TERM: 'xterm', NO_COLOR: '' }, true, true],
      [true, { TERM: 'dumb' }, false, false],
      [true, {}, true, true],
    ];
  for (const [isTTY, env, colour, progress] of rows) {
    test(`terminal ${isTTY}, ${JSON.stringify(env)}: colours ${colour}, progress ${progress}`, () => {
      assert.deepEqual([wantsColour({ isTTY }, env), wantsProgress({ isTTY }, env)], [colour, progress]);
    });
  }

  test('without colours a text stays as it is', () => {
    assert.equal(styleOf(false).bad('x'), 'x');
    assert.equal(styleOf(true).bad('x'), '\u001b[31mx\u001b[0m');
  });

  test('progress replaces its line, not too often, and wipes it in the end', () => {
    let now = 0;
    let written = '';
    const terminal = { isTTY: true, write: (text: string) => (written += text) };
    const progress = new Progress(terminal, () => now);
    progress.say('reading: 500');
    progress.say('reading: 1000');
    now = 200;
    progress.say('done');
    progress.end();
    assert.equal(written, '\rreading: 500\rdone        \r    \r');
  });

  test('nothing at all is written to a file or a pipe', () => {
    const file = { write: () => assert.fail('written') };
    const progress = new Progress(file);
    progress.say('reading');
    progress.end();
  });
});

suite('a table', () => {
  test('aligns, and wraps its last column', () => {
    const long = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen';
    const lines = columns([
      ['192.0.2.1', 'a', long],
      ['1', 'bbb', 'short'],
    ]);
    assert.deepEqual(lines, [
      '  192.0.2.1  a    one two three four five six seven eight nine ten eleven twelve',
      '                  thirteen fourteen fifteen',
      '  1          bbb  short',
    ]);
  });

  test('never cuts a name: what is too wide has its last column on the next line, and the others stay aligned', () => {
    const name = `shop/${'s'.repeat(58)}`;
    const lines = columns([
      ['192.0.2.1', 'default/web', 'in no pool'],
      ['192.0.2.17', name, 'in no pool that admits its namespace'],
      ['1', 'default/api', 'in no pool'],
    ]);
    assert.deepEqual(lines, [
      '  192.0.2.1  default/web  in no pool',
      `  192.0.2.17  ${name}`,
      '      in no pool that admits its namespace',
      '  1          default/api  in no pool',
    ]);
  });

  test('only a name that is longer than a line is wider than 80, and is whole', () => {
    const [ip, name] = ['2001:db8:1111:2222:3333:4444:5555:6666', `${'n'.repeat(63)}/${'s'.repeat(63)}`];
    assert.deepEqual(columns([[ip, name, 'in no pool']], 0), [ip, `    ${name}`, '    in no pool']);
  });

  test('breaks a word that fits nowhere', () => {
    assert.deepEqual(wrap('a bbbbbb', 3), ['a', 'bbb', 'bbb']);
  });

  test('of no rows is nothing', () => assert.deepEqual(columns([]), []));
});

test('the same result for people and for scripts', () => {
  const out = (format: 'table' | 'json' | 'yaml'): string => {
    let text = '';
    const to = { write: (part: string) => (text += part) };
    print(to, { format, result: { a: [1, 'b: c'] }, table: ({ a }) => [`a ${a.join()}`] });
    return text;
  };
  assert.equal(out('table'), 'a 1,b: c\n');
  assert.equal(out('json'), '{\n  "a": [\n    1,\n    "b: c"\n  ]\n}\n');
  assert.equal(out('yaml'), 'a:\n  - 1\n  - "b: c"\n');
});
