import { TICKS_PER_QUARTER } from './event';

export const MIN_BPM = 1;
export const MAX_BPM = 999;

/** A curve as numbers: anchor in ms, in ticks and in BPM, slope, end of the ramp in ticks, tempo behind it. */
export type TempoParts = [
  anchorMs: number,
  anchorTick: number,
  anchorBpm: number,
  slope: number,
  rampEndTick: number,
  finalBpm: number
];

/** A tick and when it sounds; see {@link TempoCurve.place}. */
export interface Instant {
  readonly tick: number;
  ms: number;
}

/** Milliseconds of one tick at 1 BPM: 60 000 ms over 960 ticks. */
const MS_PER_TICK_AT_1_BPM = 60_000 / TICKS_PER_QUARTER;

/** How long what went before a change is remembered: longer than any output is delayed. */
const MEMORY_MS = 1000;

/** Below this change per tick a ramp is a straight line to more digits than float64 holds over an hour. */
const FLAT_SLOPE = 1e-12;

/**
 * Musical time against the clock: constant tempo, or one ramp that is linear in beats and then holds.
 * Frozen; each change gives a new curve anchored at the exact moment of the change, so nothing adds up. The curve
 * before the change still holds for the time before it, which an output that plays late has yet to play.
 *
 * On a ramp, bpm(x) = b0 + k·x over ticks x, hence t(x) = (62.5/k)·ln(1 + k·x/b0) and
 * x(t) = (b0/k)·(e^(k·t/62.5) − 1): the integral of 62.5/bpm(x) and its inverse.
 */
export class TempoCurve {
  /** Where the ramp ends, in ms; Infinity without one. */
  readonly rampEndMs: number;
  private readonly isFlat: boolean;

  private constructor(
    readonly anchorMs: number,
    readonly anchorTick: number,
    readonly anchorBpm: number,
    /** Change of tempo in BPM per tick; 0 without a ramp. */
    readonly slope: number,
    /** Where the ramp ends, in ticks; Infinity without one. */
    readonly rampEndTick: number,
    readonly finalBpm: number,
    /** What holds before the anchor. */
    private readonly earlier?: TempoCurve
  ) {
    this.isFlat = Math.abs(slope) < FLAT_SLOPE;
    this.rampEndMs = Infinity;
    if (rampEndTick < Infinity) this.rampEndMs = this.msAt(rampEndTick);
    Object.freeze(this);
  }

  /** A constant tempo that passes `tick` at `ms`. */
  static constant(bpm: number, ms = 0, tick = 0): TempoCurve {
    return new TempoCurve(ms, tick, bpm, 0, Infinity, bpm);
  }

  /** Rebuilds a curve from its parts, as another thread published them. */
  static fromParts(parts: TempoParts): TempoCurve {
    return new TempoCurve(...parts);
  }

  /** The same music with `bpm` from `ms` on; position is continuous, a ramp under way ends. */
  withBpm(bpm: number, ms: number): TempoCurve {
    return new TempoCurve(ms, this.tickAt(ms), bpm, 0, Infinity, bpm, this.since(ms - MEMORY_MS));
  }

  /** From `ms` on the tempo runs to `bpm` over `ticks`, evenly per beat, and stays there. */
  withRamp(bpm: number, ticks: number, ms: number): TempoCurve {
    const from = this.bpmAt(ms);
    if (ticks <= 0 || from === bpm) return this.withBpm(bpm, ms);
    const tick = this.tickAt(ms);
    const slope = (bpm - from) / ticks;
    return new TempoCurve(ms, tick, from, slope, tick + ticks, bpm, this.since(ms - MEMORY_MS));
  }

  /** The same curve with `ticks` added to every tick: the music is relabelled, its timing is not. */
  relabelled(ticks: number): TempoCurve {
    return new TempoCurve(
      this.anchorMs,
      this.anchorTick + ticks,
      this.anchorBpm,
      this.slope,
      this.rampEndTick + ticks,
      this.finalBpm,
      this.earlier?.relabelled(ticks)
    );
  }

  /** The same curve, with no more of its past than is needed from `ms` on. */
  private since(ms: number): TempoCurve {
    if (this.earlier === undefined) return this;
    return new TempoCurve(
      this.anchorMs,
      this.anchorTick,
      this.anchorBpm,
      this.slope,
      this.rampEndTick,
      this.finalBpm,
      this.anchorMs > ms ? this.earlier.since(ms) : undefined
    );
  }

  /** When `tick` sounds, in ms. */
  msAt(tick: number): number {
    const instant = { tick, ms: NaN };
    this.place(instant);
    return instant.ms;
  }

  /**
   * Sets the ms of an instant: {@link msAt} without a number as an argument or result, also inside, so without garbage
   * whatever V8 inlines.
   */
  place(instant: Instant): void {
    const { tick } = instant;
    if (tick < this.anchorTick && this.earlier !== undefined) {
      this.earlier.place(instant);
    } else if (tick > this.rampEndTick) {
      instant.ms = this.rampEndMs + ((tick - this.rampEndTick) * MS_PER_TICK_AT_1_BPM) / this.finalBpm;
    } else {
      const { anchorMs, anchorBpm, slope } = this;
      const ticks = tick - this.anchorTick;
      instant.ms =
        ticks <= 0 || this.isFlat
          ? anchorMs + (ticks * MS_PER_TICK_AT_1_BPM) / anchorBpm
          : anchorMs + (MS_PER_TICK_AT_1_BPM / slope) * Math.log1p((slope * ticks) / anchorBpm);
    }
  }

  /** Which tick sounds at `ms`. Where nothing earlier is known, the tempo of the anchor is assumed. */
  tickAt(ms: number): number {
    if (ms < this.anchorMs && this.earlier !== undefined) return this.earlier.tickAt(ms);
    if (ms > this.rampEndMs) {
      return this.rampEndTick + ((ms - this.rampEndMs) * this.finalBpm) / MS_PER_TICK_AT_1_BPM;
    }
    const elapsedMs = ms - this.anchorMs;
    if (elapsedMs <= 0 || this.isFlat) {
      return this.anchorTick + (elapsedMs * this.anchorBpm) / MS_PER_TICK_AT_1_BPM;
    }
    return (
      this.anchorTick +
      (this.anchorBpm / this.slope) * Math.expm1((this.slope * elapsedMs) / MS_PER_TICK_AT_1_BPM)
    );
  }

  bpmAt(ms: number): number {
    if (ms < this.anchorMs && this.earlier !== undefined) return this.earlier.bpmAt(ms);
    if (ms >= this.rampEndMs) return this.finalBpm;
    if (ms <= this.anchorMs || this.isFlat) return this.anchorBpm;
    return this.anchorBpm * Math.exp((this.slope * (ms - this.anchorMs)) / MS_PER_TICK_AT_1_BPM);
  }
}

/** Ticks in `ms` at a constant `bpm`. */
export function ticksIn(ms: number, bpm: number): number {
  return (ms * bpm) / MS_PER_TICK_AT_1_BPM;
}

/**
 * How many ticks a ramp takes that lasts `ms`: evenly per beat, x ticks from b0 to b1 take
 * 62.5·x·ln(b1/b0)/(b1 − b0), solved for x.
 */
export function rampTicks(fromBpm: number, toBpm: number, ms: number): number {
  if (Math.abs(toBpm - fromBpm) < 1e-9) return ticksIn(ms, fromBpm);
  return (ms * (toBpm - fromBpm)) / (MS_PER_TICK_AT_1_BPM * Math.log(toBpm / fromBpm));
}
