import { insistOnNodeFlags } from '../config/node-flags.ts';

/** Loaded before everything else: a server starts anew with its flags of Node, and what was loaded until then was for nothing. */
export function startAnewIfServing(argv: readonly string[]): void {
  if (argv[0] === 'serve') insistOnNodeFlags();
}
