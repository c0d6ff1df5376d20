/** Where a thinner's values go. */
export interface ThinnerSink<T> {
  /** A value goes on. `slotMs` is its time: `eventMs` where it could pass at once, later where it was held. */
  pass(item: T, slotMs: number, eventMs: number): void;
  /** A value does not go on, because a newer one of the same key does. */
  drop(item: T): void;
}

/** A value that went on, or waits for its slot. */
export interface Placed<T> {
  item: T;
  /** When it was meant to be. */
  eventMs: number;
  slotMs: number;
}

interface Stream<T> {
  /** By slot; those of the near past and of the future. */
  passed: Placed<T>[];
  held: Placed<T> | undefined;
}

/** Streams that are remembered: every controller of every channel, and as many parameters. Beyond, nothing is thinned. */
export const MAX_STREAMS = 4096;

/** Slots that are remembered of a stream: a lookahead of five seconds in steps of 5 ms. */
const MAX_PASSED = 1024;

/** How long what has passed is remembered: a replay may ask again for the span that sounds. */
const REMEMBER_MS = 100;

/**
 * Keeps the values of each key apart by a gap in time. The first passes at once; of those that come too soon after
 * one, the newest waits until the gap is over and then always passes, the others are dropped. Which is the newest is
 * decided by the time of the values, not by the order in which they come, since what is stamped ahead and what is
 * played by hand meet here. All times are ms on one clock, which only the caller knows.
 */
export class Thinner<T> {
  private readonly streams = new Map<string, Stream<T>>();
  /** When the next held value is due; Infinity where nothing is held. */
  nextMs = Infinity;

  /** @param gapMs least time between two values of a key, above 0 */
  constructor(
    public gapMs: number,
    private readonly sink: ThinnerSink<T>
  ) {}

  /** Values that wait for their slots. */
  get held(): number {
    let held = 0;
    for (const stream of this.streams.values()) if (stream.held !== undefined) held++;
    return held;
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.streams.size;
  }

  /**
   * Takes a value.
   * @param eventMs when it is meant to be
   * @param nowMs nothing goes out before; -Infinity where that is not known
   * @param leewayMs so much later it may be where it passes at once: what follows keeps its distance from that
   */
  take(key: string, item: T, eventMs: number, nowMs: number, leewayMs = 0): void {
    const stream = this.stream(key, nowMs);
    if (stream === undefined) return this.sink.pass(item, eventMs, eventMs);
    if (stream.held !== undefined && stream.held.slotMs <= eventMs) this.release(stream, nowMs);
    const startMs = Math.max(eventMs, nowMs);
    let slotMs = startMs;
    for (const passed of stream.passed) {
      if (passed.slotMs <= slotMs - this.gapMs) continue;
      if (passed.slotMs >= slotMs + this.gapMs) break;
      if (passed.eventMs > eventMs) return this.sink.drop(item);
      slotMs = passed.slotMs + this.gapMs;
    }
    const placed = { item, eventMs, slotMs };
    if (slotMs === startMs && stream.held === undefined) {
      this.remember(stream, { item, eventMs, slotMs: slotMs + leewayMs });
      return this.sink.pass(item, eventMs, eventMs);
    }
    const { held } = stream;
    if (held !== undefined && held.eventMs > eventMs) {
      if (slotMs + this.gapMs > held.slotMs) return this.sink.drop(item);
      this.remember(stream, placed);
      return this.sink.pass(item, slotMs, eventMs);
    }
    if (held !== undefined) this.sink.drop(held.item);
    stream.held = placed;
    this.nextMs = Math.min(this.nextMs, slotMs);
  }

  /** Lets go what is due by the time that `untilMs` gives for it. */
  releaseUntil(untilMs: (item: T) => number, nowMs: number): void {
    this.nextMs = Infinity;
    for (const stream of this.streams.values()) {
      if (stream.held === undefined) continue;
      if (stream.held.slotMs <= untilMs(stream.held.item)) this.release(stream, nowMs);
      else this.nextMs = Math.min(this.nextMs, stream.held.slotMs);
    }
  }

  /** Takes back the value of a key that waits. */
  recall(key: string): Placed<T> | undefined {
    const stream = this.streams.get(key);
    const held = stream?.held;
    if (stream !== undefined) stream.held = undefined;
    return held;
  }

  /** The remembered value that `is` tells, passed or held. */
  find(key: string, is: (item: T) => boolean): (Placed<T> & { isHeld: boolean }) | undefined {
    const stream = this.streams.get(key);
    if (stream === undefined) return undefined;
    const passed = stream.passed.find(({ item }) => is(item));
    if (passed !== undefined) return { ...passed, isHeld: false };
    return stream.held !== undefined && is(stream.held.item) ? { ...stream.held, isHeld: true } : undefined;
  }

  /**
   * Places what is remembered anew: `newMs` gives the time of a value as it is now, or undefined where it is void.
   * Calls `voided` for each of those, key by key and in the order of their slots.
   */
  review(
    newMs: (placed: Placed<T>) => number | undefined,
    voided: (key: string, placed: Placed<T>) => void
  ): void {
    this.nextMs = Infinity;
    const found: [string, Placed<T>][] = [];
    for (const [key, stream] of this.streams) {
      const stays = (placed: Placed<T>): boolean => {
        const ms = newMs(placed);
        if (ms === undefined) {
          found.push([key, placed]);
          return false;
        }
        placed.slotMs += ms - placed.eventMs;
        placed.eventMs = ms;
        return true;
      };
      stream.passed = stream.passed.filter(stays).sort(bySlot);
      if (stream.held !== undefined && !stays(stream.held)) stream.held = undefined;
      if (stream.held !== undefined) this.nextMs = Math.min(this.nextMs, stream.held.slotMs);
    }
    for (const [key, placed] of found) voided(key, placed);
  }

  /** Takes over what another has remembered, with the times that `newMs` gives; what has none is left out. */
  adopt(other: Thinner<T>, newMs: (placed: Placed<T>) => number | undefined, nowMs: number): void {
    for (const [key, { passed, held }] of other.streams) {
      for (const placed of passed) {
        const eventMs = newMs(placed);
        const stream = eventMs === undefined ? undefined : this.stream(key, nowMs);
        if (eventMs === undefined || stream === undefined) continue;
        const slotMs = placed.slotMs + eventMs - placed.eventMs;
        this.remember(stream, { item: placed.item, eventMs, slotMs });
      }
      const heldMs = held && newMs(held);
      if (held !== undefined && heldMs !== undefined) this.take(key, held.item, heldMs, nowMs);
    }
    other.streams.clear();
    other.nextMs = Infinity;
  }

  private release(stream: Stream<T>, nowMs: number): void {
    const held = stream.held as Placed<T>;
    stream.held = undefined;
    held.slotMs = Math.max(held.slotMs, nowMs);
    this.remember(stream, held);
    this.sink.pass(held.item, held.slotMs, held.eventMs);
  }

  private remember(stream: Stream<T>, placed: Placed<T>): void {
    const { passed } = stream;
    let at = passed.length;
    while (at > 0 && passed[at - 1].slotMs > placed.slotMs) at--;
    passed.splice(at, 0, placed);
    if (passed.length > MAX_PASSED) passed.shift();
  }

  private stream(key: string, nowMs: number): Stream<T> | undefined {
    const oldestMs = nowMs - Math.max(this.gapMs, REMEMBER_MS);
    const known = this.streams.get(key);
    if (known !== undefined) {
      forget(known, oldestMs);
      return known;
    }
    if (this.streams.size >= MAX_STREAMS) {
      for (const [other, stream] of this.streams) {
        forget(stream, oldestMs);
        if (stream.passed.length === 0 && stream.held === undefined) this.streams.delete(other);
      }
      if (this.streams.size >= MAX_STREAMS) return undefined;
    }
    const stream: Stream<T> = { passed: [], held: undefined };
    this.streams.set(key, stream);
    return stream;
  }
}

function forget({ passed }: Stream<unknown>, oldestMs: number): void {
  let gone = 0;
  while (gone < passed.length && passed[gone].slotMs < oldestMs) gone++;
  if (gone > 0) passed.splice(0, gone);
}

function bySlot(a: { slotMs: number }, b: { slotMs: number }): number {
  return a.slotMs - b.slotMs;
}
