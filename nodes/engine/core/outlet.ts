import { encodeEvent, messageLength } from '../../music/bytes';
import { RANK, type MusicEvent } from '../../music/event';
import { SendResult, type MidiDriver } from '../ports/driver';
import { Flag, Kind } from '../shared/records';
import { At, ClockLateness, Lateness, WireWait } from '../shared/stats';
import type { Waiter } from '../thread/waiter';
import type { Lane } from './lane';
import { Debts, type Debtor } from './debts';
import { Ledger, PEDAL_DOWN } from './ledger';
import type { Monitor } from './monitor';
import { Patch } from './patch';
import type { Queue } from './queue';
import { RESTORED, Restoration } from './restoration';
import { NONE, SlotState } from './slab';
import { Wire } from './wire';

const CLOCK = 0xf8;
const START = 0xfa;
const CONTINUE = 0xfb;
const STOP = 0xfc;
const ACTIVE_SENSING = 0xfe;
/**
 * A note that is overdue by more, and by more than is tolerated, was held by a freeze, as of a laptop that was shut:
 * its time is over.
 */
const OVER_MS = 500;
const OFF_RANK = RANK.noteOff;

/** Bytes of a controller message, and the longest that is handed over in one. */
const CONTROL_BYTES = 3;
const MAX_PIECE_BYTES = 256;

/**
 * A receiver that was once told it is being looked after expects a byte every 300 ms; this leaves it some of that. It is
 * told so beside all else that is sent: one that is switched on while MIDI clock runs is to know of it, too.
 */
const SENSING_MS = 270;

/** What goes out of the queue of a port: on time, in order, no faster than the wire. Allocates nothing. */
export class Outlet implements Debtor {
  readonly wire = new Wire();
  /** Set when the driver said that the port is gone; nothing is sent any more. */
  gone = false;
  /** Events that waited for the port when it went. */
  stranded = 0;
  private readonly message = new Uint8Array(MAX_PIECE_BYTES);
  /** When the backlog can go on. */
  private drainAtMs = Infinity;
  /** The next deadline. What sets it returns nothing and what returns it is short enough to be inlined always. */
  private nextMs = Infinity;
  /** A slot of which a part has been handed over, or NONE, and how many of its bytes. */
  private open = NONE;
  private openAt = 0;
  /**
   * When something is handed over, and since when it could have been. They are fields, as is the time of the pass
   * (`queue.dispatchedMs`), because a double that is passed on from call to call is garbage.
   */
  private nowMs = -Infinity;
  private openMs = -Infinity;
  private readonly debts: Debts;
  /** What the port was last set to, where that is kept, and what is being sent of it again. */
  private patch: Patch | undefined;
  private readonly restoration: Restoration;
  /** When Active Sensing is due; Infinity where it is not wanted. */
  private sensingAtMs = Infinity;
  private readonly overMs: number;

  constructor(
    private readonly queue: Queue,
    private readonly driver: MidiDriver,
    private readonly handle: number,
    private readonly waiter: Waiter,
    private readonly monitor: Monitor | undefined,
    private readonly number: number,
    lateToleranceMs = 0
  ) {
    this.overMs = Math.max(OVER_MS, lateToleranceMs);
    this.restoration = new Restoration(queue, this.wire);
    this.debts = new Debts(queue, this);
  }

  /** Sends what is due and the wire takes. */
  dispatch(nowMs: number): void {
    this.queue.dispatchedMs = nowMs;
    if (nowMs >= this.debts.atMs) this.debts.pay(nowMs);
    do this.drain();
    while (this.collect());
    if (nowMs >= this.sensingAtMs) {
      this.nowMs = this.waiter.now();
      this.sensingAtMs = this.nowMs + SENSING_MS;
      this.sendWord(ACTIVE_SENSING, 1);
    }
    if (this.gone) this.vanish();
  }

  /** The port is gone: nothing is sent any more, what waits is dropped and counted. */
  vanish(): void {
    this.gone = true;
    this.stranded += this.queue.pending;
    this.open = NONE;
    this.drainAtMs = this.debts.atMs = this.sensingAtMs = Infinity;
    this.restoration.stop();
    this.queue.clear();
  }

  /** When this port wants to be served next, in ms. */
  nextDeadlineMs(): number {
    this.findNext();
    return this.nextMs;
  }

  private findNext(): void {
    const { lanes } = this.queue;
    this.nextMs = Math.min(this.drainAtMs, this.debts.atMs, this.sensingAtMs);
    // While something waits for the wire, what is sent again comes behind it.
    if (this.drainAtMs === Infinity) this.nextMs = Math.min(this.nextMs, this.restoration.atMs);
    for (let index = 0; index < lanes.length; index++) {
      const lane = lanes[index];
      lane.look();
      this.nextMs = Math.min(this.nextMs, lane.headMs);
    }
  }

  /** Whether the receiver is told every 270 ms that the cable is whole. */
  sense(isWanted: boolean, nowMs: number): void {
    if (isWanted === this.sensingAtMs < Infinity) return;
    this.sensingAtMs = isWanted ? nowMs : Infinity;
  }

  /** Keeps what the port is set to in a memory, or no more. What stands there already is sent again. */
  remember(memory: SharedArrayBuffer | undefined, nowMs: number): void {
    if (memory === this.patch?.memory) return;
    this.patch = memory && new Patch(memory);
    this.restoration.stop();
    if (this.patch !== undefined) this.restoration.start(this.patch, nowMs);
  }

  /** A byte of MIDI clock or transport, past everything that waits. */
  sendRealtime(bytes: number, length: number, dueMs: number): void {
    const { stats } = this.queue;
    this.nowMs = this.waiter.now();
    stats.ms = this.nowMs - dueMs;
    stats.recordMs(ClockLateness);
    if (bytes === CLOCK) {
      stats.add(At.clocks);
      this.wire.pulse(dueMs);
    }
    this.sendTransport(bytes, length);
  }

  /** Sends a message that finds no slot; it may be the end of a note or a pedal. */
  sendAtOnce(kind: number, word: number, length: number): void {
    const voice = kind === Kind.realtime ? NONE : Ledger.voice(word);
    this.nowMs = this.waiter.now();
    if (voice === NONE) this.sendTransport(word, length);
    else this.endVoice(voice, NONE, word);
  }

  /** A message of transport; one that is refused is void, but for a Stop. */
  private sendTransport(word: number, length: number): void {
    const taken = this.sendWord(word, length);
    if (word === START || word === CONTINUE || word === STOP) this.debts.transport(word, taken, this.nowMs);
  }

  /**
   * Takes over what sounds since before this core: it is in the ledger before anybody is told that the port is open, so
   * that the next core knows of it, should this one end at once, and its end goes before all else.
   * @param ends the messages that end it
   */
  inherit(ends: readonly MusicEvent[], nowMs: number): void {
    const { ledger } = this.queue;
    for (const end of ends) {
      encodeEvent(end, 1, this.message);
      const voice = Ledger.voice(this.message[0] | (this.message[1] << 8));
      if (voice !== NONE && !ledger.isDown(voice)) ledger.owe(voice);
    }
    if (ledger.nextOwed(0) !== NONE) this.debts.atMs = nowMs;
  }

  // ---- from the lanes to the backlog -------------------------------------------------------------------------

  /** Moves what is due from the lanes into the backlog, in order. Returns whether there was anything. */
  private collect(): boolean {
    const { slab, lanes, backlog, dispatchedMs: nowMs } = this.queue;
    let any = false;
    let begunMs = Infinity;
    for (;;) {
      let first: Lane | undefined;
      let slot = NONE;
      let dueMs = Infinity;
      for (let index = 0; index < lanes.length; index++) {
        const lane = lanes[index];
        const head = lane.heap.head;
        if (head === NONE) continue;
        lane.look();
        if (lane.headMs < dueMs || (lane.headMs === dueMs && slab.beforeAtSameTime(head, slot))) {
          first = lane;
          slot = head;
          dueMs = lane.headMs;
        }
      }
      if (first === undefined || dueMs > nowMs) return any;
      // After a stall the end of a note may be due before what comes next, and is known only when it has begun.
      if (dueMs > begunMs) return true;
      any = true;
      first.heap.remove(slot);
      first.sentKey = Math.max(first.sentKey, slab.key[slot]);
      slab.dueMs[slot] = dueMs;
      if (slab.kind(slot) === Kind.realtime) {
        this.passAll(slot);
      } else if (slab.kind(slot) === Kind.noteOn && nowMs - dueMs > this.overMs) {
        this.queue.stats.add(At.droppedLate);
        slab.state[slot] = SlotState.sending; // it is in the heap no more
        this.queue.drop(slot);
      } else if (this.queue.isPlannedEnd(slot)) {
        backlog.pushEnd(slot);
      } else {
        const superseded = backlog.push(slot, this.wire.isLimited);
        if (superseded !== NONE) {
          this.queue.stats.add(At.coalesced);
          this.queue.drop(superseded);
        }
        if (slab.kind(slot) === Kind.noteOn && !this.wire.isLimited) begunMs = dueMs;
      }
    }
  }

  /** Sends a realtime event ahead of what waits for the wire. */
  private passAll(slot: number): void {
    const { slab, stats } = this.queue;
    this.nowMs = this.waiter.now();
    slab.state[slot] = SlotState.sending;
    stats.ms = this.nowMs - slab.dueMs[slot];
    stats.recordMs(Lateness);
    this.sendTransport(slab.bytes[slot * 3], (slab.flags[slot] >> Flag.lengthShift) & 0xf);
    this.queue.drop(slot);
  }

  // ---- from the backlog to the driver ------------------------------------------------------------------------

  /** Sends from the backlog while the wire is open. */
  private drain(): void {
    const { slab, backlog } = this.queue;
    const askedMs = this.drainAtMs;
    this.drainAtMs = Infinity;
    for (;;) {
      // What was handed over in this pass keeps the wire busy from then on, not from when the pass began.
      this.nowMs = this.waiter.now();
      const mayControl = this.wire.mayControl(CONTROL_BYTES, this.nowMs);
      const slot = this.open !== NONE ? this.open : backlog.next(mayControl);
      if (slot === NONE) {
        if (this.restoration.offer(this.nowMs)) continue;
        if (!backlog.isEmpty) this.drainAtMs = this.wire.controlOpenAtMs(CONTROL_BYTES);
        return;
      }
      const isControl = slab.kind(slot) === Kind.softControl;
      if (!this.wire.isOpen(isControl, this.nowMs)) {
        this.drainAtMs = this.wire.openAtMs;
        return;
      }
      this.openMs = this.wire.openAtMs;
      if (isControl && askedMs < Infinity) this.openMs = Math.max(this.openMs, askedMs);
      if (this.open !== NONE) this.sendPiece();
      else this.send(slot);
    }
  }

  /** Sends one event, or its first message, and does what follows from it. */
  private send(slot: number): void {
    const { slab, backlog, ledger } = this.queue;
    const kind = slab.kind(slot);
    const word = slab.bytes[slot * 3];
    const voice = this.queue.voiceOf(slot);
    backlog.remove(slot);
    if (kind === Kind.noteOn && ledger.isDown(voice)) {
      // The same pitch again: the first note ends, and the off planned for it is void. A reader that does not even
      // take the end gets no new beginning.
      if (this.endVoice(voice, slot, Ledger.ending(voice))) return backlog.putBack(slot);
      this.queue.stats.add(At.sendErrors);
      return this.queue.drop(slot);
    }
    if (kind === Kind.noteOff && !ledger.isDown(voice) && backlog.onGivenBefore(slot) !== NONE) {
      // It ends a note that begins only now: a note lasts a tick at least.
      slab.key[slot] += 1;
      return this.queue.push(this.queue.laneOf(slot), slot);
    }
    this.recordTiming(slot);
    switch (kind) {
      case Kind.noteOn:
        // In the ledger first: whoever outlives a crash in between rather ends a note too many than one too few. A
        // reader that was full may be one of several, so a note that was refused counts as sounding too.
        this.startNote(slot, voice);
        this.sendWord(word, 3);
        return;
      case Kind.noteOff:
        this.endVoice(voice, slot, word);
        return this.queue.drop(slot);
      case Kind.softControl:
        this.wire.carryControl(CONTROL_BYTES, this.nowMs);
    }
    if (voice !== NONE) {
      if (((word >> 16) & 0x7f) < PEDAL_DOWN) {
        this.endVoice(voice, slot, word);
        return this.queue.drop(slot);
      }
      const lane = this.queue.laneOf(slot);
      ledger.press(voice, ledger.offSlot(voice), slab.source, slot, lane.transport, lane.output);
    }
    this.open = slot;
    this.openAt = 0;
    this.sendPiece();
  }

  /** Lateness is what the engine is to blame for; waiting for the wire is counted apart. */
  private recordTiming(slot: number): void {
    const { stats, slab } = this.queue;
    const dueMs = slab.dueMs[slot];
    const freeMs = Math.min(this.openMs, this.nowMs);
    stats.ms = this.nowMs - Math.max(dueMs, freeMs);
    stats.recordMs(Lateness);
    if (freeMs <= dueMs) return;
    stats.ms = freeMs - dueMs;
    stats.recordMs(WireWait);
  }

  payEnd(voice: number): boolean {
    this.nowMs = this.waiter.now();
    return this.endVoice(voice, NONE, Ledger.ending(voice));
  }

  payStop(): void {
    this.nowMs = this.waiter.now();
    this.sendTransport(STOP, 1);
  }

  /**
   * A voice ends by `slot` (or NONE) and its message; what else was planned to end it is void. A message that is
   * refused is owed. Returns whether it was taken.
   */
  private endVoice(voice: number, slot: number, word: number): boolean {
    const { ledger } = this.queue;
    const planned = ledger.offSlot(voice);
    if (planned !== NONE && planned !== slot) this.queue.drop(planned);
    const taken = this.sendWord(word, 3);
    if (taken || this.gone) {
      ledger.release(voice, this.queue.stats.get(At.sent));
    } else {
      this.debts.end(voice, this.nowMs);
    }
    return taken;
  }

  /** The slot of a note with a duration becomes its off, so an accepted note can never lose it. */
  private startNote(slot: number, voice: number): void {
    const { slab, ledger } = this.queue;
    const lane = this.queue.laneOf(slot);
    const flags = slab.flags[slot];
    if ((flags & Flag.hasDuration) === 0) {
      ledger.press(voice, NONE, slab.source, slot, lane.transport, lane.output);
      return this.queue.drop(slot);
    }
    this.queue.uncount(slot);
    ledger.press(voice, slot, slab.source, slot, lane.transport, lane.output);
    slab.bytes[slot * 3] = Ledger.ending(voice);
    slab.flags[slot] = Kind.noteOff | (OFF_RANK << Flag.rankShift) | (3 << Flag.lengthShift);
    slab.rank[slot] = OFF_RANK;
    slab.requeue(slot);
    if ((flags & Flag.durationInTicks) !== 0) {
      // At least a tick, or the off would be sorted before its own on.
      slab.key[slot] += Math.max(1, slab.duration[slot]);
      this.queue.push(lane, slot);
    } else {
      const timed = this.queue.lane(lane.output, NONE, undefined, lane.offsetMs);
      const startedMs = Math.max(slab.dueMs[slot], this.nowMs) - lane.offsetMs;
      slab.key[slot] = startedMs + Math.max(1, slab.duration[slot]);
      slab.lane[slot] = timed.index;
      this.queue.push(timed, slot);
    }
  }

  /** Hands over the next message of the slot that is open, or the next piece of its sysex. */
  private sendPiece(): void {
    const { slab, sysex } = this.queue;
    const slot = this.open;
    const bytes = slab.kind(slot) === Kind.sysex ? sysex.get(slab.bytes[slot * 3]) : undefined;
    let length = (slab.flags[slot] >> Flag.lengthShift) & 0xf;
    let size = 0;
    if (bytes !== undefined) {
      length = bytes.length;
      size = Math.min(this.wire.pieceBytes, length - this.openAt);
      for (let index = 0; index < size; index++) this.message[index] = bytes[this.openAt + index];
    } else if (length > 0) {
      size = Math.max(1, messageLength(this.byteAt(slot, this.openAt)));
      for (let index = 0; index < size; index++) this.message[index] = this.byteAt(slot, this.openAt + index);
      if (this.patch !== undefined && slab.source[slot] !== RESTORED)
        this.patch.take(this.message[0] | (this.message[1] << 8) | (this.message[2] << 16));
    }
    this.openAt += size;
    if (this.openAt >= length) {
      this.open = NONE;
      this.queue.drop(slot);
    }
    if (size > 0) this.hand(size);
  }

  private byteAt(slot: number, at: number): number {
    return (this.queue.slab.bytes[slot * 3 + (at >> 2)] >> ((at & 3) * 8)) & 0xff;
  }

  /** Sends one message of up to three bytes, packed lowest first. Returns whether it was taken. */
  private sendWord(word: number, length: number): boolean {
    // Only single bytes may stand inside a sysex.
    if (length > 1) while (this.open !== NONE) this.sendPiece();
    for (let index = 0; index < length; index++) this.message[index] = (word >> (index * 8)) & 0xff;
    return this.hand(length);
  }

  private hand(length: number): boolean {
    if (this.gone) return false;
    const { stats } = this.queue;
    if (this.wire.isLimited) this.wire.carry(length, this.nowMs);
    const result = this.driver.send(this.handle, this.message, length);
    if (result === SendResult.ok) {
      this.debts.isFull = false;
      stats.add(At.sent);
      stats.add(At.bytes, length);
      if (this.monitor?.on) this.monitor.sent(this.number, this.nowMs, this.message, length);
      return true;
    }
    stats.add(At.sendErrors);
    if (result === SendResult.gone) this.gone = true;
    if (result === SendResult.full) this.debts.refused(this.nowMs);
    return false;
  }
}
