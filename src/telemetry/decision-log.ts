import type { Log } from './log.ts';

/** One decision in plain words, as the log shows it. (`app/ports.ts` has the record that it is made from.) */
export interface DecisionLine {
  readonly hook: 'validate' | 'mutate';
  /** `wouldDeny`: audit mode, the write was allowed. `warn`: allowed, and the writer was told something. */
  readonly verdict: 'allow' | 'warn' | 'deny' | 'patch' | 'wouldDeny';
  /** The reason code, one of docs/reasons.md. */
  readonly reason: string;
  readonly mode: string;
  /** `namespace/name`. */
  readonly service: string;
  readonly oldIps: readonly string[];
  /** What the write asked for. */
  readonly newIps: readonly string[];
  /** What is stored instead, when the write was repaired. */
  readonly storedIps?: readonly string[];
  /** `namespace/name` of the Service that holds the IP at stake, where there is one. */
  readonly holder?: string;
  readonly user: string;
  readonly dryRun: boolean;
  /** How long the decision took, microseconds. */
  readonly micros: number;
  /** What the caller was told. */
  readonly message?: string;
}

const WORDS: Readonly<Record<DecisionLine['verdict'], string>> = {
  allow: 'allowed',
  warn: 'warned',
  deny: 'refused',
  patch: 'repaired',
  wouldDeny: 'would refuse',
};

/** Writes decisions to a log. */
export class DecisionLog {
  readonly #log: Log;
  /** What many lines have in common is made into text once; all of it comes from closed lists. */
  readonly #byKind = new Map<string, Log>();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Writes one line: a refusal (also one that audit mode only reports) as a warning, a repair and every allowed change of
   * IPs as info, all else as debug.
   */
  write(line: DecisionLine): void {
    const { service, oldIps, newIps, storedIps, holder, user, micros, message } = line;
    const repaired = storedIps === undefined ? '' : ` => ${ipsText(storedIps)}`;
    const ips = `${ipsText(oldIps)} -> ${ipsText(newIps)}${repaired}`;
    const fields: Record<string, unknown> = { service, ips, user, micros };
    if (holder !== undefined) fields.holder = holder;
    if (message !== undefined) fields.told = message;
    this.#logOf(line)[levelOf(line)](fields, `${WORDS[line.verdict]}: ${line.reason}, ${service}`);
  }

  #logOf({ hook, verdict, reason, mode, dryRun }: DecisionLine): Log {
    const key = `${hook} ${verdict} ${reason} ${mode} ${dryRun}`;
    let known = this.#byKind.get(key);
    if (known === undefined) {
      known = this.#log.child({ hook, verdict, reason, mode, dryRun });
      this.#byKind.set(key, known);
    }
    return known;
  }
}

function levelOf({ verdict, oldIps, newIps }: DecisionLine): 'debug' | 'info' | 'warn' {
  if (verdict === 'deny' || verdict === 'wouldDeny') return 'warn';
  if (verdict === 'patch' || verdict === 'warn') return 'info';
  return sameSet(oldIps, newIps) ? 'debug' : 'info';
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((ip) => other.includes(ip));
}

function ipsText(ips: readonly string[]): string {
  return ips.length === 0 ? 'none' : ips.join(',');
}
