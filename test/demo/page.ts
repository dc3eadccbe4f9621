import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

const WIDEST = 80;
/** What the widest table needs. */
const NARROWEST = 60;

/** A page of text for a terminal or a file: never wider than the terminal, nor than 80 columns. */
export class Page {
  readonly width: number;
  readonly #out: NodeJS.WriteStream;

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.width = Math.max(NARROWEST, Math.min(WIDEST, out.columns ?? WIDEST));
  }

  /** Colour where the output is a terminal that may have it (NO_COLOR, FORCE_COLOR). */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out });
  }

  line(text = ''): void {
    this.#out.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line();
    this.line(this.style('bold', text));
    this.line(this.style('dim', '─'.repeat(Math.min(this.width, text.length))));
  }

  /** Wrapped, with `indent` spaces before each line. */
  paragraph(text: string, { indent = 0, style }: { readonly indent?: number; readonly style?: Style } = {}): void {
    for (const line of wrap(text, this.width - indent)) {
      this.line(' '.repeat(indent) + (style === undefined ? line : this.style(style, line)));
    }
  }

  /** Columns of text under their heads, the first one in `style`; one paragraph a row where the page is too narrow. */
  columns(heads: readonly string[], rows: readonly (readonly string[])[], { style }: { readonly style: Style }): void {
    const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => (row[i] ?? '').length)));
    const fits = widths.reduce((sum, width) => sum + 2 + width, 0) <= this.width;
    if (!fits) {
      for (const row of rows) this.paragraph(row.join(' '), { indent: 2 });
      return;
    }
    const pad = (row: readonly string[]) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0));
    this.line(this.style('dim', `  ${pad(heads).join('  ')}`.trimEnd()));
    for (const [first = '', ...rest] of rows.map(pad)) {
      this.line(`  ${this.style(style, first)}  ${rest.join('  ')}`.trimEnd());
    }
  }

  /** Columns of figures, right-aligned, behind their names; `heads` are those of the figures. */
  table(heads: readonly string[], rows: readonly (readonly [name: string, ...figures: string[]])[]): void {
    const widths = heads.map((head, i) => 2 + Math.max(head.length, ...rows.map((row) => (row[i + 1] ?? '').length)));
    const names = Math.max(...rows.map(([name]) => name.length));
    const space = Math.min(names, this.width - widths.reduce((sum, width) => sum + width, 0));
    const cells = (texts: readonly string[]) => texts.map((text, i) => text.padStart(widths[i] ?? 0)).join('');
    this.line(this.style('bold', ' '.repeat(space) + cells(heads)));
    for (const [name, ...figures] of rows) {
      const lines = wrap(name, space);
      for (const line of lines.slice(0, -1)) this.line(line);
      this.line((lines.at(-1) ?? '').padEnd(space) + cells(figures));
    }
  }
}

/** Breaks at spaces; a word that is too long stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
