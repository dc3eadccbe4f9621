import { type Parsed, type Permission, parseAllowMove, parsePermission } from '../../core/break-glass.ts';
import { ALLOW_MOVE_ANNOTATION, ALLOW_STRAND_ANNOTATION } from '../../core/metallb/annotations.ts';
import { nameOf } from '../../core/service-ref.ts';
import type { Viewpoint } from '../survey.ts';
import type { Finding } from './finding.ts';

/** Break-glass annotations: in force, expired or malformed. */
export function breakGlass({ survey }: Viewpoint): readonly Finding[] {
  const found: Finding[] = [];
  const { takenAt } = survey;
  for (const { ref, annotations } of survey.services) {
    const text = annotations[ALLOW_MOVE_ANNOTATION];
    if (text === undefined) continue;
    const parsed = parseAllowMove(text);
    const ip = parsed.ok ? { ip: parsed.permission.ip } : {};
    found.push({ object: nameOf(ref), ...ip, ...judged(ALLOW_MOVE_ANNOTATION, parsed, takenAt) });
  }
  for (const { pool, allowStrand } of survey.pools) {
    if (allowStrand === undefined) continue;
    const parsed = parsePermission(allowStrand);
    found.push({ object: `IPAddressPool ${pool.name}`, ...judged(ALLOW_STRAND_ANNOTATION, parsed, takenAt) });
  }
  return found;
}

function judged(name: string, parsed: Parsed<Permission>, now: number): Pick<Finding, 'code' | 'message'> {
  if (!parsed.ok) return { code: 'BreakGlassVoid', message: `${name} is malformed: ${parsed.problem}` };
  const { until, reason } = parsed.permission;
  const when = `${new Date(until).toISOString().slice(0, 16)}Z`;
  return until > now
    ? { code: 'BreakGlassOpen', message: `${name} until ${when}: ${reason}` }
    : { code: 'BreakGlassVoid', message: `${name} expired ${when}` };
}
