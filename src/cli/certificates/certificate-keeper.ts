import { factsOf, inspectCertificate, issuedBy } from '../../certs/inspect.ts';
import type { CertificateTiming } from '../../certs/lifetimes.ts';
import { readCertificates } from '../../certs/pem.ts';
import { Trust } from '../../certs/trust.ts';
import type { RunningTlsServer } from '../../http/tls-server.ts';
import { inAny } from '../../kube/ca-overlap.ts';
import { explain } from '../../kube/explain.ts';
import { pause, systemClock } from '../../kube/watch-clock.ts';
import type { Log } from '../../telemetry/log.ts';
import { persist } from '../persist.ts';
import type { ClientCa } from './client-ca.ts';
import type { Registrar } from './registrar.ts';
import { type CertificateSource, type Certificates, NoCertificateError, type TrustView } from './source.ts';

export interface CertificateKeeperParts {
  readonly source: CertificateSource;
  /** Undefined: somebody else keeps the webhook configurations. */
  readonly registrar: Registrar | undefined;
  /** Whose clients are answered, when not everybody's. */
  readonly clientCa: ClientCa | undefined;
  readonly timing: CertificateTiming;
  readonly log: Log;
  /** Hears when the certificate that is served, and its CA, expire: epoch milliseconds. */
  readonly onExpiry: (certificate: 'ca' | 'tls', expiresAt: number) => void;
  /** No round is begun after it. */
  readonly signal: AbortSignal;
  /** Epoch and monotonic milliseconds. */
  readonly clock: { now(): number; monotonic(): number };
}

/**
 * Keeps three things together while a replica runs: the certificates at their source, the CAs in the webhook
 * configurations, and what the admission port shows. In each round: read (and renew), register, and show a new
 * certificate only once the API server has had time to hear of its CA. Never shows nothing.
 */
export class CertificateKeeper {
  readonly #parts: CertificateKeeperParts;
  readonly #trust: Trust;
  #tls: Pick<RunningTlsServer, 'setCertificate' | 'setClientCa'> | undefined;
  #shown: Certificates | undefined;
  /** The CA (PEM) whose certificates are shown, and since when. */
  #served: { readonly issuer: string | undefined; readonly since: number } = { issuer: undefined, since: 0 };
  #said = '';

  constructor(parts: CertificateKeeperParts) {
    this.#parts = parts;
    this.#trust = new Trust(parts.timing.settleMs);
    // What is registered is not known before the first look: nothing new is shown or issued on a guess.
    if (parts.registrar !== undefined) this.#trust.saw('', 0);
  }

  /** The first certificate, tried until there is one. @returns undefined when the signal came first */
  async first(): Promise<Certificates | undefined> {
    const { log, signal, source } = this.#parts;
    const found = await persist(
      { log, signal },
      'the serving certificate',
      () => source.current(this.#view),
      (error) => error instanceof NoCertificateError,
    );
    if (found !== undefined) this.#note(found);
    return found;
  }

  /** From now on changes go to this server. */
  serveWith(tls: Pick<RunningTlsServer, 'setCertificate' | 'setClientCa'>): void {
    this.#tls = tls;
  }

  /** Creates or updates the webhook configurations, with the CA of the moment. @throws KubeError, NotOursError */
  async register(): Promise<void> {
    const { source, registrar } = this.#parts;
    await registrar?.register((await source.current(this.#view)).ca);
    await this.round();
  }

  /** Rounds until the signal; never rejects. */
  async run(): Promise<void> {
    const { timing, signal } = this.#parts;
    while (!signal.aborted) {
      await pause(systemClock, timing.checkEveryMs * (0.75 + Math.random() / 2), signal);
      if (!signal.aborted) await this.round();
    }
  }

  /** Reads, renews, registers, shows. Failures are told and left for the next round. */
  async round(): Promise<void> {
    const { source, registrar, clientCa, clock } = this.#parts;
    try {
      if (this.#tls !== undefined) await clientCa?.follow(this.#tls);
      const current = await source.current(this.#view);
      if (registrar !== undefined) this.#trust.saw(await registrar.keep(this.#wanted(current)), clock.monotonic());
      this.#showWhenTrusted(current);
      this.#said = '';
    } catch (error) {
      this.#say(error);
    }
  }

  readonly #view: TrustView = {
    ofNewest: (ca) => this.#trust.ofNewest(ca, this.#parts.clock.monotonic()),
    isFollowed: (ca) => {
      const { issuer, since } = this.#served;
      const [newest] = readCertificates(ca, 'ca.crt');
      return issuer === newest.toString() && this.#parts.clock.monotonic() - since >= this.#parts.timing.overlapMs;
    },
  };

  /** Whom the API server shall trust: what the source says, and as long as it is shown, the CA of what is shown. */
  #wanted({ ca }: Certificates): string | undefined {
    return ca === undefined ? undefined : inAny([ca, this.#served.issuer ?? '']);
  }

  #showWhenTrusted(next: Certificates): void {
    const { clock, log } = this.#parts;
    const same = next.cert === this.#shown?.cert && next.key === this.#shown.key;
    if (same) {
      this.#noteExpiry(next);
      return;
    }
    if (this.#trust.ofServing(next.cert, clock.monotonic()) === 'not-yet' && this.#isStillGood()) return;
    this.#tls?.setCertificate(next);
    this.#note(next);
    const { notAfter, issuer } = inspectCertificate(next.cert);
    log.info({ issuer, until: new Date(notAfter).toISOString() }, 'another serving certificate is in use');
  }

  /** Whether the certificate that is shown is better than one that the API server cannot know yet. */
  #isStillGood(): boolean {
    const shown = this.#shown;
    if (shown === undefined) return false;
    return this.#parts.clock.now() < inspectCertificate(shown.cert).notAfter && this.#trust.registers(shown.cert);
  }

  #note(shown: Certificates): void {
    this.#shown = shown;
    const issuer = issuerIn(shown);
    if (issuer !== this.#served.issuer) this.#served = { issuer, since: this.#parts.clock.monotonic() };
    this.#noteExpiry(shown);
  }

  #noteExpiry({ cert, ca }: Certificates): void {
    this.#parts.onExpiry('tls', inspectCertificate(cert).notAfter);
    if (ca !== undefined) this.#parts.onExpiry('ca', factsOf(readCertificates(ca, 'the CA')[0]).notAfter);
  }

  #say(error: unknown): void {
    const text = explain(error);
    if (text === this.#said) return;
    this.#said = text;
    this.#parts.log.warn(
      {},
      `certificates are not looked after at the moment, what was served before goes on: ${text}`,
    );
  }
}

/** The CA that has issued what is served, PEM. */
function issuerIn({ cert, ca }: Certificates): string | undefined {
  if (ca === undefined) return undefined;
  return readCertificates(ca, 'the CA')
    .find((each) => issuedBy(cert, each.toString()))
    ?.toString();
}
