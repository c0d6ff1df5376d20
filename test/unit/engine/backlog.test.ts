import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Backlog } from '../../../nodes/engine/core/backlog';
import { NONE, Slab } from '../../../nodes/engine/core/slab';
import { Kind } from '../../../nodes/engine/shared/records';

const KINDS = [Kind.noteOn, Kind.noteOff, Kind.softControl, Kind.firmControl, Kind.sysex];
/** Ranks of the kinds above, as music/event has them. */
const RANKS = [5, 2, 3, 3, 6];

interface Row {
  kind: Kind;
  controller: number;
  channel: number;
  dueMs: number;
  rank: number;
}

/** A backlog with these rows, pushed in order of time and rank as a port does. */
function filled(rows: Row[], isThinned = true) {
  const slab = new Slab(256);
  const backlog = new Backlog(slab);
  const sorted = [...rows].sort((a, b) => a.dueMs - b.dueMs || a.rank - b.rank);
  const bySlot = new Map<number, Row>();
  for (const row of sorted) {
    const slot = slab.take();
    slab.flags[slot] = row.kind;
    slab.rank[slot] = row.rank;
    slab.dueMs[slot] = row.dueMs;
    slab.bytes[slot * 3] = 0xb0 | row.channel | (row.controller << 8);
    bySlot.set(slot, row);
    const older = backlog.push(slot, isThinned);
    if (older !== NONE) bySlot.delete(older);
  }
  const empty = (mayControl: boolean) => {
    const taken: Row[] = [];
    for (let slot = backlog.next(mayControl); slot !== NONE; slot = backlog.next(mayControl)) {
      backlog.remove(slot);
      taken.push(bySlot.get(slot)!);
    }
    return taken;
  };
  return { backlog, bySlot, sorted, empty };
}

const row = fc
  .record({ kind: fc.nat(4), controller: fc.nat(3), channel: fc.nat(1), dueMs: fc.nat(5) })
  .map((fields): Row => ({ ...fields, kind: KINDS[fields.kind], rank: RANKS[fields.kind] }));
const rows = fc.array(row, { maxLength: 60 });

describe('what waits for the wire', () => {
  it('leaves once each, controllers with their latest value only', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { bySlot, empty, backlog } = filled(given);
        const taken = empty(true);
        assert.equal(backlog.isEmpty, true);
        assert.deepEqual(new Set(taken), new Set(bySlot.values()));
        assert.equal(taken.length, bySlot.size);
        for (const { kind, channel, controller, dueMs } of taken) {
          if (kind !== Kind.softControl) continue;
          const values = given.filter(
            (other) => other.kind === kind && other.channel === channel && other.controller === controller
          );
          assert.equal(dueMs, Math.max(...values.map((other) => other.dueMs)));
        }
      })
    );
  });

  it('keeps its order, but for notes, which pass controllers of earlier stamps and of other channels', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const taken = filled(given).empty(true);
        taken.forEach((first, index) => {
          for (const second of taken.slice(index + 1)) {
            const isSwapped = first.dueMs - second.dueMs || first.rank - second.rank;
            if (isSwapped <= 0) continue;
            assert.ok(second.kind === Kind.softControl || first.kind === Kind.softControl);
            if (second.kind !== Kind.softControl || first.kind === Kind.softControl) continue;
            if (first.kind === Kind.noteOff) continue;
            const isOther = first.kind !== Kind.sysex && first.channel !== second.channel;
            assert.ok(isOther || (first.kind === Kind.noteOn && first.dueMs > second.dueMs));
          }
        });
      })
    );
  });

  it('lets all else pass the controllers while they have no room', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { sorted, empty } = filled(given);
        assert.deepEqual(
          empty(false),
          sorted.filter(({ kind }) => kind !== Kind.softControl)
        );
      })
    );
  });

  it('keeps everything in its order where the wire is never behind', () => {
    fc.assert(
      fc.property(rows, (given) => {
        const { sorted, empty } = filled(given, false);
        assert.deepEqual(empty(true), sorted);
      })
    );
  });
});
