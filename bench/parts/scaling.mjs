// A stream of notes on a number of ports, so many a millisecond on each, beside events that wait for a later time.
import { setInterval } from 'node:timers';
import { sleep } from '../tools.mjs';
import { figures, openClock, openNull, realtimeCpuMs, startEngine, TICKS_PER_MS } from './engine.mjs';

const { pending, ports, stepMs, seconds } = JSON.parse(process.argv[2]);
const WARM_UP_MS = 1500;
const LOOKAHEAD_MS = 150;
/** Far from all that is measured. */
const FAR_TICKS = 1e7;
/** So much at a time is queued, so that the ring never overflows. */
const PORTION = 500;

setInterval(() => undefined, 1000);
// Twice what is due within the lookahead, for the notes and their ends.
const room = Math.ceil((4 * LOOKAHEAD_MS) / stepMs) + 1000;
const { engine, granted, priority } = await startEngine({ maxPendingEvents: pending + room });
const open = async (name) =>
  (await Promise.all(Array.from({ length: ports }, (_, port) => openNull(engine, `${name}${port}`)))).map(
    (opened, port) => ({ ...opened, id: `${name}${port}` })
  );
const warm = await open('warm');
const measured = await open('measured');
let targets = warm;
let epochNow;
const stepTicks = stepMs * TICKS_PER_MS;
const transport = openClock(engine, 'clock', LOOKAHEAD_MS, ({ clock, epoch, from, to, replay }) => {
  epochNow = epoch;
  const origin = { source: 'stream', enteredMs: engine.now() };
  for (const { output } of targets) output.lease(transport);
  for (let step = Math.ceil(from / stepTicks - 1e-9); step * stepTicks < to - 1e-9; step++) {
    const event = {
      type: 'note',
      channel: 1,
      note: 36 + (step % 64),
      velocity: 100,
      durationTicks: stepTicks * 1.5
    };
    const at = { clock, epoch, tick: step * stepTicks, source: 'stream', ordinal: 0, replay };
    for (const { output } of targets) output.send(event, at, origin);
  }
});
transport.start();
await sleep(300);
// The same in the port that warms up, so that the code is compiled for what will be measured.
for (const { output } of [...warm, ...measured]) await fill(output, Math.ceil(pending / ports));
await sleep(WARM_UP_MS);
targets = measured;
await sleep(2 * LOOKAHEAD_MS);
for (const { close } of warm) close();
const counters = () => measured.map(({ id }) => figures(engine, id).counters);
const from = { atMs: engine.now(), cpuMs: realtimeCpuMs(), sent: sum(counters(), 'sent') };
const loop = performance.eventLoopUtilization();
await sleep(seconds * 1000);
const lengthMs = engine.now() - from.atMs;
const { active } = performance.eventLoopUtilization(loop);
const reports = measured.map(({ id }) => figures(engine, id));
const worst = (key) => Math.max(...reports.map(({ latency }) => latency.lateness[key]));
const all = counters();
console.log(
  JSON.stringify({
    granted,
    priority,
    p50Ms: worst('p50Ms'),
    p99Ms: worst('p99Ms'),
    p999Ms: worst('p999Ms'),
    maxMs: worst('maxMs'),
    count: reports.reduce((total, { latency }) => total + latency.lateness.count, 0),
    waiting: sum(all, 'pending'),
    sentPerS: ((sum(all, 'sent') - from.sent) / lengthMs) * 1000,
    expectedPerS: (ports * 2 * 1000) / stepMs,
    late: sum(all, 'playedLate'),
    dropped: sum(all, 'droppedFull') + sum(all, 'droppedLate') + sum(all, 'droppedStale'),
    workerPercent: (100 * (realtimeCpuMs() - from.cpuMs)) / lengthMs,
    mainPercent: (100 * active) / lengthMs
  })
);
process.exit(0);

async function fill(output, count) {
  const origin = { source: 'filler', enteredMs: engine.now() };
  for (let at = 0; at < count; at++) {
    const event = { type: 'note', channel: 2, note: at % 128, velocity: 1, durationTicks: 1 };
    // Scattered, so that the heap has something to do.
    const tick = FAR_TICKS + ((at * 7919) % count);
    output.send(
      event,
      { clock: 'clock', epoch: epochNow, tick, source: 'filler', ordinal: at, replay: false },
      origin
    );
    if (at % PORTION === PORTION - 1) await sleep(2);
  }
}

function sum(of, key) {
  return of.reduce((total, one) => total + one[key], 0);
}
