import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inForce, parseAllowMove, parsePermission } from '../../../src/core/break-glass.ts';

const UNTIL = Date.parse('2026-12-01T10:00Z');

describe('permission to move', () => {
  const good = [
    ['192.0.2.7 until=2026-12-01T10:00Z reason=renumbering', '192.0.2.7', 'renumbering'],
    ['  192.0.2.7   until=2026-12-01T10:00:00Z  reason=a word = or two  ', '192.0.2.7', 'a word = or two'],
    ['2001:DB8:0::7 until=2026-12-01T11:00+01:00 reason=x', '2001:db8::7', 'x'],
  ] as const;
  for (const [text, ip, reason] of good) {
    test(`"${text}" counts`, () => {
      assert.partialDeepStrictEqual(parseAllowMove(text), { ok: true, permission: { ip, until: UNTIL, reason } });
    });
  }

  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /^it begins with no IP; write "<IP> until=… reason=…"$/],
    ['until=2026-12-01T10:00Z reason=x', /^it begins with no IP/],
    ['all until=2026-12-01T10:00Z reason=x', /^"all" is not an IP; name exactly one$/],
    ['192.0.2.7,192.0.2.8 until=2026-12-01T10:00Z reason=x', /^"192\.0\.2\.7,192\.0\.2\.8" is not an IP; name exactly/],
    ['192.0.02.7 until=2026-12-01T10:00Z reason=x', /^"192\.0\.02\.7" is not an IP/],
    ['192.0.2.7', /^until=2026-12-01T10:00Z \(an expiry\) is missing$/],
    ['192.0.2.7 reason=x until=2026-12-01T10:00Z', /^until= has to stand before reason=$/],
    ['192.0.2.7 until=2026-12-01T10:00Z', /^reason=<why> is missing$/],
    ['192.0.2.7 until=2026-12-01T10:00Z reason=', /^reason=<why> is missing$/],
    [
      '192.0.2.7 until=tomorrow reason=x',
      /^"tomorrow" is not a time with a zone; write for example 2026-12-01T10:00Z$/,
    ],
    ['192.0.2.7 until=2026-12-01T10:00 reason=x', /^"2026-12-01T10:00" is not a time with a zone/],
    ['192.0.2.7 until=2026-13-01T10:00Z reason=x', /^"2026-13-01T10:00Z" is not a time with a zone/],
    ['192.0.2.7 192.0.2.8 until=2026-12-01T10:00Z reason=x', /^"192\.0\.2\.8" before until= is too much$/],
  ];
  for (const [text, says] of bad) {
    test(`"${text}" allows nothing, and says why`, () => {
      const parsed = parseAllowMove(text);
      assert.equal(parsed.ok, false);
      assert.match(parsed.ok ? '' : parsed.problem, says);
    });
  }
});

test('permission to strand names no IP', () => {
  assert.partialDeepStrictEqual(parsePermission('until=2026-12-01T10:00Z reason=x'), {
    ok: true,
    permission: { until: UNTIL, reason: 'x' },
  });
  assert.equal(parsePermission('192.0.2.7 until=2026-12-01T10:00Z reason=x').ok, false);
});

test('a permission ends with its time, and says so', () => {
  const parsed = parsePermission('until=2026-12-01T10:00Z reason=x');
  assert.equal(inForce(parsed, UNTIL - 1), parsed);
  assert.deepEqual(inForce(parsed, UNTIL), { ok: false, problem: 'it expired at 2026-12-01T10:00Z' });
  assert.deepEqual(inForce(parsePermission('x'), 0), parsePermission('x'));
});
