import { readdirSync, readFileSync } from 'node:fs';

/**
 * Seconds of CPU that a process has used, all its threads together, to the nanosecond. Unlike the time on the clock it
 * hardly depends on what else the machine does. NaN where the system does not tell (Linux only).
 */
export function cpuSeconds(pid: number): number {
  try {
    const folder = `/proc/${pid}/task`;
    const times = readdirSync(folder).map(
      (task) => readFileSync(`${folder}/${task}/schedstat`, 'utf8').split(' ', 1)[0],
    );
    return times.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1e9;
  } catch {
    return Number.NaN;
  }
}
