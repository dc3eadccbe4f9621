/**
 * Preloaded into a replica (`node --import`): each SIGUSR2 moves its wall clock to the next of the offsets in
 * `CHAOS_CLOCK_OFFSETS_MS` (comma-separated; the last one stays). The monotonic clock goes on, as when NTP steps the time.
 */
const offsets = (process.env.CHAOS_CLOCK_OFFSETS_MS ?? '').split(',').map(Number);
const realNow = Date.now;
const RealDate = Date;
let offset = 0;

process.on('SIGUSR2', () => {
  offset = offsets.shift() ?? offset;
});

Date.now = () => realNow() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [realNow() + offset] : args, newTarget),
});
