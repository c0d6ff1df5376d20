/** First and longest pause between attempts. */
const PAUSE_MS = { first: 100, longest: 5000 } as const;

/** Tries again, each time after twice the pause: 100 ms at first, 5 s at most. */
export class Backoff {
  private pauseMs: number = PAUSE_MS.first;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly attempt: () => void) {}

  /** Lets the next attempt come. */
  later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.attempt, this.pauseMs);
    this.timer.unref();
    this.pauseMs = Math.min(this.pauseMs * 2, PAUSE_MS.longest);
  }

  /** It worked: the next failure is a first one. */
  reset(): void {
    this.stop();
    this.pauseMs = PAUSE_MS.first;
  }

  /** No attempt comes. */
  stop(): void {
    clearTimeout(this.timer);
  }
}
