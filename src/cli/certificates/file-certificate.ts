import { type ExternalFiles, externalProblems } from '../../certs/external.ts';
import { inspectCertificate } from '../../certs/inspect.ts';
import { renewalDue, type ServingNames } from '../../certs/policy.ts';
import type { Log } from '../../telemetry/log.ts';
import { FileError, readWhole } from './read-files.ts';
import { type CertificateSource, type Certificates, NoCertificateError } from './source.ts';

export interface FileCertificateParts {
  readonly files: ExternalFiles;
  /** What the API server will look for in the certificate. */
  readonly names: ServingNames;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/**
 * Somebody else's certificate: cert-manager's Secret as a volume, or the operator's own files, RSA or ECDSA. Read again
 * and again (Kubernetes changes a mounted Secret by swapping a symbolic link, which no watch of a file notices).
 */
export class FileCertificate implements CertificateSource {
  readonly where: string;
  readonly #parts: FileCertificateParts;
  #known: Certificates | undefined;
  #said = '';

  constructor(parts: FileCertificateParts) {
    this.#parts = parts;
    this.where = parts.files.cert;
  }

  async current(): Promise<Certificates> {
    const read = await this.#read();
    if ('problem' in read) {
      if (this.#known === undefined) throw new NoCertificateError(read.problem);
      this.#say('warn', `${read.problem}; the certificate that was read before stays in use`);
      return this.#known;
    }
    this.#judge(read.certificates.cert);
    this.#known = read.certificates;
    return read.certificates;
  }

  async #read(): Promise<{ readonly certificates: Certificates } | { readonly problem: string }> {
    const { files } = this.#parts;
    try {
      const [cert = '', key = '', ca] = await readWhole([files.cert, files.key, ...(files.ca ? [files.ca] : [])]);
      const problems = externalProblems({ cert, key, ...(ca === undefined ? {} : { ca }) }, files);
      return problems.length === 0 ? { certificates: { cert, key, ca } } : { problem: problems.join('; ') };
    } catch (error) {
      if (error instanceof FileError) return { problem: error.message };
      throw error;
    }
  }

  /** What the API server would refuse is served all the same (there is nothing better), and said once. */
  #judge(cert: string): void {
    const { names, now, files } = this.#parts;
    const certificate = inspectCertificate(cert, files.cert);
    const verdict = renewalDue({ certificate, issuedByCa: true, keyMatches: true, names }, now());
    if (!verdict.due) this.#said = '';
    else this.#say('warn', `the certificate in ${files.cert} should be replaced: ${verdict.message}`);
  }

  #say(level: 'warn', text: string): void {
    if (text === this.#said) return;
    this.#said = text;
    this.#parts.log[level]({}, text);
  }
}
