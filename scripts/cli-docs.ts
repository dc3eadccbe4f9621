/** Writes docs/cli.md. */
import { writeFileSync } from 'node:fs';
import { commandReference } from '../src/cli/reference.ts';

writeFileSync(new URL('../docs/cli.md', import.meta.url), commandReference());
