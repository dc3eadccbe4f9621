#!/usr/bin/env node
import { startAnewIfServing } from './cli/start-anew.ts';

startAnewIfServing(process.argv.slice(2));
const { main } = await import('./cli/main.ts');
process.exit(await main(process.argv.slice(2)));
