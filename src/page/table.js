import { h } from './dom.js';
import { showsIp } from './filter.js';
import { STATES, serviceText, spanText, timeText } from './words.js';

/**
 * @typedef {import('../app/cluster-picture.ts').PictureIp} PictureIp
 * @typedef {import('./filter.js').Filter} Filter
 * @typedef {{ ip: PictureIp, pool: string }} Listed
 */

/** So many IPs are listed until the visitor asks for all. */
const FIRST = 200;

/**
 * Who holds what, as rows.
 * @param {readonly Listed[]} listed
 * @param {Filter} filter
 * @param {boolean} all
 */
export function holderRows(listed, filter, all) {
  const shown = listed.filter(({ ip, pool }) => showsIp(filter, ip, pool));
  const rows = (all ? shown : shown.slice(0, FIRST)).flatMap(rowsOf);
  return { rows, matching: shown.length, hidden: all ? 0 : Math.max(0, shown.length - FIRST) };
}

/** One row for each holder. @param {Listed} listed @returns {readonly HTMLElement[]} */
function rowsOf({ ip, pool }) {
  return ip.holders.map((holder, i) =>
    h(
      'tr',
      { class: i === 0 ? '' : 'also' },
      h('td', { class: 'ip' }, h('button', { type: 'button', 'data-ip': ip.ip }, ip.ip)),
      h('td', {}, h('span', { class: `dot ${ip.state}`, 'aria-hidden': 'true' }), STATES[ip.state].label),
      h('td', { class: 'service' }, serviceText(holder)),
      h('td', {}, pool === '' ? 'none' : pool),
      sinceCell(holder.since),
    ),
  );
}

/** @param {number | undefined} since */
function sinceCell(since) {
  if (since === undefined) return h('td', { class: 'since', title: 'there is no claim' }, 'unknown');
  return h('td', { class: 'since', title: timeText(since) }, spanText(Date.now() - since));
}
