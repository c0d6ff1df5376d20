import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  emptyGrid,
  gridToPattern,
  patternToGrid,
  readGrid,
  setStep,
  setSwing,
  type Grid,
  type GridJson
} from '../../../../nodes/music/grid';
import { patternFromNotation } from '../../../../nodes/music/notation';
import { patternFromEvents, type PatternEvent } from '../../../../nodes/music/pattern';
import { grids } from './support';

const RUNS = { numRuns: 100 };
const grid = (fields: Partial<GridJson>) =>
  readGrid({ phasor: 'grid', version: 1, length: 16, stepTicks: 240, rows: [], ...fields });
const one = emptyGrid([{ lane: { kind: 'note', note: 36 } }], 4);

/** Rows that hold steps: a grid that is made from a pattern has no others. */
const inUse = (made: Grid): unknown[] =>
  made.rows
    .filter(({ steps }) => steps.some((step) => step !== undefined))
    .map(({ lane, channel, steps }) => ({ lane, channel, steps }));

/** Positions and lengths to the nearest thousandth of a tick: fractions of a step are no exact numbers of ticks. */
const about = (value: number) => Math.round(value * 1000) / 1000;
/** To the tick that a value is no farther from than what counts as on a step. */
const nearest = (value: number) => (Math.abs(value - Math.round(value)) <= 0.1 ? Math.round(value) : value);
const comparable = (events: readonly PatternEvent[], round = about) =>
  events
    .map(({ position, event, play }) => ({
      position: round(position),
      event: 'durationTicks' in event ? { ...event, durationTicks: round(event.durationTicks ?? 0) } : event,
      play: play && { ...play, ...(play.stepTicks ? { stepTicks: round(play.stepTicks) } : {}) }
    }))
    .map((item) => JSON.stringify(item))
    .sort();

describe('what a grid plays', () => {
  it('plays notes, controllers and parameters, each in its row', () => {
    const pattern = gridToPattern(
      grid({
        rows: [
          { note: 36, channel: 10, steps: { 1: 100, 5: { value: 90, length: 2 } } },
          { controller: 74, steps: { 2: 64 } },
          { parameter: 'cutoff', steps: { 3: 0.5, 4: 'off' } }
        ]
      }),
      { channel: 2 }
    );
    assert.equal(pattern.cycleTicks, 3840);
    assert.deepEqual(pattern.events, [
      { position: 0, event: { type: 'note', channel: 10, note: 36, velocity: 100, durationTicks: 192 } },
      { position: 240, event: { type: 'cc', channel: 2, controller: 74, value: 64 } },
      { position: 480, event: { type: 'parameter', parameter: 'cutoff', value: 0.5, channel: 2 } },
      { position: 720, event: { type: 'parameter', parameter: 'cutoff', value: 'off', channel: 2 } },
      { position: 960, event: { type: 'note', channel: 10, note: 36, velocity: 90, durationTicks: 480 } }
    ]);
  });

  it('passes on how a step is played; strikes share the step, or a longer note', () => {
    const play = { probability: 0.5, condition: '1:4', locks: { cutoff: 1 } };
    const [short, long] = gridToPattern(
      grid({
        rows: [
          { note: 1, steps: { 1: { value: 1, ratchet: 4, ...play }, 5: { value: 1, ratchet: 2, length: 3 } } }
        ]
      })
    ).events;
    assert.deepEqual(short.play, { ...play, ratchet: 4, stepTicks: 240 });
    assert.deepEqual(long.play, { ratchet: 2, stepTicks: 720 });
  });

  it('swings every second step and moves what is nudged; before the first step is at the end', () => {
    let swung = setSwing(one, 75);
    for (const step of [0, 1, 2]) swung = setStep(swung, 0, step, 100);
    swung = setStep(swung, 0, 3, { value: 100, nudge: -0.25 });
    assert.deepEqual(
      gridToPattern(swung).events.map(({ position }) => position),
      [0, 360, 480, 780]
    );
    const early = gridToPattern(setStep(one, 0, 0, { value: 100, nudge: -0.25 }));
    assert.deepEqual(
      early.events.map(({ position }) => position),
      [900]
    );
  });

  it('leaves out rows that are muted', () => {
    assert.equal(gridToPattern(grid({ rows: [{ note: 1, muted: true, steps: { 1: 1 } }] })).events.length, 0);
  });

  it('comes back as the same grid', () => {
    fc.assert(
      fc.property(grids, (made) => {
        const { grid: back, remarks } = patternToGrid(gridToPattern(made), { stepTicks: made.stepTicks });
        const rows = patternToGrid(gridToPattern(made), { stepTicks: made.stepTicks, like: made }).grid;
        assert.deepEqual(inUse(rows), inUse(made));
        assert.deepEqual([back.length, back.others], [made.length, []]);
        assert.ok(remarks.every(({ about: what }) => what === 'nudged'));
      }),
      RUNS
    );
  });
});

describe('a pattern as a grid', () => {
  it('finds the steps that fit: sixteenths, triplets, thirds of a bar', () => {
    const steps = (text: string) => {
      const { grid: made, remarks } = patternToGrid(patternFromNotation(text));
      assert.deepEqual(remarks, []);
      return made.stepTicks;
    };
    assert.equal(steps('c4 e4 g4 e4'), 240);
    assert.equal(steps('bd*16'), 240);
    assert.equal(steps('bd*32'), 120);
    assert.equal(steps('[c4 e4 g4]*4'), 160);
    assert.equal(steps('c4 e4 g4'), 160);
    assert.equal(steps('c4*5'), 768);
  });

  it('takes as many cycles as a text repeats after', () => {
    const { grid: made, remarks } = patternToGrid(patternFromNotation('c4 <e4 g4>'));
    assert.equal(made.length, 32);
    assert.deepEqual(remarks, []);
    assert.deepEqual(
      made.rows.map(({ lane }) => 'note' in lane && lane.note),
      [67, 64, 60]
    );
  });

  it('says that chance was frozen', () => {
    const { remarks } = patternToGrid(patternFromNotation('c4? e4? g4? e4?'));
    assert.deepEqual(remarks, [{ about: 'varies', count: 4 }]);
  });

  it('says what it cannot show, and lets it play along', () => {
    const note = { type: 'note', note: 60, velocity: 1, durationTicks: 10 };
    const events = [
      { position: 0, event: note },
      { position: 3, event: note },
      { position: 100, event: { type: 'program', program: 3 } },
      { position: 240, event: { ...note, durationMs: 5, durationTicks: undefined } },
      { position: 480, event: note, play: { ratchet: 2, stepTicks: 17 } }
    ];
    const source = patternFromEvents(events);
    const { grid: made, remarks } = patternToGrid(source, { stepTicks: 240 });
    assert.deepEqual(remarks, [
      { about: 'shared', count: 1 },
      { about: 'kind', count: 1, what: 'program' },
      { about: 'kind', count: 1, what: 'note' },
      { about: 'play', count: 1 }
    ]);
    assert.deepEqual(comparable(gridToPattern(made).events), comparable(source.events));
  });

  it('plays what the pattern plays, whatever that is', () => {
    const item = fc.record(
      {
        position: fc.integer({ min: 0, max: 1919 }),
        event: fc.oneof(
          fc.record({
            type: fc.constant('note'),
            note: fc.integer({ min: 60, max: 64 }),
            velocity: fc.integer({ min: 1, max: 127 }),
            durationTicks: fc.integer({ min: 0, max: 5000 })
          }),
          fc.record({
            type: fc.constant('cc'),
            controller: fc.constantFrom(1, 2),
            value: fc.constantFrom(0, 5)
          }),
          fc.record({ type: fc.constant('pitchBend'), value: fc.constantFrom(-1, 1) })
        ),
        play: fc.record(
          {
            probability: fc.constantFrom(0, 0.5, 0.9),
            ratchet: fc.integer({ min: 2, max: 4 }),
            stepTicks: fc.constantFrom(240, 100),
            condition: fc.constantFrom('1:2', 'fill')
          },
          { requiredKeys: ['ratchet', 'stepTicks'] }
        )
      },
      { requiredKeys: ['position', 'event'] }
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (events) => {
        const source = patternFromEvents(events, 1920);
        const { grid: made } = patternToGrid(source);
        const heard = gridToPattern(made);
        const struck = (each: PatternEvent): PatternEvent =>
          each.event.type === 'note' ? each : { ...each, play: withoutStrikes(each.play) };
        assert.deepEqual(
          comparable(heard.events.map(struck), nearest),
          comparable(source.events.map(struck), nearest)
        );
        assert.equal(about(heard.cycleTicks), source.cycleTicks);
      }),
      RUNS
    );
  });
});

/** Only notes are struck more than once. */
function withoutStrikes(play: PatternEvent['play']): PatternEvent['play'] {
  if (play === undefined) return undefined;
  const { probability, condition } = play;
  if (probability === undefined && condition === undefined) return undefined;
  return {
    ...(probability === undefined ? {} : { probability }),
    ...(condition === undefined ? {} : { condition })
  };
}
