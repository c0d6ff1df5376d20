// How long the main thread may be away until the first event comes too late, for a lookahead and a number of hops: away
// once, or away in every turn of its loop, where each hop of a flow costs one more absence.
import { setInterval } from 'node:timers';
import { sleep } from '../tools.mjs';
import { figures, openClock, openNull, startEngine } from './engine.mjs';

const { lookaheadMs, hops, everyTurn, steps } = JSON.parse(process.argv[2]);
const STEP_TICKS = 10;

setInterval(() => undefined, 1000);
const { engine, granted, priority } = await startEngine();
const { output } = await openNull(engine, 'null');

function pass(span, hopsLeft) {
  if (hopsLeft > 0) return setImmediate(() => pass(span, hopsLeft - 1));
  const { clock, epoch, from, to, replay } = span;
  output.lease(transport);
  const origin = { source: 'stall', enteredMs: engine.now() };
  for (let tick = Math.ceil(from / STEP_TICKS) * STEP_TICKS; tick < to; tick += STEP_TICKS) {
    const event = { type: 'note', channel: 1, note: 36 + (tick % 64), velocity: 100, durationTicks: 5 };
    output.send(event, { clock, epoch, tick, source: 'stall', ordinal: 0, replay }, origin);
  }
}
const transport = openClock(engine, 'clock', lookaheadMs, (span) => pass(span, hops));
transport.start();
await sleep(1000);

/** Events that came late, or not at all, because the main thread was away so long. */
async function lostBy(stallMs) {
  await sleep(lookaheadMs + 100);
  const before = lost();
  const untilMs = performance.now() + (everyTurn ? Math.max(500, 4 * (hops + 1) * stallMs) : 0);
  do {
    const backMs = performance.now() + stallMs;
    while (performance.now() < backMs);
    await new Promise((resolve) => setImmediate(resolve));
  } while (performance.now() < untilMs);
  await sleep(lookaheadMs + 100);
  return lost() - before;
}

function lost() {
  const { counters } = figures(engine, 'null');
  return counters.playedLate + counters.droppedLate + counters.droppedStale + counters.droppedFull;
}

let safeMs = 0;
let lossMs = 1.5 * lookaheadMs;
for (let step = 0; step < steps; step++) {
  const stallMs = (safeMs + lossMs) / 2;
  // What disturbs the machine disturbs it once: a loss is one that comes again.
  const isLost = (await lostBy(stallMs)) > 0 && (await lostBy(stallMs)) > 0;
  if (isLost) lossMs = stallMs;
  else safeMs = stallMs;
}
console.log(JSON.stringify({ granted, priority, safeMs, lossMs }));
process.exit(0);
