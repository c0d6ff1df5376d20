import { Kind } from '../shared/records';
import { CONTROLLERS, controllerOf } from './backlog';
import type { Lane } from './lane';
import type { Queue } from './queue';
import { NONE, SlotState, type Slab } from './slab';

/** What may be dropped when a port is full, the least important first; ends of notes and pedals, and transport, never. */
const DROP_ORDER = [Kind.softControl, Kind.sysex, Kind.firmControl, Kind.noteOn] as const;
const NEVER = DROP_ORDER.length;

const dropClass = new Int32Array(16).fill(NEVER);
DROP_ORDER.forEach((kind, index) => (dropClass[kind] = index));

/** Stands for the event that comes, which is in no slot yet. */
export const INCOMING = -2;

/**
 * Chooses what gives way when a port is full. It looks at every slot, so it costs some microseconds an event, but
 * only while there is too much.
 */
export class Overflow {
  /** Per controller the slot seen in this sweep; `seenIn` marks which entries are of this one. */
  private readonly seen = new Int32Array(CONTROLLERS);
  private readonly seenIn = new Int32Array(CONTROLLERS);
  private sweep = 0;

  private readonly slab: Slab;

  constructor(private readonly queue: Queue) {
    this.slab = queue.slab;
  }

  /**
   * Of the values that a controller has in a lane, the one that comes (`word` at `key`) included, one that a later
   * one replaces: a slot, INCOMING, or NONE where it has no other.
   */
  thinnedBy(word: number, key: number, lane: Lane): number {
    const { slab } = this;
    const controller = controllerOf(word);
    let later: number = NONE;
    for (let index = 0; index < lane.heap.length; index++) {
      const slot = lane.heap.at(index);
      if (slab.kind(slot) !== Kind.softControl || controllerOf(slab.bytes[slot * 3]) !== controller) continue;
      if (slab.key[slot] <= key) return slot;
      later = INCOMING;
    }
    return later;
  }

  /** A queued value of a controller that a later one in the same lane replaces, or NONE. */
  thinnable(lane: Lane): number {
    const { slab } = this;
    this.sweep++;
    for (let index = 0; index < lane.heap.length; index++) {
      const slot = lane.heap.at(index);
      if (slab.kind(slot) !== Kind.softControl) continue;
      const controller = controllerOf(slab.bytes[slot * 3]);
      if (this.seenIn[controller] === this.sweep) {
        const other = this.seen[controller];
        return slab.before(slot, other) ? slot : other;
      }
      this.seenIn[controller] = this.sweep;
      this.seen[controller] = slot;
    }
    return NONE;
  }

  /** The latest arrival of the least important kind, if that matters less than `kind`; or NONE. */
  newestBelow(kind: number): number {
    const { slab } = this;
    let victim = NONE;
    let victimClass = dropClass[kind];
    for (let slot = 0; slot < slab.capacity; slot++) {
      const state = slab.state[slot];
      if (state === SlotState.free || state === SlotState.sending) continue;
      const own = dropClass[slab.kind(slot)];
      if (own > victimClass || own === NEVER || this.queue.isEnd(slot)) continue;
      if (own < victimClass || (victim !== NONE && slab.sequence[slot] > slab.sequence[victim])) {
        victim = slot;
        victimClass = own;
      }
    }
    return victim;
  }
}
