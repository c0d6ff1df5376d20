import type { Instant, TempoCurve } from '../../music/tempo';
import { NONE, SlotHeap, type Slab } from './slab';

/** Turns the keys of a lane into time; a transport for musical lanes, the identity for lanes in ms. */
export interface Timebase {
  msAt(key: number): number;
  /** The curve that `msAt` follows; without one the answer for a key never changes. */
  readonly tempo?: TempoCurve;
  /** Keys beyond it are not due, whatever the curve says: a clock that is followed has not come so far. */
  readonly ceiling?: number;
}

/**
 * When a key is due, reckoned anew only for another key or tempo: the loop asks for the same few in every turn.
 * Question and answer are fields, because a number that is passed to a call or returned may cost an allocation.
 */
export class Moment implements Instant {
  tick = NaN;
  /** Set by {@link reckon}. */
  ms = NaN;
  private knownTick = NaN;
  private tempo: TempoCurve | undefined;

  /** Finds out when {@link tick}, a key of `timebase`, is due, and sets {@link ms}. */
  reckon(timebase: Timebase): void {
    const { tempo } = timebase;
    if (this.tick === this.knownTick && tempo === this.tempo) return;
    this.knownTick = this.tick;
    this.tempo = tempo;
    if (tempo === undefined) this.ms = timebase.msAt(this.tick);
    else tempo.place(this);
  }
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
  /** When the head of the heap is due, Infinity without one; set by {@link look}. */
  headMs = Infinity;
  output = UNOWNED;
  /** Number of the transport, or NONE for a lane in ms. */
  transport = UNOWNED;
  timebase: Timebase = ENGINE_TIME;
  offsetMs = 0;
  /** Key up to which events have left; answers to a replay that lie before it have sounded. */
  sentKey = -Infinity;
  /** The latest epoch for whose beginning an event waits. */
  primedEpoch = NONE;
  private readonly head = new Moment();

  /** @param index its place in the port */
  constructor(
    readonly index: number,
    private readonly slab: Slab
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

  /** Brings {@link headMs} up to date. */
  look(): void {
    const slot = this.heap.head;
    this.headMs = Infinity;
    if (slot === NONE || this.slab.key[slot] > (this.timebase.ceiling as number)) return;
    this.head.tick = this.slab.key[slot];
    this.head.reckon(this.timebase);
    this.headMs = this.head.ms + this.offsetMs;
  }
}
