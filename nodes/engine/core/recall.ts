import { Flag, Kind } from '../shared/records';
import { At } from '../shared/stats';
import type { Lane } from './lane';
import { Ledger, SUSTAIN, VOICES, type Owned } from './ledger';
import type { Outlet } from './outlet';
import type { Queue } from './queue';
import { NONE, SlotState } from './slab';

/** Sustain up, all sound off, reset controllers, all notes off (MIDI 1.0 channel mode messages). */
const PANIC_CONTROLLERS = [SUSTAIN, 120, 121, 123];

/** Owner of what the port sends of itself. */
const NOBODY = -1;

/** What is taken back from the queue of a port, and how what sounds is ended. Rare, and may allocate. */
export class Recall {
  /** Per voice 1 where something that starts it is still to come. */
  private readonly awaited = new Uint8Array(VOICES);

  constructor(
    private readonly queue: Queue,
    private readonly outlet: Outlet
  ) {}

  /** See {@link OutputPort.cancel}. */
  cancel(source: number | undefined, transport: number, fromKey: number, epoch: number): void {
    const { slab } = this.queue;
    this.takeBack(
      (slot, lane) =>
        (transport === NONE || lane.transport === transport) &&
        (source === undefined || slab.source[slot] === source) &&
        (epoch === NONE || slab.epoch[slot] === epoch) &&
        (slab.state[slot] === SlotState.waiting || slab.key[slot] >= fromKey)
    );
  }

  /** See {@link OutputPort.beginEpoch}. */
  beginEpoch(transport: number, epoch: number, shift: number): void {
    const { slab, lanes, stats } = this.queue;
    for (let slot = 0; slot < slab.capacity; slot++) {
      if (slab.state[slot] !== SlotState.waiting) continue;
      const lane = this.queue.laneOf(slot);
      if (lane.transport !== transport) continue;
      if (slab.epoch[slot] === epoch) {
        slab.key[slot] = slab.stamp[slot] + shift;
        this.queue.push(lane, slot);
      } else {
        stats.add(At.droppedStale);
        this.queue.drop(slot);
      }
    }
    for (const lane of lanes) if (lane.transport === transport) lane.sentKey = -Infinity;
  }

  /** See {@link OutputPort.release}. */
  release(owned: Owned, nowMs: number): void {
    const { slab, ledger } = this.queue;
    ledger.forEach(owned, (voice) => {
      const planned = ledger.offSlot(voice);
      if (planned === NONE) this.endSoon(voice, nowMs);
      else if (slab.state[planned] === SlotState.queued) this.endNow(planned, nowMs);
    });
    this.takeBack((slot, lane) => owned(slab.source[slot], lane.transport, lane.output));
    this.outlet.dispatch(nowMs);
  }

  /** See {@link OutputPort.panic}. */
  panic(nowMs: number): void {
    this.release(() => true, nowMs);
    for (let channel = 0; channel < 16; channel++) {
      for (const controller of PANIC_CONTROLLERS)
        this.sendSoon(0xb0 | channel | (controller << 8), Kind.firmControl, nowMs);
    }
    this.outlet.dispatch(nowMs);
  }

  /** See {@link OutputPort.flush}. */
  flush(nowMs: number): void {
    this.release(() => true, nowMs);
    this.outlet.wire.busyUntilMs = -Infinity;
    this.outlet.wire.configure(0, 1);
    this.outlet.dispatch(nowMs);
  }

  /** See {@link OutputPort.dropLanesOf}. */
  dropTransport(transport: number): void {
    this.takeBack((_slot, lane) => lane.transport === transport);
    for (const lane of this.queue.lanes) if (lane.transport === transport) this.queue.disown(lane);
  }

  /**
   * Drops what matches and has not sounded. Ends of what sounds, or of what is still to come from others, stay.
   */
  private takeBack(matches: (slot: number, lane: Lane) => boolean): void {
    const { slab, stats, ledger } = this.queue;
    this.awaited.fill(0);
    for (let slot = 0; slot < slab.capacity; slot++) {
      if (!this.canBeTaken(slot) || this.queue.isEnd(slot)) continue;
      if (matches(slot, this.queue.laneOf(slot))) {
        stats.add(At.cancelled);
        this.queue.drop(slot);
      } else {
        const voice = this.queue.voiceOf(slot);
        if (voice !== NONE) this.awaited[voice] = 1;
      }
    }
    for (let slot = 0; slot < slab.capacity; slot++) {
      if (!this.canBeTaken(slot) || !this.queue.isEnd(slot) || this.queue.isPlannedEnd(slot)) continue;
      const voice = this.queue.voiceOf(slot);
      if (this.awaited[voice] !== 0 || ledger.isOpenEnded(voice)) continue;
      if (!matches(slot, this.queue.laneOf(slot))) continue;
      stats.add(At.cancelled);
      this.queue.drop(slot);
    }
  }

  private canBeTaken(slot: number): boolean {
    const state = this.queue.slab.state[slot];
    return state !== SlotState.free && state !== SlotState.sending;
  }

  /** Lets the off that is planned for later go now. */
  private endNow(slot: number, nowMs: number): void {
    const { slab, backlog } = this.queue;
    this.queue.laneOf(slot).heap.remove(slot);
    slab.dueMs[slot] = nowMs;
    backlog.push(slot, false);
  }

  private endSoon(voice: number, nowMs: number): void {
    const kind = Ledger.isPedal(voice) ? Kind.firmControl : Kind.noteOff;
    const slot = this.sendSoon(Ledger.ending(voice), kind, nowMs);
    if (slot !== NONE) this.queue.ledger.plan(voice, slot);
  }

  /** Queues a message of the port's own behind what is due. Returns its slot, or NONE where it went at once. */
  private sendSoon(word: number, kind: Kind, nowMs: number): number {
    const slot = this.queue.takeOwn(kind | (3 << Flag.lengthShift), NOBODY, nowMs);
    if (slot === NONE) {
      this.outlet.sendAtOnce(kind, word, 3);
      return NONE;
    }
    this.queue.slab.bytes[slot * 3] = word;
    this.queue.backlog.push(slot, false);
    return slot;
  }
}
