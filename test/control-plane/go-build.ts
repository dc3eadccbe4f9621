import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from './file-lock.ts';
import { cacheRoot, moduleFolder } from './paths.ts';

export type GoTarget = {
  /** File name of the program. */
  readonly name: string;
  /** Import path of its `main` package. */
  readonly package: string;
};

export type GoBuild = {
  /** Folder under `modules/`, and under the cache. */
  readonly module: string;
  readonly targets: readonly GoTarget[];
  readonly ldflags: string;
  /** Said on stderr before a cold build, e.g. `kube-apiserver 1.34.4`. */
  readonly what: string;
  /** Expected time of a cold build, e.g. `about 4 minutes`. */
  readonly howLong: string;
};

/**
 * Builds the programs of one committed Go module unless they are there already, and returns their folder.
 * A stamp holds the hash of go.mod, go.sum and the flags, so that a changed module is built again.
 * @throws Error when Go is missing or the build fails, with the compiler's output.
 */
export async function ensureBuilt(build: GoBuild): Promise<string> {
  const folder = join(cacheRoot, build.module);
  if (isFresh(build, folder)) return folder;
  return withFileLock(join(cacheRoot, 'build.lock'), async () => {
    if (isFresh(build, folder)) return folder;
    process.stderr.write(`building ${build.what} from Go modules, ${build.howLong} the first time\n`);
    mkdirSync(folder, { recursive: true });
    for (const target of build.targets) {
      const flags = ['-buildvcs=false', '-ldflags', `-s -w ${build.ldflags}`];
      await runGo(moduleFolder(build.module), ['build', ...flags, '-o', join(folder, target.name), target.package]);
    }
    writeFileSync(join(folder, 'stamp'), stampOf(build));
    return folder;
  });
}

/** Runs the `go` command in `cwd` and returns its stdout. */
export async function runGo(cwd: string, args: readonly string[]): Promise<string> {
  const child = spawn('go', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(goMissing(error)));
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`"go ${args.join(' ')}" failed in ${cwd} (exit ${code}):\n${stderr}`);
  return stdout;
}

function goMissing(error: Error): Error {
  return new Error(
    `cannot run "go" (${error.message}): the test control plane is built from Go modules. ` +
      'Install Go 1.26 or newer (https://go.dev/dl) and put it on PATH',
  );
}

function isFresh(build: GoBuild, folder: string): boolean {
  const stamp = join(folder, 'stamp');
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === stampOf(build) &&
    build.targets.every((target) => existsSync(join(folder, target.name)))
  );
}

function stampOf(build: GoBuild): string {
  const hash = createHash('sha256').update(build.ldflags);
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(moduleFolder(build.module), file)));
  return hash.digest('hex');
}
