import { h } from './dom.js';
import { toIp, toNumber } from './ipv4.js';
import { countText, STATES, serviceText } from './words.js';

/**
 * @typedef {import('../app/cluster-picture.ts').PictureIp} PictureIp
 * @typedef {import('../app/cluster-picture.ts').PictureGap} PictureGap
 * @typedef {import('../app/cluster-picture.ts').PictureRange} PictureRange
 */

/** Ranges up to this size are drawn IP by IP; of larger ones only what is taken. */
const DRAWN_WHOLE = 1024;
/** So many free IPs between taken ones are drawn, of a range of which only what is taken is. */
const SHORT_GAP = 4;
/** So many cells of one range are drawn; more would only slow the page down. */
const MOST_CELLS = 4096;

/** @param {PictureRange} range */
function isDrawnWhole({ family, size }) {
  return family === 'IPv4' && Number(size) <= DRAWN_WHOLE;
}

/**
 * The IPs of a range as cells.
 * @param {PictureRange} range
 * @param {{ avoidBuggyIps: boolean, columns: number }} how
 */
export function rangeCells(range, how) {
  return isDrawnWhole(range) ? wholeGrid(range, how) : collapsed(range);
}

/** Every IP in rows that begin at multiples of the number of columns, as in a subnet. @param {PictureRange} range @param {{ avoidBuggyIps: boolean, columns: number }} how */
function wholeGrid(range, { avoidBuggyIps, columns }) {
  const all = range.cells.flatMap((cell) => ('free' in cell ? freeCells(cell, avoidBuggyIps) : [occupiedCell(cell)]));
  const first = toNumber(firstIp(range));
  const start = first - (first % columns);
  const last = first + all.length - 1;
  const grid = h('div', { class: 'grid' });
  const labelled = Math.floor(first / 256) === Math.floor(last / 256) ? 1 : 2;
  for (let row = start; row <= last; row += columns) {
    const line = h(
      'div',
      { class: 'line' },
      h('span', { class: 'row', 'aria-hidden': 'true' }, rowLabel(row, labelled)),
    );
    for (let value = row; value < row + columns; value += 1) {
      line.append(all[value - first] ?? h('span', { class: 'cell outside' }));
    }
    grid.append(line);
  }
  return grid;
}

/** @param {number} value @param {number} octets how many of the last ones */
function rowLabel(value, octets) {
  return `.${toIp(value).split('.').slice(-octets).join('.')}`;
}

/** @param {PictureRange} range */
function firstIp({ cells }) {
  const [cell] = cells;
  if (cell === undefined) return '0.0.0.0';
  return 'free' in cell ? cell.first : cell.ip;
}

/** @param {PictureGap} gap @param {boolean} avoidBuggyIps */
function freeCells({ first, last }, avoidBuggyIps) {
  const [from, to] = [toNumber(first), toNumber(last)];
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const value = from + i;
    const avoided = avoidBuggyIps && (value % 256 === 0 || value % 256 === 255);
    const title = `${toIp(value)} ${avoided ? 'is never given out (avoidBuggyIPs)' : 'is free'}`;
    return h('span', { class: avoided ? 'cell avoided' : 'cell free', title });
  });
}

/** What is taken, with the gaps between written out; short ones are drawn. @param {PictureRange} range */
function collapsed({ cells }) {
  const run = h('div', { class: 'run' });
  for (const cell of cells.slice(0, MOST_CELLS)) {
    run.append(...('free' in cell ? gap(cell) : [occupiedCell(cell)]));
  }
  if (cells.length > MOST_CELLS) run.append(h('span', { class: 'gap' }, 'and more: see the table'));
  return run;
}

/** @param {PictureGap} free */
function gap({ free, first, last }) {
  const title = first === last ? `${first} is free` : `${first} to ${last}`;
  if (free.length > 1 || Number(free) > SHORT_GAP)
    return [h('span', { class: 'gap', title }, `${countText(free)} free`)];
  return Array.from({ length: Number(free) }, () => h('span', { class: 'cell free', title }));
}

/** @param {PictureIp} cell */
export function occupiedCell(cell) {
  const names = cell.holders.map(serviceText).join(', ');
  const label = `${cell.ip}, ${STATES[cell.state].label.toLowerCase()}, ${names}`;
  return h('button', {
    type: 'button',
    class: `cell ${cell.state}`,
    title: label,
    'aria-label': label,
    'data-ip': cell.ip,
    tabindex: -1,
  });
}
