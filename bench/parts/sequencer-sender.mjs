// Plays notes to the receiver, one each step, in one of the ways that there are. Without the engine it knows when it is done.
import { createRequire } from 'node:module';
import { clearInterval, setInterval } from 'node:timers';
import { sleep } from '../tools.mjs';
import { blockMain } from './block.mjs';
import { figures, openClock, openOutput, startEngine, TICKS_PER_MS } from './engine.mjs';

const { way, blocked, count, stepMs, lookaheadMs } = JSON.parse(process.argv[2]);

/** An emulated machine takes its time to begin. */
const SPARE_MS = 3000;
/** How often it is asked whether all is played: the answer takes the main thread of an emulated machine a while. */
const LOOK_MS = 1000;

const keepAlive = setInterval(() => undefined, 1000);
const told = await { phasor, interval, timeout }[way]();
clearInterval(keepAlive);
console.log(JSON.stringify(told));
process.exit(0);

function block() {
  return blocked ? blockMain(80, 100) : () => undefined;
}

async function phasor() {
  const { engine, granted, priority } = await startEngine({ driver: 'alsa' });
  const { output } = await openOutput(engine, 'receiver', { mode: 'name', port: 'Receiver:in' });
  const stepTicks = stepMs * TICKS_PER_MS;
  const transport = openClock(engine, 'clock', lookaheadMs, ({ clock, epoch, from, to, replay }) => {
    const origin = { source: 'bench', enteredMs: engine.now() };
    const first = Math.ceil(from / stepTicks) * stepTicks;
    for (let tick = first; tick < Math.min(to, count * stepTicks); tick += stepTicks) {
      const note = (tick / stepTicks) % 128;
      const event = { type: 'note', channel: 1, note, velocity: 100, durationTicks: stepTicks / 2 };
      output.send(event, { clock, epoch, tick, source: 'bench', ordinal: 0, replay }, origin);
    }
  });
  await sleep(lookaheadMs);
  const unblock = block();
  transport.start();
  const counters = () => figures(engine, 'receiver').counters;
  const dropped = () => counters().droppedLate + counters().droppedFull + counters().droppedStale;
  const overMs = performance.now() + count * stepMs + SPARE_MS;
  while (counters().sent + dropped() < 2 * count && performance.now() < overMs) await sleep(LOOK_MS);
  unblock();
  const told = { granted, priority, dropped: dropped() / 2 };
  await engine.dispose();
  return told;
}

async function interval() {
  const send = sender();
  const unblock = block();
  let sent = 0;
  const timer = setInterval(() => sent < count && send(sent++), stepMs);
  await sleep(count * stepMs + 200);
  clearInterval(timer);
  unblock();
  return { granted: 'none', priority: 0 };
}

async function timeout() {
  const send = sender();
  const unblock = block();
  const startMs = performance.now() + stepMs;
  let sent = 0;
  const go = () => {
    while (sent < count && performance.now() >= startMs + sent * stepMs) send(sent++);
    if (sent < count) setTimeout(go, startMs + sent * stepMs - performance.now());
  };
  go();
  await sleep(count * stepMs + 200);
  unblock();
  return { granted: 'none', priority: 0 };
}

/** The way of easymidi and RtMidi to the receiver. */
function sender() {
  const easymidi = createRequire(import.meta.url)('easymidi');
  const name = easymidi.getOutputs().find((output) => output.startsWith('Receiver'));
  const output = new easymidi.Output(name);
  return (index) => {
    output.send('noteon', { note: index % 128, velocity: 100, channel: 0 });
    output.send('noteoff', { note: index % 128, velocity: 0, channel: 0 });
  };
}
