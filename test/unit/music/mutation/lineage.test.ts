import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  beginLineage,
  currentGeneration,
  currentPattern,
  grown,
  MAX_GENERATIONS,
  mutate,
  named,
  readMutationRules,
  STYLES,
  undone,
  type Lineage
} from '../../../../nodes/music/mutation';
import { patternEquals, patternFromEvents } from '../../../../nodes/music/pattern';
import { patternFromJson, patternToJson } from '../../../../nodes/music/pattern-json';
import { aPattern, STEP } from './support';

const rules = readMutationRules(STYLES.default);

/** One mutation more, of whatever the rules make. */
function mutated(lineage: Lineage, cycle: number): Lineage {
  const mutation = mutate(
    rules,
    { cycle, turn: lineage.turns, message: true },
    { pattern: currentPattern(lineage), original: lineage.original, stepTicks: STEP }
  );
  return mutation === undefined ? lineage : grown(lineage, mutation, cycle);
}

const generation = (number: number) => ({
  pattern: patternFromEvents([{ position: number % 3840, event: { type: 'cc', controller: 1, value: 1 } }]),
  applied: ['rotate'],
  distance: 0.1
});

describe('a lineage', () => {
  it('is undone exactly, generation by generation, to the very patterns that played', () => {
    fc.assert(
      fc.property(
        aPattern,
        fc.array(fc.constantFrom('mutate', 'mutate', 'undo'), { maxLength: 12 }),
        (original, acts) => {
          let lineage = beginLineage(original);
          const played = [original];
          const json = [JSON.stringify(patternToJson(original))];
          acts.forEach((act, index) => {
            if (act === 'mutate') {
              const next = mutated(lineage, index + 1);
              if (next === lineage) return;
              lineage = next;
              played.push(currentPattern(lineage));
              json.push(JSON.stringify(patternToJson(currentPattern(lineage))));
            } else if (played.length > 1) {
              lineage = undone(lineage);
              played.pop();
              json.pop();
            }
            assert.equal(currentPattern(lineage), played.at(-1));
            assert.equal(JSON.stringify(patternToJson(currentPattern(lineage))), json.at(-1));
          });
          assert.equal(currentPattern(played.length > 1 ? undone(lineage, 'all') : lineage), original);
        }
      ),
      { seed: 41, numRuns: 60 }
    );
  });

  it('survives the way to a file and back', () => {
    fc.assert(
      fc.property(aPattern, (original) => {
        const pattern = currentPattern(mutated(beginLineage(original), 1));
        const back = patternFromJson(JSON.parse(JSON.stringify(patternToJson(pattern, 'a'))));
        assert.ok(patternEquals(back.pattern, pattern));
      }),
      { seed: 42, numRuns: 60 }
    );
  });

  it('forgets its oldest generations, never its original', () => {
    const original = patternFromEvents([]);
    let lineage = beginLineage(original);
    for (let number = 1; number <= MAX_GENERATIONS + 5; number++)
      lineage = grown(lineage, generation(number), number);
    assert.equal(lineage.generations.length, MAX_GENERATIONS);
    assert.equal(lineage.generations[0].number, 6);
    assert.equal(currentGeneration(lineage)!.number, MAX_GENERATIONS + 5);
    assert.equal(currentPattern(undone(lineage, MAX_GENERATIONS)), original);
  });

  it('gives no number twice, and keeps names', () => {
    let lineage = grown(beginLineage(patternFromEvents([])), generation(1), 1);
    lineage = named(lineage, ' the good one ');
    assert.equal(currentGeneration(lineage)!.name, 'the good one');
    lineage = undone(grown(lineage, generation(2), 2));
    assert.equal(currentGeneration(lineage)!.name, 'the good one');
    assert.equal(currentGeneration(grown(lineage, generation(3), 3))!.number, 3);
    assert.ok(Object.isFrozen(lineage) && Object.isFrozen(lineage.generations));
  });

  it('says what cannot be undone or named', () => {
    const none = beginLineage(patternFromEvents([]));
    assert.throws(() => undone(none), /there is no mutation to undo/);
    assert.throws(() => named(none, 'a'), /there is no mutation to name/);
    const one = grown(none, generation(1), 1);
    assert.throws(() => undone(one, 2), /undo: 2/);
    assert.throws(() => undone(one, 0), /undo: 0/);
    assert.throws(() => named(one, ''), /a text of up to 60/);
  });
});
