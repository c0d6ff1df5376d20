import assert from 'node:assert/strict';
import { Foresight, readMutationRules } from '../../../../nodes/music/mutation';
import { patternFromNotation } from '../../../../nodes/music/notation';

const CYCLE_TICKS = 3840;

describe('what a pattern that mutates will play', () => {
  const pattern = patternFromNotation('c2 d2 e2 f2', { cycleTicks: CYCLE_TICKS, velocity: 100, gate: 0.8 });

  for (const every of [1, 2, 4]) {
    it(`is another pattern each ${every} cycles, and the same one in between`, () => {
      const rules = readMutationRules({ rules: [{ what: 'transpose', amount: 1, when: { every } }] });
      const foresight = new Foresight(pattern, rules, (cycle) => (cycle + 1) * CYCLE_TICKS, CYCLE_TICKS);
      const patterns = Array.from({ length: 8 }, (_, cycle) => foresight.patternOf(cycle));
      const others = [...new Set(patterns)];
      assert.deepEqual(
        patterns.map((each) => others.indexOf(each)),
        patterns.map((_, cycle) => Math.floor(cycle / every))
      );
    });
  }
});
