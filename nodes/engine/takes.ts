import type { At } from './stamp';

/** What was taken back: what a node made for a clock from a run tick on, before it made it anew. */
interface Recalled {
  readonly epoch: number | undefined;
  readonly fromTick: number;
  /** The first take that counts there. */
  readonly take: number;
  readonly timeMs: number;
}

/** No wire is so slow that what was taken back so long ago is still on it. */
const REMEMBER_MS = 60_000;
/** Ranges that are remembered of one node and clock; several hundred changes a second leave fewer on the wires. */
const MAX_RANGES = 256;

/**
 * What a node takes back may still be on the wires between it and an out. So each stamp tells its take, a number that
 * rises whenever something is taken back; what comes with an older one, from where on that was, is void.
 */
export class Takes {
  private readonly recalled = new Map<string, Recalled[]>();
  private latest = 0;

  /** The take of what is made now. */
  get current(): number {
    return this.latest;
  }

  /** Something is taken back. `epoch` undefined: in all of them. */
  recall(source: string, clock: string, epoch: number | undefined, fromTick: number, timeMs: number): void {
    const take = ++this.latest;
    this.forget(timeMs - REMEMBER_MS);
    const key = keyOf(source, clock);
    // What lies in a later one of the same place needs no memory of its own.
    const ranges = (this.recalled.get(key) ?? []).filter(
      (other) => !((epoch === undefined || other.epoch === epoch) && other.fromTick >= fromTick)
    );
    ranges.push({ epoch, fromTick, take, timeMs });
    if (ranges.length > MAX_RANGES) ranges.shift();
    this.recalled.set(key, ranges);
  }

  /** Whether what a stamp belongs to was taken back after it was made. A stamp without a take counts always. */
  isVoid(at: At | undefined): boolean {
    if (at === undefined || !('clock' in at) || at.take === undefined || at.source === undefined)
      return false;
    const { epoch, tick, take } = at;
    const ranges = this.recalled.get(keyOf(at.source, at.clock));
    return (
      ranges?.some(
        (range) =>
          take < range.take &&
          (range.epoch === undefined || (range.epoch === epoch && tick >= range.fromTick))
      ) === true
    );
  }

  private forget(beforeMs: number): void {
    for (const [key, ranges] of this.recalled) {
      if (ranges[ranges.length - 1].timeMs < beforeMs) this.recalled.delete(key);
    }
  }
}

function keyOf(source: string, clock: string): string {
  return `${source} ${clock}`;
}
