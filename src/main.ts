#!/usr/bin/env node
import { insistOnNodeFlags } from './config/node-flags.ts';

if (process.argv[2] === 'serve') insistOnNodeFlags();
// Not before: what would be loaded until then is thrown away.
const { main } = await import('./cli/main.ts');
process.exit(await main(process.argv.slice(2)));
