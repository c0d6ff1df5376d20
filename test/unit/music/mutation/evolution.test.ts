import assert from 'node:assert/strict';
import type { NoteEvent } from '../../../../nodes/music/event';
import {
  emptyEvolution,
  Evolution,
  readMutationRules,
  type EvolutionState,
  type RulesJson
} from '../../../../nodes/music/mutation';
import { patternFromNotation } from '../../../../nodes/music/notation';
import { patternFromEvents, type Pattern } from '../../../../nodes/music/pattern';

const UP: RulesJson = { rules: [{ what: 'transpose', amount: 1 }] };
const SOURCE = 'c4 ~ ~ ~';

function evolving(rules: RulesJson = UP, state: EvolutionState = emptyEvolution()): Evolution {
  const evolution = new Evolution(state, readMutationRules(rules));
  evolution.begin(SOURCE, patternFromNotation(SOURCE));
  return evolution;
}

const first = (pattern: Pattern | undefined) =>
  (pattern?.query(0, 1)[0].event as NoteEvent | undefined)?.note;

/** Lets cycles go by as a node does, and answers with the first note of each. */
function play(evolution: Evolution, cycles: number): (number | undefined)[] {
  return Array.from({ length: cycles }, (_, cycle) => {
    const note = first(evolution.playing());
    evolution.prepare({ cycle: cycle + 1 });
    evolution.turn();
    return note;
  });
}

describe('an evolution', () => {
  it('plays each mutation from the cycle on that it was prepared for', () => {
    const evolution = evolving();
    assert.equal(evolution.prepare({ cycle: 1 }), true);
    assert.deepEqual([first(evolution.playing()), first(evolution.coming())], [60, 61]);
    assert.equal(evolution.prepare({ cycle: 1 }), false, 'once for each cycle');
    assert.equal(evolution.turn()!.number, 1);
    assert.deepEqual([first(evolution.playing()), evolution.coming()], [61, undefined]);
    assert.equal(evolution.turn(), undefined);
  });

  it('plays the same again from the same seed, and waits as long as its rules say', () => {
    const wild = { seed: 5, rules: [{ what: 'transpose', amount: [-12, 12], when: { every: 2 } }] };
    const played = play(evolving(wild), 12);
    assert.deepEqual(play(evolving(wild), 12), played);
    for (let cycle = 1; cycle < 12; cycle += 2) assert.equal(played[cycle], played[cycle - 1], `${played}`);
    assert.ok(new Set(played).size > 3, `${played}`);
  });

  it('is undone and mutated by messages, which come before what the rules prepared', () => {
    const evolution = evolving();
    play(evolution, 2);
    evolution.prepare({ cycle: 3 });
    assert.equal(first(evolution.coming()), 63);
    evolution.act({ do: 'undo', count: 1 }, { cycle: 3 });
    assert.deepEqual([first(evolution.playing()), first(evolution.coming())], [62, 61]);
    evolution.act({ do: 'undo', count: 1 }, { cycle: 3 });
    assert.equal(first(evolution.coming()), 60, 'of two messages both count');
    assert.throws(() => evolution.act({ do: 'undo', count: 1 }, { cycle: 3 }), /nothing|no mutation to undo/);
    evolution.act({ do: 'mutate', which: true }, { cycle: 3 });
    assert.equal(evolution.prepare({ cycle: 3 }), false, 'what was asked for stays');
    assert.equal(evolution.turn()!.number, 3, 'a number is never used twice');
    assert.equal(first(evolution.playing()), 61);
    evolution.act({ do: 'undo', count: 'all' }, { cycle: 4 });
    assert.equal(evolution.settle(), undefined);
    assert.equal(evolution.playing().query, evolution.playing().query);
    assert.equal(first(evolution.playing()), 60);
  });

  it('says what cannot be undone', () => {
    const evolution = evolving();
    const undo = (count: number | 'all') => () => evolution.act({ do: 'undo', count }, { cycle: 1 });
    assert.throws(undo(1), /there is no mutation to undo/);
    play(evolution, 2);
    assert.throws(undo(3), /undo: 3 .*2 or fewer/);
    assert.throws(undo(0), /undo: 0/);
    assert.throws(undo(1.5), /undo: 1.5/);
    assert.equal(evolution.coming(), undefined);
  });

  it('goes on with its lineage in another owner, and with another source begins anew', () => {
    const state = emptyEvolution();
    play(evolving(UP, state), 2);
    const next = evolving(UP, state);
    assert.equal(first(next.playing()), 62);
    next.begin('c3', patternFromNotation('c3 ~ ~ ~'));
    assert.equal(first(next.playing()), 48);
    const file = (note: number) =>
      patternFromEvents([{ position: 0, event: { type: 'note', note, velocity: 1, durationTicks: 1 } }]);
    next.begin('file', file(50));
    play(next, 1);
    next.begin('file', file(50));
    assert.equal(first(next.playing()), 51);
    next.begin('file', file(40));
    assert.equal(first(next.playing()), 40, 'a file that has changed');
  });

  it('names what plays, also in what will come of it', () => {
    const evolution = evolving();
    assert.throws(() => evolution.name('a'), /there is no mutation to name/);
    play(evolution, 1);
    evolution.prepare({ cycle: 2 });
    evolution.name('first');
    evolution.turn();
    assert.equal(evolution.current().generation!.name, undefined);
    evolution.act({ do: 'undo', count: 1 }, { cycle: 3 });
    evolution.turn();
    assert.equal(evolution.current().generation!.name, 'first');
  });

  it('gives away what plays, the source included', () => {
    const evolution = evolving();
    assert.equal(evolution.current().generation, undefined);
    assert.equal((evolution.current().pattern.events[0].event as NoteEvent).note, 60);
    play(evolution, 1);
    const { pattern, generation } = evolution.current();
    assert.equal(generation!.cycle, 1);
    assert.equal((pattern.events[0].event as NoteEvent).note, 61);
  });

  it('takes as many cycles as one as the notation needs, and plays on at the same place', () => {
    const evolution = new Evolution(emptyEvolution(), readMutationRules(UP));
    evolution.begin('a', patternFromNotation('<c4 e4 g4>'));
    evolution.act({ do: 'mutate', which: true }, { cycle: 4 });
    const { query, cycleTicks } = evolution.coming()!;
    assert.equal(cycleTicks, 3840);
    const notes = query(0, 6 * 3840).map(({ event }) => (event as NoteEvent).note);
    assert.deepEqual(notes, [61, 65, 68, 61, 65, 68]);
  });

  it('refuses what is too long to be mutated, and plays it as it is', () => {
    const evolution = evolving({ cycles: 64, rules: [{ what: 'thin' }] });
    evolution.begin('long', patternFromNotation('c4', { cycleTicks: 100_000 }));
    assert.throws(() => evolution.prepare({ cycle: 1 }), /cycles: 64/);
    assert.throws(() => evolution.act({ do: 'mutate', which: true }, { cycle: 1 }), /cycles: 64/);
    assert.equal(first(evolution.playing()), 60);
  });
});
