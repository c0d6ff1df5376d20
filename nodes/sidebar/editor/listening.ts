/** Engine time against this browser's. */
export interface Instant {
  /** Where an engine time falls on `performance.now()` of this page, in ms. */
  toPageMs(engineMs: number): number;
}

/** How fast the estimate forgets a delay that was shorter than it is now, in ms per ms; clocks drift by less. */
const LEAK = 0.0002;

/**
 * Learns how the engine's clock and the page's go together, from news that say what time it was when they left. The one
 * with the shortest way is believed, since delays only ever add.
 */
export class ClockMap implements Instant {
  private offsetMs = -Infinity;
  private atMs = 0;

  /** @param nowMs the page's time at which news arrived that left at `engineMs` */
  learn(engineMs: number, nowMs: number): void {
    const offsetMs = engineMs - nowMs;
    const known = this.offsetMs - (nowMs - this.atMs) * LEAK;
    // Another engine, or a page that slept: begin anew.
    if (Math.abs(offsetMs - known) > 5000 || offsetMs > known) this.offsetMs = offsetMs;
    else this.offsetMs = known;
    this.atMs = nowMs;
  }

  toPageMs(engineMs: number): number {
    return engineMs - this.offsetMs;
  }
}

/** The way of the news, and a busy page. */
const WAY_MS = 150;

/**
 * How much later than on the port everything is heard. It is the same for all, so what was even stays even.
 * @param periodMs how often the news come
 */
export function soundDelayMs(periodMs: number): number {
  return periodMs + WAY_MS;
}

/** Plays messages at a moment of the page's time. */
export interface Player {
  play(bytes: readonly number[], pageMs: number): void;
  /** Everything off. */
  silence(): void;
}
