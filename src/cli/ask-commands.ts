import {
  CHECK_DEFAULTS,
  HISTORY_DEFAULTS,
  PIN_DEFAULTS,
  PLAN_DEFAULTS,
  SERVE_DEFAULTS,
  UNPIN_DEFAULTS,
} from '../config/settings.ts';
import type { CommandHelp, Flag } from './command-help.ts';
import { KUBECONFIG, LB_CLASS } from './common-flags.ts';

/** The commands that an operator asks a live cluster with. */
export type AskName = 'check' | 'plan' | 'history' | 'pin' | 'unpin' | 'completion' | 'version';

const OUTPUT: Flag = {
  name: 'output',
  letter: 'o',
  value: 'table|json|yaml',
  about: 'for people or for scripts',
  default: CHECK_DEFAULTS.output,
};

const METALLB_NAMESPACE: Flag = {
  name: 'metallb-namespace',
  value: 'NS',
  about: 'the namespace of MetalLB and its pools',
  default: SERVE_DEFAULTS['metallb-namespace'],
};

const CLUSTER: readonly Flag[] = [KUBECONFIG, METALLB_NAMESPACE, LB_CLASS];

const DRY_RUN: Flag = { name: 'dry-run', value: '', about: 'only say what would be done' };

const WHICH: readonly Flag[] = [
  { name: 'all', letter: 'A', value: '', about: 'every guarded Service of the cluster' },
  { name: 'namespace', letter: 'n', value: 'NS', about: 'every guarded Service of this namespace', repeatable: true },
];

export const ASK_COMMANDS: Readonly<Record<AskName, CommandHelp>> = {
  check: {
    name: 'check',
    summary: 'audit a live cluster; changes nothing',
    about:
      'Looks at every Service, pool and claim, and says what is not in order: IPs with two owners, in no pool, without ' +
      'a claim or a pin, requests that cannot be met, the state of the webhooks. Needs neither holdfast nor claims to ' +
      'be installed, and changes nothing.\n' +
      'Exit code: 0 when all is in order, 3 with findings. docs/messages.md explains each.',
    flags: [
      ...CLUSTER,
      {
        name: 'namespace',
        value: 'NS',
        about: "where holdfast's certificate Secret lives",
        default: CHECK_DEFAULTS.namespace,
      },
      {
        name: 'sticky-for',
        value: 'DURATION',
        about: 'as "serve" has it: how long a claim may wait for its Service',
        default: CHECK_DEFAULTS['sticky-for'],
      },
      {
        name: 'ignore',
        value: 'CODE',
        about: 'a finding to leave out, such as Unpinned where pins are not wanted',
        repeatable: true,
      },
      OUTPUT,
    ],
    examples: [
      'holdfast check',
      'holdfast check --ignore Unpinned --ignore Unclaimed',
      'holdfast check --output json --kubeconfig ./admin.kubeconfig',
    ],
  },
  plan: {
    name: 'plan',
    summary: 'what a change of pools would strand or move',
    about:
      'Says what applying these IPAddressPools would do to assigned IPs, one object after the other as kubectl does, by ' +
      'the rule of the pool guard. FILE may have several documents; other kinds are left out. Changes nothing.\n' +
      'Exit code: 0 when every IP stays, 3 when one would be stranded, or MetalLB would refuse the pools.',
    flags: [
      { name: 'file', letter: 'f', value: 'FILE|-', about: 'manifests (YAML or JSON), - for standard input' },
      { name: 'delete', value: 'POOL', about: 'also delete this pool, after the manifests', repeatable: true },
      { name: 'prune', value: '', about: 'also delete every pool that FILE does not have' },
      ...CLUSTER,
      { ...OUTPUT, default: PLAN_DEFAULTS.output },
    ],
    examples: [
      'holdfast plan -f pools.yaml',
      'holdfast plan -f pools.yaml --prune --output yaml',
      'holdfast plan --delete old-pool',
    ],
  },
  history: {
    name: 'history',
    positional: 'IP|NS/NAME',
    summary: 'who held an IP, when, and why it changed',
    about:
      'Shows who holds an IP and who held it before, or all IPs that a Service holds and held: from the claims, which ' +
      'remember ten holders each, with what holdfast lately did about it (Events, which Kubernetes keeps for an hour).',
    flags: [KUBECONFIG, { ...OUTPUT, default: HISTORY_DEFAULTS.output }],
    examples: ['holdfast history 192.0.2.7', 'holdfast history default/web --output json'],
  },
  pin: {
    name: 'pin',
    positional: 'NS/NAME',
    takes: 'any',
    summary: 'pin Services to the IPs they have',
    about:
      'Writes the IPs that Services have as pins, so that MetalLB chooses nothing anew after a restart. Moves nothing. ' +
      'Left alone are requests of users, IPs in no pool, and the later owners of a duplicate. May be stopped and run ' +
      'again at any time: what is pinned stays.',
    flags: [
      ...WHICH,
      DRY_RUN,
      {
        name: 'prefix',
        value: 'PREFIX',
        about: 'auto, metallb.io or metallb.universe.tf: for MetalLB whose annotations were not seen yet',
        default: PIN_DEFAULTS.prefix,
      },
      ...CLUSTER,
      { ...OUTPUT, default: PIN_DEFAULTS.output },
    ],
    examples: [
      'holdfast pin --all --dry-run',
      'holdfast pin --namespace shop --namespace blog',
      'holdfast pin default/web',
    ],
  },
  unpin: {
    name: 'unpin',
    positional: 'NS/NAME',
    takes: 'any',
    summary: 'take pins of holdfast away again',
    about:
      'Removes the pins that holdfast wrote. The IPs stay where they are. What users request is left alone. A running ' +
      'holdfast with --pin create pins new Services all the same.',
    flags: [...WHICH, DRY_RUN, ...CLUSTER, { ...OUTPUT, default: UNPIN_DEFAULTS.output }],
    examples: ['holdfast unpin default/web', 'holdfast unpin --all --dry-run'],
  },
  completion: {
    name: 'completion',
    positional: 'bash|zsh|fish',
    summary: 'completion for a shell',
    about:
      'Prints a script that completes commands and flags. It works for holdfast and, in bash, for kubectl-holdfast.',
    flags: [],
    examples: ['holdfast completion bash', 'holdfast completion fish'],
  },
  version: {
    name: 'version',
    summary: 'the version',
    about: 'Prints the version.',
    flags: [],
    examples: ['holdfast version', 'holdfast --version'],
  },
};
