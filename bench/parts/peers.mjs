// One sender of a note every 10 ms, in the way that is asked for, and when its notes arrive.
import { createRequire } from 'node:module';
import { clearInterval, setInterval } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { histogram } from '../histogram.mjs';
import { percentiles, sleep } from '../tools.mjs';
import { blockMain } from './block.mjs';
import { openClock, openNull, startEngine, TICKS_PER_MS } from './engine.mjs';

const { way, blocked, seconds } = JSON.parse(process.argv[2]);
const STEP_MS = 10;
const WARM_UP = 20;
const MUCH_TOO_LATE_MS = 20;
/** The scheduler in the style of Web Audio: how often it looks, and how far ahead. */
const LOOK_MS = 25;
const AHEAD_MS = 100;

const require = createRequire(import.meta.url);
const count = (seconds * 1000) / STEP_MS + WARM_UP;
const NOTE_ON = [0x90, 60, 100];
/** Notes as they arrived: when, and which of the grid. */
const heard = [];
let last = () => undefined;
/** @param pitch tells notes apart where one may be lost; the others come one by one or not at all */
const hear = (timeMs, pitch) => {
  const next = heard.length > 0 ? heard.at(-1).index + 1 : 0;
  const index = pitch === undefined ? next : next + ((pitch - (next % 128) + 128) % 128);
  heard.push({ timeMs, index });
  if (index === count - 1) last();
};

/** Each way plays notes from `startMs` on, one each step, and gives what is to be told of it. */
const WAYS = { phasor, interval, timeout, lookahead, jzz, easymidi };
const keepAlive = setInterval(() => undefined, 1000);
const told = await WAYS[way]();
clearInterval(keepAlive);
if (told.leftOut !== undefined) {
  console.log(JSON.stringify(told));
  process.exit(0);
}
const { startMs, ...rest } = told;
const judged = heard.filter(({ index }) => index >= WARM_UP && index < count);
const late = judged.map(({ timeMs, index }) => Math.max(0, timeMs - (startMs + index * STEP_MS)));
const intervals = judged.slice(1).map(({ timeMs }, at) => Math.abs(timeMs - judged[at].timeMs - STEP_MS));
console.log(
  JSON.stringify({
    granted: 'none',
    priority: 0,
    ...rest,
    expected: count - WARM_UP,
    heard: judged.length,
    muchTooLate: late.filter((ms) => ms > MUCH_TOO_LATE_MS).length,
    interval: percentiles(intervals),
    late: percentiles(late),
    histogram: histogram(late)
  })
);
process.exit(0);

/** Until every note is there, or its time is over by 200 ms. */
async function played(startMs) {
  const over = sleep(startMs + count * STEP_MS + 200 - performance.now());
  await Promise.race([new Promise((resolve) => (last = resolve)), over]);
}

function block() {
  return blocked ? blockMain(80, 100) : () => undefined;
}

async function phasor() {
  const { engine, granted, priority } = await startEngine();
  const { output } = await openNull(engine, 'peers');
  engine.listen('peers', (bytes, timeMs) => bytes[0] >> 4 === 9 && bytes[2] > 0 && hear(timeMs, bytes[1]));
  let startMs;
  await sleep(300);
  const stepTicks = STEP_MS * TICKS_PER_MS;
  const transport = openClock(engine, 'clock', 150, ({ clock, epoch, from, to, replay }) => {
    output.lease(transport);
    startMs ??= engine.timeOf({ clock, epoch, tick: 0, source: 'peer', ordinal: 0 });
    const origin = { source: 'peer', enteredMs: engine.now() };
    for (
      let tick = Math.ceil(from / stepTicks) * stepTicks;
      tick < to && tick < count * stepTicks;
      tick += stepTicks
    ) {
      const event = {
        type: 'note',
        channel: 1,
        note: (tick / stepTicks) % 128,
        velocity: 100,
        durationTicks: stepTicks / 2
      };
      output.send(event, { clock, epoch, tick, source: 'peer', ordinal: 0, replay }, origin);
    }
  });
  const unblock = block();
  transport.start();
  await played(performance.now() + 100);
  unblock();
  // What the worker says is heard when the main thread is free.
  await sleep(200);
  return { startMs, granted, priority };
}

async function interval() {
  const unblock = block();
  let startMs = NaN;
  const timer = setInterval(() => {
    // The first note is where it is: such a sender knows no other beginning.
    if (Number.isNaN(startMs)) startMs = performance.now();
    hear(performance.now());
  }, STEP_MS);
  await sleep(count * STEP_MS + 200);
  clearInterval(timer);
  unblock();
  return { startMs };
}

async function timeout() {
  return corrected(() => hear(performance.now()));
}

/** Plays each note by a timer to the next moment of the grid, and all that are due at once. */
async function corrected(send) {
  const unblock = block();
  const startMs = performance.now() + STEP_MS;
  let sent = 0;
  const go = () => {
    for (; sent < count && performance.now() >= startMs + sent * STEP_MS; sent++) send();
    if (sent < count) setTimeout(go, startMs + sent * STEP_MS - performance.now());
  };
  go();
  await played(startMs);
  unblock();
  return { startMs };
}

async function lookahead() {
  const unblock = block();
  const startMs = performance.now() + AHEAD_MS;
  let planned = 0;
  const timer = setInterval(() => {
    const untilMs = performance.now() + AHEAD_MS;
    for (; planned < count && startMs + planned * STEP_MS < untilMs; planned++)
      setTimeout(() => hear(performance.now()), startMs + planned * STEP_MS - performance.now());
  }, LOOK_MS);
  await played(startMs);
  clearInterval(timer);
  unblock();
  return { startMs };
}

async function jzz() {
  let JZZ;
  try {
    JZZ = require('jzz');
  } catch {
    return { leftOut: 'the package jzz is not installed' };
  }
  const port = JZZ.Widget({ _receive: () => hear(performance.now()) });
  const unblock = block();
  const startMs = performance.now();
  let chain = port;
  for (let note = 0; note < count; note++) chain = chain.send(NOTE_ON).wait(STEP_MS);
  await played(startMs);
  unblock();
  return { startMs };
}

async function easymidi() {
  let output;
  try {
    // Without a sequencer RtMidi also writes its complaint to stderr.
    output = new (require('easymidi').Output)('phasor-peers', true);
  } catch (error) {
    return {
      leftOut: `no virtual port can be opened (${error.message}): RtMidi needs an ALSA sequencer or CoreMIDI`
    };
  }
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    const midi = require('@julusian/midi');
    const input = new midi.Input();
    const names = Array.from({ length: input.getPortCount() }, (_, port) => input.getPortName(port));
    const port = names.findIndex((name) => name.includes('phasor-peers'));
    input.on('message', () => parentPort.postMessage(performance.timeOrigin + performance.now()));
    if (port >= 0) input.openPort(port);
    parentPort.postMessage(port);`,
    { eval: true }
  );
  const port = await new Promise((resolve) => worker.once('message', resolve));
  if (port < 0) return { leftOut: 'its virtual port cannot be found' };
  worker.on('message', (timeMs) => hear(timeMs - performance.timeOrigin));
  await sleep(200);
  const told = await corrected(() =>
    output.send('noteon', { note: NOTE_ON[1], velocity: NOTE_ON[2], channel: 0 })
  );
  await sleep(200);
  return told;
}
