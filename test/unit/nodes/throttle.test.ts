import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import type { Span } from '../../../nodes/engine';
import { clockRig } from '../../support/clock-rig';
import { leastGapMs, throttleRig, type ThrottleRig } from '../../support/throttle-rig';
import { runs } from '../../support/runs';

const THROTTLE_MS = 10;
/** Rounding of ticks against milliseconds. */
const EPSILON_MS = 1e-6;
const cc = (controller: number, value: number): MusicEvent => ({ type: 'cc', controller, value });

function assertAddsUp({ throttle }: ThrottleRig): void {
  const { taken, resent, passed, heldBack, voided, pending } = throttle.read();
  assert.equal(taken + resent, passed + heldBack + voided + pending);
}

type Values = ReturnType<ThrottleRig['valuesOf']>;

/**
 * Parts of what was sent, divided where the music began: where it was told to, and where values do not go on with the
 * time, since a start or a jump while it plays holds from the end of what is announced.
 */
function runsOf(sent: Values, starts: readonly number[]): Values[] {
  const runs: Values[] = [];
  sent.forEach((value, index) => {
    const before = sent[index - 1] as Values[number] | undefined;
    const begins =
      before === undefined ||
      Math.abs(((value.value - before.value + 128) % 128) - ((value.startMs - before.startMs) % 128)) > 2 ||
      starts.some((startMs) => startMs > before.startMs && startMs <= value.startMs);
    if (begins) runs.push([]);
    runs[runs.length - 1].push(value);
  });
  return runs;
}

/** A clock whose spans are answered with a value for each millisecond at 120 BPM, its number. */
function automation(rig: ThrottleRig, controller: number) {
  const answer = ({ epoch, from, to, replay, clock: id }: Span) => {
    for (let ms = Math.ceil(from / 1.92 - 1e-9); ms * 1.92 < to - 1e-9; ms++) {
      const at = { clock: id, epoch, tick: ms * 1.92, source: 'lfo', ordinal: ms, replay };
      rig.give(cc(controller, ms % 128), at);
    }
  };
  const clock = clockRig(rig);
  const listener = { span: answer, beat: () => undefined, changed: () => undefined };
  clock.transport.attach(listener);
  clock.transport.replay();
  return clock.transport;
}

describe('the throttle', () => {
  it('a thousand values a second on each of 16 controllers through a DIN cable: notes are on time', () => {
    const rig = throttleRig(THROTTLE_MS);
    const last = new Map<number, number>();
    const seconds = 3;
    for (let ms = 0; ms < seconds * 1000; ms++) {
      for (let controller = 70; controller < 86; controller++) {
        const value = (ms * 7 + controller) % 128;
        last.set(controller, value);
        rig.give(cc(controller, value));
      }
      if (ms % 125 === 62) rig.give({ type: 'noteOn', note: 60 + (ms % 12), velocity: 100 });
      rig.advance(1);
    }
    rig.advance(200);
    let bytes = 0;
    for (const [controller, value] of last) {
      const values = rig.valuesOf(controller);
      bytes += values.filter(({ startMs }) => startMs < seconds * 1000).length * 3;
      assert.ok(leastGapMs(values) >= THROTTLE_MS - EPSILON_MS, `${leastGapMs(values)} ms`);
      assert.equal(values.at(-1)!.value, value);
      assert.ok(values.length > 30);
    }
    // Half of 3125 bytes a second, and the burst that the share lets through.
    assert.ok(bytes / seconds < (3125 / 2) * 1.02, `${bytes / seconds} bytes a second`);
    const notes = rig.driver.sent.filter(({ bytes: [status] }) => status === 0x90);
    assert.equal(notes.length, seconds * 8);
    notes.forEach(({ startMs }, index) =>
      assert.ok(startMs - (62 + index * 125) < 2, `note ${index}: ${startMs}`)
    );
    assertAddsUp(rig);
    assert.equal(rig.throttle.read().pending, 0);
    assert.equal(rig.heldBack.length, rig.throttle.read().heldBack);
  });

  it('the first value passes at once, the last when the gap is over', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    rig.advance(5);
    for (const value of [1, 2, 3]) rig.give(cc(74, value));
    rig.advance(50);
    const values = rig.valuesOf(74);
    assert.deepEqual(
      values.map(({ value }) => value),
      [1, 3]
    );
    assert.equal(values[0].startMs, 5);
    const gapMs = values[1].startMs - 5;
    assert.ok(gapMs >= THROTTLE_MS && gapMs < THROTTLE_MS + 2, `${gapMs}`);
  });

  it('values of a clock are thinned by their ticks, from the first primed one on', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    const transport = automation(rig, 1);
    rig.advance(100);
    transport.start();
    rig.advance(1000);
    const values = rig.valuesOf(1);
    assert.equal(values[0].value, 0);
    assert.ok(Math.abs(leastGapMs(values) - THROTTLE_MS) < 1e-3, `${leastGapMs(values)}`);
    assert.ok(values.length >= 95 && values.length <= 101, `${values.length}`);
    // Held until its slot, each is the newest there is: no more than the gap old.
    const startMs = values[0].startMs;
    for (const { value, startMs: atMs } of values)
      assert.ok((Math.round(atMs - startMs) - value + 128) % 128 <= THROTTLE_MS);
    assertAddsUp(rig);
  });

  it('a stop lets the value of that moment arrive, and none after it', () => {
    for (const stopMs of [300, 303, 307.5, 309]) {
      const rig = throttleRig(THROTTLE_MS, 0);
      const transport = automation(rig, 1);
      transport.start();
      rig.advance(50);
      const startMs = rig.valuesOf(1)[0].startMs;
      rig.advance(stopMs - rig.engine.now());
      transport.stop();
      rig.advance(500);
      const values = rig.valuesOf(1);
      const elapsed = stopMs - startMs;
      assert.ok(
        values.at(-1)!.value <= elapsed % 128 && values.at(-1)!.value > (elapsed % 128) - THROTTLE_MS
      );
      assert.ok(leastGapMs(values) >= THROTTLE_MS - 1e-3, `${stopMs}: ${leastGapMs(values)} ms`);
      assert.ok(values.at(-1)!.startMs < stopMs + THROTTLE_MS + 5);
      transport.start();
      rig.advance(100);
      assert.equal(rig.valuesOf(1)[values.length].value, 0, 'plays from its first value again');
      assertAddsUp(rig);
    }
  });

  it('a value that was given for a time before the stop, and waits behind it, arrives', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    const { transport, spans } = clockRig(rig);
    transport.start();
    rig.advance(10);
    const { epoch } = spans.at(-1)!;
    const at = (ms: number, ordinal: number) => ({
      clock: 'clock',
      epoch,
      tick: ms * 1.92,
      source: 'p',
      ordinal
    });
    rig.give(cc(1, 1), at(100, 0));
    rig.give(cc(1, 2), at(105, 1));
    rig.advance(60);
    assert.equal(rig.throttle.read().pending, 0, 'it is queued for 110 ms');
    rig.advance(107 - rig.engine.now() + rig.engine.timeOf(at(0, 0))!);
    transport.stop();
    rig.advance(100);
    assert.deepEqual(
      rig.valuesOf(1).map(({ value }) => value),
      [1, 2]
    );
    assert.equal(rig.throttle.read().resent, 1);
    assertAddsUp(rig);
  });

  it('a replay doubles nothing, also after it was throttled', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    const transport = automation(rig, 1);
    transport.start();
    for (let time = 0; time < 20; time++) {
      rig.advance(23);
      rig.engine.prime('clock');
    }
    const values = rig.valuesOf(1);
    assert.ok(leastGapMs(values) >= THROTTLE_MS - 1e-3, `${leastGapMs(values)}`);
    assert.ok(values.length >= 40);
    assertAddsUp(rig);
  });

  it('what a pattern takes back is forgotten, so that what it plays instead is heard', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    const { transport, spans } = clockRig(rig);
    transport.start();
    rig.advance(10);
    const { epoch } = spans.at(-1)!;
    const at = (ms: number) => ({ clock: 'clock', epoch, tick: ms * 1.92, source: 'p', ordinal: 0 });
    rig.give(cc(1, 1), at(100));
    rig.give(cc(1, 2), at(108));
    rig.engine.cancel({ source: 'p', clock: 'clock' });
    rig.give(cc(1, 3), at(104));
    rig.advance(200);
    assert.deepEqual(
      rig.valuesOf(1).map(({ value }) => value),
      [3]
    );
    assertAddsUp(rig);
  });

  it('goes on after a crash of the worker, with the last live value', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    rig.give(cc(1, 1));
    rig.advance(1);
    rig.give(cc(1, 2));
    rig.advance(8.5);
    rig.link.crash(new Error('test'), true);
    rig.advance(100);
    assert.equal(rig.valuesOf(1).at(-1)!.value, 2);
    assertAddsUp(rig);
  });

  it('with 0 ms everything passes, at once and from now on', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    for (const value of [1, 2]) rig.give(cc(1, value));
    rig.throttle.gapMs = 0;
    for (const value of [3, 4]) rig.give(cc(1, value));
    rig.advance(20);
    assert.deepEqual(rig.throttle.read().heldBack, 0);
    assert.equal(rig.valuesOf(1).length, 4);
  });

  it('whatever the transport does: gaps are kept, the last live value arrives, everything adds up', () => {
    const act = fc.record({
      // Never a whole number of ms apart, as values are: which is first of two at one moment is open.
      afterMs: fc.integer({ min: 0, max: 6000 }).map((hundredths) => hundredths * 0.0100037),
      what: fc.constantFrom('start', 'stop', 'continue', 'locate', 'prime', 'cancel', 'live', 'live', 'live')
    });
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 25 }), (acts) => {
        const rig = throttleRig(THROTTLE_MS, 0);
        const transport = automation(rig, 1);
        let value = 0;
        const starts: number[] = [];
        for (const { afterMs, what } of acts) {
          rig.advance(afterMs);
          if (what === 'live') rig.give(cc(2, ++value));
          else if (what === 'locate') transport.locate(960);
          else if (what === 'prime') rig.engine.prime('clock');
          else if (what === 'cancel') {
            rig.engine.cancel({ source: 'lfo', clock: 'clock' });
            rig.engine.prime('clock');
          } else {
            transport[what]();
            if (what !== 'stop') starts.push(rig.engine.now());
          }
        }
        rig.advance(100);
        transport.stop();
        rig.advance(400);
        const count = rig.valuesOf(1).length;
        rig.advance(100);
        assert.equal(rig.valuesOf(1).length, count, 'nothing of a dead epoch');
        for (const controller of [1, 2]) {
          // When a start will come is not known beforehand: its first value sounds at once.
          const values = rig.valuesOf(controller);
          for (const run of controller === 1 ? runsOf(values, starts) : [values])
            assert.ok(leastGapMs(run) >= THROTTLE_MS - 1e-3, `${controller}: ${leastGapMs(run)} ms`);
        }
        if (value > 0) assert.equal(rig.valuesOf(2).at(-1)!.value, value);
        assertAddsUp(rig);
      }),
      { numRuns: runs(60) }
    );
  });
});
