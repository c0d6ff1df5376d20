// Plays one bar on a loopback port and prints what the engine ran on and what arrived, as a line of JSON. Runs under
// the Node.js of another machine, so it needs no test runner.
import { strict as assert } from 'node:assert';
import { DEFAULT_SETTINGS, Engine } from '../../nodes/engine';
import { loadNative } from '../../nodes/engine/thread/native';
import { meter } from '../../nodes/music/meter';

const BPM = 240;
const BEATS = 4;
/** Beats in which an emulated machine may warm up; it is late at first. */
const SILENT_BEATS = 4;

async function play(): Promise<void> {
  setInterval(() => undefined, 1000); // the worker alone does not keep a process alive
  const native = loadNative();
  assert.ok(native.addon, native.addon === undefined ? native.reason : '');
  const engine = new Engine({ ...DEFAULT_SETTINGS, driver: 'none' });
  const { state, waiter, priority } = await engine.ready();
  assert.equal(state, 'ok');

  const heard: { status: number; timeMs: number }[] = [];
  let done: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (done = resolve));
  engine.listen('there', (bytes, timeMs) => {
    heard.push({ status: bytes[0], timeMs });
    if (heard.filter((message) => message.status === 0x80).length === BEATS) done();
  });
  const output = engine.openOutput(
    'out',
    {
      name: 'out',
      spec: { mode: 'loopback', port: 'there' },
      channel: 1,
      output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
    },
    { outputChanged() {} }
  );
  const config = {
    bpm: BPM,
    meter: meter(BEATS, 4),
    lookaheadMs: 500,
    clockWhileStopped: false,
    sendStartStop: false,
    sendSongPosition: false
  };
  const { transport } = engine.openTransport('clock', 'clock', config, {
    span({ clock, epoch, from, to, replay }) {
      const last = (SILENT_BEATS + BEATS) * 960;
      const first = Math.max(Math.ceil(from / 960), SILENT_BEATS) * 960;
      for (let tick = first; tick < Math.min(to, last); tick += 960) {
        output.send(
          { type: 'note', channel: 1, note: 60, velocity: 100, durationTicks: 480 },
          { clock, epoch, tick, source: 'bar', ordinal: 0, replay },
          { source: 'bar', enteredMs: engine.now() }
        );
      }
    },
    beat() {},
    changed() {}
  });
  transport.start();
  await ended;
  const ons = heard.filter(({ status }) => status === 0x90).map(({ timeMs }) => timeMs);
  const intervalsMs = ons.slice(1).map((timeMs, index) => timeMs - ons[index]);
  await engine.dispose();
  console.log(
    JSON.stringify({
      arch: process.arch,
      node: process.version,
      path: native.path,
      waiter,
      priority,
      intervalsMs
    })
  );
  process.exit(0);
}

void play();
