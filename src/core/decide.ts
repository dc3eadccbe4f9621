import type { BrokenGlass, Effect, Judgement } from './decision.ts';
import type { Facts } from './facts.ts';
import { without } from './net/ip.ts';
import type { PassReason } from './reasons.ts';
import { STATUS_RULES } from './rules/index.ts';
import { allowMoveOf, releaseReason } from './rules/release.ts';
import type { Change } from './rules/rule.ts';
import { isGuardedClass, isGuardedIp } from './scope.ts';

/**
 * Decides one write to the status of a Service. Pure: the same facts give the same decision.
 * Allowed: no rule is broken; the effects say which IPs the Service now holds and which are released, and why.
 */
export function decideStatusWrite(facts: Facts): Judgement {
  const change = changeOf(facts);
  const [first, ...others] = STATUS_RULES.flatMap((rule) => rule(facts, change));
  if (first !== undefined) return { kind: 'refuse', violations: [first, ...others] };
  const effects = effectsOf(facts, change);
  const release = effects.find((effect) => effect.kind === 'release');
  const reason = release?.because ?? passReason(facts, change);
  const glass = glassOf(facts, effects);
  return { kind: 'allow', reason, effects, ...(glass === undefined ? {} : { glass }) };
}

/** The break-glass, when one of the releases rests on it. */
function glassOf(facts: Facts, effects: readonly Effect[]): BrokenGlass | undefined {
  const used = effects.some((effect) => effect.kind === 'release' && effect.because === 'Allowed');
  const allowed = used ? allowMoveOf(facts) : undefined;
  if (!allowed?.ok) return undefined;
  return { annotation: 'allow-move', until: allowed.permission.untilText, why: allowed.permission.reason };
}

function changeOf({ was, becomes }: Facts): Change {
  return {
    gained: without(becomes.assigned, was.assigned),
    lost: without(was.assigned, becomes.assigned),
    newlyMalformed: becomes.malformed.filter((text) => !was.malformed.includes(text)),
  };
}

function effectsOf(facts: Facts, { gained, lost }: Change): readonly Effect[] {
  const releases = lost.flatMap((ip) => {
    const because = releaseReason(facts, ip);
    return because === undefined ? [] : [{ kind: 'release' as const, ip, because }];
  });
  const held = gained.filter((ip) => isGuardedIp(ip, facts.pools));
  return [...releases, ...held.map((ip) => ({ kind: 'hold' as const, ip }))];
}

function passReason({ was, pools, scope }: Facts, { gained }: Change): PassReason {
  if (gained.length === 0) return 'Unchanged';
  return isGuardedClass(was, scope) && gained.some((ip) => isGuardedIp(ip, pools)) ? 'Assigned' : 'NotGuarded';
}
