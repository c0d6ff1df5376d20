import assert from 'node:assert/strict';
import { meter } from '../../nodes/music/meter';
import { DEFAULT_SETTINGS, Engine } from '../../nodes/engine';
import { playerOf } from '../support/pattern-player';

const HOPS = 4;
const CLOCK = 0xf8;
const NOTE_ON = 0x90;
const STEP_MS = 125;

interface Heard {
  byte: number;
  note: number;
  timeMs: number;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

/** Goes on after some turns of the event loop, as a message does on its wires. */
function afterHops(hops: number, act: () => void): void {
  if (hops === 0) act();
  else setImmediate(() => afterHops(hops - 1, act));
}

/** Plays sixteenths in four pitches on a real worker, while `disturb` keeps this thread busy. */
async function play(disturb: () => Promise<void>): Promise<{ heard: Heard[]; sent: number }> {
  const engine = new Engine({ ...DEFAULT_SETTINGS, driver: 'none' });
  await Promise.all([engine.ready(), pause(300)]);
  const heard: Heard[] = [];
  engine.listen('Loopback', ([byte, note], timeMs) => heard.push({ byte, note, timeMs }));
  const output = engine.openOutput(
    'device',
    {
      name: 'device',
      spec: { mode: 'loopback', port: '' },
      channel: 1,
      output: { offsetMs: 0, usPerByte: 0, controlShare: 1 }
    },
    { outputChanged: () => undefined }
  );
  const player = playerOf('[c4 d4 e4 f4]*4', 'none');
  let sent = 0;
  const config = { bpm: 120, meter: meter(4, 4), lookaheadMs: 300 };
  const options = { clockWhileStopped: true, sendStartStop: true, sendSongPosition: true };
  const { transport } = engine.openTransport(
    'clock',
    'clock',
    { ...config, ...options },
    {
      span: (span) =>
        afterHops(HOPS, () => {
          output.lease(transport);
          for (const { payload, at } of player.answer(span)) {
            output.send(payload, at, { source: 'pattern', enteredMs: engine.now() });
            sent++;
          }
        }),
      beat: () => undefined,
      changed: () => undefined
    }
  );
  await pause(200);
  transport.start();
  await pause(500);
  await disturb();
  await pause(1000);
  transport.stop();
  await pause(200);
  await engine.dispose();
  return { heard, sent };
}

const times = (heard: Heard[], status: number) =>
  heard.filter(({ byte }) => byte === status).map(({ timeMs }) => timeMs);

describe('a main thread that is blocked', function () {
  this.timeout(30_000);

  it('for 40 ms of every 60 loses no note of a chain of four nodes, with a lookahead of 300 ms', async () => {
    const { heard } = await play(async () => {
      const timer = setInterval(() => block(40), 60);
      await pause(3000);
      clearInterval(timer);
    });
    const pitches = heard.filter(({ byte }) => byte === NOTE_ON).map(({ note }) => note);
    assert.ok(pitches.length >= 36, `${pitches.length} notes in four and a half seconds`);
    assert.deepEqual(
      pitches,
      pitches.map((_, index) => [60, 62, 64, 65][index % 4])
    );
  });

  it('for a second misses no clock, and the music comes back in phase', async () => {
    const { heard } = await play(async () => {
      block(1000);
      await pause(500);
    });
    const clocks = times(heard, CLOCK);
    const missing = Math.round((clocks[clocks.length - 1] - clocks[0]) / (500 / 24)) - (clocks.length - 1);
    assert.equal(missing, 0);
    const ons = heard.filter(({ byte }) => byte === NOTE_ON);
    const last = ons[ons.length - 1];
    const steps = Math.round((last.timeMs - ons[0].timeMs) / STEP_MS);
    assert.equal(last.note, [60, 62, 64, 65][steps % 4], 'the pitch that belongs to its step');
    assert.ok(steps >= 22 && ons.length >= 12, `${ons.length} notes over ${steps} steps`);
  });
});
