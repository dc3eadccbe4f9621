// Completes package-lock.json after `npm install`: npm writes no entry for an optional package that the registry in use
// does not have (binaries for other platforms), and `npm ci` then refuses the lock file. The entries written here carry
// version and platform, so that npm skips them where they do not fit. Usage: node scripts/complete-lockfile.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const FILE = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(FILE, 'utf8'));
const added = [];

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    if (path === '' || lock.packages[at] !== undefined) continue;
    const [, os, cpu, abi = ''] =
      /[-/](android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)-?(\w*)$/.exec(name) ?? [];
    if (os === undefined) throw new Error(`${name}: cannot tell its platform from its name`);
    const libc = os !== 'linux' ? {} : { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] };
    const dev = entry.dev ? { dev: true } : {};
    lock.packages[at] = { version, cpu: [cpu], ...dev, ...libc, optional: true, os: [os] };
    added.push(name);
  }
}

const sorted = Object.entries(lock.packages).sort(([one], [other]) => (one < other ? -1 : 1));
writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
console.log(`added ${added.length} entries${added.map((name) => `\n  ${name}`).join('')}`);
