/** Bandwidth at the beginning and after a change of tempo, in Hz. */
const OPEN_HZ = 4;

/** How fast the bandwidth goes down to its end, per pulse. */
const NARROWING = 0.04;

/** Beyond this the loop would swing: at slow tempi a pulse is long, and the bandwidth is less than asked for. */
const MAX_OMEGA = 0.6;

/** An error counts no more than this part of a period. */
export const CLAMP = 0.25;

/** So many pulses in a row, all early or all late by more than this part of a period, are another tempo. */
const REOPEN_AFTER = 6;
const OUTLIER = 0.15;

/**
 * Delay-locked loop of second order: a smooth time for each of a row of pulses that come with jitter, and the time of
 * the next (F. Adriaensen, "Using a DLL to filter time", 2005, with ω = 2πBT):
 *
 *   e = t − t1;  t0 = t1 + √2·ω·e;  t1 = t0 + T;  T += ω²·e
 *
 * The bandwidth B is wide at first, so that it locks soon, and narrow then, so that jitter does not pass. An error is
 * cut at a quarter of a period, so that one late pulse moves little; six large ones to the same side open it again. Knows no
 * clock and counts nothing. Fields instead of results, so that nothing is allocated.
 */
export class Dll {
  /** Time between two pulses, in ms. */
  periodMs = 0;
  /** Smooth time of the last pulse. */
  smoothMs = 0;
  /** When the next is expected. */
  nextMs = 0;
  /** How far off the last one was, uncut. */
  errorMs = 0;
  /** Set by a pulse that opened the loop again. */
  reopened = false;
  private bandwidthHz = OPEN_HZ;
  private outliers = 0;
  private side = 0;

  /** @param endHz bandwidth that it comes down to */
  constructor(public endHz: number) {}

  /** Begins anew with a pulse and a period. */
  start(timeMs: number, periodMs: number): void {
    this.periodMs = periodMs;
    this.smoothMs = timeMs;
    this.nextMs = timeMs + periodMs;
    this.errorMs = 0;
    this.open();
  }

  /** Takes the next pulse. */
  take(timeMs: number): void {
    const limitMs = CLAMP * this.periodMs;
    this.errorMs = timeMs - this.nextMs;
    this.reopened = false;
    const cutMs = Math.max(-limitMs, Math.min(limitMs, this.errorMs));
    const side = Math.abs(cutMs) > OUTLIER * this.periodMs ? Math.sign(cutMs) : 0;
    this.outliers = side === 0 ? 0 : side === this.side ? this.outliers + 1 : 1;
    this.side = side;
    if (this.outliers >= REOPEN_AFTER) {
      this.open();
      this.reopened = true;
    }
    const omega = Math.min(MAX_OMEGA, (2 * Math.PI * this.bandwidthHz * this.periodMs) / 1000);
    this.smoothMs = this.nextMs + Math.SQRT2 * omega * cutMs;
    this.nextMs = this.smoothMs + this.periodMs;
    this.periodMs += omega * omega * cutMs;
    this.bandwidthHz += (this.endHz - this.bandwidthHz) * NARROWING;
  }

  /** A pulse did not come, or is not to be trusted: time goes on by one period. */
  coast(): void {
    this.smoothMs = this.nextMs;
    this.nextMs += this.periodMs;
  }

  /** From the last pulse on the period is another one. */
  setPeriod(periodMs: number): void {
    this.nextMs += periodMs - this.periodMs;
    this.periodMs = periodMs;
  }

  private open(): void {
    this.bandwidthHz = OPEN_HZ;
    this.outliers = 0;
  }
}
