import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * Makes sure that a program of a Debian package is there; root installs it.
 * @returns undefined when it is there, else why it is not, for the reporter of the tests
 */
export function whyMissing(program: string, debianPackage: string): string | undefined {
  if (existsSync(program)) return undefined;
  if (!existsSync('/usr/bin/apt-get')) return `there is no ${program}, and this is no Debian: install ${debianPackage}`;
  if (process.getuid?.() !== 0) return `there is no ${program}: as root, apt-get install ${debianPackage}`;
  const failed = aptGet('update') ?? aptGet('install', '--yes', '--no-install-recommends', debianPackage);
  if (failed === undefined) return existsSync(program) ? undefined : `${debianPackage} has no ${program}`;
  return `there is no ${program}, and ${debianPackage} cannot be installed: ${failed}`;
}

/** @returns the last line of what apt-get said when it failed */
function aptGet(...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync('apt-get', ['--quiet', ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status === 0) return undefined;
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? `apt-get ended with ${status}`;
}
