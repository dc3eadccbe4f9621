import { randomUUID } from 'node:crypto';
import {
  type CertificateTiming,
  DEFAULT_LIFETIMES,
  type Lifetimes,
  lifetimesOf,
  timingFor,
} from '../../certs/lifetimes.ts';
import type { Config } from '../../config/schema.ts';
import type { KubeClient } from '../../kube/kube-client.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { metallbUsers } from '../metallb-users.ts';
import { CertificateKeeper } from './certificate-keeper.ts';
import { ClientCa } from './client-ca.ts';
import { FileCertificate } from './file-certificate.ts';
import { registeredNames, servingNames } from './names.ts';
import { OwnCertificate } from './own-certificate.ts';
import { Registrar } from './registrar.ts';
import type { CertificateSource } from './source.ts';

export interface CertificatesParts {
  readonly config: Config;
  readonly client: KubeClient;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'certificateExpires' | 'registered'>;
  readonly clock: { now(): number; monotonic(): number };
  readonly signal: AbortSignal;
  /** Instead of what the configuration says, for tests that cannot wait. */
  readonly hurried?: { readonly lifetimes: Lifetimes; readonly timing: CertificateTiming };
}

/** What a replica needs to be called and trusted. */
export interface CertificateParts {
  readonly keeper: CertificateKeeper;
  readonly clientCa: ClientCa | undefined;
}

/** Puts together source, registration and keeper as the configuration says. Nothing happens yet. */
export function certificatesOf(parts: CertificatesParts): CertificateParts {
  const { config, log, metrics, clock, signal } = parts;
  const lifetimes = parts.hurried?.lifetimes ?? lifetimesIn(config);
  const timing = parts.hurried?.timing ?? timingFor(lifetimes);
  const source = sourceOf(parts, lifetimes, timing);
  const registrar = registrarOf(parts, timing);
  const clientCa = config.clientCheck && new ClientCa(config.clientCheck.caFile, log);
  const onExpiry = (which: 'ca' | 'tls', at: number) => metrics.certificateExpires(which, at);
  return {
    keeper: new CertificateKeeper({ source, registrar, clientCa, timing, log, onExpiry, clock, signal }),
    clientCa,
  };
}

function lifetimesIn({ certificate }: Config): Lifetimes {
  if (certificate.kind === 'files') return DEFAULT_LIFETIMES;
  return lifetimesOf(certificate.caLifetimeMs, certificate.certLifetimeMs);
}

function sourceOf(
  { config, client, log, clock }: CertificatesParts,
  lifetimes: Lifetimes,
  timing: CertificateTiming,
): CertificateSource {
  const { certificate, namespace, register } = config;
  const now = () => clock.now();
  if (certificate.kind === 'files') {
    return new FileCertificate({ files: certificate, names: registeredNames(register), log, now });
  }
  return new OwnCertificate({ client, namespace, names: servingNames(register), lifetimes, timing, log, now });
}

function registrarOf({ config, client, log, metrics, clock }: CertificatesParts, { overlapMs }: CertificateTiming) {
  const { register, certificate, mode, lbClasses, metallbNamespace, pin } = config;
  if (register.kind === 'none') return undefined;
  const now = () => clock.now();
  return new Registrar({
    client,
    log,
    onRegistered: (registered) => metrics.registered(registered),
    who: { id: randomUUID().slice(0, 8), startedAt: now(), overlapMs, now },
    spec: {
      endpoint: register,
      mode,
      metallbNamespace,
      pinAtCreate: pin === 'create',
      metallbUsers: metallbUsers(config),
      lbClasses,
      injectCaFrom: certificate.kind === 'files' ? certificate.injectCaFrom : undefined,
    },
  });
}
