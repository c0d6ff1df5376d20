import { Flag, Kind } from '../shared/records';
import { At } from '../shared/stats';
import { Moment, type Lane } from './lane';
import type { Outlet } from './outlet';
import { INCOMING, Overflow } from './overflow';
import { isEnd, type Queue } from './queue';
import { NONE, SlotState } from './slab';

/** So many events that are due find room beyond the bound of a queue. */
const DUE_ROOM = 128;

/** One event as it comes out of the ring, in a form that is reused for every event. */
export class Incoming {
  key = 0;
  /** Set by the intake. */
  dueMs = Infinity;
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

/** What comes into the queue of a port, and what does not: late, repeated, or too much. */
export class Intake {
  private readonly overflow: Overflow;
  private readonly due = new Moment();

  constructor(
    private readonly queue: Queue,
    private readonly outlet: Outlet,
    private readonly lateToleranceMs: number
  ) {
    this.overflow = new Overflow(queue);
  }

  /** Queues an event, or drops it by the rules for late, repeated and surplus events; all of them are counted. */
  accept(lane: Lane, event: Incoming, nowMs: number): void {
    const { slab, stats } = this.queue;
    const kind = event.flags & Flag.kindMask;
    const isImmediate = (event.flags & Flag.immediate) !== 0;
    // Due when it was given: what was given in different messages keeps its order, whenever it is taken in.
    if (isImmediate) event.key = Math.min(event.enteredMs, nowMs) - lane.offsetMs;
    if (event.waiting) this.dropUnprimed(lane, event.epoch);
    if (kind === Kind.sysex && !this.queue.sysex.has(event.bytes0)) return this.forget(event, At.droppedFull);
    this.due.tick = event.key;
    this.due.reckon(lane.timebase);
    event.dueMs = this.due.ms + lane.offsetMs;
    if (event.waiting) event.dueMs = Infinity;
    if ((event.flags & Flag.replay) !== 0 && this.hasSounded(lane, event)) {
      return this.forget(event, At.duplicates);
    }
    const isLate = event.dueMs < nowMs && !isImmediate;
    if (isLate && this.isStale(kind, event, nowMs)) return this.forget(event, At.droppedLate);
    // What is due leaves in this turn: it need not make way for what may wait for long, or for a start that never comes.
    const bound = this.queue.bound + (event.dueMs <= nowMs ? DUE_ROOM : 0);
    if (this.queue.pending >= bound && this.makeRoom(kind, lane, event) === INCOMING) return;
    const slot = slab.take();
    if (slot === NONE) {
      // Only a flood of bare note-offs or transport gets here: early is better than never.
      if (mustGo(kind, event.bytes0))
        this.outlet.sendAtOnce(kind, event.bytes0, (event.flags >> Flag.lengthShift) & 0xf);
      else this.forget(event, At.droppedFull);
      return;
    }
    if (isLate) stats.add(At.playedLate);
    this.fill(slot, lane, event);
    if (event.waiting) slab.state[slot] = SlotState.waiting;
    else this.queue.push(lane, slot);
  }

  private fill(slot: number, lane: Lane, event: Incoming): void {
    const { slab } = this.queue;
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
    this.queue.count(slot);
  }

  /** Drops and counts an event that is not queued at all. */
  private forget(event: Incoming, counter: number): void {
    this.queue.stats.add(counter);
    if ((event.flags & Flag.kindMask) === Kind.sysex) this.queue.sysex.delete(event.bytes0);
  }

  /** Whether a late event is to be dropped. What sets a state goes, unless something newer has set it since. */
  private isStale(kind: number, { bytes0, dueMs }: Incoming, nowMs: number): boolean {
    if (kind === Kind.softControl) return this.queue.backlog.hasNewer(bytes0, dueMs);
    return (kind === Kind.noteOn || kind === Kind.sysex) && nowMs - dueMs > this.lateToleranceMs;
  }

  /** Whether an answer to a replayed span has left already or waits in the queue. */
  private hasSounded(lane: Lane, event: Incoming): boolean {
    if (!event.waiting && (event.key <= lane.sentKey || event.dueMs <= this.queue.dispatchedMs)) return true;
    const { slab } = this.queue;
    for (let slot = 0; slot < slab.capacity; slot++) {
      if (
        slab.state[slot] !== SlotState.free &&
        slab.lane[slot] === lane.index &&
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

  /** A transport primes two epochs at most, one after the other: what waits for an older one will never begin. */
  private dropUnprimed(lane: Lane, epoch: number): void {
    if (epoch <= lane.primedEpoch) return;
    lane.primedEpoch = epoch;
    const { slab, stats } = this.queue;
    for (let slot = 0; slot < slab.capacity; slot++) {
      if (slab.state[slot] !== SlotState.waiting || slab.lane[slot] !== lane.index) continue;
      if (slab.epoch[slot] >= epoch - 1) continue;
      stats.add(At.droppedStale);
      this.queue.drop(slot);
    }
  }

  /**
   * Makes room by thinning controllers, then by dropping the newest of what matters least. Returns INCOMING where
   * that is the event itself; all is counted.
   */
  private makeRoom(kind: number, lane: Lane, event: Incoming): number {
    let victim = this.thinned(kind, lane, event);
    let counter = At.coalesced;
    if (victim === NONE) {
      counter = At.droppedFull;
      victim = this.overflow.newestBelow(kind);
      if (victim === NONE) {
        if (mustGo(kind, event.bytes0)) return NONE;
        victim = INCOMING;
      }
    }
    if (victim === INCOMING) {
      this.forget(event, counter);
    } else {
      this.queue.stats.add(counter);
      this.queue.drop(victim);
    }
    return victim;
  }

  private thinned(kind: number, lane: Lane, event: Incoming): number {
    let victim = NONE;
    if (kind === Kind.softControl && !event.waiting)
      victim = this.overflow.thinnedBy(event.bytes0, event.key, lane);
    const { lanes } = this.queue;
    for (let index = 0; index < lanes.length && victim === NONE; index++)
      victim = this.overflow.thinnable(lanes[index]);
    return victim;
  }
}

function mustGo(kind: number, word: number): boolean {
  return kind === Kind.realtime || isEnd(kind, word);
}
