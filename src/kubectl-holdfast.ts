#!/usr/bin/env node
/** The same as `holdfast`, under the name by which kubectl finds it: `kubectl holdfast check`. */
import { main } from './cli/main.ts';

process.exit(await main(process.argv.slice(2), 'kubectl holdfast'));
