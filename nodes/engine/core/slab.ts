import { Flag } from '../shared/records';

/**
 * The records that wait for one port: columns of fixed length, a free list, no allocation after construction.
 * A slot is a row number; `NONE` is no slot.
 */
export const NONE = -1;

/** Where a slot is. */
export const enum SlotState {
  free = 0,
  /** In the heap of its lane. */
  queued = 1,
  /** Stamped in an epoch that has not begun. */
  waiting = 2,
  /** Due, and waiting for the wire. */
  backlog = 3,
  /** Being handed over, perhaps in pieces: cannot be taken back. */
  sending = 4
}

export class Slab {
  /** What the heap sorts by: run tick plus shift, or engine time in ms. */
  readonly key: Float64Array;
  readonly duration: Float64Array;
  readonly source: Float64Array;
  readonly enteredMs: Float64Array;
  /** Order of arrival; decides among equals. */
  readonly sequence: Float64Array;
  /** When it was due (offset included), set when it leaves its lane. */
  readonly dueMs: Float64Array;
  readonly flags: Int32Array;
  /** 1 while the slot counts against the port's bound: from arrival until it was sent. */
  readonly counted: Uint8Array;
  readonly rank: Int32Array;
  readonly epoch: Int32Array;
  /** The run tick or time as it came, for identity. */
  readonly stamp: Float64Array;
  readonly ordinal: Int32Array;
  /** Three words of MIDI bytes a slot, lowest byte first. */
  readonly bytes: Int32Array;
  /** One of {@link SlotState}. */
  readonly state: Uint8Array;
  /** Which lane of the port the slot belongs to, and where it stands in that lane's heap (NONE: nowhere). */
  readonly lane: Int32Array;
  readonly place: Int32Array;
  /** Neighbours in a {@link SlotList}. */
  readonly previous: Int32Array;
  readonly next: Int32Array;
  private readonly free: Int32Array;
  private freeCount: number;
  private nextSequence = 0;

  constructor(readonly capacity: number) {
    const doubles = () => new Float64Array(capacity);
    const ints = () => new Int32Array(capacity);
    this.key = doubles();
    this.duration = doubles();
    this.source = doubles();
    this.enteredMs = doubles();
    this.sequence = doubles();
    this.dueMs = doubles();
    this.stamp = doubles();
    this.flags = ints();
    this.rank = ints();
    this.epoch = ints();
    this.ordinal = ints();
    this.bytes = new Int32Array(capacity * 3);
    this.state = new Uint8Array(capacity);
    this.counted = new Uint8Array(capacity);
    this.lane = ints().fill(NONE);
    this.place = ints().fill(NONE);
    this.previous = ints();
    this.next = ints();
    this.free = ints();
    for (let slot = 0; slot < capacity; slot++) this.free[slot] = capacity - 1 - slot;
    this.freeCount = capacity;
  }

  get used(): number {
    return this.capacity - this.freeCount;
  }

  /** A free slot with its order of arrival set, or NONE. */
  take(): number {
    if (this.freeCount === 0) return NONE;
    const slot = this.free[--this.freeCount];
    this.sequence[slot] = this.nextSequence++;
    return slot;
  }

  give(slot: number): void {
    this.state[slot] = SlotState.free;
    this.free[this.freeCount++] = slot;
  }

  /** How the queue treats what is in a slot: a Kind. */
  kind(slot: number): number {
    return this.flags[slot] & Flag.kindMask;
  }

  /** Moves a slot behind everything that arrived before now. */
  requeue(slot: number): void {
    this.sequence[slot] = this.nextSequence++;
  }

  /** Order within a port: key, then rank, then arrival. */
  before(a: number, b: number): boolean {
    const byKey = this.key[a] - this.key[b];
    if (byKey !== 0) return byKey < 0;
    return this.beforeAtSameTime(a, b);
  }

  /** Order of two that are due together: rank, then arrival. */
  beforeAtSameTime(a: number, b: number): boolean {
    const byRank = this.rank[a] - this.rank[b];
    return byRank !== 0 ? byRank < 0 : this.sequence[a] < this.sequence[b];
  }
}

/** A 4-ary heap of slots: shallower than a binary one, and each slot knows its place, so any can be removed. */
export class SlotHeap {
  private readonly slots: Int32Array;
  private count = 0;

  constructor(private readonly slab: Slab) {
    this.slots = new Int32Array(slab.capacity);
  }

  get length(): number {
    return this.count;
  }

  /** The first slot, or NONE. */
  get head(): number {
    return this.count === 0 ? NONE : this.slots[0];
  }

  /** The slot at `index`, in no particular order; for sweeps. */
  at(index: number): number {
    return this.slots[index];
  }

  push(slot: number): void {
    this.siftUp(this.count++, slot);
  }

  remove(slot: number): void {
    const place = this.slab.place[slot];
    this.slab.place[slot] = NONE;
    const last = this.slots[--this.count];
    if (last === slot) return;
    if (place > 0 && this.slab.before(last, this.slots[(place - 1) >> 2])) this.siftUp(place, last);
    else this.siftDown(place, last);
  }

  private put(place: number, slot: number): void {
    this.slots[place] = slot;
    this.slab.place[slot] = place;
  }

  private siftUp(place: number, slot: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 2;
      const above = this.slots[parent];
      if (!this.slab.before(slot, above)) break;
      this.put(place, above);
      place = parent;
    }
    this.put(place, slot);
  }

  private siftDown(place: number, slot: number): void {
    for (;;) {
      const first = place * 4 + 1;
      if (first >= this.count) break;
      let least = first;
      const end = Math.min(first + 4, this.count);
      for (let child = first + 1; child < end; child++) {
        if (this.slab.before(this.slots[child], this.slots[least])) least = child;
      }
      const below = this.slots[least];
      if (!this.slab.before(below, slot)) break;
      this.put(place, below);
      place = least;
    }
    this.put(place, slot);
  }
}

/** Slots in a row, linked through the slab: any of them can leave it at once. A slot is in one list at most. */
export class SlotList {
  head = NONE;
  private tail = NONE;

  constructor(private readonly slab: Slab) {}

  append(slot: number): void {
    this.join(this.tail, slot);
    this.join(slot, NONE);
  }

  prepend(slot: number): void {
    this.join(slot, this.head);
    this.join(NONE, slot);
  }

  /** Adds a slot in front of all that are due later, or at the same time in a later rank. */
  insertByDue(slot: number): void {
    const { slab, tail } = this;
    const { dueMs, rank } = slab;
    let before = tail;
    while (
      before !== NONE &&
      (dueMs[before] > dueMs[slot] || (dueMs[before] === dueMs[slot] && rank[before] > rank[slot]))
    )
      before = before === this.head ? NONE : slab.previous[before];
    if (before === NONE) return this.prepend(slot);
    const after = before === tail ? NONE : slab.next[before];
    this.join(before, slot);
    this.join(slot, after);
  }

  remove(slot: number): void {
    this.join(this.slab.previous[slot], this.slab.next[slot]);
  }

  /** Puts `slot` where `old` stood. */
  replace(old: number, slot: number): void {
    const after = this.slab.next[old];
    this.join(this.slab.previous[old], slot);
    this.join(slot, after);
  }

  private join(before: number, after: number): void {
    if (before === NONE) this.head = after;
    else this.slab.next[before] = after;
    if (after === NONE) this.tail = before;
    else this.slab.previous[after] = before;
  }
}
