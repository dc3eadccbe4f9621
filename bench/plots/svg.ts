import type { Series } from '../figures.ts';

/** How a plot reads. */
export interface PlotText {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Where a linear x axis from 0 has its numbers; without them it is logarithmic, and each x has one. */
  readonly ticks?: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 360;
const LEFT = 76;
const RIGHT = 190;
const TOP = 48;
const BOTTOM = 52;
const TICKS = 4;
/** More of them would be a thick line. */
const MOST_DOTS = 40;
/** Told apart by colour-blind readers as well, and clear on white and on dark grey. */
const COLOURS = ['#2f81f7', '#d29922', '#3fb950', '#db61a2', '#8b949e'];

/** Lines over an x axis; y begins at 0. The text takes the reader's colour scheme. */
export function linePlot(series: readonly Series[], text: PlotText): string {
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((one, other) => one - other);
  const top = niceCeiling(Math.max(...series.flatMap(({ points }) => points.map(([, y]) => y))));
  const [low = 1, high = 10] = [xs[0], xs.at(-1)];
  const span = Math.log(high / low) || 1;
  const share = (x: number) => (text.ticks === undefined ? Math.log(x / low) / span : x / high);
  const place = {
    x: (x: number) => LEFT + share(x) * (WIDTH - LEFT - RIGHT),
    y: (y: number) => HEIGHT - BOTTOM - (y / top) * (HEIGHT - TOP - BOTTOM),
  };
  const drawn = series.map((one, i) => line(one, COLOURS[i % COLOURS.length] ?? 'gray', { ...place, row: i }));
  return page(text, [...xAxis(text.ticks ?? xs, place.x), ...yAxis(top, place.y), ...drawn]);
}

interface Place {
  readonly x: (x: number) => number;
  readonly y: (y: number) => number;
  /** Of the legend. */
  readonly row: number;
}

function line({ name, points }: Series, colour: string, { x, y, row }: Place): string {
  const at = points.map(([px, py]) => `${round(x(px))},${round(y(py))}`);
  const dots = (points.length > MOST_DOTS ? [] : at).map((point) => {
    const [cx, cy] = point.split(',');
    return `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${colour}"/>`;
  });
  const [legendX, legendY] = [WIDTH - RIGHT + 16, TOP + 8 + row * 22];
  return [
    `<polyline points="${at.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    `<rect x="${legendX}" y="${legendY - 9}" width="12" height="12" rx="2" fill="${colour}"/>`,
    `<text x="${legendX + 18}" y="${legendY + 2}">${xml(name)}</text>`,
  ].join('\n');
}

function xAxis(xs: readonly number[], x: (value: number) => number): readonly string[] {
  const y = HEIGHT - BOTTOM + 20;
  return xs.map(
    (value) => `<text x="${round(x(value))}" y="${y}" text-anchor="middle">${value.toLocaleString('en-US')}</text>`,
  );
}

function yAxis(top: number, y: (value: number) => number): readonly string[] {
  return Array.from({ length: TICKS + 1 }, (_, i) => (top * i) / TICKS).map((value) => {
    const at = round(y(value));
    const text = `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end">${Number(value.toPrecision(3)).toLocaleString('en-US')}</text>`;
    return `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>\n${text}`;
  });
}

function page({ title, xLabel, yLabel }: PlotText, content: readonly string[]): string {
  const middle = round((TOP + HEIGHT - BOTTOM) / 2);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${xml(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #57606a; } .title { font-size: 15px; font-weight: 600; }
.grid { stroke: #8b949e; stroke-opacity: 0.35; }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9; } }
</style>
<text class="title" x="${LEFT}" y="26">${xml(title)}</text>
<text x="${round((LEFT + WIDTH - RIGHT) / 2)}" y="${HEIGHT - 10}" text-anchor="middle">${xml(xLabel)}</text>
<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle">${xml(yLabel)}</text>
${content.join('\n')}
</svg>
`;
}

/** The next of 1, 2, 4, 5 or 10 times a power of ten. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 4, 5, 10].find((step) => value <= step * power) ?? 10);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
