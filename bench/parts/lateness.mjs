// Plays one event per millisecond (short notes, so every other event is an off) and MIDI clock into the null driver.
import { setInterval } from 'node:timers';
import { sleep } from '../tools.mjs';
import { figures, openClock, openNull, realtimeCpuMs, startEngine } from './engine.mjs';
import { begin } from './loads.mjs';

const { seconds, priority, load } = JSON.parse(process.argv[2]);
const WARM_UP_MS = 2000;
/** So long that even a main thread which gets no turn on a crowded machine answers in time: what is measured is the worker. */
const LOOKAHEAD_MS = 1000;

setInterval(() => undefined, 1000); // the worker alone does not keep a process alive
const { engine, granted, priority: level, waiter } = await startEngine({ priority });
const warm = await openNull(engine, 'warm');
const measured = await openNull(engine, 'measured');
let target = warm.output;
const transport = openClock(engine, 'clock', LOOKAHEAD_MS, ({ clock, epoch, from, to, replay }) => {
  target.lease(transport);
  const origin = { source: 'stream', enteredMs: engine.now() };
  const event = { type: 'note', channel: 1, note: 60, velocity: 100, durationTicks: 2 };
  for (let tick = Math.ceil(from / 4) * 4; tick < to; tick += 4) {
    const at = { clock, epoch, tick, source: 'stream', ordinal: 0, replay };
    target.send({ ...event, note: 36 + ((tick / 4) % 48) }, at, origin);
  }
});
transport.start();
const unload = begin(load);
await sleep(WARM_UP_MS);

target = measured.output;
await sleep(LOOKAHEAD_MS + 200);
warm.close();
const from = { atMs: engine.now(), cpuMs: realtimeCpuMs(), ...figures(engine, 'measured').counters };
await sleep(seconds * 1000);
const { latency, counters } = figures(engine, 'measured');
const lengthMs = engine.now() - from.atMs;
const cpuShare = (realtimeCpuMs() - from.cpuMs) / lengthMs;
unload();
console.log(
  JSON.stringify({
    granted,
    priority: level,
    waiter,
    cpuShare,
    histogram: engine.histogramOf('measured'),
    ...latency.lateness,
    clock: latency.clockLateness,
    clocks: counters.clocks - from.clocks,
    clocksExpected: (lengthMs / 60_000) * 125 * 24,
    sent: counters.sent - from.sent - (counters.clocks - from.clocks),
    sentExpected: lengthMs,
    dropped: counters.droppedFull + counters.droppedLate + counters.droppedStale,
    playedLate: counters.playedLate,
    clocksSkipped: counters.clocksSkipped
  })
);
await engine.dispose();
process.exit(0);
