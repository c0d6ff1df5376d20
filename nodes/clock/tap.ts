import { MAX_BPM, MIN_BPM } from '../music/tempo';

/** A longer pause than this begins a new series. */
const PAUSE_MS = 2000;
const MAX_TAPS = 8;

/** Tempo from taps: the mean of the last seven intervals. */
export class TapTempo {
  private times: number[] = [];

  /** Takes a tap; returns the tempo in BPM once there are two, undefined before. */
  tap(nowMs: number): number | undefined {
    const last = this.times.at(-1);
    if (last !== undefined && nowMs - last > PAUSE_MS) this.times = [];
    this.times = [...this.times, nowMs].slice(-MAX_TAPS);
    const spanMs = nowMs - this.times[0];
    if (this.times.length < 2 || spanMs <= 0) return undefined;
    return Math.min(MAX_BPM, Math.max(MIN_BPM, ((this.times.length - 1) * 60_000) / spanMs));
  }
}
