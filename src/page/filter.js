import { STATES, serviceText } from './words.js';

/**
 * What the visitor wants to see.
 * @typedef {import('../app/cluster-picture.ts').PictureIp} PictureIp
 * @typedef {import('../app/decision-feed.ts').FeedEntry} FeedEntry
 * @typedef {object} Filter
 * @property {readonly string[]} words lower case; all must be found
 * @property {string} namespace empty: all
 * @property {ReadonlySet<string>} states empty: all
 */

/** @param {string} text @returns {readonly string[]} */
export function wordsOf(text) {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

/** @param {Filter} filter */
export function isActive({ words, namespace, states }) {
  return words.length > 0 || namespace !== '' || states.size > 0;
}

/** @param {Filter} filter @param {PictureIp} ip @param {string} pool */
export function showsIp({ words, namespace, states }, ip, pool) {
  if (states.size > 0 && !states.has(ip.state)) return false;
  if (namespace !== '' && !ip.holders.some((holder) => holder.namespace === namespace)) return false;
  if (words.length === 0) return true;
  const names = ip.holders.map(serviceText);
  const text = [ip.ip, STATES[ip.state].label, ip.sharingKey ?? '', pool, ...names].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

/** @param {Filter} filter @param {FeedEntry} entry */
export function showsDecision({ words, namespace }, entry) {
  const { holder = '', verdict, reason, message = '', oldIps, newIps, storedIps = [], writer } = entry;
  if (namespace !== '' && entry.namespace !== namespace && !holder.startsWith(`${namespace}/`)) return false;
  if (words.length === 0) return true;
  const ips = [...oldIps, ...newIps, ...storedIps];
  const text = [serviceText(entry), holder, verdict, reason, writer, message, ...ips].join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}
