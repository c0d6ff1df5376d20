import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import { encodeEvent, parseMessages } from '../../../nodes/music/bytes';
import { stepAt, positionOfStep } from '../../../nodes/music/profile/curve';
import {
  ProfileError,
  readProfile,
  Receiver,
  type Profile,
  type RawParameter
} from '../../../nodes/music/profile';

const of = (raw: RawParameter): Profile => readProfile({ parameters: { knob: raw } }, 'test');
const sent = (raw: RawParameter, value: number | string) => of(raw).setting('knob', value).deviceValue;
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];
const quarters = (raw: RawParameter) => QUARTERS.map((position) => sent(raw, position));

/** Any parameter that can be written. */
const anyRange = fc
  .tuple(fc.nat(127), fc.nat(127))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const anyCurve = fc.oneof(
  fc.constant<RawParameter>({}),
  fc.constant<RawParameter>({ curve: 'logarithmic' }),
  fc.double({ min: 0.125, max: 8, noNaN: true }).map((exponent) => ({ curve: 'exponential', exponent })),
  fc.integer({ min: 2, max: 20 }).map((steps) => ({ steps }))
);
const anyParameter = fc
  .record({ range: anyRange, curve: anyCurve, bipolar: fc.boolean() })
  .filter(({ range, curve }) => !('steps' in curve) || range[1] - range[0] >= 20)
  .map(({ range, curve, bipolar }): RawParameter => ({ cc: 1, range, bipolar, ...curve }));

describe('curves of a parameter', () => {
  it('have the values of the help at 0, ¼, ½, ¾ and 1', () => {
    assert.deepEqual(quarters({ cc: 1 }), [0, 32, 64, 95, 127]);
    assert.deepEqual(quarters({ cc: 1, curve: 'exponential' }), [0, 8, 32, 71, 127]);
    assert.deepEqual(quarters({ cc: 1, curve: 'exponential', exponent: 3 }), [0, 2, 16, 54, 127]);
    assert.deepEqual(quarters({ cc: 1, curve: 'logarithmic' }), [0, 65, 94, 113, 127]);
    assert.deepEqual(quarters({ cc: 1, steps: 4 }), [0, 42, 85, 127, 127]);
    assert.deepEqual(quarters({ cc: 1, bipolar: true }), [0, 32, 64, 96, 127]);
    assert.deepEqual(quarters({ cc: 1, range: [20, 100] }), [20, 40, 60, 80, 100]);
    assert.deepEqual(quarters({ cc14: 7 }), [0, 4096, 8192, 12287, 16383]);
  });

  it('never fall, stay in range, and reach both ends', () => {
    const position = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyParameter, position, position, (raw, a, b) => {
        const [min, max] = raw.range!;
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((at) => sent(raw, at));
        assert.ok(low <= high && low >= min && high <= max && Number.isInteger(low));
        assert.equal(sent(raw, 0), min);
        assert.equal(sent(raw, 1), max);
      }),
      { numRuns: 200 }
    );
  });

  it('lead back: what is read from a sent value is sent again as the same', () => {
    fc.assert(
      fc.property(anyParameter, fc.double({ min: 0, max: 1, noNaN: true }), (raw, position) => {
        const profile = of(raw);
        const first = profile.setting('knob', position);
        const [event] = profile.toEvents('knob', position);
        const received = new Receiver(profile).take(event);
        assert.equal(profile.setting('knob', received!.value).deviceValue, first.deviceValue);
      }),
      { numRuns: 200 }
    );
  });

  it('give every step its share, and lead back from each', () => {
    for (let count = 2; count <= 128; count++) {
      for (let index = 0; index < count; index++) {
        assert.equal(stepAt(count, positionOfStep(count, index)), index);
      }
    }
  });
});

describe('a value for a parameter', () => {
  const raw: RawParameter = { cc: 5, steps: { saw: 0, triangle: 50, square: 127 } };

  it('may be the label of a step, in any case', () => {
    assert.equal(sent(raw, 'Triangle'), 50);
    assert.equal(sent(raw, '0.5'), 50);
    assert.deepEqual(of(raw).setting('knob', 'square').value, 1);
  });

  it('is refused where there is no such label or it is out of range, and the error says what there is', () => {
    assert.throws(() => sent(raw, 'sine'), /knob: "sine" is not valid: .*saw, triangle, square/);
    for (const wrong of [1.01, -0.1, NaN, Infinity, true, null, undefined, {}, [0.5], '']) {
      assert.throws(() => sent(raw, wrong as never), /knob/, String(wrong));
    }
    assert.throws(() => of(raw).setting('cutoff', 0), /"test" has knob/);
  });
});

describe('reading a profile', () => {
  const wrong = (raw: unknown): ProfileError => {
    try {
      readProfile(raw, 'my');
    } catch (error) {
      assert.ok(error instanceof ProfileError, String(error));
      return error;
    }
    return assert.fail('it was read');
  };
  const path = (raw: unknown) => wrong(raw).path.join('.');
  const knob = (raw: unknown) => path({ parameters: { knob: raw } });

  it('names the place of what is wrong', () => {
    assert.equal(path([]), 'my');
    assert.equal(path({ params: {} }), 'my.params');
    assert.equal(path({ parameters: [] }), 'my.parameters');
    assert.equal(knob(74), 'my.parameters.knob');
    assert.equal(knob({}), 'my.parameters.knob');
    assert.equal(knob({ cc: 74, nrpn: 5 }), 'my.parameters.knob');
    assert.equal(knob({ cc: 74, colour: 'red' }), 'my.parameters.knob.colour');
    assert.equal(knob({ cc: '74' }), 'my.parameters.knob.cc');
    assert.equal(knob({ cc: 74, range: [0, 128] }), 'my.parameters.knob.range.1');
    assert.equal(knob({ cc: 74, range: [100, 0] }), 'my.parameters.knob.range');
    assert.equal(knob({ cc: 74, curve: 'cubic' }), 'my.parameters.knob.curve');
    assert.equal(knob({ cc: 74, curve: 'stepped' }), 'my.parameters.knob.curve');
    assert.equal(knob({ cc: 74, curve: 'linear', steps: 4 }), 'my.parameters.knob.curve');
    assert.equal(knob({ cc: 74, exponent: 2 }), 'my.parameters.knob.exponent');
    assert.equal(knob({ cc: 74, curve: 'exponential', exponent: 0 }), 'my.parameters.knob.exponent');
    assert.equal(knob({ cc: 74, steps: [5, 5] }), 'my.parameters.knob.steps.1');
    assert.equal(knob({ cc: 74, steps: 1 }), 'my.parameters.knob.steps');
    assert.equal(knob({ cc: 74, steps: { a: 0, A: 9 } }), 'my.parameters.knob.steps.A');
    assert.equal(knob({ cc: 74, default: 2 }), 'my.parameters.knob.default');
    assert.equal(knob({ cc: 74, steps: { a: 0, b: 1 }, default: 'c' }), 'my.parameters.knob.default');
    assert.equal(knob({ cc: 74, role: 'Cutoff' }), 'my.parameters.knob.role');
    assert.equal(knob({ cc: 74, aliases: 'x' }), 'my.parameters.knob.aliases');
    assert.equal(knob({ cc: 74, order: 'lsbFirst' }), 'my.parameters.knob.order');
    assert.equal(knob({ cc14: 32 }), 'my.parameters.knob.cc14');
    assert.equal(knob({ cc14: [33] }), 'my.parameters.knob.cc14');
    assert.equal(knob({ nrpn: [128, 0] }), 'my.parameters.knob.nrpn.0');
    assert.equal(knob({ rpn: 16384 }), 'my.parameters.knob.rpn');
    assert.equal(path({ parameters: { 'a b': { cc: 1 } } }), 'my.parameters.a b');
  });

  it('refuses channel mode messages, what NRPN are made of, and names that are controls', () => {
    for (let cc = 120; cc < 128; cc++)
      assert.match(wrong({ parameters: { a: { cc } } }).message, /channel mode/);
    for (const cc of [6, 38, 98, 99, 100, 101]) {
      assert.match(wrong({ parameters: { a: { cc } } }).message, /NRPN/);
    }
    assert.equal(path({ parameters: { a: { cc14: [43, 121] } } }), 'my.parameters.a.cc14.1');
    assert.match(wrong({ parameters: { profile: { cc: 1 } } }).message, /control of the node/);
  });

  it('refuses what two parameters have in common, and names both', () => {
    const double = (b: object) => {
      const error = wrong({
        parameters: { a: { cc14: 7, role: 'x.y', aliases: ['also'] }, b: { cc: 1, ...b } }
      });
      assert.match(error.message, /a has it already/);
      return error.path.join('.');
    };
    assert.equal(double({ cc: 7 }), 'my.parameters.b.cc');
    assert.equal(double({ cc: 39 }), 'my.parameters.b.cc');
    assert.equal(double({ role: 'x.y' }), 'my.parameters.b.role');
    assert.equal(double({ aliases: ['Also'] }), 'my.parameters.b.aliases.0');
    assert.equal(path({ parameters: { a: { nrpn: 130 }, b: { nrpn: [1, 2] } } }), 'my.parameters.b.nrpn');
    assert.equal(path({ parameters: { a: { cc: 1 }, A: { cc: 2 } } }), 'my.parameters.A');
    assert.ok(readProfile({ parameters: { a: { nrpn: 1 }, b: { rpn: 1 }, c: { cc: 1 } } }, 'my'));
  });

  it('throws nothing but located errors, whatever it is given', () => {
    const value = fc.anything({ maxDepth: 3, maxKeys: 4 });
    const parameter = fc.dictionary(
      fc.constantFrom(
        'cc',
        'cc14',
        'nrpn',
        'range',
        'steps',
        'curve',
        'aliases',
        'role',
        'bipolar',
        'default'
      ),
      fc.oneof(value, fc.nat(200), fc.array(fc.nat(200), { maxLength: 3 }))
    );
    fc.assert(
      fc.property(
        fc.oneof(value, fc.record({ parameters: fc.dictionary(fc.string(), parameter) })),
        (raw) => {
          try {
            readProfile(raw, 'my');
          } catch (error) {
            assert.ok(error instanceof ProfileError, String((error as Error).stack));
          }
        }
      ),
      { numRuns: 300 }
    );
  });

  it('is frozen', () => {
    const profile = of({ cc: 5, steps: 3 });
    assert.throws(() => ((profile.parameters[0] as { name: string }).name = 'x'), TypeError);
    assert.throws(() => ((profile.parameters as unknown[])[0] = 1), TypeError);
    assert.throws(() => ((profile.parameters[0].steps![0] as { value: number }).value = 1), TypeError);
  });
});

describe('events of a parameter', () => {
  const events = (raw: RawParameter, value: number, options = {}) => of(raw).toEvents('knob', value, options);

  it('are one for a controller, and two or one record for a pair', () => {
    assert.deepEqual(events({ cc: 5 }, 1), [{ type: 'cc', controller: 5, value: 127 }]);
    assert.deepEqual(events({ cc: 5 }, 1, { channel: 3 }), [
      { type: 'cc', channel: 3, controller: 5, value: 127 }
    ]);
    assert.deepEqual(events({ cc14: 7 }, 1), [{ type: 'cc14', controller: 7, value: 16383 }]);
    const low = { type: 'cc', controller: 113, value: 0 };
    const high = { type: 'cc', controller: 33, value: 64 };
    assert.deepEqual(events({ cc14: [33, 113] }, 0.5), [high, low]);
    assert.deepEqual(events({ cc14: [33, 113], order: 'lsbFirst' }, 0.5), [low, high]);
    assert.deepEqual(events({ cc14: [33, 113] }, 0.5, { fine: false }), [high]);
  });

  it('carry a 7-bit NRPN in its high byte', () => {
    assert.deepEqual(events({ nrpn: [1, 2], range: [0, 127] }, 1), [
      { type: 'nrpn', parameter: 130, value: 127 << 7, order: 'msbFirst' }
    ]);
    assert.deepEqual(events({ rpn: 0, range: [0, 1000] }, 1), [
      { type: 'rpn', parameter: 0, value: 1000, order: 'msbFirst' }
    ]);
  });
});

describe('what arrives from a device', () => {
  const profile = readProfile(
    {
      parameters: {
        plain: { cc: 74, curve: 'exponential' },
        type: {
          cc: 14,
          steps: [
            { label: 'a', value: 0 },
            { label: 'b', value: 60, from: 50 },
            { label: 'c', value: 127, from: 100 }
          ]
        },
        fine: { cc14: [33, 113] },
        edit: { nrpn: [1, 2], order: 'lsbFirst' },
        other: { nrpn: [1, 3] },
        coarse: { nrpn: [1, 4], range: [0, 127] },
        tune: { rpn: 1 }
      }
    },
    'test'
  );
  const cc = (controller: number, value: number, channel = 1): MusicEvent => ({
    type: 'cc',
    channel,
    controller,
    value
  });

  it('is read as parameter, position and label', () => {
    const receiver = new Receiver(profile);
    assert.equal(receiver.take(cc(75, 1)), undefined);
    assert.equal(receiver.take({ type: 'noteOn', note: 60, velocity: 1 }), undefined);
    const plain = receiver.take(cc(74, 32));
    assert.equal(plain?.parameter.name, 'plain');
    assert.ok(Math.abs(plain!.value - 0.502) < 0.001);
    assert.equal(plain?.channel, 1);
    const labels = [0, 49, 50, 99, 100, 127].map((value) => receiver.take(cc(14, value))?.label);
    assert.deepEqual(labels, ['a', 'a', 'b', 'b', 'c', 'c']);
  });

  it('is read from a pair, also where only the high byte comes', () => {
    const receiver = new Receiver(profile);
    assert.equal(receiver.take(cc(33, 127))?.value, 1);
    assert.equal(receiver.take(cc(33, 0))?.value, 0);
    receiver.take(cc(113, 0));
    receiver.take(cc(33, 64));
    assert.equal(receiver.take(cc(113, 0))?.value, 8192 / 16383);
  });

  it('is read from the control changes of NRPN and RPN in either order, per channel', () => {
    const values = [0, 1, 5000, 8192, 16383];
    for (const { name, address } of profile.parameters) {
      if (address.kind !== 'nrpn' && address.kind !== 'rpn') continue;
      const receiver = new Receiver(profile);
      for (const value of values) {
        const rounded = address.bits === 7 ? value & ~127 : value;
        const out = new Uint8Array(32);
        const { kind, parameter, order } = address;
        const length = encodeEvent({ type: kind, parameter, value: rounded, order }, 2, out);
        const messages = parseMessages(out.slice(0, length));
        receiver.take(cc(99, 5, 9));
        const last = messages
          .map((event) => receiver.take(event))
          .filter(Boolean)
          .at(-1);
        assert.equal(last?.parameter.name, name);
        const whole = receiver.take({ type: kind, channel: 2, parameter, value: rounded, order });
        assert.deepEqual(last, whole);
      }
    }
  });

  it('is for nobody after "no parameter"', () => {
    const receiver = new Receiver(profile);
    for (const [controller, value] of [
      [99, 1],
      [98, 3],
      [99, 127],
      [98, 127]
    ])
      receiver.take(cc(controller, value));
    assert.equal(receiver.take(cc(6, 5)), undefined);
  });
});
