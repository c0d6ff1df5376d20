/** Longest single wait: a hang or a stop request is noticed within it even if its wake-up got lost. */
export const MAX_WAIT_MS = 50;

/** Seam between the worker's loop and the operating system: one clock, one way to sleep. */
export interface Waiter {
  readonly name: 'portable' | 'native' | 'fake';
  /** Engine time in ms: `performance.now()`, the same in every thread of the process, CLOCK_MONOTONIC below. */
  now(): number;
  /**
   * Returns at `deadlineMs`, at the doorbell, or when MIDI input is there, whichever comes first, and after
   * MAX_WAIT_MS at the latest. A ring since the last return ends it at once, so no ring is ever missed. It may end
   * earlier too: whoever waits looks at the clock.
   * @param sendMs when something is next to be sent, not before `deadlineMs`; left out: never
   */
  wait(deadlineMs: number, sendMs?: number): void;
}

/** The other end of a waiter: wakes it from another thread. */
export interface Doorbell {
  ring(): void;
}

/** Two cells of shared memory that make up the portable doorbell: how often it rang, and whether anybody sleeps. */
const RINGS = 0;

/** Waits on shared memory with `Atomics.wait`; runs wherever Node.js does. */
export class PortableWaiter implements Waiter {
  readonly name = 'portable';
  private seen = 0;

  constructor(private readonly bell: Int32Array) {}

  now(): number {
    return performance.now();
  }

  wait(deadlineMs: number): void {
    const waitMs = Math.min(deadlineMs - performance.now(), MAX_WAIT_MS);
    if (waitMs > 0) Atomics.wait(this.bell, RINGS, this.seen, waitMs);
    this.seen = Atomics.load(this.bell, RINGS);
  }
}

/** Rings a {@link PortableWaiter}. */
export class PortableDoorbell implements Doorbell {
  constructor(private readonly bell: Int32Array) {}

  ring(): void {
    Atomics.add(this.bell, RINGS, 1);
    Atomics.notify(this.bell, RINGS);
  }
}
