import * as z from 'zod';
import { type DurationLimits, parseDuration } from './duration.ts';
import { parseFindingCode } from './finding-code.ts';
import { parseHostPort } from './host-port.ts';
import { parseCertificateName, parseLbClass, parseNamespace, parsePoolName, parseUserName } from './kube-names.ts';
import type { Parsed } from './parsed.ts';
import { parseRegister } from './register.ts';
import { LOG_LEVELS, MODES, PIN_POLICIES } from './schema.ts';

/** Any non-empty text. YAML reads `sticky-for: 0` as a number, which is meant as text like every other value. */
const text = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string().min(1));

function parsed<T>(parse: (raw: string) => Parsed<T>) {
  return text.transform((raw, ctx): T => {
    const result = parse(raw);
    if (result.kind === 'ok') return result.value;
    ctx.issues.push({ code: 'custom', message: result.what, params: { fix: result.fix }, input: raw });
    return z.NEVER;
  });
}

/** A list without repetitions; a single value stands for a list of one. */
function list<T extends string>(parse: (raw: string) => Parsed<T>) {
  const oneOrMany = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? [value] : value);
  return z.preprocess(
    oneOrMany,
    z
      .array(parsed(parse))
      .transform((items) => [...new Set(items)])
      .readonly(),
  );
}

function duration(min: string, max: string) {
  const limits: DurationLimits = { min, max };
  return parsed((raw) => parseDuration(raw, limits));
}

const shape = {
  kubeconfig: text.optional(),
  listen: parsed(parseHostPort),
  'ops-listen': parsed(parseHostPort),
  register: parsed(parseRegister),
  namespace: parsed(parseNamespace),
  mode: z.enum(MODES),
  pin: z.enum(PIN_POLICIES),
  'request-conflict': z.enum(['warn', 'deny']),
  'pool-exclusion': z.enum(['keep', 'release']),
  'metallb-namespace': parsed(parseNamespace),
  'metallb-user': list(parseUserName),
  'lb-class': list(parseLbClass),
  'sticky-for': duration('0', '720h'),
  'claim-grace': duration('1s', '24h'),
  'log-level': z.enum(LOG_LEVELS),
  'drain-delay': duration('0', '5m'),
  'shutdown-drain': duration('0', '10m'),
  'ca-lifetime': duration('30s', '876000h'),
  'cert-lifetime': duration('5s', '87600h'),
  'tls-cert': text.optional(),
  'tls-key': text.optional(),
  'tls-ca': text.optional(),
  'inject-ca-from': parsed(parseCertificateName).optional(),
  'client-ca': text.optional(),
  'client-name': list(parseUserName),
};

/** The settings of `serve`, named as the flags (and the keys of the configuration file) are. */
export const serveSettings = z.strictObject(shape);

/** The settings of `replay` besides its FILE. */
export const replaySettings = z.strictObject({
  output: z.enum(['table', 'json']),
  mode: z.enum(MODES),
  'metallb-namespace': shape['metallb-namespace'],
  'metallb-user': shape['metallb-user'],
  'lb-class': shape['lb-class'],
});

/** The settings of `floor`. */
export const floorSettings = z.strictObject({
  output: z.enum(['yaml', 'json']),
  'metallb-namespace': shape['metallb-namespace'],
  'metallb-user': shape['metallb-user'],
  'lb-class': shape['lb-class'],
  'any-ip': z.boolean(),
});

const OUTPUTS = ['table', 'json', 'yaml'] as const;

/** A switch: there or not. */
const flag = z.boolean();

/** How to reach the cluster, what is MetalLB's, and how to print. */
const asking = {
  kubeconfig: shape.kubeconfig,
  output: z.enum(OUTPUTS),
  'metallb-namespace': shape['metallb-namespace'],
  'lb-class': shape['lb-class'],
};

/** The settings of `check`. */
export const checkSettings = z.strictObject({
  ...asking,
  namespace: shape.namespace,
  'sticky-for': shape['sticky-for'],
  ignore: list(parseFindingCode),
});

/** The settings of `plan`. */
export const planSettings = z.strictObject({
  ...asking,
  file: text.optional(),
  delete: list(parsePoolName),
  prune: flag,
});

/** The settings of `history` besides its subject. */
export const historySettings = z.strictObject({ kubeconfig: shape.kubeconfig, output: asking.output });

/** The settings of `pin` and `unpin` besides the names. */
export const pinSettings = z.strictObject({
  ...asking,
  all: flag,
  namespace: list(parseNamespace),
  prefix: z.enum(['auto', 'metallb.io', 'metallb.universe.tf']),
  'dry-run': flag,
});

/** `unpin` takes a pin away under whichever prefix it is. */
export const unpinSettings = pinSettings.omit({ prefix: true });

/** The settings of `completion`: none. */
export const noSettings = z.strictObject({});

/** The settings of `unregister`. */
export const unregisterSettings = z.strictObject({ kubeconfig: shape.kubeconfig });

/** The defaults of `serve`, written as a user would write them; the help shows the same texts. */
export const SERVE_DEFAULTS = {
  listen: '0.0.0.0:8443',
  'ops-listen': '0.0.0.0:8080',
  register: 'none',
  namespace: 'holdfast-system',
  mode: 'repair',
  pin: 'create',
  'request-conflict': 'warn',
  'pool-exclusion': 'keep',
  'metallb-namespace': 'metallb-system',
  'metallb-user': [],
  'lb-class': [],
  'sticky-for': '1h',
  'claim-grace': '2m',
  'log-level': 'info',
  'drain-delay': '5s',
  'shutdown-drain': '10s',
  'ca-lifetime': '87600h',
  'cert-lifetime': '2160h',
  'client-name': [],
} as const satisfies z.input<typeof serveSettings>;

/** The defaults of `replay`: what a guard that refuses would have said. */
export const REPLAY_DEFAULTS = {
  output: 'table',
  mode: 'enforce',
  'metallb-namespace': SERVE_DEFAULTS['metallb-namespace'],
  'metallb-user': [],
  'lb-class': [],
} as const satisfies z.input<typeof replaySettings>;

/** The defaults of `floor`: those of `serve`, so that both mean the same Services and the same MetalLB. */
export const FLOOR_DEFAULTS = {
  output: 'yaml',
  'metallb-namespace': SERVE_DEFAULTS['metallb-namespace'],
  'metallb-user': SERVE_DEFAULTS['metallb-user'],
  'lb-class': SERVE_DEFAULTS['lb-class'],
  'any-ip': false,
} as const satisfies z.input<typeof floorSettings>;

const ASKING_DEFAULTS = {
  output: 'table',
  'metallb-namespace': SERVE_DEFAULTS['metallb-namespace'],
  'lb-class': [],
} as const;

export const CHECK_DEFAULTS = {
  ...ASKING_DEFAULTS,
  namespace: SERVE_DEFAULTS.namespace,
  'sticky-for': SERVE_DEFAULTS['sticky-for'],
  ignore: [],
} as const satisfies z.input<typeof checkSettings>;

export const PLAN_DEFAULTS = { ...ASKING_DEFAULTS, delete: [], prune: false } as const satisfies z.input<
  typeof planSettings
>;

export const HISTORY_DEFAULTS = { output: 'table' } as const satisfies z.input<typeof historySettings>;

export const UNPIN_DEFAULTS = {
  ...ASKING_DEFAULTS,
  all: false,
  namespace: [],
  'dry-run': false,
} as const satisfies z.input<typeof unpinSettings>;

export const PIN_DEFAULTS = { ...UNPIN_DEFAULTS, prefix: 'auto' } as const satisfies z.input<typeof pinSettings>;
