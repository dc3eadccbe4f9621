import { issuedBy } from './inspect.ts';
import { readCertificates } from './pem.ts';
import type { Trusted } from './renew.ts';

/**
 * Remembers since when each CA has been in the webhook configurations, as this replica saw it: an API server follows
 * them by a watch, so a CA counts as trusted only some time after it was registered. Times are monotonic milliseconds.
 */
export class Trust {
  readonly #settleMs: number;
  /** By fingerprint. Undefined: nothing is registered, or somebody else keeps the CA there. */
  #since: ReadonlyMap<string, number> | undefined;
  #registered = '';

  constructor(settleMs: number) {
    this.#settleMs = settleMs;
  }

  /** @param registered the CAs (PEM) that all configurations hold now; undefined when holdfast does not keep them */
  saw(registered: string | undefined, now: number): void {
    if (registered === undefined || registered === '') {
      this.#since = registered === undefined ? undefined : new Map();
      this.#registered = '';
      return;
    }
    const before = this.#since;
    this.#registered = registered;
    const fingerprints = readCertificates(registered, 'the caBundle').map((ca) => ca.fingerprint256);
    this.#since = new Map(fingerprints.map((fingerprint) => [fingerprint, before?.get(fingerprint) ?? now]));
  }

  /** Whether the first CA of this bundle is trusted by now. */
  ofNewest(ca: string, now: number): Trusted {
    if (this.#since === undefined) return 'unknown';
    const since = this.#since.get(readCertificates(ca, 'ca.crt')[0].fingerprint256);
    return since !== undefined && now - since >= this.#settleMs ? 'yes' : 'not-yet';
  }

  /** Whether clients trust this serving certificate (with its intermediate ones) by now. */
  ofServing(cert: string, now: number): Trusted {
    if (this.#since === undefined) return 'unknown';
    return this.#issuers(cert).some((since) => now - since >= this.#settleMs) ? 'yes' : 'not-yet';
  }

  /** Whether a CA of this serving certificate is registered at all; true when nobody can say. */
  registers(cert: string): boolean {
    return this.#since === undefined || this.#issuers(cert).length > 0;
  }

  /** Since when each registered CA that has issued this certificate has been registered. */
  #issuers(cert: string): readonly number[] {
    const since = this.#since ?? new Map<string, number>();
    if (this.#registered === '') return [];
    return readCertificates(this.#registered, 'the caBundle').flatMap((ca) => {
      const seen = since.get(ca.fingerprint256);
      return seen !== undefined && issuedBy(cert, ca.toString()) ? [seen] : [];
    });
  }
}
