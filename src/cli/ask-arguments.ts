import type { FindingCode } from '../app/check/finding.ts';
import type { Prefix } from '../app/pin-prefix.ts';
import { parseServiceName } from '../config/kube-names.ts';
import type { ConfigProblem } from '../config/problem.ts';
import * as settings from '../config/settings.ts';
import { validate } from '../config/validate.ts';
import { type IpAddress, parseIp } from '../core/net/ip.ts';
import type { AskName } from './ask-commands.ts';
import type { CommandHelp } from './command-help.ts';
import type { Shell } from './completion.ts';
import type { Lexed } from './lex.ts';
import { flagsOf, lexicalProblems, type UsageError, usageError } from './lexical.ts';
import type { OutputFormat } from './output/print.ts';

/** How to reach a cluster, and how to print what it says. */
export interface AskOptions {
  readonly kubeconfig: string | undefined;
  readonly output: OutputFormat;
}

/** What of a cluster is looked at. */
export interface ScopeOptions extends AskOptions {
  readonly metallbNamespace: string;
  readonly lbClasses: readonly string[];
}

export interface CheckOptions extends ScopeOptions {
  /** Where the certificate Secret lives. */
  readonly namespace: string;
  readonly stickyForMs: number;
  readonly ignore: readonly FindingCode[];
}

export interface PlanOptions extends ScopeOptions {
  /** A file, or `-` for standard input; undefined: nothing but deletions. */
  readonly file: string | undefined;
  readonly deletions: readonly string[];
  readonly prune: boolean;
}

/** Which Service. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

export interface HistoryOptions extends AskOptions {
  readonly subject: { readonly kind: 'ip'; readonly ip: IpAddress } | ({ readonly kind: 'service' } & ServiceName);
}

export interface PinOptions extends ScopeOptions {
  readonly all: boolean;
  readonly namespaces: readonly string[];
  readonly names: readonly ServiceName[];
  readonly dryRun: boolean;
  /** Undefined: as this MetalLB was seen to write. */
  readonly prefix: Prefix | undefined;
}

export type AskCommand =
  | ({ readonly kind: 'check' } & CheckOptions)
  | ({ readonly kind: 'plan' } & PlanOptions)
  | ({ readonly kind: 'history' } & HistoryOptions)
  | ({ readonly kind: 'pin' | 'unpin' } & PinOptions)
  | { readonly kind: 'completion'; readonly shell: Shell };

type Parse = (lexed: Lexed, command: CommandHelp) => AskCommand | UsageError;

export const ASK_PARSERS: Readonly<Record<AskName, Parse>> = {
  check: (lexed, command) => {
    const given = validate(settings.checkSettings, settings.CHECK_DEFAULTS, [flagsOf(lexed, command)]);
    const all = [...lexicalProblems(lexed, command), ...given.problems];
    if (all.length > 0) return usageError(all, command.name);
    const { namespace, ignore } = given.settings;
    const own = { namespace, ignore, stickyForMs: given.settings['sticky-for'] };
    return { kind: 'check', ...scopeOf(given.settings), ...own };
  },

  plan: (lexed, command) => {
    const given = validate(settings.planSettings, settings.PLAN_DEFAULTS, [flagsOf(lexed, command)]);
    const { file, prune, delete: deletions } = given.settings;
    const all = [...lexicalProblems(lexed, command), ...given.problems];
    const clear = all.length === 0;
    if (clear && file === undefined && deletions.length === 0) all.push(NOTHING_TO_PLAN);
    if (clear && file === undefined && prune) all.push(PRUNE_WITHOUT_FILE);
    if (all.length > 0) return usageError(all, command.name);
    return { kind: 'plan', ...scopeOf(given.settings), file, prune, deletions };
  },

  history: (lexed, command) => {
    const given = validate(settings.historySettings, settings.HISTORY_DEFAULTS, [flagsOf(lexed, command)]);
    const all = [...lexicalProblems(lexed, command), ...given.problems];
    const [text] = lexed.positionals;
    const subject = text === undefined ? undefined : subjectOf(text);
    if (subject === undefined && text !== undefined) all.push(notASubject(text));
    if (all.length > 0 || subject === undefined) return usageError(all, command.name);
    const { kubeconfig, output } = given.settings;
    return { kind: 'history', kubeconfig, output, subject };
  },

  pin: (lexed, command) => {
    const given = validate(settings.pinSettings, settings.PIN_DEFAULTS, [flagsOf(lexed, command)]);
    const { prefix } = given.settings;
    return pinning('pin', { lexed, command, given, prefix: prefix === 'auto' ? undefined : prefix });
  },

  unpin: (lexed, command) => {
    const given = validate(settings.unpinSettings, settings.UNPIN_DEFAULTS, [flagsOf(lexed, command)]);
    return pinning('unpin', { lexed, command, given, prefix: undefined });
  },

  completion: (lexed, command) => {
    const { problems } = validate(settings.noSettings, {}, [flagsOf(lexed, command)]);
    const all = [...lexicalProblems(lexed, command), ...problems];
    const [shell] = lexed.positionals;
    if (shell !== undefined && !isShell(shell))
      all.push({ where: JSON.stringify(shell), what: 'is no shell that is known here', fix: 'bash, zsh or fish' });
    if (all.length > 0 || !isShell(shell)) return usageError(all, command.name);
    return { kind: 'completion', shell };
  },

  version: (lexed, command) => {
    const { problems } = validate(settings.noSettings, {}, [flagsOf(lexed, command)]);
    return usageError([...lexicalProblems(lexed, command), ...problems], command.name);
  },
};

interface Pinning {
  readonly lexed: Lexed;
  readonly command: CommandHelp;
  readonly given: ReturnType<typeof validate<typeof settings.unpinSettings.shape>>;
  readonly prefix: Prefix | undefined;
}

function pinning(kind: 'pin' | 'unpin', { lexed, command, given, prefix }: Pinning): AskCommand | UsageError {
  const problems: ConfigProblem[] = [...lexicalProblems(lexed, command), ...given.problems];
  const names: ServiceName[] = [];
  for (const text of lexed.positionals) {
    const parsed = parseServiceName(text);
    if (parsed.kind === 'ok') names.push(parsed.value);
    else problems.push({ where: 'NS/NAME', what: parsed.what, fix: parsed.fix });
  }
  const { all, namespace: namespaces } = given.settings;
  const chosen = Number(all) + Number(namespaces.length > 0) + Number(names.length > 0);
  if (problems.length === 0 && chosen !== 1) problems.push(chosen === 0 ? nothingChosen(kind) : TOO_MUCH_CHOSEN);
  if (problems.length > 0) return usageError(problems, command.name);
  return { kind, ...scopeOf(given.settings), all, namespaces, names, dryRun: given.settings['dry-run'], prefix };
}

type CommonSettings = Pick<
  ReturnType<typeof settings.planSettings.parse>,
  'kubeconfig' | 'output' | 'metallb-namespace' | 'lb-class'
>;

function scopeOf(given: CommonSettings): ScopeOptions {
  const { kubeconfig, output } = given;
  return { kubeconfig, output, metallbNamespace: given['metallb-namespace'], lbClasses: given['lb-class'] };
}

function subjectOf(text: string): HistoryOptions['subject'] | undefined {
  const ip = parseIp(text);
  if (ip !== undefined) return { kind: 'ip', ip };
  const parsed = parseServiceName(text);
  return parsed.kind === 'ok' ? { kind: 'service', ...parsed.value } : undefined;
}

function isShell(text: string | undefined): text is Shell {
  return text === 'bash' || text === 'zsh' || text === 'fish';
}

function notASubject(text: string): ConfigProblem {
  const what = `${JSON.stringify(text)} is neither an IP nor a Service`;
  return { where: 'IP|NS/NAME', what, fix: 'write it like 192.0.2.7 or default/web' };
}

function nothingChosen(kind: 'pin' | 'unpin'): ConfigProblem {
  return { where: 'NS/NAME', what: `nothing to ${kind}`, fix: 'name Services, or write --namespace NS or --all' };
}

const TOO_MUCH_CHOSEN: ConfigProblem = {
  where: '--all',
  what: 'more than one of --all, --namespace and names is given',
  fix: 'choose one of them',
};

const NOTHING_TO_PLAN: ConfigProblem = { where: '--file', what: 'is missing', fix: 'write -f FILE, or --delete POOL' };

const PRUNE_WITHOUT_FILE: ConfigProblem = {
  where: '--prune',
  what: 'needs to know what stays',
  fix: 'write -f FILE',
};
