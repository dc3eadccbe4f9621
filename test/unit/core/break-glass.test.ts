import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAllowMove, parsePermission } from '../../../src/core/break-glass.ts';

const UNTIL = Date.parse('2026-12-01T10:00Z');

describe('permission to move', () => {
  const good = [
    ['192.0.2.7 until=2026-12-01T10:00Z reason=renumbering', '192.0.2.7', 'renumbering'],
    ['  192.0.2.7   until=2026-12-01T10:00:00Z  reason=a word = or two  ', '192.0.2.7', 'a word = or two'],
    ['2001:DB8:0::7 until=2026-12-01T11:00+01:00 reason=x', '2001:db8::7', 'x'],
  ] as const;
  for (const [text, ip, reason] of good) {
    test(`"${text}" counts`, () => {
      assert.deepEqual(parseAllowMove(text), { ok: true, permission: { ip, until: UNTIL, reason } });
    });
  }

  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /"" is not an IP; write "<IP> until=<RFC 3339> reason=<why>"/],
    ['all until=2026-12-01T10:00Z reason=x', /"all" is not an IP/],
    ['192.0.02.7 until=2026-12-01T10:00Z reason=x', /"192\.0\.02\.7" is not an IP/],
    ['192.0.2.7', /write "until=<RFC 3339 time> reason=<why>", both in this order/],
    ['192.0.2.7 reason=x until=2026-12-01T10:00Z', /both in this order/],
    ['192.0.2.7 until=2026-12-01T10:00Z', /both in this order/],
    ['192.0.2.7 until=2026-12-01T10:00Z reason=', /both in this order/],
    ['192.0.2.7 until=tomorrow reason=x', /"tomorrow" is not a time; write for example 2026-12-01T10:00Z/],
    ['192.0.2.7 192.0.2.8 until=2026-12-01T10:00Z reason=x', /both in this order/],
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
  assert.deepEqual(parsePermission('until=2026-12-01T10:00Z reason=x'), {
    ok: true,
    permission: { until: UNTIL, reason: 'x' },
  });
  assert.equal(parsePermission('192.0.2.7 until=2026-12-01T10:00Z reason=x').ok, false);
});
