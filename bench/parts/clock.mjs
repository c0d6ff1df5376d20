// MIDI clock as it arrives: of the engine, of a timer on the main thread, or of the engine in virtual time.
import { setInterval } from 'node:timers';
import { dist, percentiles, sleep } from '../tools.mjs';
import { openNull, startEngine } from './engine.mjs';

const { way, bpm, seconds, hours } = JSON.parse(process.argv[2]);
const { meter } = dist('music/meter.js');
const PULSE_MS = 2500 / bpm;
const WARM_UP = 24;
const F8 = 0xf8;

setInterval(() => undefined, 1000);
console.log(JSON.stringify(await { engine, timer, virtual }[way]()));
process.exit(0);

function open(engine) {
  const config = {
    bpm,
    meter: meter(4, 4),
    lookaheadMs: 150,
    clockWhileStopped: true,
    sendStartStop: true,
    sendSongPosition: true
  };
  const listener = {
    span: () => wired.forEach((output) => output.lease(transport)),
    beat() {},
    changed() {}
  };
  const wired = [];
  const { transport } = engine.openTransport('clock', 'clock', config, listener);
  return { transport, wire: (output) => wired.push(output) };
}

function judge(timesMs, lengthMs) {
  const errors = timesMs.slice(WARM_UP + 1).map((ms, at) => Math.abs(ms - timesMs[at + WARM_UP] - PULSE_MS));
  const missing = Math.max(0, Math.floor(lengthMs / PULSE_MS) - (timesMs.length - 1));
  return { bpm, error: percentiles(errors), missing };
}

async function engine() {
  const { engine, granted, priority } = await startEngine();
  const heard = [];
  engine.listen('clock', (bytes, timeMs) => bytes[0] === F8 && heard.push(timeMs));
  const { output } = await openNull(engine, 'clock');
  const { transport, wire } = open(engine);
  wire(output);
  output.lease(transport);
  transport.start();
  await sleep(seconds * 1000 + 500);
  return { granted, priority, ...judge(heard, heard.at(-1) - heard[0]) };
}

async function timer() {
  const sent = [];
  const startMs = performance.now() + 10;
  const next = () => {
    for (; performance.now() >= startMs + sent.length * PULSE_MS;) sent.push(performance.now());
    setTimeout(next, startMs + sent.length * PULSE_MS - performance.now());
  };
  next();
  await sleep(seconds * 1000 + 500);
  return judge(sent, sent.at(-1) - sent[0]);
}

/** The error of each pulse from a grid that begins with the first, and the slope of a line through them. */
function virtual() {
  const { Engine, DEFAULT_SETTINGS } = dist('engine/index.js');
  const { InlineLink } = dist('engine/thread/inline-link.js');
  const startedMs = performance.now();
  let link;
  const limits = { maxPendingEvents: 1000, lateToleranceMs: 50 };
  const engine = new Engine({ ...DEFAULT_SETTINGS }, (listener) => (link = new InlineLink(listener, limits)));
  link.advance(0);
  const config = {
    name: 'clock',
    spec: { mode: 'loopback', port: 'clock' },
    channel: 1,
    output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
  };
  const errors = { count: 0, x: 0, y: 0, xx: 0, xy: 0, max: 0 };
  let firstMs;
  engine.listen('clock', (bytes, timeMs) => {
    if (bytes[0] !== F8) return;
    firstMs ??= timeMs;
    const error = timeMs - firstMs - errors.count * PULSE_MS;
    const x = (timeMs - firstMs) / 1e6;
    errors.count++;
    errors.x += x;
    errors.y += error;
    errors.xx += x * x;
    errors.xy += x * error;
    errors.max = Math.max(errors.max, Math.abs(error));
  });
  link.advance(0);
  const output = engine.openOutput('clock', config, { outputChanged() {} });
  link.advance(0);
  const { transport, wire } = open(engine);
  wire(output);
  output.lease(transport);
  transport.start();
  for (let done = 0; done < hours * 3600; done += 10) link.advance(10_000);
  const { count, x, y, xx, xy, max } = errors;
  const slope = (count * xy - x * y) / (count * xx - x * x);
  // The slope is in ms for each 10⁶ ms.
  return {
    bpm,
    pulses: count,
    slopePpb: slope * 1000,
    maxErrorMs: max,
    tookS: (performance.now() - startedMs) / 1000
  };
}
