import type { AdmissionResponseOut } from '../../src/review/admission-types.ts';
import type { Account, Write } from './account.ts';
import type { Latency } from './latency.ts';
import type { Page } from './page.ts';

/** All that the demo found out; the story prints nothing that is not in here. */
export interface Findings {
  readonly assigned: number;
  readonly waiting: number;
  readonly without: Account;
  readonly guarded: Account;
  readonly day: Account;
  readonly firstRefusal: AdmissionResponseOut | undefined;
  readonly latency: Latency;
  readonly seconds: number;
}

const INDENT = { indent: 2 } as const;

export function tellOpening(page: Page, { assigned, waiting }: Pick<Findings, 'assigned' | 'waiting'>): void {
  page.line(page.style('bold', 'holdfast: every LoadBalancer IP stays where it is'));
  page.line();
  page.paragraph(
    `MetalLB 0.13.12 was restarted in a cluster where ${assigned} Services had an IP and ${waiting} new ones waited ` +
      'for theirs. What it wrote was recorded at a real kube-apiserver, and is played here twice: as it happened, and ' +
      'with a real holdfast that is asked about every write.',
  );
}

export function tellWithout(page: Page, { moved, doubled, writes }: Account): void {
  page.heading('What happened without a guard');
  const harm = `${count(moved, 'Service')} lost their IP, and ${count(doubled, 'IP')} had two owners at once.`;
  page.paragraph(harm, { style: 'red' });
  for (const { theft, service } of writes.filter((write) => write.theft !== undefined).slice(0, 3)) {
    if (theft !== undefined) page.paragraph(`${theft.ip} was ${theft.owner}'s; ${service} took it`, INDENT);
  }
}

export function tellGuarded(page: Page, { guarded, firstRefusal }: Pick<Findings, 'guarded' | 'firstRefusal'>): void {
  page.heading('What holdfast said to the same writes');
  const refused = guarded.writes.filter(({ allowed }) => !allowed);
  const shown = examples(refused);
  page.columns(['', 'SERVICE', 'WRITE', 'WHO HAS THE IP'], shown.map(cells), { style: 'red' });
  const more = refused.length - shown.length;
  const allowed = guarded.writes.length - refused.length;
  page.paragraph(`${more} more refused, ${allowed} of ${guarded.writes.length} allowed`, { ...INDENT, style: 'dim' });
  page.line();
  page.paragraph('The first answer in full, as the writer sees it:');
  page.line();
  page.paragraph(firstRefusal?.status?.message ?? '', { ...INDENT, style: 'yellow' });
}

/** Two newcomers that take an IP, a Service that moves onto another's, one that only moves. */
function examples(refused: readonly Write[]): readonly Write[] {
  const thefts = refused.filter(({ theft }) => theft !== undefined);
  const [newcomers, movers] = [
    thefts.filter(({ was }) => was.length === 0),
    thefts.filter(({ was }) => was.length > 0),
  ];
  const moves = refused.filter(({ theft }) => theft === undefined);
  return [...newcomers.slice(0, 2), ...movers.slice(0, 1), ...moves.slice(0, 1)];
}

function cells({ service, was, becomes, theft }: Write): readonly string[] {
  const write = `${was.join() || 'none'} → ${becomes.join() || 'none'}`;
  return theft === undefined ? ['Move', service, write, 'nobody'] : ['Theft', service, write, theft.owner];
}

export function tellDay(page: Page, { writes }: Account): void {
  page.heading('And on an ordinary day');
  const allowed = writes.filter((write) => write.allowed).length;
  page.paragraph(
    `A day with MetalLB 0.16.1, recorded likewise (new Services, another IP requested, an IP inherited, a change of ` +
      `type, growth to dual stack): of ${writes.length} writes ${allowed} were allowed, ${writes.length - allowed} refused.`,
  );
}

export function tellResult(page: Page, { without, guarded, latency }: Findings): void {
  page.heading('The restart, side by side');
  const refusals = ({ writes }: Account) => String(writes.filter(({ allowed }) => !allowed).length);
  page.table(
    ['without', 'with holdfast'],
    [
      ['Services that lost their IP', String(without.moved), String(guarded.moved)],
      ['IPs with two owners at once', String(without.doubled), String(guarded.doubled)],
      ['writes refused', refusals(without), refusals(guarded)],
      ['Services still without an IP', String(without.pending), String(guarded.pending)],
      [`answer over TLS, p50 of ${latency.count}`, '-', latency.quantile(0.5)],
      [`answer over TLS, p99 of ${latency.count}`, '-', latency.quantile(0.99)],
    ],
  );
}

export function tellEnd(page: Page, { guarded, seconds }: Findings): void {
  page.line();
  page.paragraph(
    `The price: --mode enforce only refuses, so the ${count(guarded.pending, 'new Service')} whose writes were thefts ` +
      'stay without an IP until MetalLB asks for a free one for them, which 0.13.12 seldom does by itself. Repairing ' +
      'such writes instead of refusing them comes next.',
  );
  page.line();
  page.paragraph(`All figures were counted in this run, which took ${seconds.toFixed(1)} s. To see more:`);
  page.line();
  page.paragraph('npm run e2e - the same against a living MetalLB (builds it with Go)', INDENT);
  page.paragraph('npm run -s holdfast -- serve --help - how to run it beside yours', INDENT);
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
