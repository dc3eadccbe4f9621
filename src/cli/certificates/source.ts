import type { Trusted } from '../../certs/renew.ts';

/** What a replica shall serve and what the API server shall trust; all PEM. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  /** Undefined: the caBundle of the webhook configurations is somebody else's. */
  readonly ca: string | undefined;
}

/** What a source may ask about the world before it replaces anything. */
export interface TrustView {
  /** Whether the API server trusts the first CA of this bundle by now. */
  ofNewest(ca: string): Trusted;
  /** Whether certificates of the first CA have been served here for so long that every other replica does so as well. */
  isFollowed(ca: string): boolean;
}

/** Where certificates come from. */
export interface CertificateSource {
  /** Where that is, for messages. */
  readonly where: string;
  /**
   * Reads what is there, and mends or renews it if that is ours to do. Called again and again.
   * @throws KubeError; {@link NoCertificateError} when there is nothing that could be served, yet
   */
  current(trust: TrustView): Promise<Certificates>;
}

/** There is no certificate to serve; `message` says what must happen. */
export class NoCertificateError extends Error {
  override readonly name = 'NoCertificateError';
}
