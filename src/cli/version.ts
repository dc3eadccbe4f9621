import { readFileSync } from 'node:fs';

/** The version in package.json: beside `src/` in a checkout, beside `dist/` in the image. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
