/** How fast the estimate gives way to later arrivals, per ms: 50 ppm, more than two clocks differ by. */
const LEAK = 50e-6;

/** A gap in which the queue may have been closed and opened: what was known is of no use. */
const FORGET_MS = 60_000;

/**
 * Engine time from the differences that RtMidi gives. It tells how long after the one before a message arrived, by the
 * kernel's clock, and hands it over later, by as much as the event loop was busy. The sum of the differences is right
 * but for one offset; the message that was handed over fastest tells it best, so the smallest `arrival − sum` is taken,
 * which leaks upwards slowly so that two clocks may drift.
 */
export class DeltaStamps {
  private sumMs = 0;
  private offsetMs = Infinity;
  private seenMs = -Infinity;
  private lastMs = -Infinity;

  /**
   * When a message arrived.
   * @param deltaMs time since the message before
   * @param nowMs when it was handed over
   * @returns engine time, never later than `nowMs` and never before an earlier message
   */
  stamp(deltaMs: number, nowMs: number): number {
    if (nowMs - this.seenMs > FORGET_MS || !(deltaMs >= 0)) {
      this.offsetMs = Infinity;
      this.sumMs = 0;
    } else {
      this.sumMs += deltaMs;
      this.offsetMs += (nowMs - this.seenMs) * LEAK;
    }
    this.seenMs = nowMs;
    this.offsetMs = Math.min(this.offsetMs, nowMs - this.sumMs);
    this.lastMs = Math.max(this.lastMs, Math.min(nowMs, this.sumMs + this.offsetMs));
    return this.lastMs;
  }
}
