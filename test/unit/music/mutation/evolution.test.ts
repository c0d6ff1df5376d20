import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { NoteEvent } from '../../../../nodes/music/event';
import {
  emptyEvolution,
  Evolution,
  readMutationRules,
  type Boundary,
  type EvolutionState,
  type EvolvingSpan,
  type Generation,
  type RulesJson
} from '../../../../nodes/music/mutation';
import { patternFromNotation } from '../../../../nodes/music/notation';

const CYCLE = 3840;
const UP: RulesJson = { rules: [{ what: 'transpose', amount: 1 }] };

/** A rig that plays an evolution span by span and notes what sounds at which run tick. */
function rig(rules: RulesJson = UP, isOn = true, state: EvolutionState = emptyEvolution()) {
  const generations: Generation[] = [];
  const failures: Error[] = [];
  const evolution = new Evolution(state, patternFromNotation('c4 ~ ~ ~'), readMutationRules(rules), isOn, {
    generation: (_, generation) => generations.push(generation),
    failed: (error) => failures.push(error)
  });
  const span = (from: number, to: number, more: Partial<EvolvingSpan> = {}): EvolvingSpan => {
    const boundaries: Boundary[] = [];
    for (let cycle = Math.ceil(from / CYCLE); cycle * CYCLE < to; cycle++) {
      boundaries.push({ tick: cycle * CYCLE, cycle, bars: { after: cycle - 1, upTo: cycle } });
    }
    return { clock: 'a', epoch: 1, from, to, running: true, replay: false, boundaries, ...more };
  };
  /** The notes that begin in a span, with their ticks. */
  const play = (from: number, to: number, more: Partial<EvolvingSpan> = {}): string[] =>
    evolution
      .evolve(span(from, to, more))
      .flatMap((stretch) =>
        stretch.pattern
          .query(stretch.from, stretch.to)
          .map(({ position, event }) => `${position / CYCLE}:${(event as NoteEvent).note}`)
      );
  return { evolution, generations, failures, play, state };
}

describe('an evolution', () => {
  it('mutates when a cycle begins, not at the start, and plays all of each stretch', () => {
    const { play, generations } = rig();
    assert.deepEqual(play(0, 3 * CYCLE), ['0:60', '1:61', '2:62']);
    assert.deepEqual(
      generations.map(({ number, cycle }) => [number, cycle]),
      [
        [1, 1],
        [2, 2]
      ]
    );
  });

  it('gives the same however time is cut, and the same again when a span is replayed', () => {
    const whole = rig().play(0, 8 * CYCLE);
    const lengths = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 12, maxLength: 40 });
    fc.assert(
      fc.property(lengths, (cuts) => {
        const one = rig();
        const spans: [number, number][] = [];
        let from = 0;
        for (const length of cuts) spans.push([from, Math.min((from += length), 8 * CYCLE)]);
        const notes = spans.filter(([a, b]) => b > a).map(([a, b]) => one.play(a, b));
        assert.deepEqual(notes.flat(), whole.slice(0, notes.flat().length));
        const again = spans.filter(([a, b]) => b > a).map(([a, b]) => one.play(a, b, { replay: true }));
        assert.deepEqual(again, notes);
      }),
      { seed: 51, numRuns: 50 }
    );
  });

  it('goes on in a new epoch, after a loop back, and for a clock that is another one', () => {
    const { play } = rig();
    play(0, 2 * CYCLE);
    assert.deepEqual(play(0, 10, { epoch: 2 }), ['0:61'], 'a start is no cycle that has gone by');
    assert.deepEqual(play(10, CYCLE + 10, { epoch: 2 }), ['1:62']);
    assert.deepEqual(play(0, CYCLE + 10, { epoch: 0 }), ['0:62', '1:63']);
  });

  it('keeps the lineages of several clocks apart', () => {
    const { play } = rig();
    play(0, 3 * CYCLE);
    assert.deepEqual(play(0, 2 * CYCLE, { clock: 'b' }), ['0:60', '1:61']);
  });

  it('survives its owner: another evolution of the same state plays on, and answers replays alike', () => {
    const first = rig();
    const played = first.play(0, 2.5 * CYCLE);
    const second = rig(UP, true, first.state);
    assert.deepEqual(second.play(0, 2.5 * CYCLE, { replay: true }), played);
    assert.deepEqual(second.play(2.5 * CYCLE, 3.5 * CYCLE), ['3:63']);
  });

  it('undoes and mutates by message with the next cycle, also while it is off', () => {
    const { evolution, play } = rig(UP, false);
    assert.deepEqual(play(0, 100), ['0:60']);
    assert.deepEqual(evolution.act({ do: 'mutate', which: true }), []);
    assert.deepEqual(play(100, 2.5 * CYCLE), ['1:61', '2:61']);
    evolution.act({ do: 'undo', count: 1 });
    assert.deepEqual(play(2.5 * CYCLE, 3.5 * CYCLE), ['3:60']);
    assert.throws(() => evolution.act({ do: 'undo', count: 1 }), /there is no mutation to undo/);
    evolution.act({ do: 'mutate', which: true });
    evolution.act({ do: 'undo', count: 1 });
    assert.deepEqual(play(3.5 * CYCLE, 4.5 * CYCLE), ['4:60'], 'both wait, and are done in their order');
  });

  it('acts at once where the clock stands, or before any has come', () => {
    const { evolution, play } = rig(UP, false);
    evolution.act({ do: 'mutate', which: true });
    assert.deepEqual(play(0, 100, { running: false }), ['0:61']);
    assert.deepEqual(evolution.act({ do: 'mutate', which: true }), ['a']);
    assert.deepEqual(play(0, 100, { running: false, replay: true }), ['0:62']);
    assert.equal(evolution.current().generation!.number, 2);
  });

  it('takes back a cycle that has not sounded, with what messages had asked for', () => {
    const { evolution, play, generations } = rig(UP, false);
    play(0, CYCLE - 10);
    evolution.act({ do: 'mutate', which: true });
    assert.deepEqual(play(CYCLE - 10, CYCLE + 10), ['1:61']);
    evolution.act({ do: 'mutate', which: true });
    assert.equal(
      evolution.rewind('a', (_, tick) => tick > CYCLE),
      undefined
    );
    assert.deepEqual(
      evolution.rewind('a', (_, tick) => tick >= CYCLE),
      { epoch: 1, tick: CYCLE }
    );
    assert.deepEqual(play(CYCLE - 10, CYCLE + 10, { replay: true }), ['1:62']);
    assert.deepEqual(
      generations.map(({ number }) => number),
      [1, 1, 2]
    );
  });

  it('names what plays, and gives it away', () => {
    const { evolution, play } = rig();
    assert.throws(() => evolution.name('a'), /there is no mutation to name/);
    assert.equal((evolution.current().pattern.events[0].event as NoteEvent).note, 60);
    play(0, CYCLE + 1);
    evolution.name('first');
    const { pattern, generation } = evolution.current();
    assert.equal(generation!.name, 'first');
    assert.equal((pattern.events[0].event as NoteEvent).note, 61);
    assert.deepEqual(play(CYCLE, CYCLE + 1, { replay: true }), ['1:61']);
  });

  it('begins anew with another source', () => {
    const { evolution, play } = rig();
    play(0, 2 * CYCLE);
    evolution.begin(patternFromNotation('c3 ~ ~ ~'));
    assert.equal(evolution.current().generation, undefined);
    assert.deepEqual(play(2 * CYCLE, 3 * CYCLE), ['2:49']);
  });

  it('plays on where a source cannot be mutated, and says so', () => {
    const { play, failures } = rig({ cycles: 64, rules: [{ what: 'thin' }] });
    const long = rig({ cycles: 64, rules: [{ what: 'thin' }] });
    long.evolution.begin(patternFromNotation('c4', { cycleTicks: 100_000 }));
    assert.deepEqual(play(0, 100), ['0:60']);
    assert.throws(() => long.evolution.act({ do: 'mutate', which: true }), /cycles: 64/);
    assert.equal(long.play(0, 2 * CYCLE).length, 1);
    assert.match(long.failures[0].message, /cycles: 64/);
    assert.equal(failures.length, 0);
  });

  it('remembers only so much', () => {
    const { evolution, play, state } = rig();
    for (let cycle = 0; cycle < 300; cycle++) play(cycle * CYCLE, (cycle + 1) * CYCLE);
    for (let clock = 0; clock < 100; clock++) play(0, 10, { clock: `clock ${clock}` });
    assert.equal(state.tracks.size, 64);
    assert.equal(state.tracks.get('a')!.entries.length, 64);
    for (let index = 0; index < 16; index++) evolution.act({ do: 'mutate', which: true });
    assert.throws(() => evolution.act({ do: 'mutate', which: true }), /wait already/);
  });
});
