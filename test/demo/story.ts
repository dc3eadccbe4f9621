import type { Account, Write } from './account.ts';
import type { GuardedRun } from './guarded-run.ts';
import type { Page } from './page.ts';

/** All that the demo found out; the story prints nothing that is not in here. */
export interface Findings {
  readonly without: Account;
  readonly enforce: GuardedRun;
  readonly repair: GuardedRun;
}

const INDENT = { indent: 2 } as const;

export function tellOpening(
  page: Page,
  { assigned, waiting }: { readonly assigned: number; readonly waiting: number },
): void {
  page.line(page.style('bold', 'holdfast: every LoadBalancer IP stays where it is'));
  page.line();
  page.paragraph(
    `MetalLB 0.13.12 was restarted in a cluster where ${assigned} Services had an IP and ${waiting} new ones waited ` +
      'for theirs. What it wrote was recorded at a real kube-apiserver, and is played here three times: as it happened, ' +
      'and with a real holdfast that is asked about every write, first refusing, then repairing.',
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

/** The numbers of what was refused, and of what was stored in another form. */
export const refusedIn = ({ writes }: Account): number => writes.filter(({ outcome }) => outcome === 'refused').length;
export const repairedIn = ({ writes }: Account): number =>
  writes.filter(({ outcome }) => outcome === 'repaired').length;

export function tellEnforce(page: Page, { storm, firstRefusal }: GuardedRun): void {
  page.heading('What holdfast said to the same writes with --mode enforce');
  const shown = examples(storm, 'refused');
  const rows = shown.map(({ service, was, becomes, theft }) => [
    theft === undefined ? 'Move' : 'Theft',
    service,
    `${ips(was)} → ${ips(becomes)}`,
    theft?.owner ?? 'nobody',
  ]);
  page.columns(['', 'SERVICE', 'WRITE', 'WHO HAS THE IP'], rows, { style: 'red' });
  const [refused, all] = [refusedIn(storm), storm.writes.length];
  page.paragraph(`${refused - shown.length} more refused, ${all - refused} of ${all} allowed`, {
    ...INDENT,
    style: 'dim',
  });
  page.line();
  page.paragraph('The first answer in full, as the writer sees it:');
  page.line();
  page.paragraph(firstRefusal ?? '', { ...INDENT, style: 'yellow' });
}

export function tellRepair(page: Page, { storm, wrongClaims }: GuardedRun): void {
  page.heading('And what it made of them with --mode repair');
  const shown = examples(storm, 'repaired');
  const rows = shown.map(({ service, was, becomes, theft, stored }) => [
    service,
    ips(becomes),
    theft?.owner ?? 'nobody',
    ips(stored) === ips(was) ? `${ips(stored)}, its own` : `${ips(stored)}, a free one`,
  ]);
  page.columns(['SERVICE', 'METALLB CHOSE', 'WHO HAS THAT IP', 'STORED INSTEAD'], rows, { style: 'green' });
  const [repaired, all] = [repairedIn(storm), storm.writes.length];
  const rest = `${repaired - shown.length} more repaired, ${refusedIn(storm)} of ${all} refused`;
  page.paragraph(rest, { ...INDENT, style: 'dim' });
  page.line();
  page.paragraph(
    `MetalLB is told of a repair by the pin that comes with it (${storm.pinned} Services have one now), so it does not ` +
      `ask again. ${storm.owners.size - wrongClaims.length} of ${storm.owners.size} IPs have an IPClaim that names ` +
      'the Service that has it.',
  );
}

/** Two newcomers that take an IP, a Service that moves onto another's, one that only moves (or else one more of them). */
function examples({ writes }: Account, wanted: Write['outcome']): readonly Write[] {
  const all = writes.filter(({ outcome }) => outcome === wanted);
  const thefts = all.filter(({ theft }) => theft !== undefined);
  const newcomers = thefts.filter(({ was }) => was.length === 0);
  const movers = thefts.filter(({ was }) => was.length > 0);
  const moves = all.filter(({ theft }) => theft === undefined);
  return [...newcomers.slice(0, 2), ...movers.slice(0, moves.length > 0 ? 1 : 2), ...moves.slice(0, 1)];
}

function ips(all: readonly string[]): string {
  return all.join() || 'none';
}

export function tellDay(page: Page, { enforce, repair }: Findings): void {
  page.heading('And on an ordinary day');
  const [refused, repaired] = [refusedIn(enforce.day) + refusedIn(repair.day), repairedIn(repair.day)];
  page.paragraph(
    `A day with MetalLB 0.16.1, recorded likewise (new Services, another IP requested, an IP inherited, a change of ` +
      `type, growth to dual stack): ${enforce.day.writes.length} writes, of which ${refused} were refused and ` +
      `${repaired} changed, in either mode.`,
  );
}

export function tellResult(page: Page, { without, enforce, repair }: Findings): void {
  page.heading('The restart, side by side');
  const accounts = [without, enforce.storm, repair.storm];
  const counts = (name: string, of: (account: Account) => number) =>
    [name, ...accounts.map((one) => String(of(one)))] as const;
  const quantile = (share: number) => ['-', enforce.latency.quantile(share), repair.latency.quantile(share)];
  page.table(
    ['without', '--mode enforce', '--mode repair'],
    [
      counts('Services that lost their IP', ({ moved }) => moved),
      counts('IPs with two owners at once', ({ doubled }) => doubled),
      counts('writes refused', refusedIn),
      counts('writes repaired', repairedIn),
      counts('Services still without an IP', ({ pending }) => pending),
      ['answers over TLS', '-', String(enforce.latency.count), String(repair.latency.count)],
      ['half of them within', ...quantile(0.5)],
      ['99 % of them within', ...quantile(0.99)],
    ],
  );
}

/** @param seconds how long everything took */
export function tellEnd(page: Page, { enforce, repair }: Findings, seconds: number): void {
  const { pending } = enforce.storm;
  page.line();
  page.paragraph(
    `Refusing keeps every IP where it is, at a price: the ${count(pending, 'new Service')} whose writes were thefts ` +
      'stay without an IP until MetalLB asks for a free one for them, which 0.13.12 seldom does by itself. Repairing, ' +
      `which is the default, gives them a free one in the very write that was a theft: ${repair.storm.pending} are ` +
      'left waiting.',
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
