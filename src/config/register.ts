import { isDnsLabel } from './kube-names.ts';
import { bad, ok, type Parsed } from './parsed.ts';

/** How the API server reaches holdfast, which decides what `serve` writes into the webhook configurations. */
export type Register =
  /** Under `url`, an origin without a path or a final slash: `https://192.0.2.1:8443`, `https://[::1]:8443`. */
  | { readonly kind: 'url'; readonly url: string }
  /** Through a Service of the cluster; `port` is the Service's port. */
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: number }
  /** Not at all: somebody else keeps the webhook configurations. */
  | { readonly kind: 'none' };

const FORMS = 'write url=https://HOST:PORT, service=NAMESPACE/NAME[:PORT] or none';
/** What Kubernetes takes when `clientConfig.service.port` is left out. */
const DEFAULT_SERVICE_PORT = 443;

/** Parses `url=https://HOST:PORT`, `service=NAMESPACE/NAME[:PORT]` (port 443 unless given) or `none`. */
export function parseRegister(text: string): Parsed<Register> {
  if (text === 'none') return ok({ kind: 'none' });
  if (text.startsWith('url=')) return parseUrl(text.slice('url='.length));
  if (text.startsWith('service=')) return parseService(text.slice('service='.length));
  const fix = /^https?:/i.test(text) ? `write url=${text}` : FORMS;
  return bad(`${JSON.stringify(text)} does not say how to register`, fix);
}

/** The rules of `clientConfig.url` (admissionregistration.k8s.io/v1): https, no user, no query, no fragment. */
function parseUrl(text: string): Parsed<Register> {
  const quoted = JSON.stringify(text);
  const url = URL.parse(text);
  if (!url?.hostname) return bad(`${quoted} is not a URL`, 'write url=https://HOST:PORT');
  if (url.protocol !== 'https:') {
    return bad(`${quoted} is not https`, 'the API server calls webhooks over https only, write url=https://HOST:PORT');
  }
  if (url.username !== '' || url.password !== '' || text.includes('?') || text.includes('#')) {
    return bad(`${quoted} has a user, a query or a fragment`, 'Kubernetes forbids them, write url=https://HOST:PORT');
  }
  if (url.pathname !== '/') return bad(`${quoted} has a path`, `holdfast adds its own, write url=${url.origin}`);
  if (url.port === '0') return bad(`${quoted} has port 0`, 'name the port that the API server can reach');
  return ok({ kind: 'url', url: url.origin });
}

function parseService(text: string): Parsed<Register> {
  const quoted = JSON.stringify(text);
  const match = /^([^/:]+)\/([^/:]+)(?::(\d+))?$/.exec(text);
  const [, namespace = '', name = '', digits] = match ?? [];
  if (!isDnsLabel(namespace) || !isDnsLabel(name)) {
    return bad(`${quoted} is not NAMESPACE/NAME[:PORT]`, 'write it like service=holdfast-system/holdfast:443');
  }
  const port = digits === undefined ? DEFAULT_SERVICE_PORT : Number(digits);
  if (port < 1 || port > 65_535) return bad(`port ${digits} does not exist`, 'use 1 to 65535');
  return ok({ kind: 'service', namespace, name, port });
}
