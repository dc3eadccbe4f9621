import { ipFromBigInt } from '../../src/core/net/ip.ts';
import { nameOf } from '../../src/core/service-ref.ts';
import { formatTable } from '../control-plane/table.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import type { Allocation } from './fresh-allocation.ts';
import type { Step } from './play-script.ts';
import type { Round } from './run-version.ts';

export interface VersionResult {
  readonly version: MetallbVersion;
  readonly rounds: readonly Round[];
}

interface Row {
  readonly name: string;
  readonly values: readonly string[];
}

/** True when something is left that nothing explains. */
export function hasUnexplained({ alone, differences }: Round): boolean {
  return differences.some(({ reason }) => reason === undefined) || wrongAllocations(alone).length > 0;
}

/** A table with one column per version. */
export function summaryTable(results: readonly VersionResult[]): string {
  const reasons = new Set(results.flatMap(({ rounds }) => rounds.flatMap(reasonsOf)));
  const row = (name: string, count: (round: Round) => number): Row => ({
    name,
    values: results.map(({ rounds }) => String(rounds.reduce((sum, round) => sum + count(round), 0))),
  });
  const rows = [
    row('layouts', () => 1),
    row('edits done', ({ alone }) => alone.filter(({ outcome }) => outcome.kind === 'done').length),
    row('allocations compared', ({ alone }) => alone.flatMap(({ allocations }) => allocations).length),
    row('allocations unexplained', ({ alone }) => wrongAllocations(alone).length),
    row('edits refused (Strand)', ({ guarded }) => guarded.filter(({ outcome }) => outcome.kind === 'refused').length),
    row('other refusals of the guard', ({ guarded }) => otherRefusals(guarded)),
    row('repairs of the guard', ({ guarded }) => repairs(guarded)),
    row('rounds never quiet', ({ guarded, alone }) => [...guarded, ...alone].filter(({ isQuiet }) => !isQuiet).length),
    ...[...reasons]
      .sort()
      .map((reason) =>
        row(`difference: ${reason}`, (round) => reasonsOf(round).filter((other) => other === reason).length),
      ),
  ];
  const columns = results.map(({ version }, i) => ({ title: version, text: ({ values }: Row) => values[i] ?? '' }));
  return formatTable<Row>([{ title: 'parity with MetalLB', text: ({ name }) => name }, ...columns], rows);
}

/** Everything unexplained in one round, and every decision of the guard about it, for humans. */
export function detailsOf({ script, alone, guarded, differences }: Round): string {
  const what = (number: number) => `edit ${number} ${JSON.stringify(script.edits[number])}`;
  const wrong = alone.flatMap(({ allocations }, number) =>
    allocations
      .filter(({ agrees }) => !agrees)
      .map((it) => `  ${it.service}: MetalLB gave ${it.given.join()}, ours [${it.ours.join(' | ')}]; ${what(number)}`),
  );
  const apart = differences
    .filter(({ reason }) => reason === undefined)
    .map(
      (it) =>
        `  ${it.service}: alone "${it.unguarded}", guarded "${it.guarded}"; ${what(it.edit)}${stateOf(guarded[it.edit], it.service)}`,
    );
  const decisions = guarded.flatMap((step, number) =>
    step.decisions
      .filter(({ reason }) => reason !== 'Pinned')
      .map((it) => `  decided at edit ${number}: ${it.reason} ${it.service} ${it.ips} (${it.told ?? ''})`),
  );
  return [`seed ${script.seed} layout ${script.layout}:`, ...wrong, ...apart, ...decisions].join('\n');
}

/** The Services and pools beside the guard, as far as they say why. */
function stateOf(step: Step | undefined, name: string): string {
  if (step === undefined) return '';
  const services = step.services.map((view) => {
    const more = nameOf(view.ref) === name ? ` ${JSON.stringify(view.annotations)} ${JSON.stringify(view.labels)}` : '';
    return `\n    ${nameOf(view.ref)} [${view.assigned.join()}]${more}`;
  });
  const pools = step.pools.kind === 'known' ? step.pools.pools : [];
  const poolLines = pools.map(({ ranges, name: pool, ...rest }) => {
    const texts = ranges.map(
      ({ first, last, family }) => `${ipFromBigInt(first, family)}-${ipFromBigInt(last, family)}`,
    );
    return `\n    pool ${pool} ${texts.join()} ${JSON.stringify(rest)}`;
  });
  return [...services, ...poolLines].join('');
}

/** Lines about refusals (but Strand) and repairs: on one healthy controller there should be none. */
export function exceptionsOf({ script, guarded }: Round): readonly string[] {
  return guarded.flatMap((step, number) =>
    step.decisions
      .filter(({ reason }) => reason !== 'Pinned' && reason !== 'Unpinned' && reason !== 'Strand')
      .map((it) => `layout ${script.layout} edit ${number} (${script.edits[number]?.what}): ${it.reason} ${it.ips}`),
  );
}

function wrongAllocations(steps: readonly Step[]): readonly Allocation[] {
  return steps.flatMap(({ allocations }) => allocations.filter(({ agrees }) => !agrees));
}

function reasonsOf({ differences }: Round): readonly string[] {
  return differences.map(({ reason }) => reason ?? 'UNEXPLAINED');
}

function otherRefusals(steps: readonly Step[]): number {
  const refusals = steps.flatMap(({ decisions }) => decisions.filter(({ verdict }) => verdict === 'deny'));
  return refusals.filter(({ reason }) => reason !== 'Strand').length;
}

function repairs(steps: readonly Step[]): number {
  return steps.flatMap(({ decisions }) => decisions.filter(({ reason }) => /^Re(directed|stored)$/.test(reason)))
    .length;
}
