import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';
import { type Copy, type Instruction, readContext, readCopy, readDockerfile } from './dockerfile.ts';

/** What a stage has become so far. */
export interface Stage {
  /** Its file system is below this folder. */
  readonly root: string;
  workdir: string;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  readonly env: Record<string, string>;
  readonly labels: Record<string, string>;
}

/** What to build, and where. */
export interface Build {
  /** Holds Dockerfile and .dockerignore. */
  readonly context: string;
  /** A folder for each stage is made in it. */
  readonly folder: string;
  /** Puts what an image brings along into the folder of a stage. */
  readonly base: (image: string, root: string) => void;
  /** Of the RUN steps. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Plays a Dockerfile without a container runtime: COPY copies between folders, RUN runs with the tools of this machine in
 * the folder of its stage. @returns the last stage @throws Error naming the line that cannot be done
 */
export function buildImage(build: Build): Stage {
  const stages = new Map<string, Stage>();
  const args: Record<string, string> = {};
  let stage: Stage | undefined;
  for (const instruction of readDockerfile(join(build.context, 'Dockerfile'))) {
    const { word, line } = instruction;
    const rest = instruction.rest.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => args[name] ?? '');
    if (word === 'ARG') {
      const [name = '', value = ''] = rest.split('=');
      args[name] ??= value;
    } else if (word === 'FROM') {
      const [image = '', , name = `stage-${stages.size}`] = rest.split(/\s+/);
      stage = newStage(join(build.folder, name));
      build.base(image, stage.root);
      stages.set(name, stage);
    } else if (stage === undefined) throw new Error(`Dockerfile:${line}: ${word} before FROM`);
    else perform({ build, stages, stage }, { ...instruction, rest });
  }
  if (stage === undefined) throw new Error('Dockerfile without FROM');
  return stage;
}

function newStage(root: string): Stage {
  mkdirSync(root, { recursive: true });
  return { root, workdir: '/', user: 'root', entrypoint: [], command: [], env: {}, labels: {} };
}

interface Doing {
  readonly build: Build;
  readonly stages: ReadonlyMap<string, Stage>;
  readonly stage: Stage;
}

function perform({ build, stages, stage }: Doing, instruction: Instruction): void {
  const { word, rest, line } = instruction;
  const steps: Readonly<Record<string, () => void>> = {
    WORKDIR: () => {
      stage.workdir = rest;
      mkdirSync(join(stage.root, rest), { recursive: true });
    },
    COPY: () => copy(readCopy(instruction), { build, stages, stage }),
    RUN: () => run(rest, stage, build.env),
    ENV: () => Object.assign(stage.env, pairs(rest)),
    LABEL: () => Object.assign(stage.labels, pairs(rest)),
    USER: () => {
      stage.user = rest;
    },
    ENTRYPOINT: () => {
      stage.entrypoint = JSON.parse(rest) as readonly string[];
    },
    CMD: () => {
      stage.command = JSON.parse(rest) as readonly string[];
    },
    EXPOSE: () => {},
  };
  const step = steps[word];
  if (step === undefined) throw new Error(`Dockerfile:${line}: nobody plays ${word} here yet`);
  try {
    step();
  } catch (error) {
    throw new Error(`Dockerfile:${line}: ${word} ${rest}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function copy({ from, sources, to }: Copy, { build, stages, stage }: Doing): void {
  const source = from === undefined ? { root: build.context } : stages.get(from);
  if (source === undefined) throw new Error(`no stage "${from}" before`);
  const mayRead = from === undefined ? readContext(join(build.context, '.dockerignore')) : () => true;
  const target = join(stage.root, isAbsolute(to) ? to : join(stage.workdir, to));
  const files = sources.flatMap((pattern) => matches(source.root, pattern, mayRead));
  for (const file of files) {
    const isFolder = statSync(file).isDirectory();
    const into = !isFolder && (to.endsWith('/') || files.length > 1);
    const path = into ? join(target, basename(file)) : target;
    mkdirSync(dirname(path), { recursive: true });
    cpSync(file, path, { recursive: true, verbatimSymlinks: true });
  }
}

function matches(root: string, pattern: string, mayRead: (file: string) => boolean): readonly string[] {
  const absolute = join(root, pattern);
  const found = existsSync(absolute) ? [absolute] : globSync(absolute);
  const allowed = found.filter((file) => mayRead(relative(root, file)));
  if (allowed.length === 0) throw new Error(`${pattern} does not exist there, or .dockerignore leaves it out`);
  return allowed;
}

function run(line: string, stage: Stage, env: NodeJS.ProcessEnv): void {
  const cwd = join(stage.root, stage.workdir);
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', line], {
    cwd,
    env: { ...env, ...stage.env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`it ended with ${status}\n${stdout}${stderr}`);
}

function pairs(text: string): Readonly<Record<string, string>> {
  const found = [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)];
  return Object.fromEntries(found.map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']));
}
