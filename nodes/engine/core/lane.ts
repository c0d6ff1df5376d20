import { NONE, SlotHeap, type Slab } from './slab';

/** Turns the keys of a lane into time; a transport for musical lanes, the identity for lanes in ms. */
export interface Timebase {
  msAt(key: number): number;
}

export const ENGINE_TIME: Timebase = { msAt: (key) => key };

/** A lane without an owner: empty, and free to be used again. */
export const UNOWNED = -2;

/**
 * The queue of one output and one timebase. Keys of a musical lane are ticks, so a tempo change moves all that is
 * queued without touching it.
 */
export class Lane {
  readonly heap: SlotHeap;
  output = UNOWNED;
  /** Number of the transport, or NONE for a lane in ms. */
  transport = UNOWNED;
  timebase: Timebase = ENGINE_TIME;
  offsetMs = 0;
  /** Key up to which events have left; answers to a replay that lie before it have sounded. */
  sentKey = -Infinity;
  /** The latest epoch for whose beginning an event waits. */
  primedEpoch = NONE;

  /** @param index its place in the port */
  constructor(
    readonly index: number,
    slab: Slab
  ) {
    this.heap = new SlotHeap(slab);
  }

  assign(output: number, transport: number, timebase: Timebase, offsetMs: number): this {
    this.output = output;
    this.transport = transport;
    this.timebase = timebase;
    this.offsetMs = offsetMs;
    this.sentKey = -Infinity;
    this.primedEpoch = NONE;
    return this;
  }

  get isReusable(): boolean {
    return this.transport === UNOWNED && this.heap.length === 0;
  }

  dueMs(key: number): number {
    return this.timebase.msAt(key) + this.offsetMs;
  }
}
