import type * as z from 'zod';
import { certificateConfig, checkCertificate, clientCheck } from './certificate.ts';
import { readConfigFile } from './config-file.ts';
import { sameSocket } from './host-port.ts';
import type { ConfigProblem } from './problem.ts';
import type { Config } from './schema.ts';
import { SERVE_DEFAULTS, serveSettings } from './settings.ts';
import { flagSource, type RawSettings } from './source.ts';
import { type Validated, validate } from './validate.ts';

export type LoadedConfig =
  | { readonly kind: 'config'; readonly config: Config }
  | { readonly kind: 'problems'; readonly problems: readonly ConfigProblem[] };

/** Flags as the command line gave them: texts, lists of texts for repeatable flags; `config` names the file. */
export interface GivenFlags {
  readonly values: RawSettings;
  /** Flags whose value is missing, which the caller has reported already. */
  readonly suspect?: ReadonlySet<string>;
}

/**
 * The configuration of `serve`: defaults, then the file of `--config`, then flags; the last wins. Either all of it is
 * good, or every problem of every source is returned at once. Reads one file; reads no environment (the Kubernetes
 * client looks up `$KUBECONFIG` on its own).
 */
export function loadConfig(flags: GivenFlags): LoadedConfig {
  const { config: path, ...values } = flags.values;
  const file = typeof path === 'string' && path !== '' ? readConfigFile(path) : undefined;
  const sources = [...(file?.kind === 'read' ? [file.source] : []), flagSource('serve', values, ['config', 'help'])];
  const validated = validate(serveSettings, SERVE_DEFAULTS, sources);
  const suspect = new Set([...validated.suspect, ...(flags.suspect ?? [])]);

  const problems = [
    ...(path === '' ? [{ where: '--config', what: 'is empty', fix: 'name a YAML file, or leave it out' }] : []),
    ...(file?.kind === 'bad' ? file.problems : []),
    ...validated.problems,
    ...(suspect.has('listen') || suspect.has('ops-listen') ? [] : checkSockets(validated)),
    ...(CERTIFICATE_KEYS.some((key) => suspect.has(key))
      ? []
      : checkCertificate(validated.settings, validated.whereIs)),
  ];
  if (problems.length > 0) return { kind: 'problems', problems };
  return { kind: 'config', config: toConfig(validated.settings, file && typeof path === 'string' ? path : undefined) };
}

const CERTIFICATE_KEYS = [
  'ca-lifetime',
  'cert-lifetime',
  'tls-cert',
  'tls-key',
  'tls-ca',
  'inject-ca-from',
  'client-ca',
];

type ServeSettings = z.output<typeof serveSettings>;

function checkSockets({ settings, whereIs }: Validated<ServeSettings>): readonly ConfigProblem[] {
  if (!sameSocket(settings.listen, settings['ops-listen'])) return [];
  const what = `port ${settings.listen.port} is taken by ${whereIs('listen')}`;
  return [{ where: whereIs('ops-listen'), what, fix: 'give each its own port' }];
}

function toConfig(settings: ServeSettings, configFile: string | undefined): Config {
  return Object.freeze({
    kubeconfig: settings.kubeconfig,
    listen: Object.freeze(settings.listen),
    opsListen: Object.freeze(settings['ops-listen']),
    register: Object.freeze(settings.register),
    namespace: settings.namespace,
    mode: settings.mode,
    pin: settings.pin,
    requestConflict: settings['request-conflict'],
    poolExclusion: settings['pool-exclusion'],
    metallbNamespace: settings['metallb-namespace'],
    metallbUsers: settings['metallb-user'],
    lbClasses: settings['lb-class'],
    stickyForMs: settings['sticky-for'],
    claimGraceMs: settings['claim-grace'],
    logLevel: settings['log-level'],
    drainDelayMs: settings['drain-delay'],
    shutdownDrainMs: settings['shutdown-drain'],
    certificate: certificateConfig(settings),
    clientCheck: clientCheck(settings),
    configFile,
  });
}
