import { occupiedCell, rangeCells } from './cells.js';
import { h } from './dom.js';
import { countText, STATE_ORDER, STATES } from './words.js';

/**
 * @typedef {import('../app/cluster-picture.ts').ClusterPicture} ClusterPicture
 * @typedef {import('../app/cluster-picture.ts').PicturePool} PicturePool
 * @typedef {import('../app/cluster-picture.ts').PictureUse} PictureUse
 */

/**
 * All pools, and what lies in none.
 * @param {ClusterPicture} picture
 * @param {number} columns cells in a row
 * @returns {readonly HTMLElement[]}
 */
export function poolSections({ pools, poolsKnown, outside }, columns) {
  const sections = pools.map((pool) => poolSection(pool, columns));
  const rest = outside.length === 0 ? [] : [outsideSection(outside, pools.length > 0)];
  const hint = 'Create an IPAddressPool, and it is drawn here.';
  const why = poolsKnown
    ? `There is no pool yet. ${hint}`
    : 'No IPAddressPool can be read here (MetalLB 0.12 has none).';
  return pools.length === 0 ? [h('p', { class: 'hint' }, why), ...rest] : [...sections, ...rest];
}

/** @param {PicturePool} pool @param {number} columns */
function poolSection(pool, columns) {
  const tags = [
    ...(pool.autoAssign ? [] : ['on request only']),
    ...(pool.avoidBuggyIps ? ['without .0 and .255'] : []),
  ].map((text) => h('span', { class: 'tag' }, text));
  const id = `pool-${pool.name}`;
  return h(
    'section',
    { class: 'pool', 'aria-labelledby': id },
    h('h2', { id }, `${pool.name} `, ...tags),
    ...pool.use.map(useLine),
    ...pool.ranges.map((range) =>
      h(
        'div',
        { class: 'range', role: 'group', 'aria-label': `IPs of ${range.text}; arrow keys move between taken ones` },
        h('h3', {}, h('code', {}, range.text), ` ${countText(range.size)} ${range.size === '1' ? 'IP' : 'IPs'}`),
        rangeCells(range, { avoidBuggyIps: pool.avoidBuggyIps, columns }),
      ),
    ),
  );
}

/** How much of a family is in use: a bar, and the same in figures. @param {PictureUse} use */
function useLine({ family, size, free, states }) {
  const bar = h('div', { class: 'bar', 'aria-hidden': 'true' });
  for (const state of STATE_ORDER) {
    if (states[state] === 0) continue;
    const part = h('span', { class: state });
    part.style.flexGrow = String(share(states[state], size));
    bar.append(part);
  }
  const rest = h('span', { class: 'rest' });
  rest.style.flexGrow = String(share(Number(free), size));
  bar.append(rest);
  const figures = STATE_ORDER.filter((state) => states[state] > 0).map(
    (state) => `${countText(states[state])} ${STATES[state].label.toLowerCase()}`,
  );
  const text = [...figures, `${countText(free)} free of ${countText(size)}`].join(' · ');
  return h('div', { class: 'use' }, h('span', { class: 'family' }, family), bar, h('p', {}, text));
}

/** At least so much that it is seen. @param {number} part @param {string} whole */
function share(part, whole) {
  return part === 0 ? 0 : Math.max(part / Number(whole), 0.004);
}

/** @param {ClusterPicture['outside']} ips @param {boolean} hasPools */
function outsideSection(ips, hasPools) {
  const title = hasPools ? 'In no pool' : 'All IPs';
  const run = h('div', { class: 'run' }, ...ips.map(occupiedCell));
  return h(
    'section',
    { class: 'pool', 'aria-labelledby': 'pool-none' },
    h('h2', { id: 'pool-none' }, `${title} `, ...(hasPools ? [h('span', { class: 'tag' }, 'not guarded')] : [])),
    h('div', { class: 'range', role: 'group', 'aria-label': title }, run),
  );
}
