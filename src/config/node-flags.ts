/** MB, of one of the two halves of V8's young generation; V8's own choice on a machine of today is 32. */
const SEMI_SPACE_MB = 8;
const FLAG = '--max-semi-space-size';

/** What `serve` gives to Node; the bench gives it to every Node server that it measures. */
export const NODE_FLAGS: readonly string[] = [`${FLAG}=${SEMI_SPACE_MB}`];

/**
 * Starts this very program anew, in the same process, with the flags of Node that `serve` wants, unless they were given:
 * V8 sizes its young generation before the first line of a program runs. With its own choice a replica keeps much
 * more for garbage, and a review takes more CPU time, because nothing stays in the processor's caches. Returns when there is
 * nothing to do, or on a system that cannot (Windows).
 */
export function insistOnNodeFlags(): void {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ''];
  if (process.execve === undefined || given.some((option) => option.replaceAll('_', '-').includes(FLAG))) return;
  const flags = [...process.execArgv, ...NODE_FLAGS];
  process.execve(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)]);
}
