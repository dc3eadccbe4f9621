import { readFile } from 'node:fs/promises';

/** A file cannot be read; `message` names it and says why. */
export class FileError extends Error {
  override readonly name = 'FileError';
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read; check the permissions of the file and its folders',
  EISDIR: 'is a folder; name the file itself',
};

const ATTEMPTS = 5;

/**
 * Reads files that belong together. They may be swapped in between, so they are read until two readings in a row agree.
 * @throws FileError
 */
export async function readWhole(paths: readonly string[]): Promise<readonly string[]> {
  let before = await readAll(paths);
  for (let left = ATTEMPTS; left > 0; left--) {
    const now = await readAll(paths);
    if (now.every((text, index) => text === before[index])) return now;
    before = now;
  }
  throw new FileError(`${paths.join(', ')} keep changing`);
}

function readAll(paths: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    paths.map((path) =>
      readFile(path, 'utf8').catch((error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : '';
        throw new FileError(`${path} ${WHY[code] ?? `cannot be read: ${String(error)}`}`);
      }),
    ),
  );
}
