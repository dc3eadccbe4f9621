import { FLOOR_DEFAULTS, REPLAY_DEFAULTS, SERVE_DEFAULTS } from '../config/settings.ts';
import { ASK_COMMANDS, type AskName } from './ask-commands.ts';
import type { CommandHelp, Flag } from './command-help.ts';
import { KUBECONFIG, LB_CLASS } from './common-flags.ts';

/** Every command of this version. */
export type CommandName = 'serve' | AskName | 'floor' | 'unregister' | 'replay';

const METALLB_USER: Flag = {
  name: 'metallb-user',
  value: 'NAME',
  about: 'a further user name that counts as MetalLB, such as a controller that runs outside of the cluster',
  repeatable: true,
};

const METALLB_NAMESPACE = 'the namespace of MetalLB: writes of its service accounts count as MetalLB';

const d = SERVE_DEFAULTS;

/** Every command of this version: the only list of them and of their flags. */
export const COMMANDS: Readonly<Record<CommandName, CommandHelp>> = {
  serve: {
    name: 'serve',
    summary: 'answer admission reviews: the guard itself',
    about: 'Answers admission reviews over TLS. /readyz is 200 once it may decide. SIGTERM: unready, drain, exit 0.',
    flags: [
      KUBECONFIG,
      { name: 'listen', value: 'HOST:PORT', about: 'admission over TLS', default: d.listen },
      { name: 'ops-listen', value: 'HOST:PORT', about: '/healthz /readyz /metrics, plain', default: d['ops-listen'] },
      {
        name: 'register',
        value: 'HOW',
        about:
          'url=https://HOST:PORT, service=NAMESPACE/NAME[:PORT] or none: create and keep the webhook configurations ' +
          'and the CRD, with its own CA; several replicas may register the same URL',
        default: d.register,
      },
      { name: 'namespace', value: 'NS', about: 'where the certificate Secret lives', default: d.namespace },
      {
        name: 'mode',
        value: 'audit|enforce|repair',
        about: 'audit says what would happen, enforce refuses, repair also redirects, restores and pins',
        default: d.mode,
      },
      {
        name: 'pin',
        value: 'create|repair|never',
        about: 'when to pin: at CREATE and at repair, at repair only, or never',
        default: d.pin,
      },
      {
        name: 'request-conflict',
        value: 'warn|deny',
        about: 'what a user hears who requests an IP of another Service',
        default: d['request-conflict'],
      },
      {
        name: 'pool-exclusion',
        value: 'keep|release',
        about: 'in repair: an IP whose pool no longer admits its namespace stays, or may go',
        default: d['pool-exclusion'],
      },
      { name: 'metallb-namespace', value: 'NS', about: METALLB_NAMESPACE, default: d['metallb-namespace'] },
      METALLB_USER,
      LB_CLASS,
      {
        name: 'sticky-for',
        value: 'DURATION',
        about: 'how long the IP of a deleted Service waits for its return; 0 = off, at most 720h',
        default: d['sticky-for'],
      },
      {
        name: 'claim-grace',
        value: 'DURATION',
        about: 'how long a claim may wait for its IP to show up in a status; 1s to 24h, below 61s for tests only',
        default: d['claim-grace'],
      },
      {
        name: 'log-level',
        value: 'LEVEL',
        about: 'trace, debug, info, warn, error, fatal or silent',
        default: d['log-level'],
      },
      {
        name: 'drain-delay',
        value: 'DURATION',
        about: 'how long SIGTERM still accepts calls, for balancers that notice late; at most 5m',
        default: d['drain-delay'],
      },
      {
        name: 'shutdown-drain',
        value: 'DURATION',
        about: 'how long SIGTERM may take in all, with open requests; at most 10m',
        default: d['shutdown-drain'],
      },
      {
        name: 'ca-lifetime',
        value: 'DURATION',
        about: 'how long the own CA is valid; replaced after two thirds',
        default: d['ca-lifetime'],
      },
      {
        name: 'cert-lifetime',
        value: 'DURATION',
        about: 'how long the own certificate is valid; replaced after two thirds',
        default: d['cert-lifetime'],
      },
      { name: 'tls-cert', value: 'FILE', about: 'serve this certificate (PEM, RSA or ECDSA) instead of an own one' },
      { name: 'tls-key', value: 'FILE', about: 'its private key; both are read again when they change' },
      { name: 'tls-ca', value: 'FILE', about: 'its CA, for the caBundle; none: the caBundle is left alone' },
      {
        name: 'inject-ca-from',
        value: 'NS/NAME',
        about: 'the cert-manager Certificate whose CA the cainjector puts into the caBundle, instead of --tls-ca',
      },
      { name: 'client-ca', value: 'FILE', about: 'answer only clients with a certificate of this CA (PEM)' },
      {
        name: 'client-name',
        value: 'NAME',
        about: 'and only those with this common name or DNS name',
        repeatable: true,
      },
      { name: 'config', value: 'FILE', about: 'the same as YAML, keys without dashes ("sticky-for: 1h"); flags win' },
    ],
    examples: [
      'holdfast serve --mode audit --register url=https://192.0.2.10:8443',
      'holdfast serve --config holdfast.yaml --mode enforce --sticky-for 30m',
    ],
  },
  ...ASK_COMMANDS,
  floor: {
    name: 'floor',
    summary: 'print the floor: a policy that holds without holdfast',
    about:
      'Prints two ValidatingAdmissionPolicies with their bindings, for "kubectl apply -f -": the API server itself then ' +
      'refuses that anybody but MetalLB takes an assigned IP away, also with no replica alive. What MetalLB moves is ' +
      'audited. Give it the same flags as serve. Needs no cluster; docs/floor.md says what it cannot see.',
    flags: [
      {
        name: 'metallb-namespace',
        value: 'NS',
        about: METALLB_NAMESPACE,
        default: FLOOR_DEFAULTS['metallb-namespace'],
      },
      METALLB_USER,
      LB_CLASS,
      {
        name: 'any-ip',
        value: '',
        about: 'also Services that MetalLB has left no note on (before 0.13.9), hence also IPs that are a cloud’s',
      },
      { name: 'output', letter: 'o', value: 'yaml|json', about: 'how to print it', default: FLOOR_DEFAULTS.output },
    ],
    examples: ['holdfast floor', 'holdfast floor --metallb-namespace metallb --lb-class example.com/metallb'],
  },
  unregister: {
    name: 'unregister',
    summary: 'remove what "serve --register" made; claims stay',
    about: 'Removes the webhook configurations that "serve --register" made. Claims and their CRD stay.',
    flags: [KUBECONFIG],
    examples: ['holdfast unregister', 'holdfast unregister --kubeconfig ./admin.kubeconfig'],
  },
  replay: {
    name: 'replay',
    positional: 'FILE',
    summary: 'run recorded AdmissionReviews through the decisions',
    about:
      'Runs the AdmissionReviews in FILE (one JSON object per line; .gz is unpacked) through the real decision path and ' +
      'prints each decision. Needs no cluster.',
    flags: [
      { name: 'output', value: 'table|json', about: 'for people or for scripts', default: REPLAY_DEFAULTS.output },
      {
        name: 'mode',
        value: 'audit|enforce|repair',
        about: 'decide as serve would in it',
        default: REPLAY_DEFAULTS.mode,
      },
      {
        name: 'metallb-namespace',
        value: 'NS',
        about: METALLB_NAMESPACE,
        default: REPLAY_DEFAULTS['metallb-namespace'],
      },
      METALLB_USER,
      LB_CLASS,
    ],
    examples: ['holdfast replay reviews.ndjson', 'holdfast replay reviews.ndjson.gz --output json --mode audit'],
  },
};
