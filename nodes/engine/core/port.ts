import { messageLength } from '../../music/bytes';
import { RANK } from '../../music/event';
import { SendResult, type MidiDriver } from '../ports/driver';
import { Flag, Kind } from '../shared/records';
import { At, ClockLateness, Lateness, WireWait, type PortStats } from '../shared/stats';
import type { Waiter } from '../thread/waiter';
import { Backlog } from './backlog';
import { ENGINE_TIME, Lane, UNOWNED, type Timebase } from './lane';
import { Ledger, SUSTAIN, type Owned } from './ledger';
import { Overflow } from './overflow';
import { NONE, Slab, SlotState } from './slab';
import { Wire } from './wire';

/** Slots beyond the bound: one off for every note that can sound, and some for a panic. */
const RESERVE = 16 * 128 + 256;

/** Queue limits of a port. */
export interface PortLimits {
  maxPendingEvents: number;
  lateToleranceMs: number;
}

/** One event as it comes out of the ring, in a form that is reused for every event. */
export class Incoming {
  key = 0;
  stamp = 0;
  duration = 0;
  source = 0;
  enteredMs = 0;
  flags = 0;
  epoch = 0;
  ordinal = 0;
  bytes0 = 0;
  bytes1 = 0;
  bytes2 = 0;
  /** Stamped in an epoch that has not begun. */
  waiting = false;
}

export type { Owned };

/**
 * An open MIDI output: what waits for it, what sounds on it, and the wire behind it. Nothing here allocates after
 * construction except where notes are released by owner.
 */
export class OutputPort {
  readonly slab: Slab;
  readonly ledger: Ledger;
  readonly wire = new Wire();
  private readonly lanes: Lane[] = [];
  private readonly backlog: Backlog;
  private readonly overflow: Overflow;
  private readonly message = new Uint8Array(3);
  private pending = 0;
  private dispatchedMs = -Infinity;
  private drainAtMs = Infinity;
  /** Set when the driver said that the port is gone; nothing is sent any more. */
  gone = false;

  constructor(
    readonly name: string,
    private readonly driver: MidiDriver,
    private readonly handle: number,
    private readonly waiter: Waiter,
    readonly stats: PortStats,
    ledgerMemory: Uint8Array,
    private readonly limits: PortLimits,
    private readonly sysex: Map<number, Uint8Array>
  ) {
    this.slab = new Slab(limits.maxPendingEvents + RESERVE);
    this.backlog = new Backlog(this.slab);
    this.overflow = new Overflow(this.slab);
    this.ledger = new Ledger(ledgerMemory);
  }

  /** Finds or makes the lane of an output and a transport (NONE: engine time). */
  lane(output: number, transport: number, timebase: Timebase | undefined, offsetMs: number): Lane {
    for (const lane of this.lanes) {
      if (lane.output === output && lane.transport === transport) return lane;
    }
    let lane = this.lanes.find(({ isReusable }) => isReusable);
    if (lane === undefined) this.lanes.push((lane = new Lane(this.lanes.length, this.slab)));
    return lane.assign(output, transport, timebase ?? ENGINE_TIME, offsetMs);
  }

  /** The transport is gone, and all that it played was released: its lanes are free for another. */
  dropLanesOf(transport: number): void {
    for (const lane of this.lanes) if (lane.transport === transport) lane.transport = UNOWNED;
  }

  /** The output is gone: what sounds through it ends, what waits for it is dropped. */
  releaseOutput(output: number, nowMs: number): void {
    this.release((_source, _transport, owner) => owner === output, nowMs);
    for (const lane of this.lanes) if (lane.output === output) lane.transport = UNOWNED;
  }

  setOffset(output: number, offsetMs: number): void {
    for (const lane of this.lanes) if (lane.output === output) lane.offsetMs = offsetMs;
  }

  // ---- in ----------------------------------------------------------------------------------------------------

  /** Queues an event, or drops it by the rules for late, repeated and surplus events; all of them are counted. */
  accept(lane: Lane, event: Incoming, nowMs: number): void {
    const kind = event.flags & Flag.kindMask;
    const dueMs = event.waiting ? Infinity : lane.dueMs(event.key);
    if ((event.flags & Flag.replay) !== 0 && this.hasSounded(lane, event, dueMs)) {
      this.stats.add(At.duplicates);
      return this.forget(event);
    }
    if (dueMs < nowMs) {
      if (nowMs - dueMs > this.limits.lateToleranceMs && this.isStale(kind, event.bytes0, dueMs)) {
        this.stats.add(At.droppedLate);
        return this.forget(event);
      }
      this.stats.add(At.playedLate);
    }
    const mustGo = kind === Kind.noteOff || kind === Kind.realtime;
    if (this.pending >= this.limits.maxPendingEvents && !this.makeRoom(kind, event.bytes0) && !mustGo) {
      this.stats.add(At.droppedFull);
      return this.forget(event);
    }
    const slot = this.slab.take();
    if (slot === NONE) {
      // Only a flood of bare note-offs gets here: early is better than never.
      this.sendWords(
        event.bytes0,
        event.bytes1,
        event.bytes2,
        (event.flags >> Flag.lengthShift) & 0xf,
        nowMs
      );
      return;
    }
    this.fill(slot, lane, event);
    if (event.waiting) this.slab.state[slot] = SlotState.waiting;
    else this.queue(lane, slot);
  }

  private fill(slot: number, lane: Lane, event: Incoming): void {
    const { slab } = this;
    slab.key[slot] = event.key;
    slab.stamp[slot] = event.stamp;
    slab.duration[slot] = event.duration;
    slab.source[slot] = event.source;
    slab.enteredMs[slot] = event.enteredMs;
    slab.flags[slot] = event.flags;
    slab.rank[slot] = (event.flags >> Flag.rankShift) & 0xf;
    slab.epoch[slot] = event.epoch;
    slab.ordinal[slot] = event.ordinal;
    slab.bytes[slot * 3] = event.bytes0;
    slab.bytes[slot * 3 + 1] = event.bytes1;
    slab.bytes[slot * 3 + 2] = event.bytes2;
    slab.lane[slot] = lane.index;
    this.count(slot);
  }

  private count(slot: number): void {
    this.slab.counted[slot] = 1;
    this.stats.set(At.pending, ++this.pending);
    if (this.pending > this.stats.get(At.pendingMax)) this.stats.set(At.pendingMax, this.pending);
  }

  private uncount(slot: number): void {
    if (this.slab.counted[slot] === 0) return;
    this.slab.counted[slot] = 0;
    this.stats.set(At.pending, --this.pending);
  }

  private queue(lane: Lane, slot: number): void {
    this.slab.state[slot] = SlotState.queued;
    lane.heap.push(slot);
  }

  /** Whether a late event may be dropped. What sets a state goes, unless something newer has set it since. */
  private isStale(kind: number, word: number, dueMs: number): boolean {
    if (kind === Kind.noteOn || kind === Kind.sysex) return true;
    return kind === Kind.softControl && this.backlog.hasNewer(word, dueMs);
  }

  /** Whether an answer to a replayed span has left already or waits in the queue. */
  private hasSounded(lane: Lane, event: Incoming, dueMs: number): boolean {
    if (!event.waiting && (event.key <= lane.sentKey || dueMs <= this.dispatchedMs)) return true;
    const { slab } = this;
    for (let slot = 0; slot < slab.capacity; slot++) {
      const state = slab.state[slot];
      if (state === SlotState.free || state === SlotState.void || slab.lane[slot] !== lane.index) continue;
      if (
        slab.stamp[slot] === event.stamp &&
        slab.source[slot] === event.source &&
        slab.epoch[slot] === event.epoch &&
        slab.ordinal[slot] === event.ordinal &&
        slab.duration[slot] === event.duration &&
        slab.bytes[slot * 3] === event.bytes0 &&
        slab.bytes[slot * 3 + 1] === event.bytes1 &&
        slab.bytes[slot * 3 + 2] === event.bytes2
      ) {
        return true;
      }
    }
    return false;
  }

  /** Frees a slot for an event by thinning controllers, then by dropping the newest of what matters least. */
  private makeRoom(kind: number, word: number): boolean {
    let victim = this.overflow.thinnable(kind, word);
    if (victim !== NONE) {
      this.stats.add(At.coalesced);
    } else {
      victim = this.overflow.newestBelow(kind);
      if (victim === NONE) return false;
      this.stats.add(At.droppedFull);
    }
    this.drop(victim);
    return true;
  }

  // ---- out ---------------------------------------------------------------------------------------------------

  /** Sends what is due and the wire takes. */
  dispatch(nowMs: number): void {
    this.dispatchedMs = nowMs;
    do this.drain(nowMs);
    while (this.collect(nowMs));
  }

  /** When this port wants to be served next, in ms. */
  nextDeadlineMs(): number {
    let earliest = this.drainAtMs;
    for (const lane of this.lanes) {
      const head = lane.heap.head;
      if (head !== NONE) earliest = Math.min(earliest, lane.dueMs(this.slab.key[head]));
    }
    return earliest;
  }

  /** Moves what is due from the lanes into the backlog, in order. Returns whether there was anything. */
  private collect(nowMs: number): boolean {
    const { slab } = this;
    let any = false;
    for (;;) {
      let first: Lane | undefined;
      let slot = NONE;
      let dueMs = Infinity;
      for (const lane of this.lanes) {
        const head = lane.heap.head;
        if (head === NONE) continue;
        const headDueMs = lane.dueMs(slab.key[head]);
        if (headDueMs < dueMs || (headDueMs === dueMs && slab.beforeAtSameTime(head, slot))) {
          first = lane;
          slot = head;
          dueMs = headDueMs;
        }
      }
      if (first === undefined || dueMs > nowMs) return any;
      any = true;
      first.heap.remove(slot);
      first.sentKey = slab.key[slot];
      slab.dueMs[slot] = dueMs;
      if ((slab.flags[slot] & Flag.kindMask) === Kind.realtime) {
        slab.state[slot] = SlotState.sending;
        this.send(slot);
      } else {
        const superseded = this.backlog.push(slot);
        if (superseded !== NONE) {
          this.stats.add(At.coalesced);
          this.drop(superseded);
        }
      }
    }
  }

  /** Sends from the backlog while the wire is open. */
  private drain(nowMs: number): void {
    this.drainAtMs = Infinity;
    while (!this.backlog.isEmpty) {
      if (!this.wire.isOpen(nowMs)) {
        this.drainAtMs = this.wire.openAtMs;
        return;
      }
      const slot = this.backlog.take(this.wire.mayControl(3, nowMs));
      if (slot === NONE) {
        this.drainAtMs = this.wire.controlOpenAtMs(3);
        return;
      }
      if (this.slab.state[slot] === SlotState.void) this.slab.give(slot);
      else this.send(slot);
    }
  }

  /** Hands one event to the driver and does what follows from it. */
  private send(slot: number): void {
    const { slab } = this;
    const flags = slab.flags[slot];
    const word = slab.bytes[slot * 3];
    const status = word & 0xff;
    const note = Ledger.note(status & 0xf, (word >> 8) & 0x7f);
    const lane = this.lanes[slab.lane[slot]];
    const nowMs = this.waiter.now();
    this.recordTiming(slab.dueMs[slot], nowMs);
    switch (flags & Flag.kindMask) {
      case Kind.noteOn:
        this.endOverlapped(note, nowMs);
        this.sendWords(word, 0, 0, 3, nowMs);
        this.startNote(slot, lane, note, nowMs);
        return;
      case Kind.noteOff: {
        const planned = this.ledger.offSlot(note);
        if (planned !== NONE && planned !== slot) this.drop(planned);
        this.ledger.release(note);
        this.sendWords(word, 0, 0, 3, nowMs);
        break;
      }
      case Kind.sysex:
        this.sendSysex(word, nowMs);
        break;
      default:
        this.sendWords(
          word,
          slab.bytes[slot * 3 + 1],
          slab.bytes[slot * 3 + 2],
          (flags >> Flag.lengthShift) & 0xf,
          nowMs
        );
        if ((flags & Flag.kindMask) === Kind.softControl) this.wire.carryControl(3, nowMs);
        if ((status & 0xf0) === 0xb0) {
          this.ledger.control(
            status & 0xf,
            (word >> 8) & 0x7f,
            (word >> 16) & 0x7f,
            slab.source[slot],
            lane.transport,
            lane.output
          );
        }
    }
    this.drop(slot);
  }

  /** Lateness is what the engine is to blame for; waiting for the wire is counted apart. */
  private recordTiming(dueMs: number, nowMs: number): void {
    const openMs = this.wire.openAtMs;
    this.stats.record(Lateness, nowMs - Math.max(dueMs, openMs));
    if (openMs > dueMs) this.stats.record(WireWait, openMs - dueMs);
  }

  /** The same pitch again: the first note ends here, and the off planned for it is void. */
  private endOverlapped(note: number, nowMs: number): void {
    if (!this.ledger.isDown(note)) return;
    const planned = this.ledger.offSlot(note);
    if (planned !== NONE) this.drop(planned);
    this.sendWords(offWord(note), 0, 0, 3, nowMs);
    this.ledger.release(note);
  }

  /** The slot of a note with a duration becomes its off, so an accepted note can never lose it. */
  private startNote(slot: number, lane: Lane, note: number, nowMs: number): void {
    const { slab } = this;
    const flags = slab.flags[slot];
    const source = slab.source[slot];
    this.uncount(slot);
    if ((flags & Flag.hasDuration) === 0) {
      slab.give(slot);
      this.ledger.press(note, NONE, source, lane.transport, lane.output);
      return;
    }
    this.ledger.press(note, slot, source, lane.transport, lane.output);
    const inTicks = (flags & Flag.durationInTicks) !== 0;
    slab.bytes[slot * 3] = offWord(note);
    slab.flags[slot] = Kind.noteOff | (OFF_RANK << Flag.rankShift) | (3 << Flag.lengthShift);
    slab.rank[slot] = OFF_RANK;
    slab.requeue(slot);
    if (inTicks) {
      // At least a tick, or the off would be sorted before its own on.
      slab.key[slot] += Math.max(1, slab.duration[slot]);
      this.queue(lane, slot);
    } else {
      const timed = this.lane(lane.output, NONE, undefined, lane.offsetMs);
      const startedMs = lane.timebase.msAt(slab.key[slot]);
      slab.key[slot] = Math.max(startedMs, nowMs - lane.offsetMs) + Math.max(1, slab.duration[slot]);
      slab.lane[slot] = timed.index;
      this.queue(timed, slot);
    }
  }

  /** A byte of MIDI clock or transport, past everything that waits. */
  sendRealtime(bytes: number, length: number, dueMs: number): void {
    const nowMs = this.waiter.now();
    this.stats.record(ClockLateness, nowMs - dueMs);
    if (bytes === 0xf8) this.stats.add(At.clocks);
    this.sendWords(bytes, 0, 0, length, nowMs);
  }

  /** Sends up to twelve bytes, packed lowest first, message by message. */
  private sendWords(word0: number, word1: number, word2: number, length: number, nowMs: number): void {
    let at = 0;
    while (at < length) {
      const size = Math.max(1, messageLength(byteAt(word0, word1, word2, at)));
      for (let index = 0; index < size; index++)
        this.message[index] = byteAt(word0, word1, word2, at + index);
      this.hand(this.message, size, nowMs);
      at += size;
    }
  }

  private sendSysex(id: number, nowMs: number): void {
    const bytes = this.sysex.get(id);
    if (bytes !== undefined) this.hand(bytes, bytes.length, nowMs);
  }

  private hand(bytes: Uint8Array, length: number, nowMs: number): void {
    if (this.gone) return;
    this.wire.carry(length, nowMs);
    const result = this.driver.send(this.handle, bytes, length);
    if (result === SendResult.ok) {
      this.stats.add(At.sent);
      this.stats.add(At.bytes, length);
    } else {
      this.stats.add(At.sendErrors);
      if (result === SendResult.gone) this.gone = true;
    }
  }

  // ---- taking back -------------------------------------------------------------------------------------------

  /** Drops queued events that have not sounded: those of `source`, and of `transport` from `fromKey` on. */
  cancel(source: number | undefined, transport: number, fromKey: number, epoch: number): void {
    const { slab } = this;
    for (let slot = 0; slot < slab.capacity; slot++) {
      const state = slab.state[slot];
      if (state === SlotState.free || state === SlotState.void) continue;
      if ((slab.flags[slot] & Flag.kindMask) === Kind.noteOff) continue;
      const lane = this.lanes[slab.lane[slot]];
      if (transport !== NONE && lane.transport !== transport) continue;
      if (source !== undefined && slab.source[slot] !== source) continue;
      if (epoch !== NONE && slab.epoch[slot] !== epoch) continue;
      if (state !== SlotState.waiting && slab.key[slot] < fromKey) continue;
      this.stats.add(At.cancelled);
      this.drop(slot);
    }
  }

  /** An epoch began: its waiting events get their keys, events that wait for any other are void. */
  beginEpoch(transport: number, epoch: number, shift: number): void {
    const { slab } = this;
    for (let slot = 0; slot < slab.capacity; slot++) {
      if (slab.state[slot] !== SlotState.waiting) continue;
      const lane = this.lanes[slab.lane[slot]];
      if (lane.transport !== transport) continue;
      if (slab.epoch[slot] === epoch) {
        slab.key[slot] = slab.stamp[slot] + shift;
        this.queue(lane, slot);
      } else {
        this.stats.add(At.droppedStale);
        this.drop(slot);
      }
    }
    for (const lane of this.lanes) if (lane.transport === transport) lane.sentKey = -Infinity;
  }

  /** Ends at once what sounds on behalf of the owner and drops what the owner has queued. */
  release(owned: Owned, nowMs: number): void {
    const { slab } = this;
    for (let slot = 0; slot < slab.capacity; slot++) {
      const state = slab.state[slot];
      if (state === SlotState.free || state === SlotState.void || this.endsNote(slot)) continue;
      const lane = this.lanes[slab.lane[slot]];
      if (!owned(slab.source[slot], lane.transport, lane.output)) continue;
      this.stats.add(At.cancelled);
      this.drop(slot);
    }
    this.ledger.forEachNote(owned, (note) => {
      const planned = this.ledger.offSlot(note);
      if (planned === NONE) this.sendSoon(offWord(note), Kind.noteOff, nowMs);
      else if (slab.state[planned] === SlotState.queued) this.endNow(planned, nowMs);
    });
    this.ledger.forEachPedal(owned, (channel, controller) => {
      this.sendSoon(0xb0 | channel | (controller << 8), Kind.firmControl, nowMs);
    });
    this.dispatch(nowMs);
  }

  /** Everything off, on all channels, also what this engine knows nothing of. */
  panic(nowMs: number): void {
    this.release(() => true, nowMs);
    for (let channel = 0; channel < 16; channel++) {
      for (const controller of PANIC_CONTROLLERS) {
        this.sendSoon(0xb0 | channel | (controller << 8), Kind.firmControl, nowMs);
      }
    }
    this.dispatch(nowMs);
  }

  /** Sends what is still queued as releases, without regard to the wire: the engine is about to end. */
  flush(nowMs: number): void {
    this.release(() => true, nowMs);
    this.wire.busyUntilMs = -Infinity;
    this.wire.configure(0, 1);
    this.dispatch(nowMs);
  }

  private endsNote(slot: number): boolean {
    if ((this.slab.flags[slot] & Flag.kindMask) !== Kind.noteOff) return false;
    const word = this.slab.bytes[slot * 3];
    return this.ledger.offSlot(Ledger.note(word & 0xf, (word >> 8) & 0x7f)) === slot;
  }

  private endNow(slot: number, nowMs: number): void {
    this.lanes[this.slab.lane[slot]].heap.remove(slot);
    this.slab.dueMs[slot] = nowMs;
    this.backlog.push(slot);
  }

  private sendSoon(word: number, kind: Kind, nowMs: number): void {
    const slot = this.slab.take();
    if (slot === NONE) return this.sendWords(word, 0, 0, 3, nowMs);
    const { slab } = this;
    slab.flags[slot] = kind | (3 << Flag.lengthShift);
    slab.bytes[slot * 3] = word;
    slab.lane[slot] = this.lane(NONE, NONE, undefined, 0).index;
    slab.dueMs[slot] = nowMs;
    this.count(slot);
    this.backlog.push(slot);
  }

  /** Frees a slot wherever it is. */
  private drop(slot: number): void {
    const { slab } = this;
    this.uncount(slot);
    if ((slab.flags[slot] & Flag.kindMask) === Kind.sysex) this.sysex.delete(slab.bytes[slot * 3]);
    if (slab.state[slot] === SlotState.queued) this.lanes[slab.lane[slot]].heap.remove(slot);
    if (slab.state[slot] !== SlotState.backlog || this.backlog.discard(slot)) slab.give(slot);
  }

  /** Drops what belongs to an event that is not queued at all. */
  private forget(event: Incoming): void {
    if ((event.flags & Flag.kindMask) === Kind.sysex) this.sysex.delete(event.bytes0);
  }
}

const OFF_RANK = RANK.noteOff;

/** All sound off, reset controllers, all notes off, sustain up (MIDI 1.0 channel mode messages). */
const PANIC_CONTROLLERS = [SUSTAIN, 120, 121, 123];

/** Note-off with the standard's default velocity of 64. */
function offWord(note: number): number {
  return 0x80 | (note >> 7) | ((note & 0x7f) << 8) | (64 << 16);
}

function byteAt(word0: number, word1: number, word2: number, at: number): number {
  const word = at < 4 ? word0 : at < 8 ? word1 : word2;
  return (word >> ((at & 3) * 8)) & 0xff;
}
