import { wantsColour } from '../../config/terminal.ts';
import { writeYaml } from '../../yaml/write.ts';
import { type Style, styleOf } from './style.ts';

export type OutputFormat = 'table' | 'json' | 'yaml';

/** Where a command prints: a stream, as far as it matters. */
export interface Printer {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Prints a result: for scripts as it is, for people as `table` lays it out. */
export function print<T>(
  to: Printer,
  { format, result, table }: { readonly format: OutputFormat; readonly result: T; readonly table: Layout<T> },
): void {
  to.write(rendered(format, result, () => table(result, styleOf(wantsColour(to)))));
}

/** Lines for people. */
export type Layout<T> = (result: T, style: Style) => readonly string[];

function rendered(format: OutputFormat, result: unknown, lines: () => readonly string[]): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(result, undefined, 2)}\n`;
    case 'yaml':
      return writeYaml(result);
    case 'table':
      return `${lines().join('\n')}\n`;
  }
}
