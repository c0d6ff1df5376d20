// A chain like that of a flow: each span goes through four turns of the main loop before its notes are queued, while
// the main thread is blocked 40 ms of every 60.
import { setInterval } from 'node:timers';
import { dist, sleep } from '../tools.mjs';
import { blockMain } from './block.mjs';
import { figures, openClock, openNull, startEngine, TICKS_PER_MS } from './engine.mjs';

const { Player } = dist('pattern/player.js');
const { patternFromNotation } = dist('music/notation/index.js');
const { Performance } = dist('music/player/performance.js');
const { PLAIN } = dist('music/player/settings.js');

const { seconds, blocked, hops, lookaheadMs, notation, notesPerStep, stepTicks } = JSON.parse(
  process.argv[2]
);

setInterval(() => undefined, 1000);
const { engine, granted, priority, waiter } = await startEngine();
const { output } = await openNull(engine, 'null');
const player = new Player('pattern', new Map());
player.performance = new Performance({ patterns: [patternFromNotation(notation)], settings: PLAIN });
/** Run tick up to which the pattern was asked for its notes. */
let reached = 0;
let isOver = false;

function pass(span, hopsLeft) {
  if (hopsLeft > 0) return setImmediate(() => pass(span, hopsLeft - 1));
  output.lease(transport);
  if (isOver) return;
  reached = Math.max(reached, span.to);
  for (const { payload, at } of player.answer(span)) {
    output.send(payload, at, { source: 'pattern', enteredMs: engine.now() });
  }
}
const transport = openClock(engine, 'clock', lookaheadMs, (span) => pass(span, hops));
await sleep(300);
const unblock = blocked ? blockMain(40, 60) : undefined;
transport.start();
await sleep(seconds * 1000);
unblock?.();
// What was announced so far sounds, and no more.
isOver = true;
const playedTicks = seconds * 1000 * TICKS_PER_MS;
await sleep(lookaheadMs + 300);
const { latency, counters } = figures(engine, 'null');
console.log(
  JSON.stringify({
    granted,
    priority,
    waiter,
    // By the clock alone: each step has its notes, each note its end. A span that came late would leave too few.
    expected: Math.ceil(Math.max(reached, playedTicks) / stepTicks) * notesPerStep * 2,
    sent: counters.sent - counters.clocks - 1, // Start
    late: counters.playedLate,
    dropped: counters.droppedFull + counters.droppedLate + counters.droppedStale,
    clocksSkipped: counters.clocksSkipped,
    lostRecords: engine.report().lostRecords,
    lateness: latency.lateness
  })
);
await engine.dispose();
process.exit(0);
