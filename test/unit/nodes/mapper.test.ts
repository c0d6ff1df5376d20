import assert from 'node:assert/strict';
import fc from 'fast-check';
import { AHEAD_MS, Mapper, type Emission, type LastValue, type Move } from '../../../nodes/cc-profile/mapper';
import { MAX_STEPS, Smoother, type Axis, type Point } from '../../../nodes/cc-profile/smoother';
import { resendOnReturn } from '../../../nodes/cc-profile/reports';
import { PortDisconnected } from '../../../nodes/engine';
import { withController } from '../../../nodes/cc-profile/learning';
import { profileNamed, readProfile } from '../../../nodes/music/profile';

const TIME: Axis = { kind: 'time' };
const TICKS: Axis = { kind: 'ticks', clock: 'clock', epoch: 3 };
/** Two ticks a millisecond, from 1000 ms on, in epoch 3 alone. */
const timeOf = (axis: Axis, at: number) =>
  axis.kind === 'time' ? at : axis.epoch === 3 ? 1000 + at / 2 : undefined;

const PROFILE = readProfile(
  {
    parameters: {
      knob: { cc: 74 },
      wave: { cc: 20, steps: { saw: 0, sine: 64, square: 127 } },
      pair: { cc14: [43, 107] }
    }
  },
  'test'
);

function mapperWith(length: number, values = new Map<string, LastValue>()): Mapper {
  return new Mapper(PROFILE, values, { fine: true, timeOf, rampLength: () => length });
}
const move = (name: string, position: number, start: number, axis: Axis = TIME): Move => ({
  parameter: PROFILE.find(name),
  position,
  channel: undefined,
  axis,
  start,
  origin: {}
});
const valuesOf = (emissions: Emission[]) =>
  emissions.flatMap(({ events }) => events.map((event) => ('value' in event ? event.value : -1)));

/** Lets time go by in turns, and returns everything with the time at which it was given. */
function play(mapper: Mapper, fromMs: number, toMs: number): { givenMs: number; emission: Emission }[] {
  const all = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 20) {
    for (const emission of mapper.until(nowMs)) all.push({ givenMs: nowMs, emission });
  }
  return all;
}

describe('ramps of a parameter', () => {
  it('lead evenly from the last value to the new one, end exactly, and are given ahead of their time', () => {
    const mapper = mapperWith(100);
    assert.deepEqual(valuesOf(mapper.take([move('knob', 0, 0)])), [0]);
    assert.deepEqual(mapper.take([move('knob', 1, 500)]), []);
    assert.ok(mapper.busy);
    const steps = play(mapper, 500, 700);
    assert.ok(!mapper.busy);
    const times = steps.map(({ emission }) => emission.point!.at);
    assert.deepEqual(times, [510, 520, 530, 540, 550, 560, 570, 580, 590, 600]);
    assert.deepEqual(
      valuesOf(steps.map(({ emission }) => emission)),
      [13, 25, 38, 51, 64, 76, 89, 102, 114, 127]
    );
    for (const { givenMs, emission } of steps) assert.ok(emission.point!.at <= givenMs + AHEAD_MS);
  });

  it('run in the ticks of a clock', () => {
    const mapper = mapperWith(960);
    mapper.take([move('knob', 0, 0)]);
    mapper.take([move('knob', 0.5, 2000, TICKS)]);
    const steps = play(mapper, 1900, 2600).map(({ emission }) => emission.point as Point);
    assert.equal(steps.at(-1)?.at, 2960);
    assert.ok(steps.every(({ axis }) => axis === TICKS));
    assert.equal(steps.at(-1)?.position, 0.5);
  });

  it('do not exist for steps, for what has no last value, and without a length', () => {
    const mapper = mapperWith(100);
    assert.deepEqual(valuesOf(mapper.take([move('wave', 0, 0)])), [0]);
    assert.deepEqual(valuesOf(mapper.take([move('wave', 1, 0)])), [127]);
    assert.deepEqual(valuesOf(mapper.take([move('knob', 1, 0)])), [127]);
    const direct = mapperWith(0);
    assert.deepEqual(valuesOf(direct.take([move('knob', 0, 0), move('knob', 1, 0)])), [0, 127]);
  });

  it('arrive at once where the clock stands', () => {
    const mapper = mapperWith(960);
    mapper.take([move('knob', 0, 0)]);
    mapper.take([move('knob', 1, 100, { kind: 'ticks', clock: 'clock', epoch: 9 })]);
    assert.deepEqual(valuesOf(mapper.until(0)), [127]);
    // A clock that stops on the way.
    let running = true;
    const smoother = new Smoother(0, (axis, at) => (running ? timeOf(axis, at) : undefined));
    smoother.add({ to: 1, axis: TICKS, start: 0, length: 960 });
    assert.ok(smoother.until(1100).length > 5);
    running = false;
    const rest = smoother.until(1120);
    assert.deepEqual(
      rest.map(({ position, last }) => ({ position, last })),
      [{ position: 1, last: true }]
    );
    assert.ok(!smoother.busy);
  });

  it('are not heard behind a value that ends them', () => {
    const switched = readProfile({ parameters: { knob: { cc: 74 } } }, 'other');
    const ends: ((mapper: Mapper) => void)[] = [() => undefined, (mapper) => (mapper.profile = switched)];
    for (const end of ends) {
      let length = 0;
      const mapper = new Mapper(PROFILE, new Map(), { fine: true, timeOf, rampLength: () => length });
      mapper.take([move('knob', 0, 0)]);
      length = 100;
      mapper.take([move('knob', 1, 0)]);
      const sent = play(mapper, 0, 20).map(({ emission }) => emission);
      const sentUntilMs = sent.at(-1)!.point!.at;
      assert.equal(sentUntilMs, 20 + AHEAD_MS);
      length = 0;
      end(mapper);
      const places = [0.25, 0.5].map((position, index) => {
        const [emission] = mapper.take([move('knob', position, 30 + index)]);
        assert.deepEqual(valuesOf([emission]), [Math.round(position * 127)]);
        return emission.point!.at;
      });
      assert.ok(places[0] > sentUntilMs && places[1] >= places[0]);
      assert.deepEqual(mapper.until(100), []);
      const [later] = mapper.take([move('knob', 1, 200)]);
      assert.equal(later.point, undefined, 'and then values are where they belong again');
    }
  });

  it('turn where they are when the target changes, and never go back in time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ waitMs: fc.nat(150), to: fc.nat(100) }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 400 }),
        (targets, length) => {
          const smoother = new Smoother(0.5, timeOf);
          const points: Point[] = [];
          let nowMs = 0;
          const run = (toMs: number) => {
            for (; nowMs < toMs; nowMs += 5) points.push(...smoother.until(nowMs + AHEAD_MS));
          };
          for (const { waitMs, to } of targets) {
            run(nowMs + waitMs);
            smoother.add({ to: to / 100, axis: TIME, start: nowMs, length });
            points.push(...smoother.until(nowMs + AHEAD_MS));
          }
          run(nowMs + targets.length * (length + AHEAD_MS) + 500);
          assert.ok(!smoother.busy);
          assert.equal(points.at(-1)!.position, targets.at(-1)!.to / 100);
          // No step is longer than the whole way in one of the ramp's own steps, and time does not go back.
          const steps = Math.ceil(length / 10);
          let before = { at: -Infinity, position: 0.5 };
          for (const point of points) {
            assert.ok(point.at >= before.at);
            assert.ok(Math.abs(point.position - before.position) <= 1 / steps + 1e-9);
            before = point;
          }
        }
      ),
      { numRuns: 150 }
    );
  });

  it('are a bounded number of messages, however long they are and however many come', () => {
    const smoother = new Smoother(0, timeOf);
    smoother.add({ to: 1, axis: TIME, start: 0, length: 60_000 });
    assert.equal(smoother.until(100_000).length, MAX_STEPS);
    for (let count = 0; count < 10_000; count++) {
      smoother.add({ to: count / 10_000, axis: TIME, start: 200_000 + count, length: 1000 });
    }
    const points = smoother.until(1e9);
    assert.ok(points.length <= 65 * 101);
    assert.equal(points.at(-1)!.position, 0.9999);
  });

  it('are not begun again by an answer that is replayed', () => {
    const smoother = new Smoother(0, timeOf);
    const target = { to: 1, axis: TICKS, start: 960, length: 960 };
    smoother.add(target);
    smoother.add({ ...target });
    assert.equal(smoother.until(1e9).filter(({ last }) => last).length, 1);
  });
});

describe('last values', () => {
  it('are sent again as they are, and those of the steps of a ramp as where it leads', () => {
    const mapper = mapperWith(100);
    mapper.take([move('knob', 0, 0), move('wave', 0.5, 0)]);
    mapper.take([{ ...move('knob', 1, 0), channel: 2 }]);
    mapper.take([move('knob', 0.5, 0)]);
    assert.deepEqual(
      mapper.resend().map(({ events }) => events[0]),
      [
        { type: 'cc', controller: 74, value: 64 },
        { type: 'cc', controller: 20, value: 64 },
        { type: 'cc', channel: 2, controller: 74, value: 127 }
      ]
    );
    mapper.forget();
    assert.deepEqual(mapper.resend(), []);
  });

  it('are asked for when a port is back, and not when it is opened for the first time', () => {
    let asked = 0;
    const { outputChanged } = resendOnReturn(() => asked++);
    const open = { state: 'open', port: 'synth', kind: 'hardware' } as const;
    outputChanged({ state: 'opening' });
    outputChanged(open);
    outputChanged(open);
    assert.equal(asked, 0);
    outputChanged({ state: 'missing', error: new PortDisconnected('synth') });
    outputChanged({ state: 'opening' });
    outputChanged(open);
    outputChanged(open);
    assert.equal(asked, 1);
    // A device that plays to the first hardware, or to a loopback port while there is none.
    outputChanged({ state: 'missing', error: new PortDisconnected('synth') });
    outputChanged({ state: 'open', port: 'Loopback', kind: 'loopback' });
    assert.equal(asked, 2);
    outputChanged({ state: 'opening' });
    outputChanged(open);
    assert.equal(asked, 3, 'it was not the synth that was told');
  });

  it('follow what is turned at the device', () => {
    const mapper = mapperWith(100);
    mapper.take([move('knob', 0, 0)]);
    const received = mapper.receive({ type: 'cc', controller: 74, value: 127 }, undefined);
    assert.equal(received?.parameter.name, 'knob');
    assert.deepEqual(valuesOf(mapper.resend()), [127]);
  });

  it('are kept where the profile is read again, and forgotten with another one', () => {
    const values = new Map<string, LastValue>();
    const mapper = mapperWith(0, values);
    mapper.take([move('knob', 1, 0), move('wave', 1, 0)]);
    mapper.profile = readProfile({ parameters: { knob: { cc: 75 } } }, 'test');
    assert.deepEqual(
      mapper.resend().map(({ events }) => events[0]),
      [{ type: 'cc', controller: 75, value: 127 }]
    );
    mapper.profile = profileNamed('generic_analog')!;
    assert.deepEqual(mapper.resend(), []);
  });
});

describe('learning', () => {
  it('puts a parameter on the controller that was turned, and leaves a built-in profile as it is', () => {
    const learned = withController(profileNamed('generic_analog')!, 'cutoff', 21);
    assert.equal(learned.id, 'generic_analog_learned');
    assert.deepEqual(learned.toEvents('filter.cutoff', 0.5), [{ type: 'cc', controller: 21, value: 32 }]);
    assert.equal(profileNamed('generic_analog')!.toEvents('cutoff', 1)[0].type, 'cc');
    const again = withController(learned, 'cutoff', 22);
    assert.equal(again.id, 'generic_analog_learned');
    assert.equal(again.name, learned.name);
  });

  it('takes the controller from who had it, adds what is new, and makes one of a pair', () => {
    const learned = withController(PROFILE, 'wave', 107);
    assert.equal(learned.id, `${PROFILE.id}_learned`);
    assert.equal(learned.resolve('pair'), undefined);
    assert.deepEqual(learned.toEvents('wave', 'square'), [{ type: 'cc', controller: 107, value: 127 }]);
    assert.deepEqual(withController(PROFILE, 'new_one', 3).toEvents('new_one', 1)[0], {
      type: 'cc',
      controller: 3,
      value: 127
    });
    assert.deepEqual(withController(PROFILE, 'pair', 5).toEvents('pair', 1)[0], {
      type: 'cc',
      controller: 5,
      value: 127
    });
    assert.throws(() => withController(PROFILE, 'knob', 123), /channel mode/);
    assert.throws(() => withController(PROFILE, 'a b', 3), /letters/);
  });
});
