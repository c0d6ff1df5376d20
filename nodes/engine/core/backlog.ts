import { Flag, Kind } from '../shared/records';
import { NONE, SlotState, type Slab } from './slab';

const CONTROLLERS = 16 * 128;

/** Number of the controller that a control change sets; its channel included. */
export function controllerOf(word: number): number {
  return (word & 0xf) * 128 + ((word >> 8) & 0x7f);
}

/**
 * What is due but must wait for the wire. Everything keeps its order, with two exceptions: a controller waits with
 * its latest value only, and a note may pass controllers of an earlier stamp.
 */
export class Backlog {
  /** In order: notes, programs, parameters, sysex … */
  private readonly firm: Int32Array;
  private firmRead = 0;
  private firmCount = 0;
  /** Controllers in the order in which they came to wait; the slot with the latest value of each. */
  private readonly soft = new Int32Array(CONTROLLERS);
  private softRead = 0;
  private softCount = 0;
  private readonly softSlot = new Int32Array(CONTROLLERS).fill(NONE);
  private readonly newestDueMs = new Float64Array(CONTROLLERS).fill(-Infinity);

  constructor(private readonly slab: Slab) {
    this.firm = new Int32Array(slab.capacity);
  }

  get isEmpty(): boolean {
    return this.firmCount === 0 && this.softCount === 0;
  }

  /** Whether this controller was set by an event due after `dueMs`. */
  hasNewer(word: number, dueMs: number): boolean {
    return this.newestDueMs[controllerOf(word)] > dueMs;
  }

  /** Adds a due slot. Returns the slot with an older value of the same controller, or NONE. */
  push(slot: number): number {
    this.slab.state[slot] = SlotState.backlog;
    if (this.kind(slot) !== Kind.softControl) {
      this.firm[(this.firmRead + this.firmCount++) % this.firm.length] = slot;
      return NONE;
    }
    const controller = controllerOf(this.slab.bytes[slot * 3]);
    this.newestDueMs[controller] = this.slab.dueMs[slot];
    const older = this.softSlot[controller];
    this.softSlot[controller] = slot;
    if (older === NONE) this.soft[(this.softRead + this.softCount++) % CONTROLLERS] = controller;
    return older;
  }

  /**
   * Takes the slot to send next, or NONE. It may be void: cancelled while it waited.
   * @param mayControl whether the controllers' share of the wire has room
   */
  take(mayControl: boolean): number {
    const soft = this.softCount === 0 ? NONE : this.softSlot[this.soft[this.softRead]];
    if (this.firmCount === 0) return mayControl ? this.takeSoft(soft) : NONE;
    const firm = this.firm[this.firmRead];
    if (soft === NONE || this.slab.state[firm] === SlotState.void || this.leads(firm, soft))
      return this.takeFirm();
    const kind = this.kind(firm);
    if (kind === Kind.noteOff) return this.takeFirm();
    if (kind === Kind.noteOn) {
      const sameStamp = this.softOfStamp(firm);
      return sameStamp === NONE ? this.takeFirm() : this.takeSoft(sameStamp);
    }
    return this.takeSoft(soft);
  }

  /** Cancels a slot that waits here. Returns whether it may be freed now; otherwise `take` will give it, void. */
  discard(slot: number): boolean {
    if (this.kind(slot) !== Kind.softControl) {
      this.slab.state[slot] = SlotState.void;
      return false;
    }
    const controller = controllerOf(this.slab.bytes[slot * 3]);
    if (this.softSlot[controller] === slot) this.removeSoft(controller);
    return true;
  }

  private kind(slot: number): number {
    return this.slab.flags[slot] & Flag.kindMask;
  }

  private leads(a: number, b: number): boolean {
    const byDue = this.slab.dueMs[a] - this.slab.dueMs[b];
    return byDue !== 0 ? byDue < 0 : this.slab.beforeAtSameTime(a, b);
  }

  /** A controller on the same channel and stamp as a note sets what the note starts with: it goes first. */
  private softOfStamp(note: number): number {
    const channel = this.slab.bytes[note * 3] & 0xf;
    for (let index = 0; index < this.softCount; index++) {
      const controller = this.soft[(this.softRead + index) % CONTROLLERS];
      const slot = this.softSlot[controller];
      if (controller >> 7 === channel && this.slab.dueMs[slot] === this.slab.dueMs[note]) return slot;
    }
    return NONE;
  }

  private takeFirm(): number {
    const slot = this.firm[this.firmRead];
    this.firmRead = (this.firmRead + 1) % this.firm.length;
    this.firmCount--;
    if (this.slab.state[slot] !== SlotState.void) this.slab.state[slot] = SlotState.sending;
    return slot;
  }

  private takeSoft(slot: number): number {
    this.removeSoft(controllerOf(this.slab.bytes[slot * 3]));
    this.slab.state[slot] = SlotState.sending;
    return slot;
  }

  private removeSoft(controller: number): void {
    this.softSlot[controller] = NONE;
    let index = 0;
    while (this.soft[(this.softRead + index) % CONTROLLERS] !== controller) index++;
    // What waits before it moves up by one; it is the first nearly always.
    for (; index > 0; index--) {
      this.soft[(this.softRead + index) % CONTROLLERS] = this.soft[(this.softRead + index - 1) % CONTROLLERS];
    }
    this.softRead = (this.softRead + 1) % CONTROLLERS;
    this.softCount--;
  }
}
