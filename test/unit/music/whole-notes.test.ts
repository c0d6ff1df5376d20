import assert from 'node:assert/strict';
import fc from 'fast-check';
import { patternFromJson } from '../../../nodes/music/pattern-json';

const CYCLE = 3840;
const on = (position: number, note = 60) => ({ position, event: { type: 'noteOn', note, velocity: 90 } });
const off = (position: number, note = 60) => ({ position, event: { type: 'noteOff', note } });
const read = (events: object[]) =>
  patternFromJson({ phasor: 'pattern', version: 1, cycleTicks: CYCLE, events }).pattern.events;
const notes = (events: object[]) =>
  read(events).map(({ position, event }) => {
    assert.equal(event.type, 'note');
    return [position, (event as { durationTicks?: number }).durationTicks];
  });

describe('begins and ends of notes in a pattern', () => {
  it('become whole notes, with what their step says', () => {
    assert.deepEqual(notes([on(0), off(960)]), [[0, 960]]);
    assert.deepEqual(notes([off(960), on(960), off(1000), on(0)]), [
      [0, 960],
      [960, 40]
    ]);
    assert.deepEqual(notes([on(0), on(100), off(300)]), [
      [0, 100],
      [100, 200]
    ]);
    assert.deepEqual(notes([on(0, 60), on(10, 61), off(20, 60), off(30, 61)]), [
      [0, 20],
      [10, 20]
    ]);
    const [{ play }] = read([{ ...on(0), play: { probability: 0.5 } }, off(960)]);
    assert.deepEqual(play, { probability: 0.5 });
  });

  it('may end in the next cycle, and end with theirs where nothing ends them', () => {
    assert.deepEqual(notes([off(240), on(3600)]), [[3600, 480]]);
    assert.deepEqual(notes([on(3600)]), [[3600, 240]]);
    assert.deepEqual(notes([off(240)]), []);
    assert.deepEqual(notes([on(0), off(240), on(3600)]), [
      [0, 240],
      [3600, 240]
    ]);
  });

  it('leave nothing open, whatever comes', () => {
    const item = fc.record({
      position: fc.integer({ min: 0, max: CYCLE - 1 }),
      event: fc.record({
        type: fc.constantFrom('noteOn', 'noteOff', 'note'),
        note: fc.integer({ min: 60, max: 62 })
      })
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (events) => {
        const found = read(
          events.map(({ position, event }) => ({
            position,
            event: event.type === 'note' ? { ...event, durationTicks: 10 } : event
          }))
        );
        const begun = events.filter(({ event }) => event.type !== 'noteOff').length;
        assert.equal(found.length, begun);
        for (const { event } of found) {
          assert.ok(event.type === 'note' && event.durationTicks! >= 1 && event.durationTicks! <= 2 * CYCLE);
        }
      }),
      { numRuns: 200 }
    );
  });
});
