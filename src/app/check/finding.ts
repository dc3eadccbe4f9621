/**
 * Everything that `holdfast check` can find. The manual is docs/messages.md; a test holds the two together.
 * `error`: an IP is in danger, or somebody waits in vain. `warning`: something is not protected or not in order.
 * `note`: worth knowing; never a finding that ends the command with 3.
 */
export const FINDINGS = {
  Duplicate: {
    severity: 'error',
    meaning: 'Services have one IP and may not share it.',
    remedy: 'request another IP for one of them; the rightful one is named first',
  },
  Stranded: {
    severity: 'error',
    meaning: 'An assigned IP is in no pool that MetalLB lets its Service use.',
    remedy: 'add the IP to a pool (or admit the Service) before MetalLB restarts or is upgraded',
  },
  MalformedIp: {
    severity: 'error',
    meaning: 'A status has a text that is not an IP.',
    remedy: 'write the plain form, or remove the entry',
  },
  RequestUnmet: {
    severity: 'error',
    meaning: 'A Service asks for what it cannot be given.',
    remedy: 'request something else, or free what is asked for',
  },
  DamagedClaim: {
    severity: 'error',
    meaning: 'An IPClaim cannot be read: its IP is neither free nor held.',
    remedy: 'look at it with kubectl, then mend or delete it; it is made again',
  },
  HookBroken: {
    severity: 'error',
    meaning: 'The webhook configuration is not as holdfast writes it.',
    remedy: 'restart holdfast with --register, and look for who else edits it',
  },
  CaMismatch: {
    severity: 'error',
    meaning: 'The API server would not trust the certificate that holdfast serves.',
    remedy: 'restart holdfast with --register; it writes the CA it serves',
  },
  OutsidePools: {
    severity: 'warning',
    meaning: 'An IP is in no pool, and nothing says that MetalLB gave it.',
    remedy: 'nothing if another load balancer gave it; otherwise add it to a pool',
  },
  Pending: {
    severity: 'warning',
    meaning: 'A Service has waited for an IP for more than a minute.',
    remedy: 'see why below; kubectl describe shows what MetalLB says',
  },
  Unclaimed: {
    severity: 'warning',
    meaning: 'An assigned IP has no claim: another Service could be given it.',
    remedy: 'run "holdfast serve" (enforce or repair); it adopts them at start',
  },
  Unpinned: {
    severity: 'warning',
    meaning: 'A Service is not pinned: MetalLB may choose again after a restart.',
    remedy: 'run "holdfast pin --all"',
  },
  PinDiffers: {
    severity: 'warning',
    meaning: 'A pin names another IP than the Service has.',
    remedy: 'run "holdfast unpin NS/NAME", then "holdfast pin NS/NAME"',
  },
  StaleClaim: {
    severity: 'warning',
    meaning: 'A claim is held for nobody.',
    remedy: 'nothing: a running holdfast removes it; without one, delete it',
  },
  NotRegistered: {
    severity: 'warning',
    meaning: 'No webhook configuration of holdfast is there: nothing is guarded.',
    remedy: 'run "holdfast serve --register ..."',
  },
  ManyControllers: {
    severity: 'warning',
    meaning: 'More than one MetalLB controller runs: each hands out the same IPs.',
    remedy: 'scale it to one, and give its Deployment strategy Recreate',
  },
  BreakGlassVoid: {
    severity: 'warning',
    meaning: 'A break-glass annotation is expired or malformed: it allows nothing.',
    remedy: 'remove it, or write it anew',
  },
  BreakGlassOpen: { severity: 'note', meaning: 'A break-glass annotation is in force.', remedy: 'remove it when done' },
  FailsOpen: {
    severity: 'note',
    meaning: 'holdfast runs in audit: it reports, and changes nothing.',
    remedy: 'go on with --mode enforce or repair',
  },
  Unread: {
    severity: 'note',
    meaning: 'Something could not be looked at.',
    remedy: 'use a kubeconfig that may read it',
  },
  RestartMoves: {
    severity: 'note',
    meaning: 'This version of MetalLB moves IPs when it restarts.',
    remedy: 'pin all Services ("holdfast pin --all"), or upgrade MetalLB to 0.14.2 or newer',
  },
} as const satisfies Readonly<Record<string, FindingText>>;

export type Severity = 'error' | 'warning' | 'note';

interface FindingText {
  readonly severity: Severity;
  /** One sentence: what was seen. */
  readonly meaning: string;
  /** What to do about it. */
  readonly remedy: string;
}

export type FindingCode = keyof typeof FINDINGS;

export const FINDING_CODES = Object.keys(FINDINGS) as readonly FindingCode[];

/** One thing that was found. */
export interface Finding {
  readonly code: FindingCode;
  /** What it is about: `default/web`, `IPAddressPool main`; empty for the cluster as a whole. */
  readonly object: string;
  readonly ip?: string;
  readonly message: string;
}

export function severityOf({ code }: Pick<Finding, 'code'>): Severity {
  return FINDINGS[code].severity;
}
