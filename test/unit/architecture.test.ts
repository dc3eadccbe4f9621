import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Which layer may import which (ARCHITECTURE.md). A layer may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  yaml: [],
  review: ['core'],
  app: ['core', 'review'],
  kube: ['app', 'core', 'review', 'yaml'],
  http: ['app', 'core', 'review'],
  certs: ['app', 'core', 'review'],
  telemetry: ['app', 'core', 'review'],
  config: ['core', 'app', 'yaml'],
  cli: ['core', 'review', 'app', 'kube', 'http', 'certs', 'telemetry', 'config', 'yaml'],
  'main.ts': ['cli'],
  'kubectl-holdfast.ts': ['cli'],
};

/** Each outside library lives in one folder. */
const HOME: Readonly<Record<string, readonly string[]>> = {
  'ip-address': ['core/net'],
  express: ['http'],
  '@kubernetes/client-node': ['kube'],
  'node-forge': ['certs'],
  pino: ['telemetry'],
  'prom-client': ['telemetry'],
  zod: ['config'],
  yaml: ['yaml'],
};

/** Parts of the language that would make the core depend on the moment or on the machine. */
const IMPURE =
  /\b(?:Date\.now|new Date\b|Math\.random|performance\.|setTimeout|setInterval|process\.|console\.|globalThis)/;

interface Import {
  readonly file: string;
  readonly target: string;
}

async function sources(): Promise<readonly string[]> {
  return Array.fromAsync(glob('**/*.ts', { cwd: SRC }));
}

async function imports(): Promise<readonly Import[]> {
  const found: Import[] = [];
  for (const file of await sources()) {
    const text = await readFile(join(SRC, file), 'utf8');
    for (const [, target] of text.matchAll(/(?:^|\s)(?:from|import)\s*(?:\(\s*)?'([^']+)'/gm))
      found.push({ file, target: target ?? '' });
  }
  return found;
}

const layerOf = (file: string): string => file.split('/')[0] ?? '';

test('every source file stands in a known layer', async () => {
  const unknown = (await sources()).filter((file) => !(layerOf(file) in MAY_IMPORT));
  assert.deepEqual(unknown, []);
});

test('imports between layers go one way', async () => {
  const wrong = (await imports()).flatMap(({ file, target }) => {
    if (!target.startsWith('.')) return [];
    const to = layerOf(relative(SRC, normalize(join(SRC, dirname(file), target))));
    const from = layerOf(file);
    return to === from || MAY_IMPORT[from]?.includes(to) ? [] : [`${file} → ${target}`];
  });
  assert.deepEqual(wrong, []);
});

test('each outside library is imported in its own folder only', async () => {
  const wrong = (await imports()).flatMap(({ file, target }) => {
    if (target.startsWith('.') || target.startsWith('node:')) return [];
    const library = target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '');
    return HOME[library]?.some((home) => file.startsWith(`${home}/`)) ? [] : [`${file} → ${target}`];
  });
  assert.deepEqual(wrong, []);
});

test('the core imports nothing but itself and ip-address, and reads neither clock nor chance', async () => {
  for (const file of (await sources()).filter((name) => name.startsWith('core/'))) {
    const text = await readFile(join(SRC, file), 'utf8');
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    assert.doesNotMatch(code, IMPURE, file);
    assert.doesNotMatch(code, /from 'node:/, file);
  }
});

test('process.exit stands in the entry files only, process.env in config and kube only', async () => {
  for (const file of await sources()) {
    const text = await readFile(join(SRC, file), 'utf8');
    if (file.includes('/')) assert.doesNotMatch(text, /process\.exit\(/, file);
    if (!/^(?:config|kube)\//.test(file)) assert.doesNotMatch(text, /process\.env/, file);
  }
});

test('there is no cycle between files', async () => {
  const edges = new Map<string, string[]>();
  for (const { file, target } of await imports()) {
    if (!target.startsWith('.')) continue;
    const to = normalize(join(dirname(file), target));
    edges.set(file, [...(edges.get(file) ?? []), to]);
  }
  assert.deepEqual(cycleIn(edges), []);
});

function cycleIn(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle.length > 0) return cycle;
    }
    done.add(file);
    return [];
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
