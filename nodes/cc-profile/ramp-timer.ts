/** How often the steps of ramps are looked for: three times within the time that they are sent ahead. */
const EVERY_MS = 20;

/** Calls back while there is something to do, and does not keep the process alive. */
export class RampTimer {
  private timer: NodeJS.Timeout | undefined;

  /** @param work returns whether it is to be called again */
  constructor(private readonly work: () => boolean) {}

  start(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.work()) this.start();
    }, EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
