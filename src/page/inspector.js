import { h } from './dom.js';
import { STATES, serviceText, spanText, timeText } from './words.js';

/**
 * @typedef {import('../app/cluster-picture.ts').PictureIp} PictureIp
 * @typedef {import('../app/cluster-picture.ts').PictureHolder} PictureHolder
 */

/** Everything that is known of one IP. @param {PictureIp} ip @param {string} pool @returns {readonly HTMLElement[]} */
export function details(ip, pool) {
  const { label, meaning } = STATES[ip.state];
  return [
    h('p', { class: 'ip' }, ip.ip),
    h('p', {}, h('span', { class: `dot ${ip.state}`, 'aria-hidden': 'true' }), h('b', {}, label), `: ${meaning}.`),
    h('ul', {}, ...ip.holders.map(holderItem)),
    h('p', { class: 'hint' }, ...facts(ip, pool)),
  ];
}

/** @param {PictureIp} ip @param {string} pool @returns {readonly (Node | string)[]} */
function facts(ip, pool) {
  const where = pool === '' ? 'In no pool.' : `Pool ${pool}.`;
  const key = ip.sharingKey === undefined ? [] : [' Sharing key ', h('code', {}, ip.sharingKey), '.'];
  return ip.ip.includes(':')
    ? [where, ...key]
    : [where, ...key, ' ', h('code', {}, `kubectl get ipclaim ${ip.ip} -o yaml`)];
}

/** @param {PictureHolder} holder */
function holderItem(holder) {
  return h('li', {}, h('b', {}, serviceText(holder)), h('span', {}, whenText(holder)));
}

/** @param {PictureHolder} holder */
function whenText({ since, until, standing }) {
  const now = Date.now();
  const from =
    since === undefined
      ? 'no claim, so it is not known since when'
      : `since ${timeText(since)} (${spanText(now - since)})`;
  if (standing === 'reserved') return `reserved ${from}`;
  if (standing !== 'sticky') return from;
  return until === undefined ? `gone; ${from}` : `gone; ${from}; free for everybody in ${spanText(until - now)}`;
}
