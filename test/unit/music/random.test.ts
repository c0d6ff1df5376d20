import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mix, mixInteger, uniform } from '../../../nodes/music/random';

describe('random', () => {
  it('draws the same numbers in every version, so that a kept seed keeps its music', () => {
    const draws = [0, 1, -1, 2 ** 40].map((value) => uniform(mixInteger(mix(0, 7), value)));
    assert.deepEqual(
      draws,
      [0.5773287669289857, 0.018623477779328823, 0.6918469499796629, 0.14601503079757094]
    );
  });

  it('stays from 0 to 1, 1 excluded, and spreads evenly', () => {
    fc.assert(
      fc.property(fc.integer(), fc.maxSafeInteger(), (hash, value) => {
        const drawn = uniform(mixInteger(hash, value));
        assert.ok(drawn >= 0 && drawn < 1);
      })
    );
    const bins = new Array<number>(16).fill(0);
    for (let value = 0; value < 16_000; value++) bins[Math.floor(uniform(mixInteger(0, value)) * 16)]++;
    // Chi-square with 15 degrees of freedom: 37.7 is passed once in a thousand.
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    assert.ok(chiSquare < 37.7, `${chiSquare}`);
  });
});
