import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { NoteEvent } from '../../../../nodes/music/event';
import {
  cyclesOf,
  distance,
  dueRules,
  materialise,
  MAX_MUTATED_EVENTS,
  mutate,
  readMutationRules,
  STYLE_NAMES,
  STYLES,
  type Moment
} from '../../../../nodes/music/mutation';
import { density, fitNote, isAllowed, movedNote } from '../../../../nodes/music/mutation/bounds';
import { rulesAtATime } from '../../../../nodes/music/mutation/mutate';
import { patternFromNotation } from '../../../../nodes/music/notation';
import {
  patternEquals,
  patternFromCycles,
  patternFromEvents,
  patternFromOwnEvents,
  type EventPattern,
  type PatternEvent
} from '../../../../nodes/music/pattern';
import { scaleNamed } from '../../../../nodes/music/pitch';
import { aPattern, grid, NOW, STEP } from './support';

const notation = (text: string) => materialise(patternFromNotation(text), 1);
const steps = (pattern: EventPattern) =>
  pattern.events
    .map(({ position, event }) => `${position / STEP + 1}:${(event as NoteEvent).note}`)
    .join(' ');

/** One rule, applied once to a pattern. */
function apply(pattern: EventPattern, rule: object, more: object = {}, heard?: number[]): EventPattern {
  const set = readMutationRules({ ...more, rules: [rule] });
  return mutate(set, NOW, { pattern, original: pattern, stepTicks: STEP, heard })?.pattern ?? pattern;
}

describe('mutations', () => {
  const scale = notation('c4 d4 e4 f4');
  const table: [string, object, string][] = [
    ['transpose by semitones', { what: 'transpose', amount: 2 }, '1:62 5:64 9:66 13:67'],
    [
      'transpose by degrees',
      { what: 'transpose', amount: 2, bounds: { scale: 'c4 major' } },
      '1:64 5:65 9:67 13:69'
    ],
    [
      'transpose on steps',
      { what: 'transpose', amount: 1, where: { steps: ['1-8'] } },
      '1:61 5:63 9:64 13:65'
    ],
    [
      'transpose on rows',
      { what: 'transpose', amount: 1, where: { rows: ['d4..e4'] } },
      '1:60 5:63 9:65 13:65'
    ],
    ['octave', { what: 'octave', amount: -1, share: 1 }, '1:48 5:50 9:52 13:53'],
    [
      'octave folded back',
      { what: 'octave', amount: 1, share: 1, bounds: { range: ['c4', 'd5'] } },
      '1:72 5:74 9:64 13:65'
    ],
    ['invert about the middle', { what: 'invert' }, '1:65 5:63 9:61 13:60'],
    ['invert about an axis', { what: 'invert', axis: 'c4' }, '1:60 5:58 9:56 13:55'],
    ['rotate', { what: 'rotate', amount: 5 }, '2:65 6:60 10:62 14:64'],
    ['rotate back', { what: 'rotate', amount: -4 }, '1:62 5:64 9:65 13:60'],
    ['reverse', { what: 'reverse' }, '4:65 8:64 12:62 16:60'],
    ['reverse of some steps', { what: 'reverse', where: { steps: ['1-16/4'] } }, '1:65 5:64 9:62 13:60'],
    ['swap', { what: 'swap', where: { steps: [1, 13] } }, '1:65 5:62 9:64 13:60'],
    ['thin', { what: 'thin', share: 1, where: { steps: ['5-16'] } }, '1:60'],
    ['thin of a count', { what: 'thin', share: 1, count: 4 }, ''],
    ['double', { what: 'double', share: 1, where: { steps: [1] } }, '1:60 3:60 5:62 9:64 13:65'],
    [
      'markov of a matrix',
      { what: 'markov', share: 1, matrix: { f4: { c4: 1 }, c4: { g4: 1 }, g4: { f4: 1 } } },
      '1:60 5:67 9:65 13:60'
    ]
  ];
  for (const [name, rule, expected] of table) {
    it(`${name}`, () => assert.equal(steps(apply(scale, rule)), expected));
  }

  it('alter how notes are played', () => {
    const first = (rule: object) => apply(scale, rule).events[0];
    assert.deepEqual(first({ what: 'ratchet', amount: 3, share: 1 }).play, { ratchet: 3 });
    assert.equal(
      apply(apply(scale, { what: 'ratchet', amount: 3, share: 1 }), { what: 'ratchet', amount: 1, share: 1 })
        .events[0].play,
      undefined
    );
    assert.deepEqual(first({ what: 'probability', amount: -0.25 }).play, { probability: 0.75 });
    assert.equal(first({ what: 'probability', amount: 0.25 }).play, undefined);
    assert.equal((first({ what: 'velocity', amount: -20 }).event as NoteEvent).velocity, 80);
    assert.equal((first({ what: 'velocity', amount: 120 }).event as NoteEvent).velocity, 127);
    const before = (scale.events[0].event as NoteEvent).durationTicks!;
    assert.equal((first({ what: 'gate', amount: 0.5 }).event as NoteEvent).durationTicks, before / 2);
  });

  it('let a parameter drift from its start, within its limits', () => {
    let pattern = scale;
    const rule = { what: 'drift', parameter: 'filter_cutoff', amount: 0.2, start: 0.5, max: 0.8 };
    const values: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      pattern = apply(pattern, rule);
      const moves = pattern.events.filter(({ event }) => event.type === 'parameter');
      assert.equal(moves.length, 1);
      values.push((moves[0].event as { value: unknown }).value);
    }
    assert.deepEqual(values, [0.7, 0.8, 0.8]);
    const cc = apply(scale, { what: 'drift', controller: 74, amount: -10, where: { steps: [5] } });
    assert.deepEqual(
      cc.events.find(({ event }) => event.type === 'cc'),
      {
        position: 4 * STEP,
        event: { type: 'cc', controller: 74, value: 53 }
      }
    );
  });

  it('learn a chain from the pattern, or from notes that arrived', () => {
    const of = (pattern: EventPattern) => pattern.events.map(({ event }) => (event as NoteEvent).note);
    const round = notation('c4 d4 e4 c4 d4 e4');
    // Each note has one that follows, and the first one follows the last.
    assert.deepEqual(of(apply(round, { what: 'markov', share: 1 })), of(round));
    assert.deepEqual(
      of(apply(round, { what: 'markov', share: 1, order: 2, from: 'notes' }, {}, [70])),
      Array(6).fill(70)
    );
    assert.deepEqual(of(apply(round, { what: 'markov', share: 1, from: 'notes' }, {}, [])), of(round));
  });

  it('leave alone what could hang, and what is of another kind', () => {
    const pattern = patternFromEvents([
      { position: 0, event: { type: 'noteOn', note: 60, velocity: 9 } },
      { position: 10, event: { type: 'noteOff', note: 60, velocity: 9 } },
      { position: 20, event: { type: 'cc', controller: 1, value: 9 } }
    ]);
    for (const what of ['transpose', 'thin', 'rotate', 'octave', 'reverse', 'markov', 'double']) {
      assert.ok(patternEquals(apply(pattern, { what }), pattern), what);
    }
    assert.equal(apply(pattern, { what: 'thin', share: 1, where: { kinds: ['cc'] } }).events.length, 2);
  });

  it('answer the same for the same seed, cycle and turn, and otherwise with another', () => {
    const set = readMutationRules({
      seed: 3,
      rules: [{ what: 'transpose', amount: [-24, 24] }, { what: 'markov' }]
    });
    const material = { pattern: scale, original: scale, stepTicks: STEP };
    const at = (moment: Partial<Moment>, rules = set) =>
      mutate(rules, { ...NOW, ...moment }, material)!.pattern;
    assert.ok(patternEquals(at({ cycle: 5 }), at({ cycle: 5 })));
    const different = [at({ cycle: 1 }), at({ cycle: 2 }), at({ turn: 1 }), at({}, { ...set, seed: 4 })].map(
      steps
    );
    assert.ok(new Set(different).size >= 3, different.join('; '));
  });

  it('are due every so many cycles or bars, or by message', () => {
    const set = readMutationRules([
      { what: 'thin', when: { every: 4 } },
      { what: 'double', when: { on: 'bar', every: 2 } },
      { what: 'invert', when: { on: 'message' }, name: 'turn over' },
      { what: 'swap', enabled: false }
    ]);
    const due = (moment: Partial<Moment>) => dueRules(set, { cycle: 0, turn: 0, ...moment });
    assert.deepEqual(due({}), []);
    assert.deepEqual(due({ cycle: 3 }), []);
    assert.deepEqual(due({ cycle: 4 }), [0]);
    assert.deepEqual(due({ cycle: 1, bars: { after: 0, upTo: 1 } }), []);
    assert.deepEqual(due({ cycle: 1, bars: { after: 1, upTo: 2 } }), [1]);
    assert.deepEqual(due({ cycle: 8, bars: { after: 1, upTo: 9 } }), [0, 1]);
    assert.deepEqual(due({ message: true }), [0, 1, 2]);
    assert.deepEqual(due({ message: 'turn over' }), [2]);
    assert.deepEqual(due({ message: 'double' }), [1]);
  });

  it('happen as often as their probability says, no more of them than allowed, and by weight', () => {
    const set = readMutationRules({
      changes: 1,
      rules: [
        { what: 'transpose', amount: 1, weight: 3, when: { probability: 0.5 } },
        { what: 'rotate', amount: 1, weight: 1, when: { probability: 0.5 } }
      ]
    });
    const counts: Record<string, number> = { transpose: 0, rotate: 0, none: 0 };
    for (let cycle = 1; cycle <= 2000; cycle++) {
      const mutation = mutate(set, { cycle, turn: 0 }, { pattern: scale, original: scale, stepTicks: STEP });
      counts[mutation?.applied.join() ?? 'none']++;
    }
    // One in four has neither; of the rest, one alone in two thirds, and both in one third, at 3 to 1.
    assert.ok(Math.abs(counts.none - 500) < 80, JSON.stringify(counts));
    assert.ok(Math.abs(counts.transpose - 2000 * (0.25 + 0.25 * 0.75)) < 90, JSON.stringify(counts));
  });

  it('keep their bounds, whatever the rules and the pattern', () => {
    const styles = STYLE_NAMES.map((name) => ({ ...STYLES[name], changes: 64 }));
    fc.assert(
      fc.property(
        aPattern,
        fc.constantFrom(...styles),
        fc.record({
          range: fc.constantFrom([48, 72], [36, 96], [60, 66]),
          scale: fc.constantFrom('c4 minor', 'd3 pentatonic', 'a4 blues', undefined),
          density: fc.constantFrom([0.1, 0.5], [0, 1], [0.5, 0.6]),
          distance: fc.constantFrom(0, 0.1, 0.3, 0.8)
        }),
        fc.integer({ min: 1, max: 1000 }),
        (original, style, bounds, cycle) => {
          const set = readMutationRules({
            ...style,
            seed: cycle,
            bounds: JSON.parse(JSON.stringify(bounds))
          });
          let pattern = original;
          for (let turn = 0; turn < 4; turn++) {
            const before = pattern;
            const message = true;
            pattern =
              mutate(set, { cycle, turn, message }, { pattern, original, stepTicks: STEP })?.pattern ??
              pattern;
            assertWithin(before, pattern, original, set.bounds);
          }
        }
      ),
      { seed: 21, numRuns: 150 }
    );
  });

  function assertWithin(
    before: EventPattern,
    after: EventPattern,
    original: EventPattern,
    bounds: ReturnType<typeof readMutationRules>['bounds']
  ): void {
    const known = new Set(before.events.flatMap(({ event }) => ('note' in event ? [event.note] : [])));
    for (const { event, position, play } of after.events) {
      assert.ok(position >= 0 && position < after.cycleTicks);
      assert.ok((play?.ratchet ?? 1) >= 1 && (play?.probability ?? 1) >= 0);
      if (event.type !== 'note') continue;
      assert.ok(known.has(event.note) || isAllowed(event.note, bounds), `note ${event.note}`);
      assert.ok(event.velocity >= 1 && event.velocity <= 127);
    }
    const [low, high] = bounds.density!;
    const [was, is] = [before, after].map(({ events }) => density(events, grid));
    assert.ok(is >= Math.min(low, was) && is <= Math.max(high, was), `density ${was} → ${is}`);
    const [near, far] = [before, after].map(({ events }) => distance(events, original.events, grid));
    assert.ok(far <= Math.max(bounds.distance!, near), `distance ${near} → ${far}`);
    assert.ok(after.events.length <= MAX_MUTATED_EVENTS);
    assert.ok(Object.isFrozen(after) && Object.isFrozen(after.events));
  }

  it('stay bounded over hundreds of generations', () => {
    const set = readMutationRules({ ...STYLES.rhythmic, changes: 64, bounds: {} });
    let pattern = scale;
    for (let cycle = 1; cycle <= 300; cycle++) {
      const moment = { cycle, turn: cycle, message: true } as const;
      pattern = mutate(set, moment, { pattern, original: scale, stepTicks: STEP })?.pattern ?? pattern;
      assert.ok(pattern.events.length <= 200, `${pattern.events.length} events`);
    }
  });
});

describe('bounds of pitch', () => {
  it('fold by octaves and go to the nearest note of the scale', () => {
    const minor = scaleNamed('c4 minor');
    assert.equal(fitNote(64, { scale: minor }), 63);
    assert.equal(fitNote(130, { range: [48, 72] }), 70);
    assert.equal(fitNote(-3, { range: [48, 72] }), 57);
    assert.equal(fitNote(61, { range: [60, 60] }), 60);
    assert.equal(fitNote(60, { range: [61, 61], scale: minor }), undefined);
    assert.equal(movedNote(60, 7, { scale: minor }), 72);
    assert.equal(movedNote(60, -1, { scale: minor }), 58);
    assert.equal(movedNote(127, 1, { scale: minor }) ?? -1, 116);
  });
});

describe('the work of a mutation', () => {
  /** How often the place of an event is looked at while 64 rules are due on a pattern of so many events. */
  function looks(events: number, perStep: number): number {
    let count = 0;
    const cycleTicks = (events / perStep) * STEP;
    const items = Array.from({ length: events }, (_, index) => ({
      get position() {
        count++;
        return Math.floor(index / perStep) * STEP + (index % perStep);
      },
      event: { type: 'note' as const, note: 30 + ((index * 7) % 60), velocity: 100, durationTicks: 200 }
    }));
    const pattern = patternFromOwnEvents(items, cycleTicks);
    const set = readMutationRules({
      changes: 64,
      bounds: { scale: 'c4 minor', density: [0, 16], distance: 0.1 },
      rules: Array.from({ length: 64 }, (_, index) =>
        index % 2 === 0 ? { what: 'octave', share: 1 } : { what: 'swap', amount: 64 }
      )
    });
    count = 0;
    assert.ok(mutate(set, NOW, { pattern, original: pattern, stepTicks: STEP }));
    return count;
  }

  it('grows with the length of a pattern, not with its square, nor with the number of rules', () => {
    for (const perStep of [1, 16]) {
      const short = looks(1024, perStep);
      const long = looks(MAX_MUTATED_EVENTS, perStep);
      assert.ok(long < short * 2, `${perStep} in a step: ${short} → ${long}`);
      assert.ok(long < 120 * MAX_MUTATED_EVENTS, `${perStep} in a step: ${long}`);
    }
  });

  it('lets fewer rules act on a long pattern, and at least one', () => {
    const set = readMutationRules({ changes: 64, rules: [{ what: 'reverse' }] });
    const few = readMutationRules({ changes: 2, rules: [{ what: 'reverse' }] });
    assert.deepEqual(
      [0, 16, 64, 1000, 4096].map((events) => rulesAtATime(set, events)),
      [64, 64, 64, 4, 1]
    );
    assert.deepEqual(
      [64, 1000, 4096].map((events) => rulesAtATime(few, events)),
      [2, 2, 1]
    );
  });

  it('looks at no more cycles of a dense pattern than can be mutated, and at each pattern once', () => {
    let asked = 0;
    const dense = patternFromCycles(3840, (cycle) => {
      asked++;
      return Array.from({ length: 2000 }, (_, index) => ({
        position: cycle * 3840 + index,
        event: { type: 'note' as const, note: (index * cycle) % 128, velocity: 100, durationTicks: 1 }
      }));
    });
    assert.equal(cyclesOf(dense), 2);
    assert.equal(asked, 3);
    assert.equal(materialise(dense, 2).events.length, 4000);
    cyclesOf(dense);
    assert.equal(asked, 3);
  });
});

describe('the distance of patterns', () => {
  const of = (a: EventPattern, b: EventPattern) => distance(a.events, b.events, grid);

  it('is 0 only for the same, 1 for nothing in common, symmetric, and never outside', () => {
    fc.assert(
      fc.property(aPattern, aPattern, (a, b) => {
        assert.equal(of(a, a), 0);
        assert.equal(of(a, b), of(b, a));
        assert.ok(of(a, b) >= 0 && of(a, b) <= 1);
        if (!patternEquals(a, b)) assert.ok(of(a, b) > 0 || sameBag(a, b));
      }),
      { seed: 31, numRuns: 200 }
    );
    assert.equal(of(notation('c4 ~'), notation('~ c4')), 1);
    assert.equal(of(notation(''), notation('')), 0);
  });

  /** Equal but for the order in which equals were written. */
  function sameBag(a: EventPattern, b: EventPattern): boolean {
    const bag = ({ events }: EventPattern) => events.map((item) => JSON.stringify(item)).sort();
    return JSON.stringify(bag(a)) === JSON.stringify(bag(b));
  }

  it('counts an octave as half an event, and a missing note as what it is of all', () => {
    assert.ok(Math.abs(of(notation('c4'), notation('c5')) - 0.5) < 1e-9);
    assert.ok(Math.abs(of(notation('c4'), notation('f#4')) - 0.25) < 1e-9);
    assert.ok(Math.abs(of(notation('c4 d4 e4 f4'), notation('c4 d4 e4 ~')) - 1 / 7) < 1e-9);
  });
});

describe('cycles laid side by side', () => {
  it('are as many as it takes until a notation repeats', () => {
    const cycles = (text: string) => cyclesOf(patternFromNotation(text));
    assert.equal(cycles('c4 e4'), 1);
    assert.equal(cycles('<c4 e4 g4>'), 3);
    assert.equal(cycles('<c4 e4> <c4 e4 g4>'), 6);
    assert.equal(cycles('c4/2'), 2);
    assert.equal(cycles('c4? e4? g4?'), 4);
    assert.equal(cyclesOf(notation('c4')), 1);
  });

  it('play at each position what the source plays there', () => {
    const source = patternFromNotation('<c4 e4 g4> c5? <a4 b4>');
    const three = materialise(source, 3, 7);
    const bag = (events: readonly PatternEvent[]) => events.map((item) => JSON.stringify(item));
    assert.equal(three.cycleTicks, 3 * 3840);
    assert.deepEqual(bag(three.query(6 * 3840, 9 * 3840)), bag(source.query(6 * 3840, 9 * 3840)));
  });

  it('are refused where they would be too long or too many', () => {
    const dense = patternFromCycles(3840, (cycle) =>
      Array.from({ length: 5000 }, (_, index) => ({
        position: cycle * 3840 + index / 2,
        event: { type: 'note' as const, note: 60, velocity: 1, durationTicks: 1 }
      }))
    );
    assert.throws(() => materialise(dense, 1), /events: 5000/);
    assert.throws(() => materialise(patternFromNotation('c4', { cycleTicks: 4_000_000 }), 2), /cycles: 2/);
    assert.equal(cyclesOf(patternFromNotation('c4?', { cycleTicks: 3_000_000 })), 1);
  });
});
