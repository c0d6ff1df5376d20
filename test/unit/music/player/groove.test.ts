import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  accentAt,
  grooved,
  GROOVES,
  grooveReach,
  readGroove,
  swing
} from '../../../../nodes/music/player/groove';

const STEP = 240;

describe('a groove', () => {
  it('puts the second of a pair where the percentage says', () => {
    for (const [percent, ticks] of [
      [50, 240],
      [54, 259.2],
      [58, 278.4],
      [200 / 3, 320],
      [75, 360]
    ]) {
      assert.ok(Math.abs(grooved(swing(percent), STEP, STEP) - ticks) < 1e-9, `${percent}`);
    }
    assert.equal(grooved(swing(75), STEP, 3 * STEP), 3 * STEP + 120);
    assert.equal(grooved(swing(75), STEP, 120), 180, 'what is between the steps is stretched with them');
  });

  it('is read from a name, a percentage or a list', () => {
    assert.equal(readGroove('MPC 54'), GROOVES['mpc 54']);
    assert.deepEqual(readGroove('58%'), GROOVES['mpc 58']);
    assert.deepEqual(readGroove(62), GROOVES['mpc 62']);
    assert.deepEqual(readGroove('0:110 12, -4:90 8'), {
      offsets: [0, 0.12, -0.04, 0.08],
      accents: [1.1, 1, 0.9, 1]
    });
    assert.equal(accentAt(readGroove('0:110 0'), STEP, 2 * STEP + 5), 1.1);
    for (const wrong of [
      '49',
      '76',
      'jazz',
      '0 50',
      '0 -50',
      '0:500 1',
      '1 2 x',
      '0 '.repeat(65),
      null,
      {}
    ]) {
      assert.throws(() => readGroove(wrong), { code: 'InvalidParameter' }, String(wrong));
    }
  });

  it('keeps the order of time and its reach, whatever its list', () => {
    const offsets = fc.array(fc.integer({ min: -49, max: 49 }), { minLength: 1, maxLength: 9 });
    const position = fc.double({ min: 0, max: 100_000, noNaN: true });
    fc.assert(
      fc.property(offsets, position, position, (list, a, b) => {
        const one = readGroove(list.length === 1 ? `${list[0]},0` : list.join(' '));
        const { early, late } = grooveReach(one, STEP);
        const [low, high] = a < b ? [a, b] : [b, a];
        const [first, second] = [grooved(one, STEP, low), grooved(one, STEP, high)];
        assert.ok(first <= second + 1e-9);
        assert.ok(first >= Math.max(0, low - early - 1e-9) && second <= high + late + 1e-9);
      }),
      { numRuns: 200 }
    );
  });
});
