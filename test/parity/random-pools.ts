import type { Pool } from '../control-plane/metallb-pools.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import type { Random } from './random.ts';

export interface PoolSetting {
  readonly layout: number;
  readonly namespaces: readonly string[];
  readonly version: MetallbVersion;
}

/** Two to four small pools in blocks of this layout: pool `l7p1` lies in 10.7.1.0/24 and fd00:7:1::/64. */
export function randomPools(random: Random, setting: PoolSetting): readonly Pool[] {
  const count = 2 + random.below(3);
  // Pools of equal rank are chosen by chance, which blurs all that follows: few layouts have them.
  const ties = random.chance(20);
  return Array.from({ length: count }, (_, number) => {
    const allocation = number === 0 || ties ? undefined : randomAllocation(random, setting, number);
    return {
      name: `l${setting.layout}p${number}`,
      addresses: randomAddresses(random, setting.layout, number),
      autoAssign: number === 0 || random.chance(80),
      avoidBuggyIPs: random.chance(25),
      ...(allocation && { serviceAllocation: allocation }),
    };
  });
}

function randomAddresses(random: Random, layout: number, number: number): readonly string[] {
  const v4 = `10.${layout % 250}.${number}`;
  const v6 = `fd00:${layout % 250}:${number}:`;
  const four = random.pick([
    [`${v4}.0/30`],
    [`${v4}.0-${v4}.4`],
    [`${v4}.16/31`, `${v4}.8/31`],
    [`${v4}.253-${v4}.255`],
  ]);
  const six = random.pick([[`${v6}:/126`], [`${v6}:5-${v6}:8`], []]);
  return random.chance(20) && six.length > 0 ? [...six, ...four] : [...four, ...six];
}

export function randomAllocation(random: Random, { layout, namespaces, version }: PoolSetting, number: number) {
  const priority = random.pick([number, 10 * number]);
  const bareIsUsed = version === '0.15.3' || version === '0.16.1';
  const shapes: readonly Readonly<Record<string, unknown>>[] = [
    { priority, namespaces: [random.pick(namespaces)] },
    { priority, namespaceSelectors: [{ matchLabels: { [`team-${layout}`]: random.pick(['red', 'blue', 'green']) } }] },
    { priority, serviceSelectors: [{ matchLabels: { tier: random.pick(['a', 'b']) } }] },
    { priority, namespaces: [random.pick(namespaces)], serviceSelectors: [{ matchLabels: { tier: 'a' } }] },
    // Before 0.15 nobody ever got a pool with nothing but a priority.
    ...(bareIsUsed ? [{ priority }] : []),
  ];
  return random.pick(shapes);
}
