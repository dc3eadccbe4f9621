import { cpSync } from 'node:fs';

// The page is plain files: tsc does not know them.
cpSync(new URL('../src/page/', import.meta.url), new URL('../dist/page/', import.meta.url), { recursive: true });
