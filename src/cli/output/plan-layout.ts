import { isHarmful, type PlanReport, type StepOutcome } from '../../app/plan-pools.ts';
import type { Layout } from './print.ts';
import type { Style } from './style.ts';
import { columns } from './table.ts';

/** What `plan` prints. */
export interface PlanResult extends PlanReport {
  /** Documents that are no pools. */
  readonly leftOut: readonly string[];
}

const SHOWN = 20;

/** The plan for people: each step with the word of the guard, then the IPs that would not stay. */
export const planLayout: Layout<PlanResult> = (result, style) => [
  ...columns([['POOL', 'STEP', 'GUARD', ''], ...result.steps.map(step)], 0),
  ...strandedSection(result, style),
  ...misnamedSection(result, style),
  ...(result.leftOut.length === 0 ? [] : ['', style.dim('left out, being no pools of this MetalLB:')]),
  ...result.leftOut.map((what) => style.dim(`  ${what}`)),
  '',
  isHarmful(result)
    ? style.bad('Not without harm: see above.')
    : style.good(`Every IP stays where it is (${result.services} Services looked at).`),
];

function step({ pool, action, guard, strands, overlaps }: StepOutcome): readonly string[] {
  const said = [
    ...(strands > 0 ? [`strands ${strands} Service${strands === 1 ? '' : 's'}`] : []),
    ...(overlaps.length > 0 ? [`overlaps ${overlaps.join(', ')}: MetalLB refuses it`] : []),
  ];
  return [pool, action, guard, said.join('; ') || 'harmless'];
}

function strandedSection({ stranded }: PlanResult, style: Style): readonly string[] {
  if (stranded.length === 0) return [];
  const rows = stranded.slice(0, SHOWN).map(({ ip, service, why, fate }) => [ip, service, `${why}; ${fate}`]);
  return [
    '',
    style.bold(`IPs that would be in no usable pool in the end (${stranded.length}), and what MetalLB then does:`),
    ...columns(rows),
    ...more(stranded.length - rows.length, style),
  ];
}

function misnamedSection({ misnamed }: PlanResult, style: Style): readonly string[] {
  if (misnamed.length === 0) return [];
  const rows = misnamed.slice(0, SHOWN).map(({ service, pool }) => [service, `asks for pool ${pool}, which is gone`]);
  return [
    '',
    style.bold(`Services that MetalLB would clear (${misnamed.length}): change their address-pool first:`),
    ...columns(rows),
    ...more(misnamed.length - rows.length, style),
  ];
}

function more(count: number, style: Style): readonly string[] {
  return count > 0 ? [style.dim(`  and ${count} more: --output json has all of them`)] : [];
}
