import assert from 'node:assert/strict';
import type { Engine, OutputHandle } from '../../nodes/engine';
import { streamOf } from '../../nodes/music/thinning/key';
import type { ControlChangeEvent } from '../../nodes/music/event';
import { Throttle } from '../../nodes/throttle/throttle';
import { repeatAfterStandstill } from './standstill';
import { hasUsbMidi, Listener, needSequencer, sleep, startEngine, until } from './support';

const THROTTLE_MS = 10;
const SECONDS = 2;
/** The emulated machine may stand still for as long. */
const AHEAD_MS = 2000;
const CHUNK_MS = 50;
const CONTROLLERS = Array.from({ length: 16 }, (_, index) => 70 + index);
const DIN = { usPerByte: 320, controlShare: 0.5 };
const SHARE_PER_S = (1_000_000 / DIN.usPerByte) * DIN.controlShare;
/** So late a note may be; what the emulated machine makes of its time has been up to 17 ms on a busy host. */
const LATE_MS = hasUsbMidi() ? 20 : 5;
/** So much closer two values may be handed over: one of them late, the other not. */
const JITTER_MS = 5;

describe('the throttle on a real sequencer', function () {
  this.timeout(60_000);
  repeatAfterStandstill(this, 10);
  let engine: Engine;
  let listener: Listener;

  before(function () {
    needSequencer(this);
  });

  beforeEach(async () => {
    engine = startEngine({ maxPendingEvents: 5000 });
    await engine.ready();
    listener = await new Listener().ready();
  });

  afterEach(async () => {
    await engine.dispose();
    await listener.end();
  });

  async function open(): Promise<OutputHandle> {
    const output = engine.openOutput(
      'out',
      {
        name: 'out',
        spec: { mode: 'name', port: 'aseqdump:aseqdump' },
        channel: 1,
        output: { offsetMs: 0, ...DIN }
      },
      { outputChanged: () => undefined }
    );
    await until('the port is open', () => output.status.state === 'open');
    return output;
  }

  it('a thousand values a second on each of 16 controllers: gaps are kept, the last arrive, notes are on time', async () => {
    const output = await open();
    const sent: { bytes: number[]; timeMs: number }[] = [];
    engine.watchSent((_output, bytes, timeMs) => sent.push({ bytes: [...bytes], timeMs }));
    const throttle = new Throttle(engine, THROTTLE_MS);
    const watch = engine.onHorizon((horizon) => throttle.hear(horizon));
    throttle.askAt = (timeMs) => watch.askAt(timeMs);
    const origin = () => ({ source: 'out', enteredMs: engine.now() });
    throttle.wires = {
      pass: ({ payload, at }) =>
        output.send(payload as ControlChangeEvent, at as { timeMs: number }, origin()),
      held: () => undefined
    };

    const startMs = engine.now() + AHEAD_MS;
    const last = new Map<number, number>();
    // The music is there before the knobs turn: however busy they keep the flow, it is the cable that they share.
    const notes = Array.from({ length: SECONDS * 8 }, (_, index) => startMs + 62 + index * 125);
    for (const timeMs of notes)
      output.send({ type: 'noteOn', note: 60, velocity: 100 }, { timeMs }, origin());
    for (let ms = 0; ms < SECONDS * 1000; ms++) {
      const at = { timeMs: startMs + ms };
      for (const controller of CONTROLLERS) {
        const payload = { type: 'cc', controller, value: (ms + controller) % 128 } as const;
        last.set(controller, payload.value);
        throttle.take(streamOf(payload, 1)!, { payload, at }, at);
      }
      if (ms % CHUNK_MS === 0) await sleep(Math.max(0, at.timeMs - AHEAD_MS - engine.now()));
    }
    const valuesOf = (controller: number) =>
      sent.filter(({ bytes }) => bytes[0] === 0xb0 && bytes[1] === controller);
    await until('the last values are sent', () =>
      CONTROLLERS.every((controller) => valuesOf(controller).at(-1)?.bytes[2] === last.get(controller))
    );
    watch.stop();

    let bytes = 0;
    let leastMs = Infinity;
    for (const controller of CONTROLLERS) {
      const times = valuesOf(controller).map(({ timeMs }) => timeMs);
      bytes += times.length * 3;
      for (let index = 1; index < times.length; index++)
        leastMs = Math.min(leastMs, times[index] - times[index - 1]);
    }
    const ons = sent.filter(({ bytes: [status] }) => status === 0x90).map(({ timeMs }) => timeMs);
    const latest = Math.max(...ons.map((timeMs, index) => timeMs - notes[index]));
    const { taken, heldBack } = throttle.read();
    const { counters } = engine.outputReports()[0];
    console.log(
      `        ${taken} values, ${heldBack} held back, ${counters?.coalesced} coalesced, ${(bytes / SECONDS).toFixed(0)} bytes a second,` +
        ` least gap ${leastMs.toFixed(2)} ms, latest note ${latest.toFixed(2)} ms`
    );
    assert.equal(ons.length, notes.length);
    assert.ok(latest < LATE_MS);
    assert.ok(leastMs >= THROTTLE_MS - JITTER_MS);
    assert.ok(bytes < (SECONDS + 0.1) * SHARE_PER_S + 48, `${bytes}`);
    await until('they are heard', () =>
      CONTROLLERS.every((controller) => {
        const heard = listener.messages.filter((each) => each[0] === 0xb0 && each[1] === controller);
        return heard.at(-1)?.[2] === last.get(controller);
      })
    );
  });
});
