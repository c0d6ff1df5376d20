import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import { clockRig } from '../../support/clock-rig';
import { throttleRig, type ThrottleRig } from '../../support/throttle-rig';
import { runs } from '../../support/runs';

const THROTTLE_MS = 10;
const EPSILON_MS = 1e-6;
const cc = (controller: number, value: number): MusicEvent => ({ type: 'cc', controller, value });

/**
 * An instrument that takes parameters as the standard has them. Two kinds are in use: some begin a value anew at its high
 * half, others keep the low one.
 */
class Instrument {
  readonly values = new Map<string, number>();
  private readonly numbers = new Map<number, number>();
  private kind: 'nrpn' | 'rpn' | undefined;

  constructor(private readonly beginsAnew: boolean) {}

  take([status, controller, value]: readonly number[]): void {
    if (status !== 0xb0) return;
    if (controller >= 98 && controller <= 101) {
      this.kind = controller < 100 ? 'nrpn' : 'rpn';
      this.numbers.set(controller, value);
      return;
    }
    const [high, low] = this.kind === 'nrpn' ? [99, 98] : [101, 100];
    const [msb, lsb] = [this.numbers.get(high), this.numbers.get(low)];
    if (this.kind === undefined || msb === undefined || lsb === undefined) return;
    if (msb === 127 && lsb === 127) return;
    const name = `${this.kind} ${msb} ${lsb}`;
    const now = this.values.get(name) ?? 0;
    if (controller === 6) this.values.set(name, (value << 7) | (this.beginsAnew ? 0 : now & 127));
    if (controller === 38) this.values.set(name, (now & ~127) | value);
    if (controller === 96) this.values.set(name, Math.min(16383, now + 1));
    if (controller === 97) this.values.set(name, Math.max(0, now - 1));
  }
}

function assertAddsUp({ throttle }: ThrottleRig): void {
  const { taken, resent, passed, heldBack, voided, pending } = throttle.read();
  assert.equal(taken + resent, passed + heldBack + voided + pending);
}

const controls = ({ driver }: ThrottleRig) =>
  driver.sent.filter(({ bytes: [status] }) => status === 0xb0).map(({ bytes }) => [...bytes]);

/** When values of a parameter began on the wire: its coarse half was sent. */
const beginnings = ({ driver }: ThrottleRig) =>
  driver.sent.filter(({ bytes: [, controller] }) => controller === 6).map(({ startMs }) => startMs);

describe('the throttle thins parameters that come as separate messages', () => {
  it('as one: whole sequences, gaps kept, the last value there', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    for (let ms = 0; ms < 500; ms++) {
      for (const [controller, value] of [
        [99, 1],
        [98, 2],
        [6, ms >> 2],
        [38, ms & 127]
      ])
        rig.give(cc(controller, value));
      rig.give(cc(74, ms & 127));
      rig.advance(1);
    }
    rig.advance(100);
    const sent = controls(rig).filter(([, controller]) => controller !== 74);
    // The first goes on as it comes: its other half follows.
    const whole = sent.slice(7).map(([, controller]) => controller);
    for (let at = 0; at < whole.length; at += 4) assert.deepEqual(whole.slice(at, at + 4), [99, 98, 6, 38]);
    assert.deepEqual(
      sent.slice(0, 7).map(([, controller]) => controller),
      [99, 98, 6, 99, 98, 6, 38]
    );
    assert.deepEqual(sent.slice(-2), [
      [0xb0, 6, 499 >> 2],
      [0xb0, 38, 499 & 127]
    ]);
    const starts = beginnings(rig).slice(1);
    assert.ok(starts.length >= 48 && starts.length <= 52, `${starts.length} values`);
    starts
      .slice(1)
      .forEach((ms, index) => assert.ok(ms - starts[index] >= THROTTLE_MS - EPSILON_MS, `${ms}`));
    assertAddsUp(rig);
  });

  it('by the time of a clock, with steps in their order', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    const clock = clockRig(rig);
    const events = [cc(99, 0), cc(98, 1), cc(6, 5), cc(38, 9), cc(6, 6), cc(38, 1), cc(96, 0), cc(97, 0)];
    clock.transport.attach({
      span: ({ clock: id, epoch, from, to, replay }) => {
        events.forEach((event, ordinal) => {
          // A millisecond apart, from the second beat on.
          const tick = 960 + ordinal * 1.92;
          if (tick >= from && tick < to)
            rig.give(event, { clock: id, epoch, tick, source: 'knob', ordinal, replay });
        });
      },
      beat: () => undefined,
      changed: () => undefined
    });
    clock.transport.start();
    rig.advance(1000);
    const instrument = new Instrument(true);
    for (const bytes of controls(rig)) instrument.take(bytes);
    assert.deepEqual([...instrument.values], [['nrpn 0 1', (6 << 7) | 1]]);
    const steps = controls(rig).filter(([, controller]) => controller === 96 || controller === 97);
    assert.equal(steps.length, 2);
    assertAddsUp(rig);
  });

  it('and a step goes behind the value that is on its way, also where that came as an event of its own', () => {
    const rig = throttleRig(THROTTLE_MS, 0);
    for (const value of [0, 300]) {
      rig.give({ type: 'nrpn', parameter: 128, value });
      rig.advance(4);
    }
    rig.give(cc(96, 0));
    rig.advance(200);
    const instrument = new Instrument(false);
    for (const bytes of controls(rig)) instrument.take(bytes);
    assert.deepEqual([...instrument.values], [['nrpn 1 0', 301]]);
    assertAddsUp(rig);
  });

  it('whatever comes, an instrument ends up with the values that it has without a throttle', () => {
    const seven = fc.constantFrom(0, 1, 127);
    const event = fc.oneof(
      { weight: 3, arbitrary: fc.tuple(fc.constantFrom(98, 99, 100, 101), seven) },
      { weight: 6, arbitrary: fc.tuple(fc.constantFrom(6, 38), fc.nat({ max: 127 })) },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom(96, 97, 7, 74, 64), seven) },
      {
        weight: 2,
        arbitrary: fc.record({
          type: fc.constantFrom('nrpn' as const, 'rpn' as const),
          parameter: fc.constantFrom(0, 1, 128),
          value: fc.nat({ max: 16383 }),
          order: fc.constantFrom('msbFirst' as const, 'lsbFirst' as const)
        })
      }
    );
    const step = fc.record({ event, thenMs: fc.constantFrom(0, 0, 0.3, 1, 4, 15) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.constantFrom(0, 5, THROTTLE_MS),
        fc.boolean(),
        (steps, throttleMs, beginsAnew) => {
          const [thinned, plain] = [throttleRig(throttleMs, 0), throttleRig(0, 0)];
          const others: number[][] = [];
          for (const { event: given, thenMs } of steps) {
            const one = (Array.isArray(given) ? cc(given[0], given[1]) : given) as MusicEvent;
            thinned.give(one);
            plain.output.send(one, undefined, { source: 'test', enteredMs: plain.engine.now() });
            if (one.type === 'cc' && one.controller === 64) others.push([0xb0, 64, one.value]);
            for (const rig of [thinned, plain]) rig.advance(thenMs);
          }
          for (const rig of [thinned, plain]) rig.advance(200);
          const [with_, without] = [thinned, plain].map((rig) => {
            const instrument = new Instrument(beginsAnew);
            for (const bytes of controls(rig)) instrument.take(bytes);
            return new Map([...instrument.values].sort());
          });
          assert.deepEqual(with_, without);
          assert.deepEqual(
            controls(thinned).filter(([, controller]) => controller === 64),
            others
          );
          assertAddsUp(thinned);
          assert.equal(thinned.throttle.read().pending, 0);
        }
      ),
      { numRuns: runs(300) }
    );
  });
});
