import { Flag, Kind } from '../shared/records';
import { NONE, SlotList, SlotState, type Slab } from './slab';

/** Controllers of all channels. */
export const CONTROLLERS = 16 * 128;

/** Number of the controller that a control change sets; its channel included. */
export function controllerOf(word: number): number {
  return (word & 0xf) * 128 + ((word >> 8) & 0x7f);
}

/**
 * What is due but must wait for the wire. Everything keeps its order, with two exceptions: a controller waits with
 * its latest value only, and a note may pass controllers of an earlier stamp. Where controllers have used up their
 * share of the wire, everything passes them.
 */
export class Backlog {
  /** In order: notes, programs, parameters, sysex … */
  private readonly firm: SlotList;
  /** Controllers, in the order in which they came to wait. */
  private readonly soft: SlotList;
  /** Per controller the slot that waits here, with its latest value. */
  private readonly latest = new Int32Array(CONTROLLERS).fill(NONE);
  private readonly newestDueMs = new Float64Array(CONTROLLERS).fill(-Infinity);

  constructor(private readonly slab: Slab) {
    this.firm = new SlotList(slab);
    this.soft = new SlotList(slab);
  }

  get isEmpty(): boolean {
    return this.firm.head === NONE && this.soft.head === NONE;
  }

  /** Whether this controller was set by an event due after `dueMs`. */
  hasNewer(word: number, dueMs: number): boolean {
    return this.newestDueMs[controllerOf(word)] > dueMs;
  }

  /**
   * Adds a due slot. Returns the slot with an older value of the same controller, which waits no more, or NONE.
   * @param isThinned whether the wire is such that controllers may have to wait; elsewhere they keep their order
   */
  push(slot: number, isThinned: boolean): number {
    const { slab } = this;
    slab.state[slot] = SlotState.backlog;
    if (slab.kind(slot) !== Kind.softControl) {
      this.firm.append(slot);
      return NONE;
    }
    const controller = controllerOf(slab.bytes[slot * 3]);
    this.newestDueMs[controller] = Math.max(this.newestDueMs[controller], slab.dueMs[slot]);
    if (!isThinned) {
      slab.flags[slot] = (slab.flags[slot] & ~Flag.kindMask) | Kind.firmControl;
      this.firm.append(slot);
      return NONE;
    }
    const older = this.latest[controller];
    this.latest[controller] = slot;
    if (older === NONE) this.soft.append(slot);
    else {
      this.soft.replace(older, slot);
      slab.state[older] = SlotState.sending;
    }
    return older;
  }

  /** Adds the end of something that sounds; what fell due after it, and still waits, goes after it. */
  pushEnd(slot: number): void {
    this.slab.state[slot] = SlotState.backlog;
    this.firm.insertByDue(slot);
  }

  /** Puts a note back at the head of everything that keeps its order. */
  putBack(slot: number): void {
    this.slab.state[slot] = SlotState.backlog;
    this.firm.prepend(slot);
  }

  /** The slot to send next, or NONE. @param mayControl whether the controllers' share of the wire has room */
  next(mayControl: boolean): number {
    const firm = this.firm.head;
    if (!mayControl) return firm;
    if (firm === NONE) return this.soft.head;
    const soft = this.softAheadOf(firm);
    return soft === NONE ? firm : soft;
  }

  /** Takes a slot out. */
  remove(slot: number): void {
    const { slab } = this;
    slab.state[slot] = SlotState.sending;
    if (slab.kind(slot) !== Kind.softControl) return this.firm.remove(slot);
    this.latest[controllerOf(slab.bytes[slot * 3])] = NONE;
    this.soft.remove(slot);
  }

  /** The note-on that fell due with a note-off of the same pitch, but was given before it; or NONE. */
  onGivenBefore(off: number): number {
    const { slab } = this;
    const voice = slab.bytes[off * 3] & 0x7f0f;
    for (let slot = this.firm.head; slot !== NONE; slot = slab.next[slot]) {
      if (
        slab.kind(slot) === Kind.noteOn &&
        (slab.bytes[slot * 3] & 0x7f0f) === voice &&
        slab.dueMs[slot] === slab.dueMs[off] &&
        slab.sequence[slot] < slab.sequence[off]
      ) {
        return slot;
      }
    }
    return NONE;
  }

  /** The first controller that must be set before `firm` goes, or NONE. */
  private softAheadOf(firm: number): number {
    const { slab } = this;
    const kind = slab.kind(firm);
    if (kind === Kind.noteOff) return NONE;
    const channel = slab.bytes[firm * 3] & 0xf;
    for (let soft = this.soft.head; soft !== NONE; soft = slab.next[soft]) {
      // Channels know nothing of each other; a sysex may change them all.
      if (kind !== Kind.sysex && (slab.bytes[soft * 3] & 0xf) !== channel) continue;
      const byDue = slab.dueMs[soft] - slab.dueMs[firm];
      if (byDue < 0 ? kind !== Kind.noteOn : byDue === 0 && slab.beforeAtSameTime(soft, firm)) return soft;
    }
    return NONE;
  }
}
