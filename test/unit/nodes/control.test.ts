import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvalidParameter } from '../../../nodes/music/errors';
import { obey, toBoolean, toNumber } from '../../../nodes/palette/control';

/** Obeys a message with two verbs and two keys; returns what was done. */
function done(msg: { topic?: unknown; payload?: unknown }): unknown[] {
  const acts: unknown[] = [];
  const key = (name: string) => (value: unknown) => {
    const number = toNumber(name, value);
    return () => acts.push([name, number]);
  };
  const verbs = { start: () => acts.push('start'), stop: () => acts.push('stop') };
  try {
    obey({ verbs, keys: { bpm: key('bpm'), position: key('position') } }, msg);
  } catch (error) {
    assert.deepEqual(acts, [], 'nothing is done where something is wrong');
    throw error;
  }
  return acts;
}

describe('control messages', () => {
  it('are a verb, an object of keys, or a topic with a value', () => {
    assert.deepEqual(done({ payload: 'start' }), ['start']);
    assert.deepEqual(done({ payload: ' stop ' }), ['stop']);
    assert.deepEqual(done({ topic: 'start', payload: true }), ['start']);
    assert.deepEqual(done({ payload: { bpm: 120, position: '960' } }), [
      ['bpm', 120],
      ['position', 960]
    ]);
    assert.deepEqual(done({ topic: 'bpm', payload: '99.5' }), [['bpm', 99.5]]);
    assert.deepEqual(done({ topic: 'elsewhere', payload: { bpm: 1 } }), [['bpm', 1]]);
  });

  it('are obeyed as a whole or not at all, and say what is allowed', () => {
    const wrong: { topic?: unknown; payload?: unknown }[] = [
      { payload: 'go' },
      { payload: '' },
      { payload: undefined },
      { payload: null },
      { payload: 5 },
      { payload: {} },
      { payload: [] },
      { payload: Buffer.from([1]) },
      { payload: new Map() },
      { payload: { bpm: 120, tempo: 1 } },
      { payload: { bpm: 120, position: 'far' } },
      { topic: 'bpm', payload: { x: 1 } },
      { topic: 'toString', payload: 1 },
      { payload: 'constructor' },
      { payload: { __proto__: null, constructor: 1 } }
    ];
    for (const msg of wrong) assert.throws(() => done(msg), InvalidParameter);
    assert.throws(() => done({ payload: { tempo: 1 } }), /"tempo".*start, stop.*bpm, position/);
  });

  it('name only what there is', () => {
    const verbs = { panic: () => undefined };
    assert.throws(() => obey({ verbs, keys: {} }, { payload: { a: 1 } }), {
      reason: 'one of panic is needed'
    });
    const keys = { mute: () => () => undefined };
    assert.throws(() => obey({ keys }, { payload: 'x' }), { reason: 'an object with mute is needed' });
  });

  it('are obeyed or refused, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (topic, payload) => {
        try {
          done({ topic, payload });
        } catch (error) {
          assert.ok(error instanceof InvalidParameter, String(error));
        }
      })
    );
  });
});

describe('values of controls', () => {
  it('are numbers, also as text', () => {
    for (const [value, number] of [
      [5, 5],
      ['5', 5],
      [' -2.5 ', -2.5],
      ['1e3', 1000]
    ] as const)
      assert.equal(toNumber('x', value), number);
    for (const value of [
      '',
      ' ',
      'five',
      '5 bpm',
      NaN,
      Infinity,
      'Infinity',
      true,
      null,
      undefined,
      [5],
      {},
      5n
    ])
      assert.throws(() => toNumber('x', value), { parameter: 'x' });
  });

  it('are true or false, also as text and number', () => {
    for (const value of [true, 'true', 1, 'on']) assert.equal(toBoolean('x', value), true);
    for (const value of [false, 'false', 0, 'off']) assert.equal(toBoolean('x', value), false);
    for (const value of ['yes', 2, null, undefined, {}])
      assert.throws(() => toBoolean('x', value), InvalidParameter);
  });
});
