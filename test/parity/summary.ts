import { ipFromBigInt } from '../../src/core/net/ip.ts';
import { nameOf } from '../../src/core/service-ref.ts';
import { formatTable } from '../control-plane/table.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { type Intervention, isWanton } from './faults.ts';
import type { Allocation } from './fresh-allocation.ts';
import type { Round } from './play-together.ts';
import type { Step } from './step.ts';

export interface VersionResult {
  readonly version: MetallbVersion;
  readonly rounds: readonly Round[];
}

interface Row {
  readonly name: string;
  readonly values: readonly string[];
}

/** Everything in a round that nothing explains, in words; empty when all is well. */
export function unexplainedIn({ script, alone, differences, faults, interventions }: Round, version: MetallbVersion) {
  const what = (edit: number) => `edit ${edit} ${JSON.stringify(script.edits[edit])}`;
  const apart = differences.filter(({ reason }) => reason === undefined);
  const wanton = version === '0.13.12' ? [] : interventions.filter(isWanton);
  return [
    ...alone.flatMap(({ allocations }, edit) =>
      allocations
        .filter(({ agrees }) => !agrees)
        .map((it) => `${it.service}: MetalLB gave ${it.given.join()}, ours [${it.ours.join(' | ')}]; ${what(edit)}`),
    ),
    ...apart.map((it) => `${it.service}: alone ${it.unguarded}, guarded ${it.guarded}; ${what(it.edit)}`),
    ...faults.map((it) => `${it.service} ${it.what}; ${what(it.edit)}`),
    ...wanton.map(({ edit, decision }) => `${decision.reason} ${decision.service} (${decision.told}); ${what(edit)}`),
  ];
}

export function hasUnexplained(round: Round, version: MetallbVersion): boolean {
  return unexplainedIn(round, version).length > 0;
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
    row('edits compared', ({ alone }) => alone.filter(isDone).length),
    row(
      'edits after a parting, by rule only',
      ({ alone, guarded }) => guarded.slice(alone.length).filter(isDone).length,
    ),
    row('allocations compared', ({ alone }) => alone.flatMap(({ allocations }) => allocations).length),
    row('allocations unexplained', ({ alone }) => wrongAllocations(alone).length),
    row('end states unexplained', ({ differences }) => differences.filter(({ reason }) => reason === undefined).length),
    row('wishes that could be met and were not', ({ faults }) => faults.length),
    row('refusals on legit edits', (round) => interventionsOf(round, 'deny', isWanton)),
    row('repairs on legit edits', (round) => interventionsOf(round, 'patch', isWanton)),
    row('refusals for requests in vain', (round) => interventionsOf(round, 'deny', isInVain)),
    row('repairs for requests in vain', (round) => interventionsOf(round, 'patch', isInVain)),
    row('repairs for a name that an IP waits for', (round) => interventionsOf(round, 'patch', isForName)),
    row('waits for what MetalLB keeps for one in vain', ({ heldInMemory }) => heldInMemory),
    row('edits refused (Strand)', ({ guarded }) => guarded.filter(({ outcome }) => outcome.kind === 'refused').length),
    row('steps never quiet', ({ guarded, alone }) => [...guarded, ...alone].filter(({ isQuiet }) => !isQuiet).length),
    ...[...reasons]
      .sort()
      .map((reason) => row(`parted by ${reason}`, (round) => reasonsOf(round).filter((one) => one === reason).length)),
  ];
  const columns = results.map(({ version }, i) => ({ title: version, text: ({ values }: Row) => values[i] ?? '' }));
  return formatTable<Row>([{ title: 'parity with MetalLB', text: ({ name }) => name }, ...columns], rows);
}

/** Everything unexplained in one round, how the Services stood, and every decision of the guard, for humans. */
export function detailsOf(round: Round, version: MetallbVersion): string {
  const { script, guarded, interventions } = round;
  const all = unexplainedIn(round, version);
  const edits = new Set(all.flatMap((text) => Number(/; edit (\d+) /.exec(text)?.[1] ?? 0)));
  const states = [...edits].map((edit) => `  after edit ${edit}:${stateOf(guarded[edit])}`);
  const decided = interventions.map(
    ({ edit, decision, askedInVain, waitsForName }) =>
      `  decided at edit ${edit}: ${decision.reason} ${decision.service} ${decision.ips} (${askedInVain ?? waitsForName ?? 'legit'})`,
  );
  return [
    `seed ${script.seed} layout ${script.layout}:`,
    ...all.map((text) => `  ${text}`),
    ...states,
    ...decided,
  ].join('\n');
}

/** The Services and pools beside the guard, as far as they say why. */
function stateOf(step: Step | undefined): string {
  if (step === undefined) return '';
  const services = step.services.map(
    (view) =>
      `\n    ${nameOf(view.ref)} [${view.assigned.join()}] ${view.familyPolicy} ${JSON.stringify(view.annotations)} ${view.loadBalancerIp ?? ''} ${JSON.stringify(view.labels)} ${JSON.stringify(view.sharing)}`,
  );
  const pools = step.pools.kind === 'known' ? step.pools.pools : [];
  const poolLines = pools.map(({ ranges, name: pool, ...rest }) => {
    const texts = ranges.map(
      ({ first, last, family }) => `${ipFromBigInt(first, family)}-${ipFromBigInt(last, family)}`,
    );
    return `\n    pool ${pool} ${texts.join()} ${JSON.stringify(rest)}`;
  });
  return [...services, ...poolLines].join('');
}

function isDone({ outcome }: Step): boolean {
  return outcome.kind === 'done';
}

function wrongAllocations(steps: readonly Step[]): readonly Allocation[] {
  return steps.flatMap(({ allocations }) => allocations.filter(({ agrees }) => !agrees));
}

function reasonsOf({ differences }: Round): readonly string[] {
  return differences.map(({ reason }) => reason ?? 'nothing (UNEXPLAINED)');
}

type Which = (intervention: Intervention) => boolean;

const isInVain: Which = ({ askedInVain }) => askedInVain !== undefined;
const isForName: Which = (intervention) => !isInVain(intervention) && !isWanton(intervention);

function interventionsOf({ interventions }: Round, verdict: 'deny' | 'patch', which: Which): number {
  return interventions.filter((it) => it.decision.verdict === verdict && which(it)).length;
}
