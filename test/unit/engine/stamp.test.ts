import assert from 'node:assert/strict';
import fc from 'fast-check';
import { PhasorError } from '../../../nodes/engine/errors';
import { readAt } from '../../../nodes/engine/stamp';

const musical = { clock: 'c', epoch: 3, tick: 960.5 };

describe('stamps', () => {
  it('are musical, or in engine time, or absent', () => {
    const nothing = { source: undefined, ordinal: undefined, replay: false };
    assert.equal(readAt(undefined, 0), undefined);
    assert.equal(readAt(null, 0), undefined);
    assert.deepEqual(readAt(musical, 0), { ...musical, ...nothing });
    assert.deepEqual(readAt({ timeMs: 5 }, 0), { timeMs: 5, ...nothing });
    const origin = { source: 's', ordinal: 7, replay: true };
    assert.deepEqual(readAt({ ...musical, ...origin, more: 1 }, 0), { ...musical, ...origin });
  });

  it('are a fresh copy', () => {
    const given = { ...musical };
    const read = readAt(given, 0) as { tick: number };
    given.tick = 0;
    assert.equal(read.tick, 960.5);
  });

  it('are refused with the name of what is wrong', () => {
    const wrong: [unknown, string, string][] = [
      [5, 'InvalidParameter', 'at'],
      ['now', 'InvalidParameter', 'at'],
      [[], 'InvalidParameter', 'at.clock'],
      [{}, 'InvalidParameter', 'at.clock'],
      [{ ...musical, clock: '' }, 'InvalidParameter', 'at.clock'],
      [{ ...musical, clock: 'x'.repeat(201) }, 'InvalidParameter', 'at.clock'],
      [{ ...musical, tick: NaN }, 'InvalidParameter', 'at.tick'],
      [{ ...musical, tick: '1' }, 'InvalidParameter', 'at.tick'],
      [{ ...musical, tick: 2 ** 41 }, 'OutOfBounds', 'at.tick'],
      [{ ...musical, epoch: -1 }, 'OutOfBounds', 'at.epoch'],
      [{ ...musical, epoch: 1.5 }, 'InvalidParameter', 'at.epoch'],
      [{ ...musical, epoch: 2 ** 31 }, 'OutOfBounds', 'at.epoch'],
      [{ ...musical, source: 5 }, 'InvalidParameter', 'at.source'],
      [{ ...musical, ordinal: -1 }, 'OutOfBounds', 'at.ordinal'],
      [{ timeMs: Infinity }, 'InvalidParameter', 'at.timeMs'],
      [{ timeMs: 3_600_001 + 10 }, 'OutOfBounds', 'at.timeMs'],
      [{ timeMs: 1, ordinal: 'a' }, 'InvalidParameter', 'at.ordinal']
    ];
    for (const [value, code, parameter] of wrong)
      assert.throws(() => readAt(value, 10), { code, parameter }, JSON.stringify(value));
  });

  it('are read or refused, whatever comes', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        try {
          readAt(value, 0);
        } catch (error) {
          assert.ok(error instanceof PhasorError);
        }
      })
    );
  });
});
