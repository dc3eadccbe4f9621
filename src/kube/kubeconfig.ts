import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Cluster, User } from '@kubernetes/client-node';
import { readYaml } from '../yaml/read.ts';
import { KubeConfig } from './client-node.ts';
import { ClusterConfigError } from './cluster-config-error.ts';
import { arrayAt, isObject, stringAt } from './json.ts';

/**
 * Reads one kubeconfig file. Relative paths are relative to the file.
 * @throws ClusterConfigError naming the file and what to do
 */
export function readKubeconfig(file: string): KubeConfig {
  const text = readText(file);
  const parsed = parse(file, text);
  const config = new KubeConfig();
  try {
    config.loadFromString(text);
  } catch (error) {
    throw new ClusterConfigError(`kubeconfig ${file} is not valid: ${firstLine(error)}`);
  }
  config.makePathsAbsolute(path.dirname(file));
  config.users = config.users.map((user) => withTokenFile(user, tokenFileOf(parsed, user.name), path.dirname(file)));
  return config;
}

/** Reads several kubeconfig files as kubectl does: the first to name something wins. */
export function mergeKubeconfigs(files: readonly string[]): KubeConfig {
  const [first, ...rest] = files.map(readKubeconfig);
  if (first === undefined) throw new ClusterConfigError('KUBECONFIG names no file that exists');
  for (const next of rest) {
    first.clusters = firstWins(first.clusters, next.clusters);
    first.users = firstWins(first.users, next.users);
    first.contexts = firstWins(first.contexts, next.contexts);
    if (!first.currentContext) first.currentContext = next.currentContext;
  }
  return first;
}

/** @throws ClusterConfigError when no usable cluster is current. @returns the current cluster */
export function currentCluster(config: KubeConfig, source: string): Cluster {
  if (!config.currentContext) {
    const names = config.contexts.map(({ name }) => name).join(', ') || 'none';
    throw new ClusterConfigError(
      `${source} has no current-context (contexts: ${names}): run kubectl config use-context NAME`,
    );
  }
  const context = config.getContextObject(config.currentContext);
  if (context === null)
    throw new ClusterConfigError(`${source}: current-context "${config.currentContext}" is not there`);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new ClusterConfigError(`${source}: context "${context.name}" names a missing cluster`);
  if (context.user && config.getCurrentUser() === null) {
    throw new ClusterConfigError(`${source}: context "${context.name}" names the missing user "${context.user}"`);
  }
  return cluster;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ClusterConfigError(
      `kubeconfig ${file} cannot be read (${code}): name another one with --kubeconfig or KUBECONFIG`,
    );
  }
}

function parse(file: string, text: string): unknown {
  const read = readYaml(text);
  if (read.kind === 'bad') throw new ClusterConfigError(`kubeconfig ${file} is not YAML: ${read.problems[0]?.what}`);
  const parsed = read.documents[0]?.value;
  if (!isObject(parsed)) throw new ClusterConfigError(`kubeconfig ${file} is not a kubeconfig: it has no fields`);
  return parsed;
}

/** client-node knows no `tokenFile` (the documented field), and reads its own `token-file` only once. */
function tokenFileOf(parsed: unknown, userName: string): string | undefined {
  const entry = arrayAt(parsed, 'users').find((user) => stringAt(user, 'name') === userName);
  return stringAt(entry, 'user', 'tokenFile');
}

function withTokenFile(user: User, tokenFile: string | undefined, folder: string): User {
  if (tokenFile === undefined) return user;
  return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: path.resolve(folder, tokenFile) } } };
}

function firstWins<T extends { readonly name: string }>(mine: readonly T[], theirs: readonly T[]): T[] {
  const names = new Set(mine.map(({ name }) => name));
  return [...mine, ...theirs.filter(({ name }) => !names.has(name))];
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
