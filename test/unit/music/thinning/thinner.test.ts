import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_STREAMS, Thinner } from '../../../../nodes/music/thinning/thinner';

interface Out {
  item: number;
  slotMs: number;
}

function rig(gapMs: number) {
  const passed: Out[] = [];
  const dropped: number[] = [];
  const thinner = new Thinner<number>(gapMs, {
    pass: (item, slotMs) => passed.push({ item, slotMs }),
    drop: (item) => dropped.push(item)
  });
  return { thinner, passed, dropped };
}

const GAP = 10;
/** Rounding of a sum against a difference. */
const EPSILON = 1e-9;

function assertApart(passed: readonly Out[], gapMs: number): void {
  const slots = passed.map(({ slotMs }) => slotMs).sort((a, b) => a - b);
  slots.slice(1).forEach((slotMs, index) => assert.ok(slotMs - slots[index] >= gapMs - EPSILON));
}

describe('values are thinned', () => {
  it('the first passes at once, the newest when the gap is over, the others not', () => {
    const { thinner, passed, dropped } = rig(GAP);
    for (const [value, ms] of [
      [1, 0],
      [2, 3],
      [3, 7]
    ])
      thinner.take('a', value, ms, ms);
    assert.equal(thinner.nextMs, 10);
    thinner.releaseUntil(() => 10, 10);
    thinner.take('a', 4, 12, 12);
    thinner.take('a', 5, 31, 31);
    assert.deepEqual(passed, [
      { item: 1, slotMs: 0 },
      { item: 3, slotMs: 10 },
      { item: 4, slotMs: 20 + 11 }
    ]);
    thinner.releaseUntil(() => Infinity, 31);
    assert.deepEqual(passed.at(-1), { item: 5, slotMs: 41 });
    assert.deepEqual(dropped, [2]);
  });

  it('what is stamped ahead and what comes live keep their distance, and the newest by time wins', () => {
    const { thinner, passed, dropped } = rig(GAP);
    thinner.take('a', 1, 100, 0);
    thinner.take('a', 2, 112, 0);
    // Between them there is no room, before them there is.
    thinner.take('a', 3, 105, 3);
    thinner.take('a', 4, 90, 4);
    thinner.take('a', 5, 95, 5);
    assert.deepEqual(passed, [
      { item: 1, slotMs: 100 },
      { item: 2, slotMs: 112 },
      { item: 4, slotMs: 90 }
    ]);
    assert.deepEqual(dropped, [3, 5]);
    // Later than its event, but of an older value: the newer one waits for the slot behind.
    thinner.take('b', 1, 0, 0);
    thinner.take('b', 2, 5, 0);
    thinner.releaseUntil(() => 10, 0);
    thinner.take('b', 3, 9, 0);
    assert.deepEqual([passed.at(-1), thinner.nextMs], [{ item: 2, slotMs: 10 }, 20]);
  });

  it('places anew what a change of tempo has moved, and tells what is void', () => {
    const { thinner, passed } = rig(GAP);
    thinner.take('a', 1, 100, 0);
    thinner.take('a', 2, 105, 0);
    thinner.take('b', 3, 100, 0);
    const voided: [string, number][] = [];
    thinner.review(
      ({ item, eventMs }) => (item === 3 ? undefined : eventMs - 50),
      (key, { item }) => voided.push([key, item])
    );
    assert.deepEqual([voided, thinner.nextMs, thinner.held], [[['b', 3]], 60, 1]);
    thinner.take('b', 4, 95, 0);
    assert.deepEqual(passed.at(-1), { item: 4, slotMs: 95 });
  });

  it('remembers no more streams than it may; more are not thinned, and idle ones make room', () => {
    const { thinner, passed, dropped } = rig(GAP);
    for (let key = 0; key < MAX_STREAMS + 50; key++) thinner.take(`${key}`, key, 0, 0);
    assert.equal(thinner.size, MAX_STREAMS);
    thinner.take(`${MAX_STREAMS}`, 1, 1, 1);
    assert.deepEqual([passed.length, dropped.length], [MAX_STREAMS + 51, 0]);
    thinner.take('new', 1, 1000, 1000);
    assert.equal(thinner.size, 1);
  });

  it('whatever comes: gaps are kept, the last value arrives, everything adds up', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b'),
      afterMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 30, noNaN: true })),
      aheadMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 60, noNaN: true })),
      releases: fc.boolean()
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(1, 10, 33.3), (steps, gapMs) => {
        const outs = new Map<string, Out[]>();
        const given = new Map<string, { item: number; eventMs: number }[]>();
        let drops = 0;
        const keyOf: string[] = [];
        const thinner = new Thinner<number>(gapMs, {
          pass: (item, slotMs, eventMs) => {
            assert.ok(slotMs >= eventMs);
            outs.set(keyOf[item], [...(outs.get(keyOf[item]) ?? []), { item, slotMs }]);
          },
          drop: () => drops++
        });
        let nowMs = 0;
        steps.forEach(({ key, afterMs, aheadMs, releases }, item) => {
          nowMs += afterMs;
          if (releases) thinner.releaseUntil(() => nowMs, nowMs);
          keyOf.push(key);
          given.set(key, [...(given.get(key) ?? []), { item, eventMs: nowMs + aheadMs }]);
          thinner.take(key, item, nowMs + aheadMs, nowMs);
        });
        thinner.releaseUntil(() => Infinity, nowMs);
        assert.equal(thinner.held, 0);
        const all = [...outs.values()].flat();
        assert.equal(all.length + drops, steps.length);
        for (const [key, values] of given) {
          const passed = outs.get(key) ?? [];
          assertApart(passed, gapMs);
          const newest = values.reduce((best, value) => (value.eventMs >= best.eventMs ? value : best));
          const last = passed.reduce((best, out) => (out.slotMs >= best.slotMs ? out : best));
          assert.equal(last.item, newest.item, 'the newest value is the last on the wire');
          assert.ok(last.slotMs <= Math.max(newest.eventMs, nowMs) + values.length * gapMs + EPSILON);
        }
      }),
      { numRuns: 300 }
    );
  });
});
