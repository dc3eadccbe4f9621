import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { metallbVersions } from '../control-plane/versions.ts';
import { LIVE_SCENARIOS } from './scenarios/all.ts';
import { Scene } from './scenarios/scene.ts';
import { Site } from './scenarios/site.ts';

/** `LIVE=7,8 METALLB=0.16.1` plays only these. */
const only = (name: string) => process.env[name]?.split(',');

/** The rows of docs/scenarios.md on real clusters: a MetalLB of each version, the real API server, holdfast in `repair`. */
describe('scenarios on real clusters', { concurrency: 2 }, () => {
  const green = new Map<string, number>();
  after(() =>
    console.log(`\n${[...green].map(([version, count]) => `MetalLB ${version}: ${count} scenarios`).join('\n')}\n`),
  );

  for (const version of metallbVersions.filter((one) => only('METALLB')?.includes(one) ?? true)) {
    test(`MetalLB ${version}`, async (context) => {
      const site = await Site.open(version);
      try {
        for (const { number, on, pools, play } of LIVE_SCENARIOS) {
          if (!on.includes(version) || only('LIVE')?.includes(String(number)) === false) continue;
          await context.test(`S${String(number).padStart(2, '0')}`, async () => {
            await play(await Scene.begin(site, pools));
            green.set(version, (green.get(version) ?? 0) + 1);
          });
        }
      } finally {
        await site.close();
      }
      assert.ok((green.get(version) ?? 0) > 0);
    });
  }
});
