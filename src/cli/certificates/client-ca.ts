import { PemError, readCertificates } from '../../certs/pem.ts';
import type { RunningTlsServer } from '../../http/tls-server.ts';
import type { Log } from '../../telemetry/log.ts';
import { FileError, readWhole } from './read-files.ts';
import { NoCertificateError } from './source.ts';

/** The CA of the clients that are answered, in a file that may change. */
export class ClientCa {
  readonly #file: string;
  readonly #log: Log;
  #known: string | undefined;
  #said = '';

  constructor(file: string, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  /** @throws NoCertificateError when the file holds none */
  async read(): Promise<string> {
    try {
      const [pem = ''] = await readWhole([this.#file]);
      readCertificates(pem, this.#file);
      this.#known = pem;
      return pem;
    } catch (error) {
      if (error instanceof FileError || error instanceof PemError) throw new NoCertificateError(error.message);
      throw error;
    }
  }

  /** Hands a changed CA to the server; one that cannot be read is told, and the old one stays. */
  async follow(tls: Pick<RunningTlsServer, 'setClientCa'>): Promise<void> {
    const before = this.#known;
    try {
      const pem = await this.read();
      if (pem !== before) {
        tls.setClientCa(pem);
        this.#log.info({ file: this.#file }, 'another CA of clients is in use');
      }
      this.#said = '';
    } catch (error) {
      if (!(error instanceof NoCertificateError)) throw error;
      if (error.message !== this.#said)
        this.#log.warn({}, `${error.message}; the CA of clients read before stays in use`);
      this.#said = error.message;
    }
  }
}
