import {
  type Installation,
  modeOf,
  type SeenController,
  type SeenHook,
  type SeenRegistration,
} from '../app/check/installation.ts';
import type { Unread } from '../app/survey.ts';
import { isKubeError } from './errors.ts';
import { arrayAt, at, isObject, stringAt } from './json.ts';
import type { KubeClient } from './kube-client.ts';
import { MUTATING_WEBHOOKS, namespacePath, VALIDATING_WEBHOOKS } from './paths.ts';
import { CONFIGURATION_NAME, MANAGED_BY, type Webhook, webhookConfigurations } from './webhook-config.ts';

/** What {@link readInstallation} looks for. */
export interface InstallationOptions {
  readonly metallbNamespace: string;
  readonly lbClasses: readonly string[];
}

const KINDS = [
  ['MutatingWebhookConfiguration', MUTATING_WEBHOOKS],
  ['ValidatingWebhookConfiguration', VALIDATING_WEBHOOKS],
] as const;

/**
 * Reads what is registered and which MetalLB runs. What is not there is no error; what may not be read is told.
 * @throws KubeError when the API server cannot be asked
 */
export async function readInstallation(
  client: KubeClient,
  options: InstallationOptions,
): Promise<Omit<Installation, 'certificate'>> {
  const unread: Unread[] = [];
  const registrations: SeenRegistration[] = [];
  for (const [kind, path] of KINDS) {
    const raw = await optional(client, `${path}/${CONFIGURATION_NAME}`, 'webhook configurations', unread);
    if (raw !== undefined) registrations.push(registrationOf(kind, raw));
  }
  const pods = await optional(client, `${namespacePath(options.metallbNamespace)}/pods`, "MetalLB's Pods", unread);
  const controllers = arrayAt(pods, 'items').flatMap((pod) => controllerOf(pod) ?? []);
  return { registrations, expected: expectedHooks(registrations, options), controllers, unread };
}

async function optional(client: KubeClient, path: string, what: string, unread: Unread[]): Promise<unknown> {
  try {
    return await client.get(path);
  } catch (error) {
    if (isKubeError(error, 'not-found')) return undefined;
    if (!isKubeError(error, 'forbidden')) throw error;
    if (!unread.some((known) => known.what === what)) unread.push({ what, why: error.failure.message });
    return undefined;
  }
}

function registrationOf(kind: SeenRegistration['kind'], raw: unknown): SeenRegistration {
  return {
    kind,
    name: CONFIGURATION_NAME,
    ours: stringAt(raw, 'metadata', 'labels', MANAGED_BY) === CONFIGURATION_NAME,
    hooks: arrayAt(raw, 'webhooks').map(hookOf),
  };
}

function hookOf(raw: unknown): SeenHook {
  const service = at(raw, 'clientConfig', 'service');
  const caBundle = stringAt(raw, 'clientConfig', 'caBundle') ?? '';
  return {
    name: stringAt(raw, 'name') ?? '',
    failsOpen: stringAt(raw, 'failurePolicy') === 'Ignore',
    rules: at(raw, 'rules'),
    endpoint: isObject(service) ? serviceEndpoint(service) : originOf(stringAt(raw, 'clientConfig', 'url') ?? ''),
    caBundle: Buffer.from(caBundle, 'base64').toString('utf8'),
  };
}

function serviceEndpoint(service: unknown): string {
  const port = at(service, 'port');
  const place = `${stringAt(service, 'namespace')}/${stringAt(service, 'name')}`;
  return `Service ${place}:${typeof port === 'number' ? port : 443}`;
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? url;
}

/** Endpoint, users and CA are not compared here, so any will do. */
function expectedHooks(registrations: readonly SeenRegistration[], options: InstallationOptions): readonly SeenHook[] {
  const mode = modeOf(registrations);
  if (mode === undefined) return [];
  const made = webhookConfigurations({
    endpoint: { kind: 'url', url: 'https://localhost' },
    caBundle: '',
    mode,
    pinAtCreate: true,
    metallbUsers: [],
    ...options,
  });
  return made.flatMap(({ webhooks }) => webhooks).map((hook: Webhook) => hookOf(hook));
}

/** `quay.io/metallb/controller:v0.14.5`, `bitnami/metallb-controller:0.14.5-debian-12`, and mirrors of them. */
const CONTROLLER = /metallb.*controller(?::v?(\d+\.\d+\.\d+))?/;

function controllerOf(pod: unknown): SeenController | undefined {
  const images = arrayAt(pod, 'spec', 'containers').map((container) => stringAt(container, 'image') ?? '');
  const image = images.find((one) => CONTROLLER.test(one));
  if (image === undefined) return undefined;
  const deleting = stringAt(pod, 'metadata', 'deletionTimestamp') !== undefined;
  return {
    pod: stringAt(pod, 'metadata', 'name') ?? '',
    image,
    version: CONTROLLER.exec(image)?.[1],
    running: stringAt(pod, 'status', 'phase') === 'Running' && !deleting,
  };
}
