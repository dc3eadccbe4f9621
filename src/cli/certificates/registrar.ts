import type { KubeClient } from '../../kube/kube-client.ts';
import { type Kept, keepRegistered, register } from '../../kube/registration.ts';
import type { Registering } from '../../kube/registration-merge.ts';
import type { RegistrationSpec } from '../../kube/webhook-config.ts';
import type { Log } from '../../telemetry/log.ts';

export interface RegistrarParts {
  readonly client: KubeClient;
  readonly spec: Omit<RegistrationSpec, 'caBundle'>;
  readonly who: Registering;
  readonly log: Log;
  /** Hears whether the webhook configurations are there. */
  readonly onRegistered: (registered: boolean) => void;
}

/** The webhook configurations of this replica: written at its start, then kept as they should be. */
export class Registrar {
  readonly #parts: RegistrarParts;
  #registered = false;
  #state = '';

  constructor(parts: RegistrarParts) {
    this.#parts = parts;
  }

  /** Creates or updates them. @param ca undefined: the caBundle is left alone */
  async register(ca: string | undefined): Promise<void> {
    const { client, who, log, onRegistered } = this.#parts;
    for (const { kind, name, outcome } of await register(client, this.#spec(ca), who)) {
      log.info({ kind, name, outcome }, 'webhook configuration');
    }
    this.#registered = true;
    onRegistered(true);
  }

  /**
   * Puts back what somebody changed. Does nothing before `register`.
   * @returns the CAs (PEM) that the API server trusts; undefined when holdfast does not keep them,
   * empty when nothing is known
   */
  async keep(ca: string | undefined): Promise<string | undefined> {
    const { client, who, log } = this.#parts;
    if (!this.#registered) return '';
    const kept = await keepRegistered(client, this.#spec(ca), who);
    for (const { kind, name } of kept.written) {
      log.info({ kind, name }, 'webhook configuration brought in line: it was changed, or its CAs are');
    }
    this.#tell(kept);
    return kept.caBundle;
  }

  #tell({ missing, superseded }: Kept): void {
    const { log, onRegistered } = this.#parts;
    onRegistered(missing.length === 0);
    const state = `${missing.join()} ${superseded}`;
    if (state === this.#state) return;
    this.#state = state;
    if (missing.length > 0) {
      log.warn(
        { missing },
        'a webhook configuration was deleted: what it asked for is not guarded; restart to register',
      );
    }
    if (superseded) log.info({}, 'a replica that started later has registered something else; leaving it at that');
  }

  #spec(caBundle: string | undefined): RegistrationSpec {
    return { ...this.#parts.spec, caBundle };
  }
}
