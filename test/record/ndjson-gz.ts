import { writeFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';
import type { JsonObject } from '../../src/review/json.ts';

/** Where RFC 1952 has the operating system; 255 is "unknown". (Node writes no time.) */
const OS_BYTE = 9;

/** One object a line, gzipped; the same lines give the same bytes on every machine. @returns the size in bytes */
export function writeNdjsonGz(file: string, lines: readonly JsonObject[]): number {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const bytes = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  bytes[OS_BYTE] = 255;
  writeFileSync(file, bytes);
  return bytes.length;
}
