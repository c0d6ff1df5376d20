import { Kind } from '../shared/records';
import { At, type PortStats } from '../shared/stats';
import { Backlog } from './backlog';
import { ENGINE_TIME, Lane, UNOWNED, type Timebase } from './lane';
import { Ledger } from './ledger';
import { NONE, Slab, SlotState } from './slab';
import type { SysexStore } from './sysex-store';

/** Whether an event of a kind, whose first bytes are `word`, ends a note or lifts a pedal: it must not be lost. */
export function isEnd(kind: number, word: number): boolean {
  return kind === Kind.noteOff || (kind === Kind.firmControl && Ledger.lifts(word));
}

/** Slots beyond the bound: one off for every note that can sound, and some for a panic. */
const RESERVE = 16 * 128 + 256;

/**
 * All that waits for one port: slots in lanes until they are due, then in the backlog until the wire is free. The
 * intake fills it, the outlet empties it, the recall takes back.
 */
export class Queue {
  readonly slab: Slab;
  readonly lanes: Lane[] = [];
  readonly backlog: Backlog;
  readonly ledger: Ledger;
  /** Slots that count against the bound; the off of a note that sounds does not. */
  pending = 0;
  /** Until when what was due has left its lane. */
  dispatchedMs = -Infinity;

  /** @param sysex the bytes of each sysex, by the id that stands in its slot */
  constructor(
    readonly bound: number,
    readonly stats: PortStats,
    ledgerMemory: Uint8Array,
    readonly sysex: SysexStore
  ) {
    this.slab = new Slab(bound + RESERVE);
    this.backlog = new Backlog(this.slab);
    this.ledger = new Ledger(ledgerMemory);
  }

  /** Finds or makes the lane of an output and a transport (NONE: engine time). */
  lane(output: number, transport: number, timebase: Timebase | undefined, offsetMs: number): Lane {
    let reusable: Lane | undefined;
    for (let index = 0; index < this.lanes.length; index++) {
      const lane = this.lanes[index];
      if (lane.output === output && lane.transport === transport) return lane;
      if (lane.isReusable) reusable = lane;
    }
    if (reusable === undefined) this.lanes.push((reusable = new Lane(this.lanes.length, this.slab)));
    return reusable.assign(output, transport, timebase ?? ENGINE_TIME, offsetMs);
  }

  laneOf(slot: number): Lane {
    return this.lanes[this.slab.lane[slot]];
  }

  /** Number of the note or pedal that a slot starts or ends, or NONE. */
  voiceOf(slot: number): number {
    return this.slab.kind(slot) === Kind.sysex ? NONE : Ledger.voice(this.slab.bytes[slot * 3]);
  }

  /** Whether a slot ends a note or lifts a pedal. */
  isEnd(slot: number): boolean {
    return isEnd(this.slab.kind(slot), this.slab.bytes[slot * 3]);
  }

  /** Whether a slot is the planned end of something that sounds. */
  isPlannedEnd(slot: number): boolean {
    const voice = this.voiceOf(slot);
    return voice !== NONE && this.ledger.offSlot(voice) === slot;
  }

  /** Lets a slot wait for its time. */
  push(lane: Lane, slot: number): void {
    this.slab.state[slot] = SlotState.queued;
    lane.heap.push(slot);
  }

  /**
   * A slot for a message of the port's own that is due now, to be filled with its bytes and put into the backlog; NONE
   * where no slot is free.
   * @param flags kind and length
   * @param source whose it is: a number that is no node's
   */
  takeOwn(flags: number, source: number, nowMs: number): number {
    const { slab } = this;
    const slot = slab.take();
    if (slot === NONE) return NONE;
    slab.flags[slot] = flags;
    slab.rank[slot] = 0;
    slab.source[slot] = source;
    slab.epoch[slot] = NONE;
    slab.key[slot] = nowMs;
    slab.lane[slot] = this.lane(NONE, NONE, undefined, 0).index;
    slab.dueMs[slot] = nowMs;
    this.count(slot);
    return slot;
  }

  /** Lets a slot count against the bound. */
  count(slot: number): void {
    this.slab.counted[slot] = 1;
    this.stats.set(At.pending, ++this.pending);
    if (this.pending > this.stats.get(At.pendingMax)) this.stats.set(At.pendingMax, this.pending);
  }

  uncount(slot: number): void {
    if (this.slab.counted[slot] === 0) return;
    this.slab.counted[slot] = 0;
    this.stats.set(At.pending, --this.pending);
  }

  /** Frees a slot wherever it is. */
  drop(slot: number): void {
    const { slab } = this;
    this.uncount(slot);
    if (slab.kind(slot) === Kind.sysex) this.sysex.delete(slab.bytes[slot * 3]);
    if (slab.state[slot] === SlotState.queued) this.laneOf(slot).heap.remove(slot);
    else if (slab.state[slot] === SlotState.backlog) this.backlog.remove(slot);
    slab.give(slot);
  }

  /** Forgets all that waits: the port is gone. */
  clear(): void {
    for (let slot = 0; slot < this.slab.capacity; slot++) {
      if (this.slab.state[slot] !== SlotState.free) this.drop(slot);
    }
  }

  /** No new event comes for a lane: it is free for another owner once it is empty. */
  disown(lane: Lane): void {
    lane.transport = UNOWNED;
  }
}
