import { type Script, targetOf } from './script.ts';

/** True when the script still shows what it is to show. */
export type Shows = (script: Script) => Promise<boolean>;

/**
 * Makes a script smaller as long as it still shows its failure: without the edits after it, without a Service, without a
 * pool, without single edits. Stops at `untilMs` (epoch ms) with the smallest so far.
 */
export async function shrink(script: Script, shows: Shows, untilMs = Number.POSITIVE_INFINITY): Promise<Script> {
  let smallest = script;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const candidate of candidates(smallest)) {
      if (Date.now() > untilMs) return smallest;
      if (!(await shows(candidate))) continue;
      smallest = candidate;
      smaller = true;
      break;
    }
  }
  return smallest;
}

/** Big steps first. */
function* candidates(script: Script): Generator<Script> {
  const { edits, pools } = script;
  for (let kept = Math.ceil(edits.length / 2); kept < edits.length; kept = Math.ceil((kept + edits.length) / 2)) {
    if (kept < edits.length) yield { ...script, edits: edits.slice(0, kept) };
    if (kept === edits.length - 1) break;
  }
  const services = new Set(edits.flatMap((edit) => targetOf(edit) ?? []));
  if (services.size > 1) {
    for (const name of services) yield { ...script, edits: edits.filter((edit) => targetOf(edit) !== name) };
  }
  for (const { name } of pools.length > 1 ? pools : []) {
    const isOther = (edit: Script['edits'][number]) =>
      (edit.kind !== 'pool' && edit.kind !== 'rename-pool') || !edit.name.startsWith(name);
    yield { ...script, pools: pools.filter((pool) => pool.name !== name), edits: edits.filter(isOther) };
  }
  for (let i = edits.length - 1; i >= 0; i -= 1) yield { ...script, edits: edits.filter((_, k) => k !== i) };
}
