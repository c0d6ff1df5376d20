const MINUTE_MS = 60_000;

/** Counts how often the worker had to be started again: what fails over and over needs a human being. */
export class Restarts {
  private endings: number[] = [];

  /** @param perMinute how many are allowed within a minute */
  constructor(private readonly perMinute: number) {}

  /** The worker ended unasked. Returns whether another may take over. */
  ended(nowMs: number): boolean {
    this.endings = [...this.recent(nowMs), nowMs];
    return this.endings.length <= this.perMinute;
  }

  /** When it ended within the last minute, in engine time. */
  recent(nowMs: number): number[] {
    return this.endings.filter((ms) => nowMs - ms < MINUTE_MS);
  }
}
