import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  MAX_POSITION_TICKS,
  insertEvent,
  patternEquals,
  patternFromCycles,
  patternFromEvents,
  removeEvent,
  replaceEvent,
  type PatternEvent
} from '../../../nodes/music/pattern';
import { patternFromNotation } from '../../../nodes/music/notation';

const note = (number: number, velocity = 100) => ({
  type: 'note',
  note: number,
  velocity,
  durationTicks: 120
});
const shape = (events: readonly PatternEvent[]) =>
  events.map(({ position, event }) => `${position} ${'note' in event ? event.note : event.type}`);

describe('pattern', () => {
  it('repeats its events and answers for any span', () => {
    const pattern = patternFromEvents(
      [
        { position: 0, event: note(60) },
        { position: 480, event: note(62) }
      ],
      960
    );
    assert.deepEqual(shape(pattern.query(0, 0)), []);
    assert.deepEqual(shape(pattern.query(0, 480)), ['0 60']);
    assert.deepEqual(shape(pattern.query(480, 960)), ['480 62']);
    assert.deepEqual(shape(pattern.query(470, 2000)), ['480 62', '960 60', '1440 62', '1920 60']);
  });

  it('orders by position, then rank, then writing', () => {
    const pattern = patternFromEvents([
      { position: 10, event: note(60) },
      { position: 0, event: note(61) },
      { position: 10, event: { type: 'cc', controller: 1, value: 2 } },
      { position: 10, event: { type: 'noteOff', note: 5 } },
      { position: 10, event: note(59) },
      { position: 10, event: { type: 'program', program: 3 } }
    ]);
    assert.deepEqual(shape(pattern.query(0, 3840)), [
      '0 61',
      '10 5',
      '10 cc',
      '10 program',
      '10 60',
      '10 59'
    ]);
  });

  it('is frozen to the bottom', () => {
    const events = [
      { position: 0, event: note(60) },
      { position: 1, event: { type: 'sysex', data: [1, 2] } }
    ];
    for (const pattern of [patternFromEvents(events), patternFromNotation('c4 d4')]) {
      const [item, other] = pattern.query(0, 3840) as unknown as {
        position: number;
        event: Record<string, unknown>;
      }[];
      assert.throws(() => Object.assign(pattern, { cycleTicks: 1 }), TypeError);
      assert.throws(() => Object.assign(item, { position: 1 }), TypeError);
      assert.throws(() => Object.assign(item.event, { note: 1 }), TypeError);
      if (other.event.type === 'sysex')
        assert.throws(() => (other.event.data as number[]).push(3), TypeError);
    }
    const pattern = patternFromEvents(events);
    assert.throws(() => (pattern.events as PatternEvent[]).pop(), TypeError);
    (events[1].event as { data: number[] }).data[0] = 99;
    events[0].event = note(1);
    assert.deepEqual(shape(pattern.query(0, 10)), ['0 60', '1 sysex']);
    assert.deepEqual((pattern.events[1].event as { data: number[] }).data, [1, 2]);
    // What a query returns is the caller's own.
    pattern.query(0, 10).pop();
    assert.equal(pattern.query(0, 10).length, 2);
  });

  it('edits into new patterns', () => {
    const one = patternFromEvents([{ position: 0, event: note(60) }], 960);
    const two = insertEvent(one, 480, note(62));
    assert.deepEqual(shape(one.events), ['0 60']);
    assert.deepEqual(shape(two.events), ['0 60', '480 62']);
    assert.ok(patternEquals(removeEvent(two, 1), one));
    assert.ok(patternEquals(replaceEvent(two, 1, 480, note(62)), two));
    assert.ok(!patternEquals(replaceEvent(two, 1, 480, note(62, 99)), two));
    assert.ok(!patternEquals(one, patternFromEvents(one.events, 961)));
    assert.throws(() => removeEvent(one, 1), { code: 'OutOfBounds' });
    assert.throws(() => replaceEvent(one, 0, 960, note(1)), { code: 'InvalidParameter' });
    assert.throws(() => insertEvent(one, 0, note(200)), { code: 'OutOfBounds' });
  });

  it('refuses spans that make no sense', () => {
    const pattern = patternFromNotation('c4');
    assert.throws(() => pattern.query(-1, 5), { code: 'OutOfBounds' });
    assert.throws(() => pattern.query(0, NaN), { code: 'InvalidParameter' });
    assert.throws(() => pattern.query(5, 4), { code: 'InvalidParameter' });
    assert.throws(() => pattern.query(0, MAX_POSITION_TICKS), { code: 'InvalidParameter' });
    assert.equal(pattern.query(MAX_POSITION_TICKS - 3840, MAX_POSITION_TICKS).length, 1);
    assert.throws(() => patternFromEvents([], 0), { code: 'OutOfBounds' });
  });

  it('evaluates a cycle once for all the spans in it', () => {
    let evaluated = 0;
    const pattern = patternFromCycles(1000, (cycle) => {
      evaluated++;
      return [{ position: cycle * 1000, event: { type: 'clock' } }];
    });
    for (let tick = 0; tick < 10_000; tick += 20) pattern.query(tick, tick + 20);
    assert.equal(evaluated, 10);
  });

  it('loses and doubles nothing at the seams of cycles whose length is no whole number', () => {
    const cycleTicks = fc.double({ min: 1, max: 5000, noNaN: true });
    const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const first = fc.integer({ min: 0, max: 2 ** 27 });
    fc.assert(
      fc.property(cycleTicks, fc.array(place, { minLength: 1 }), first, (cycleTicks, places, first) => {
        const events = places
          .map((at) => ({ position: at * cycleTicks, event: note(60) }))
          .filter(({ position }) => position < cycleTicks);
        const pattern = patternFromEvents(events, cycleTicks);
        let count = 0;
        for (let cycle = first; cycle < first + 3; cycle++) {
          count += pattern.query(cycle * cycleTicks, (cycle + 1) * cycleTicks).length;
        }
        assert.equal(count, 3 * events.length);
      }),
      { numRuns: 300 }
    );
  });
});
