import { Flag, Kind } from '../shared/records';
import { controllerOf } from './backlog';
import { NONE, SlotState, type Slab } from './slab';

/** What may be dropped when a port is full, the least important first; note-offs and transport never. */
const DROP_ORDER = [Kind.softControl, Kind.sysex, Kind.firmControl, Kind.noteOn] as const;
const NEVER = DROP_ORDER.length;

const dropClass = new Int32Array(16).fill(NEVER);
DROP_ORDER.forEach((kind, index) => (dropClass[kind] = index));

/**
 * Chooses what gives way when a port is full. It looks at every slot, so it costs some microseconds an event, but
 * only while there is too much.
 */
export class Overflow {
  /** Per controller the slot seen in this sweep; `sweep` marks which entries are of this one. */
  private readonly seen = new Int32Array(16 * 128);
  private readonly seenIn = new Int32Array(16 * 128);
  private sweep = 0;

  constructor(private readonly slab: Slab) {}

  /** A queued controller that a later value replaces: the event that comes (`word`), or one in the queue; or NONE. */
  thinnable(kind: number, word: number): number {
    const { slab } = this;
    const incoming = kind === Kind.softControl ? controllerOf(word) : NONE;
    this.sweep++;
    let found = NONE;
    for (let slot = 0; slot < slab.capacity; slot++) {
      if (slab.state[slot] !== SlotState.queued || this.kind(slot) !== Kind.softControl) continue;
      const controller = controllerOf(slab.bytes[slot * 3]);
      if (controller === incoming) return slot;
      if (this.seenIn[controller] === this.sweep && slab.lane[this.seen[controller]] === slab.lane[slot]) {
        found = slab.before(slot, this.seen[controller]) ? slot : this.seen[controller];
      }
      this.seenIn[controller] = this.sweep;
      this.seen[controller] = slot;
    }
    return found;
  }

  /** The latest arrival of the least important kind, if that matters less than `kind`; or NONE. */
  newestBelow(kind: number): number {
    const { slab } = this;
    let victim = NONE;
    let victimClass = dropClass[kind];
    for (let slot = 0; slot < slab.capacity; slot++) {
      const state = slab.state[slot];
      if (state !== SlotState.queued && state !== SlotState.waiting) continue;
      const own = dropClass[this.kind(slot)];
      if (own > victimClass || own === NEVER) continue;
      if (own < victimClass || (victim !== NONE && slab.sequence[slot] > slab.sequence[victim])) {
        victim = slot;
        victimClass = own;
      }
    }
    return victim;
  }

  private kind(slot: number): number {
    return this.slab.flags[slot] & Flag.kindMask;
  }
}
