import assert from 'node:assert/strict';
import fc from 'fast-check';
import { NONE, Slab, SlotHeap, SlotList } from '../../../nodes/engine/core/slab';

interface Row {
  slot: number;
  key: number;
  rank: number;
  sequence: number;
}

const inOrder = (a: Row, b: Row) => a.key - b.key || a.rank - b.rank || a.sequence - b.sequence;

describe('the slab', () => {
  it('gives each slot once until it comes back', () => {
    const slab = new Slab(4);
    const slots = [slab.take(), slab.take(), slab.take(), slab.take()];
    assert.deepEqual([...slots].sort(), [0, 1, 2, 3]);
    assert.equal(slab.take(), NONE);
    slab.give(slots[2]);
    assert.equal(slab.used, 3);
    assert.equal(slab.take(), slots[2]);
  });
});

describe('the heap of a lane', () => {
  it('agrees with a sorted array over 10 000 pushes and removals, with many equal keys and ranks', () => {
    const step = fc.record({
      act: fc.nat(9),
      key: fc.oneof(fc.nat(5), fc.double({ noNaN: true, noDefaultInfinity: true })),
      rank: fc.nat(6),
      pick: fc.nat()
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1000, maxLength: 1000 }), (steps) => {
        const slab = new Slab(64);
        const heap = new SlotHeap(slab);
        let model: Row[] = [];
        for (const { act, key, rank, pick } of steps) {
          if (act < 5) {
            const slot = slab.take();
            if (slot === NONE) continue;
            slab.key[slot] = key;
            slab.rank[slot] = rank;
            heap.push(slot);
            model.push({ slot, key, rank, sequence: slab.sequence[slot] });
            model.sort(inOrder);
          } else if (model.length > 0) {
            const { slot } = act < 8 ? model[0] : model[pick % model.length];
            heap.remove(slot);
            slab.give(slot);
            model = model.filter((row) => row.slot !== slot);
          }
          assert.equal(heap.length, model.length);
          assert.equal(heap.head, model[0]?.slot ?? NONE);
        }
        const all = Array.from({ length: heap.length }, (_, index) => heap.at(index));
        assert.deepEqual(
          all.sort((a, b) => a - b),
          model.map(({ slot }) => slot).sort((a, b) => a - b)
        );
      }),
      { numRuns: 10 }
    );
  });
});

describe('a list of slots', () => {
  it('agrees with an array', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat()), { maxLength: 200 }), (steps) => {
        const slab = new Slab(32);
        const list = new SlotList(slab);
        const model: number[] = [];
        for (const [act, pick] of steps) {
          const at = model.length === 0 ? 0 : pick % model.length;
          if (act === 2 && model.length > 0) {
            list.remove(model[at]);
            slab.give(...(model.splice(at, 1) as [number]));
            continue;
          }
          const slot = slab.take();
          if (slot === NONE) continue;
          if (act === 0) {
            list.append(slot);
            model.push(slot);
          } else if (act === 1 || model.length === 0) {
            list.prepend(slot);
            model.unshift(slot);
          } else {
            list.replace(model[at], slot);
            slab.give(model[at]);
            model[at] = slot;
          }
        }
        const found: number[] = [];
        for (let slot = list.head; slot !== NONE; slot = slab.next[slot]) found.push(slot);
        assert.deepEqual(found, model);
      })
    );
  });
});
