import { Decisions } from './decisions.js';
import { byId, h, say } from './dom.js';
import { isActive, showsIp, wordsOf } from './filter.js';
import { details } from './inspector.js';
import { moveWithArrows, startAtFirst } from './keyboard.js';
import { followDecisions, followState } from './live.js';
import { poolSections } from './pools.js';
import { holderRows } from './table.js';
import { countText, STATE_ORDER, STATES } from './words.js';

/**
 * @typedef {import('../app/cluster-picture.ts').ClusterPicture} ClusterPicture
 * @typedef {ClusterPicture & { version: string, mode: string, ready: boolean, waitingFor: readonly string[] }} PageState
 */

const POOLS = byId('pools');
const TEXT = /** @type {HTMLInputElement} */ (byId('text'));
const NAMESPACE = /** @type {HTMLSelectElement} */ (byId('namespace'));
const NARROW = matchMedia('(max-width: 700px)');

const decisions = new Decisions(byId('decisions'));
/** @type {PageState | undefined} */
let state;
/** @type {readonly import('./table.js').Listed[]} */
let listed = [];
let selected = '';
let showAll = false;
/** @type {Set<string>} */
const wantedStates = new Set();

/** @returns {import('./filter.js').Filter} */
function filter() {
  return { words: wordsOf(TEXT.value), namespace: NAMESPACE.value, states: wantedStates };
}

function drawPools() {
  if (state === undefined) return;
  const focused = document.activeElement?.closest('#pools [data-ip]')?.getAttribute('data-ip');
  POOLS.replaceChildren(...poolSections(state, NARROW.matches ? 16 : 32));
  startAtFirst(POOLS);
  if (focused) cellOf(focused)?.focus({ preventScroll: true });
}

/** @param {string} ip @returns {HTMLButtonElement | null} */
function cellOf(ip) {
  return POOLS.querySelector(`button[data-ip="${CSS.escape(ip)}"]`);
}

function drawHeader() {
  if (state === undefined) return;
  const { mode, ready, waitingFor, version } = state;
  say(byId('mode'), mode);
  say(byId('ready'), ready ? 'ready' : `not ready: waits for ${waitingFor.join('; ')}`);
  byId('ready').className = ready ? 'good' : 'bad';
  say(byId('version'), version);
}

function drawStates() {
  const counts = new Map(STATE_ORDER.map((name) => [name, 0]));
  for (const { ip } of listed) counts.set(ip.state, (counts.get(ip.state) ?? 0) + 1);
  const chips = STATE_ORDER.map((name) => {
    const pressed = wantedStates.has(name) ? 'true' : 'false';
    const attributes = { type: 'button', 'aria-pressed': pressed, 'data-state': name, title: STATES[name].meaning };
    const dot = h('span', { class: `dot ${name}`, 'aria-hidden': 'true' });
    return h('button', attributes, dot, `${STATES[name].label} `, h('b', {}, countText(counts.get(name) ?? 0)));
  });
  const focused = document.activeElement?.getAttribute('data-state');
  byId('states').replaceChildren(...chips);
  if (focused) chips.find((chip) => chip.dataset.state === focused)?.focus();
}

function drawNamespaces() {
  const held = listed.flatMap(({ ip }) => ip.holders.map(({ namespace }) => namespace));
  const names = [...new Set([...held, ...decisions.entries.map(({ namespace }) => namespace)])].filter(Boolean).sort();
  const known = [...NAMESPACE.options].slice(1).map(({ value }) => value);
  const chosen = NAMESPACE.value;
  if (chosen !== '' && !names.includes(chosen)) names.push(chosen);
  if (names.join() === known.join()) return;
  NAMESPACE.replaceChildren(
    h('option', { value: '' }, 'all'),
    ...names.map((name) => h('option', { value: name }, name)),
  );
  NAMESPACE.value = chosen;
}

/** Everything that depends on the filter: cells are dimmed, rows and decisions left out. */
function applyFilter() {
  const wanted = filter();
  const shown = new Set(listed.filter(({ ip, pool }) => showsIp(wanted, ip, pool)).map(({ ip }) => ip.ip));
  POOLS.classList.toggle('filtered', isActive(wanted));
  for (const cell of POOLS.querySelectorAll('button.cell')) {
    const ip = cell.getAttribute('data-ip') ?? '';
    cell.classList.toggle('match', shown.has(/** @type {any} */ (ip)));
    if (ip === selected) cell.setAttribute('aria-current', 'true');
    else cell.removeAttribute('aria-current');
  }
  const { rows, matching, hidden } = holderRows(listed, wanted, showAll);
  byId('holders').replaceChildren(...rows);
  say(
    byId('holders-count'),
    matching === listed.length ? countText(matching) : `${countText(matching)} of ${countText(listed.length)}`,
  );
  const more = h('button', { type: 'button' }, `Show ${countText(hidden)} more`);
  more.addEventListener('click', () => {
    showAll = true;
    applyFilter();
  });
  byId('holders-more').replaceChildren(...(hidden > 0 ? [more] : []));
  showDecisions();
}

function showDecisions() {
  const shown = decisions.show(filter());
  const all = decisions.entries.length;
  say(byId('decisions-count'), shown === all ? countText(all) : `${countText(shown)} of ${countText(all)}`);
}

function drawSelected() {
  const found = listed.find(({ ip }) => ip.ip === selected);
  if (found !== undefined) byId('selected').replaceChildren(...details(found.ip, found.pool));
  else if (selected !== '')
    byId('selected').replaceChildren(h('p', { class: 'ip' }, selected), h('p', {}, 'It is free now.'));
}

/** @param {string} ip */
function select(ip) {
  selected = ip;
  for (const cell of POOLS.querySelectorAll('[aria-current]')) cell.removeAttribute('aria-current');
  cellOf(ip)?.setAttribute('aria-current', 'true');
  drawSelected();
}

/** @param {PageState} next */
function show(next) {
  state = next;
  const inPools = next.pools.flatMap(({ name, ranges }) =>
    ranges.flatMap(({ cells }) => cells.flatMap((cell) => ('free' in cell ? [] : [{ ip: cell, pool: name }]))),
  );
  listed = [...inPools, ...next.outside.map((ip) => ({ ip, pool: '' }))];
  drawHeader();
  drawStates();
  drawNamespaces();
  drawPools();
  applyFilter();
  drawSelected();
}

TEXT.addEventListener('input', applyFilter);
NAMESPACE.addEventListener('change', applyFilter);
NARROW.addEventListener('change', () => {
  drawPools();
  applyFilter();
});
byId('states').addEventListener('click', (event) => {
  const name = event.target instanceof Element ? event.target.closest('button')?.dataset.state : undefined;
  if (name === undefined) return;
  if (!wantedStates.delete(name)) wantedStates.add(name);
  drawStates();
  applyFilter();
});
for (const type of ['click', 'focusin']) {
  document.querySelector('main')?.addEventListener(type, (event) => {
    const ip = event.target instanceof Element ? event.target.closest('button')?.dataset.ip : undefined;
    if (ip !== undefined && ip !== selected) select(ip);
  });
}
document.addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    TEXT.focus();
  } else if (event.key === 'Escape' && event.target === TEXT) {
    TEXT.value = '';
    applyFilter();
  }
});
moveWithArrows(POOLS);
setInterval(() => {
  if (state !== undefined) applyFilter();
  drawSelected();
}, 60_000);

const refresh = followState(show, (text) => {
  say(byId('link'), text);
  byId('link').className = text === 'live' ? 'good' : 'bad';
});
followDecisions((id, entry) => {
  if (!decisions.add(id, entry, filter())) return;
  drawNamespaces();
  say(byId('decisions-count'), countText(decisions.entries.length));
  refresh();
});
