import type { HostPort } from './host-port.ts';
import type { Register } from './register.ts';

/**
 * `audit` says what would happen and changes nothing; `enforce` refuses; `repair` also redirects, restores and pins.
 */
export const MODES = ['audit', 'enforce', 'repair'] as const;
export type Mode = (typeof MODES)[number];

/** When to pin: at CREATE and at a repair, at a repair only, or never. */
export const PIN_POLICIES = ['create', 'repair', 'never'] as const;
export type PinPolicy = (typeof PIN_POLICIES)[number];

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where the serving certificate comes from. Lives in milliseconds. */
export type CertificateConfig =
  /** Own CA and certificate in one Secret. `--ca-lifetime`, default 10 years; `--cert-lifetime`, default 90 days. */
  | { readonly kind: 'own'; readonly caLifetimeMs: number; readonly certLifetimeMs: number }
  | {
      /** Somebody else's files: `--tls-cert FILE --tls-key FILE [--tls-ca FILE]`. */
      readonly kind: 'files';
      readonly cert: string;
      readonly key: string;
      /** Undefined: the caBundle of the webhook configurations is left alone. */
      readonly ca: string | undefined;
      /** `--inject-ca-from NAMESPACE/NAME`: whose CA cert-manager's cainjector writes there. */
      readonly injectCaFrom: string | undefined;
    };

/** Who may call the admission port: bearers of a certificate of this CA, and of these names when there are any. */
export interface ClientCheck {
  /** `--client-ca FILE`, PEM, read again when it changes. */
  readonly caFile: string;
  /** `--client-name NAME`, repeatable: common names or DNS names, default any. */
  readonly names: readonly string[];
}

/** All settings of `holdfast serve`: checked, complete, frozen. Each is documented with its flag, default and limits. */
export interface Config {
  /** `--kubeconfig FILE`. Undefined: in-cluster, then `$KUBECONFIG`, then `~/.kube/config` (the Kubernetes client looks). */
  readonly kubeconfig: string | undefined;
  /** `--listen HOST:PORT`, default `0.0.0.0:8443`: admission over TLS. Port 0 takes any free port. */
  readonly listen: HostPort;
  /** `--ops-listen HOST:PORT`, default `0.0.0.0:8080`: health and metrics, plain HTTP. Never the socket of `listen`. */
  readonly opsListen: HostPort;
  /** `--register`, default `none`: how the API server reaches holdfast. */
  readonly register: Register;
  /** `--namespace NS`, default `holdfast-system`: where the certificate Secret lives. */
  readonly namespace: string;
  /** `--mode`, default `repair`. */
  readonly mode: Mode;
  /** `--pin`, default `create`. */
  readonly pin: PinPolicy;
  /** `--request-conflict`, default `warn`: what a user hears who requests an IP of another Service. */
  readonly requestConflict: 'warn' | 'deny';
  /**
   * `--pool-exclusion`, default `keep`: what becomes of an IP whose pool no longer admits the namespace of the Service.
   * Only `repair` can keep it.
   */
  readonly poolExclusion: 'keep' | 'release';
  /** `--metallb-namespace NS`, default `metallb-system`: whose service accounts count as MetalLB. */
  readonly metallbNamespace: string;
  /** `--metallb-user NAME`, repeatable, default none: further `userInfo.username`s that count as MetalLB. */
  readonly metallbUsers: readonly string[];
  /** `--lb-class CLASS`, repeatable, default none: `spec.loadBalancerClass`es to guard besides "unset". */
  readonly lbClasses: readonly string[];
  /** `--sticky-for DURATION`, default 1h, 0 (off) to 720h: how long the claim of a deleted Service waits, in ms. */
  readonly stickyForMs: number;
  /**
   * `--claim-grace DURATION`, default 2m, 1s to 24h: how long a claim may be unconfirmed by a status, in ms. Below
   * `SAFE_CLAIM_GRACE_MS` a claim may go while its write is still on the way.
   */
  readonly claimGraceMs: number;
  /** `--log-level`, default `info`. */
  readonly logLevel: LogLevel;
  /**
   * `--drain-delay DURATION`, default 5s, 0 to 5m: how long calls are still accepted after SIGTERM has made the replica
   * unready, in ms. Longer than the balancer takes to notice.
   */
  readonly drainDelayMs: number;
  /** `--shutdown-drain DURATION`, default 10s, 0 to 10m: the whole shutdown of the admission port, in ms. */
  readonly shutdownDrainMs: number;
  readonly certificate: CertificateConfig;
  readonly clientCheck: ClientCheck | undefined;
  /** `--config FILE`: where the rest was read from, or undefined. */
  readonly configFile: string | undefined;
}

/**
 * The API server gives up a write after 60 s (its `--request-timeout`); a claim must outlive that. A shorter grace is
 * allowed, for tests; `configWarnings` says so.
 */
export const SAFE_CLAIM_GRACE_MS = 61_000;

/** What is legal but deserves a line in the log at start. */
export function configWarnings(config: Config): readonly string[] {
  const { claimGraceMs, drainDelayMs, shutdownDrainMs } = config;
  const warnings: string[] = [];
  if (claimGraceMs < SAFE_CLAIM_GRACE_MS) {
    warnings.push(
      `claim-grace is ${claimGraceMs} ms: shorter than the API server's request timeout (60 s), so a claim may be ` +
        'collected while its write is still on the way; use 2m outside of tests',
    );
  }
  if (drainDelayMs > shutdownDrainMs) {
    warnings.push(
      `drain-delay (${drainDelayMs} ms) is cut to shutdown-drain (${shutdownDrainMs} ms), which is all a shutdown may ` +
        'take; then nothing is left for requests that are still open',
    );
  }
  return warnings;
}
