/** Moves between the taken IPs of a range with the arrow keys; Tab goes to the next range (roving tabindex). */

/** @param {HTMLElement} root holds the ranges */
export function moveWithArrows(root) {
  root.addEventListener('keydown', (event) => {
    const from = event.target;
    if (!(from instanceof HTMLButtonElement) || !from.classList.contains('cell')) return;
    const to = targetOf(event.key, from);
    if (to === undefined) return;
    event.preventDefault();
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
}

/** The first taken IP of each range takes part in the Tab order. @param {HTMLElement} root */
export function startAtFirst(root) {
  for (const range of root.querySelectorAll('.range')) {
    const first = range.querySelector('button.cell');
    if (first instanceof HTMLButtonElement) first.tabIndex = 0;
  }
}

/** @param {string} key @param {HTMLButtonElement} from @returns {HTMLButtonElement | undefined} */
function targetOf(key, from) {
  const range = from.closest('.range');
  const cells = range === null ? [] : [...range.querySelectorAll('button')];
  const at = cells.indexOf(from);
  switch (key) {
    case 'ArrowRight':
      return cells[at + 1];
    case 'ArrowLeft':
      return at > 0 ? cells[at - 1] : undefined;
    case 'Home':
      return cells[0];
    case 'End':
      return cells.at(-1);
    case 'ArrowDown':
      return nearest(from, cells.slice(at + 1), (top, own) => top > own);
    case 'ArrowUp':
      return nearest(from, cells.slice(0, Math.max(at, 0)).reverse(), (top, own) => top < own);
    default:
      return undefined;
  }
}

/**
 * The cell in the next row that has any, closest to the own column.
 * @param {HTMLButtonElement} from @param {readonly HTMLButtonElement[]} cells in the order of their distance
 * @param {(top: number, own: number) => boolean} isBeyond
 */
function nearest(from, cells, isBeyond) {
  const [own, column] = [from.offsetTop, from.offsetLeft];
  const row = cells.find((cell) => isBeyond(cell.offsetTop, own))?.offsetTop;
  const inRow = cells.filter((cell) => cell.offsetTop === row);
  return inRow.sort((a, b) => Math.abs(a.offsetLeft - column) - Math.abs(b.offsetLeft - column))[0];
}
