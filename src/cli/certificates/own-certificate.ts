import { type CertificateBundle, fromSecretData, toSecretData } from '../../certs/certificate-bundle.ts';
import type { CertificateTiming, Lifetimes } from '../../certs/lifetimes.ts';
import type { ServingNames } from '../../certs/policy.ts';
import { type Replaced, renewBundle } from '../../certs/renew.ts';
import { salvageBundle } from '../../certs/salvage.ts';
import { makeBundle } from '../../certs/self-signed.ts';
import { againOnConflict } from '../../kube/attempts.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import {
  makeNamespace,
  readOrCreateSecret,
  readSecret,
  replaceSecret,
  type SecretRef,
  type StoredSecret,
} from '../../kube/secret-store.ts';
import type { Log } from '../../telemetry/log.ts';
import { type CertificateSource, type Certificates, NoCertificateError, type TrustView } from './source.ts';

/** The Secret that all replicas serve from. */
export const SECRET_NAME = 'holdfast-certificate';

export interface OwnCertificateParts {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly names: ServingNames;
  readonly lifetimes: Lifetimes;
  readonly timing: CertificateTiming;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Reasons that only another clock gives. Replicas that disagree about the time must not replace all the time. */
const CLOCK_REASONS: readonly string[] = ['NotYetValid', 'Expired'];

/**
 * holdfast's own CA and serving certificate in one Secret. All replicas do the same: create is the lock, and a write
 * counts only for who has read the version before. What a replica has read once it remembers, so that a Secret that
 * somebody deletes or damages is put back as it was.
 */
export class OwnCertificate implements CertificateSource {
  readonly where: string;
  readonly #parts: OwnCertificateParts;
  readonly #ref: SecretRef;
  #known: CertificateBundle | undefined;
  #clockWriteAt = Number.NEGATIVE_INFINITY;

  constructor(parts: OwnCertificateParts) {
    this.#parts = parts;
    this.#ref = { namespace: parts.namespace, name: SECRET_NAME };
    this.where = `Secret ${parts.namespace}/${SECRET_NAME}`;
  }

  async current(trust: TrustView): Promise<Certificates> {
    let attempts = 0;
    const bundle = await againOnConflict(() => this.#attempt(trust, attempts++ > 0));
    this.#known = bundle;
    return { cert: bundle.cert, key: bundle.key, ca: bundle.ca };
  }

  /** @param lost another replica has just written: what it wrote is good, and what else is due can wait for a round */
  async #attempt(trust: TrustView, lost: boolean): Promise<CertificateBundle> {
    const stored = (await readSecret(this.#parts.client, this.#ref)) ?? (await this.#create());
    const read = fromSecretData(stored.data);
    const problems = read.kind === 'invalid' ? read.problems : this.#lacks(stored, read.bundle);
    if (problems.length > 0) return this.#mend(stored, problems);
    if (read.kind === 'invalid') throw new Error('a Secret without problems is a bundle');
    return lost ? read.bundle : this.#renew(stored, read.bundle, trust);
  }

  /** Without its key a CA of ours cannot sign; one of somebody else's (no label of ours) never had one here. */
  #lacks({ ours }: StoredSecret, { caKey }: CertificateBundle): readonly string[] {
    return ours && caKey === undefined ? ['ca.key is missing'] : [];
  }

  async #create(): Promise<StoredSecret> {
    const { client, log } = this.#parts;
    const known = this.#known;
    const made = async () => toSecretData(known ?? (await makeBundle(this.#options())));
    const stored = await readOrCreateSecret(client, this.#ref, made).catch(async (error: unknown) => {
      if (!isKubeError(error, 'not-found')) throw error;
      await makeNamespace(client, this.#ref.namespace);
      return readOrCreateSecret(client, this.#ref, made);
    });
    if (stored.created) {
      if (known === undefined) log.info({}, `${this.where} made: an own CA and a serving certificate`);
      else log.warn({}, `${this.where} was deleted; put back as it was (${HOW_TO_RENEW})`);
    }
    return stored;
  }

  async #mend(stored: StoredSecret, problems: readonly string[]): Promise<CertificateBundle> {
    const what = `${this.where} cannot be served from: ${problems.join('; ')}.`;
    if (!stored.ours && Object.keys(stored.data).length > 0) {
      throw new NoCertificateError(
        `${what} holdfast has not made it, so mend it, or delete it for one of holdfast's own.`,
      );
    }
    if (this.#known !== undefined) {
      await this.#write(stored, this.#known);
      this.#parts.log.warn({}, `${what} Put back as it was before.`);
      return this.#known;
    }
    const { bundle, kept } = await salvageBundle(stored.data, this.#options());
    await this.#write(stored, bundle);
    const how = kept === 'ca' ? 'a new serving certificate of the same CA' : 'a new CA and serving certificate';
    this.#parts.log.warn({}, `${what} Replaced by ${how}.`);
    return bundle;
  }

  async #renew(stored: StoredSecret, bundle: CertificateBundle, trust: TrustView): Promise<CertificateBundle> {
    const renewed = await renewBundle(bundle, {
      ...this.#options(),
      trusted: trust.ofNewest(bundle.ca),
      retireOld: trust.isFollowed(bundle.ca),
      requested: stored.requested,
    });
    if (renewed.kind === 'kept' || !this.#mayWrite(renewed.why)) return bundle;
    await this.#write(stored, renewed.bundle);
    for (const { part, reason, message } of renewed.why) {
      this.#parts.log.info({ part, reason }, `${NAMES[part]}: ${message}`);
    }
    return renewed.bundle;
  }

  #mayWrite(why: readonly Replaced[]): boolean {
    if (!why.every(({ reason }) => CLOCK_REASONS.includes(reason))) return true;
    const now = this.#parts.now();
    if (Math.abs(now - this.#clockWriteAt) < 2 * this.#parts.timing.settleMs) return false;
    this.#clockWriteAt = now;
    return true;
  }

  async #write(stored: StoredSecret, bundle: CertificateBundle): Promise<void> {
    await replaceSecret(this.#parts.client, this.#ref, { ...stored, data: toSecretData(bundle) });
  }

  #options() {
    const { names, lifetimes, now } = this.#parts;
    return { ...names, lifetimes, now: now() };
  }
}

const NAMES: Readonly<Record<Replaced['part'], string>> = {
  ca: 'the CA is replaced; the old one stays trusted',
  tls: 'the serving certificate is replaced',
  'old-ca': 'the old CA is gone',
};

const HOW_TO_RENEW = 'for a new CA annotate it with holdfast.dev/renew=ca';
