import type { Unread } from '../survey.ts';

/** One hook as the API server has it. */
export interface SeenHook {
  readonly name: string;
  readonly failsOpen: boolean;
  /** Its rules, to compare; JSON. */
  readonly rules: unknown;
  /** Where the API server calls: a URL, or `namespace/name:port`. */
  readonly endpoint: string;
  /** PEM; empty when there is none. */
  readonly caBundle: string;
}

/** A webhook configuration of holdfast's name. */
export interface SeenRegistration {
  readonly kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration';
  readonly name: string;
  /** False: another manager's label is on it. */
  readonly ours: boolean;
  readonly hooks: readonly SeenHook[];
}

/** What the serving certificate in the Secret says about a caBundle. */
export interface CertificateState {
  /** Of the caBundles: does each let the API server trust what holdfast serves? */
  readonly trusted: 'yes' | 'no' | 'unknown';
  /** Why it is unknown, or what is wrong. */
  readonly why: string;
  /** Epoch ms; undefined when the certificate could not be read. */
  readonly notAfter: number | undefined;
}

/** What runs beside the Services: MetalLB's controller and holdfast's registration. */
export interface Installation {
  readonly registrations: readonly SeenRegistration[];
  /** The hooks that this version of holdfast writes for the mode that the registration is in. */
  readonly expected: readonly SeenHook[];
  readonly certificate: CertificateState | undefined;
  /** MetalLB's running controllers, by the image of their Pods. */
  readonly controllers: readonly SeenController[];
  readonly unread: readonly Unread[];
}

export interface SeenController {
  readonly pod: string;
  readonly image: string;
  /** `0.14.5`; undefined when the image has no such tag. */
  readonly version: string | undefined;
  readonly running: boolean;
}

/** The mode that a registration was written by; undefined without one. */
export function modeOf(registrations: readonly SeenRegistration[]): 'audit' | 'enforce' | 'repair' | undefined {
  const ours = registrations.filter((one) => one.ours);
  if (ours.some(({ kind }) => kind === 'MutatingWebhookConfiguration')) return 'repair';
  const status = ours.flatMap(({ hooks }) => hooks).find(({ name }) => name === 'status.services.holdfast.dev');
  if (status === undefined) return undefined;
  return status.failsOpen ? 'audit' : 'enforce';
}
