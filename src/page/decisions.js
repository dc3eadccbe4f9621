import { h } from './dom.js';
import { showsDecision } from './filter.js';
import { clockText, serviceText, timeText } from './words.js';

/**
 * @typedef {import('../app/decision-feed.ts').FeedEntry} FeedEntry
 * @typedef {import('./filter.js').Filter} Filter
 * @typedef {{ readonly id: string, readonly entry: FeedEntry }} Kept
 */

/** As many as holdfast itself keeps. */
const MOST = 200;

/** The last decisions, newest first. */
export class Decisions {
  /** @type {Kept[]} */
  #kept = [];
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /** @returns {readonly FeedEntry[]} */
  get entries() {
    return this.#kept.map(({ entry }) => entry);
  }

  /** After a connection was lost some may come again. @param {string} id @param {FeedEntry} entry @param {Filter} filter */
  add(id, entry, filter) {
    if (this.#kept.some((one) => one.id === id)) return false;
    this.#kept.unshift({ id, entry });
    this.#kept.length = Math.min(this.#kept.length, MOST);
    if (showsDecision(filter, entry)) this.#list.prepend(item(entry));
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild?.remove();
    return true;
  }

  /** @param {Filter} filter @returns {number} how many are shown */
  show(filter) {
    const shown = this.entries.filter((entry) => showsDecision(filter, entry));
    this.#list.replaceChildren(...shown.map(item));
    return shown.length;
  }
}

/** @param {FeedEntry} entry */
function item(entry) {
  const { at, verdict, reason, dryRun, message } = entry;
  const iso = new Date(at).toISOString();
  const head = h(
    'p',
    { class: 'head' },
    h('time', { datetime: iso, title: timeText(at) }, clockText(at)),
    h('b', { class: 'verdict' }, verdict),
    h('code', {}, reason),
    ...(dryRun ? [h('span', { class: 'tag' }, 'dry run')] : []),
  );
  const body = h(
    'p',
    { class: 'body' },
    h('span', { class: 'service' }, subject(entry)),
    ' ',
    h('span', { class: 'ips' }, flow(entry)),
  );
  const told = message === undefined ? [] : [h('details', {}, h('summary', {}, by(entry)), h('p', {}, message))];
  return h('li', { class: verdict.replace(' ', '-') }, head, body, ...told);
}

/** @param {FeedEntry} entry */
function subject(entry) {
  return entry.kind === 'Service' ? serviceText(entry) : `${entry.kind} ${entry.name}`;
}

/** @param {FeedEntry} entry */
function by(entry) {
  const { writer, holder } = entry;
  return holder === undefined || holder === subject(entry)
    ? `written by ${writer}`
    : `written by ${writer}; ${holder} holds the IP`;
}

/**
 * From the IPs that were, to those that were asked for, to those that are stored; what stays the same is left out.
 * @param {FeedEntry} entry
 */
function flow({ oldIps, newIps, storedIps }) {
  const steps = [oldIps, newIps, ...(storedIps === undefined ? [] : [storedIps])];
  const staying = oldIps.filter((ip) => steps.every((ips) => ips.includes(ip)));
  const texts = steps.map((ips) => ips.filter((ip) => !staying.includes(ip)).join(', ') || 'none');
  const changing = texts.filter((text, i) => i === 0 || text !== texts[i - 1]);
  return changing.length > 1 ? changing.join(' → ') : staying.join(', ');
}
