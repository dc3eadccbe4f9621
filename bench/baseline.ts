import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Figure, keeps, type Limit, limitText, numberText } from './figures.ts';

const FILE = fileURLToPath(new URL('baseline.json', import.meta.url));

/**
 * Holds figures against `baseline.json`: ratios with generous margins, because a shared machine is slow in its own ways.
 * @returns one line for each clear loss
 */
export function losses(figures: readonly Figure[]): readonly string[] {
  const limits = JSON.parse(readFileSync(FILE, 'utf8')) as Readonly<Record<string, Limit>>;
  return figures.flatMap(({ id, value, unit, what }) => {
    const limit = limits[id];
    if (limit === undefined || keeps(value, limit)) return [];
    return [`${id} (${what}) is ${numberText(value)} ${unit}, must be ${limitText(limit)} (bench/baseline.json)`];
  });
}
