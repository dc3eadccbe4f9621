/** A look at a process. */
export interface Sample {
  readonly seconds: number;
  readonly rssMib: number;
  readonly descriptors: number;
}

/** What memory may gain from the second to the last fifth: the garbage collector's own swing is about this much. */
const MAY_GROW = 1.15;

/**
 * Compares the median of the second fifth (by then the caches are warm) with that of the last.
 * @throws Error when there are fewer than ten samples: nothing could be said
 */
export function verdict(samples: readonly Sample[]): { readonly text: string; readonly isFlat: boolean } {
  if (samples.length < 10) throw new Error(`${samples.length} samples say nothing; run for longer`);
  const fifth = Math.floor(samples.length / 5);
  const [early, late] = [samples.slice(fifth, 2 * fifth), samples.slice(-fifth)];
  const rss = [early, late].map((some) => median(some.map(({ rssMib }) => rssMib)));
  const open = [early, late].map((some) => median(some.map(({ descriptors }) => descriptors)));
  const isFlat = (rss[1] ?? 0) <= (rss[0] ?? 0) * MAY_GROW && (open[1] ?? 0) <= (open[0] ?? 0) + 2;
  const text = `RSS ${rss.map((mib) => `${mib} MiB`).join(' → ')}, descriptors ${open.join(' → ')}: ${isFlat ? 'flat' : 'GROWS'}`;
  return { text, isFlat };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
