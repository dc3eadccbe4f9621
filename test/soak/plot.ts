import { linePlot } from '../../bench/plots/svg.ts';
import type { Sample } from './samples.ts';

const EVERY_MINUTES = [1, 2, 5, 10, 30, 60, 120];
const MOST_TICKS = 8;

/** Memory and descriptors over the time of a soak, as SVG. @param rate reviews a second */
export function soakPlot(samples: readonly Sample[], rate: number): string {
  const minutes = (samples.at(-1)?.seconds ?? 0) / 60;
  const step = EVERY_MINUTES.find((one) => minutes / one <= MOST_TICKS) ?? minutes;
  const line = (name: string, value: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample) => [sample.seconds / 60, value(sample)] as const),
  });
  return linePlot([line('resident MiB', ({ rssMib }) => rssMib), line('descriptors', (sample) => sample.descriptors)], {
    title: `A replica at ${rate} reviews a second`,
    xLabel: 'minutes',
    yLabel: 'MiB, or how many',
    ticks: Array.from({ length: Math.floor(minutes / step) + 1 }, (_, i) => i * step),
  });
}
