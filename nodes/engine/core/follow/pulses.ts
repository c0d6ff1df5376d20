import { CLAMP, Dll } from './dll';

/**
 * Bandwidth of the loop when it has settled, in Hz. Smooth is a little under the 0.4 Hz that are usual, so that blocks of
 * 256 samples stay within 0.13 ms.
 */
export const BANDWIDTH_HZ = { smooth: 0.33, tight: 1 } as const;

/** MIDI clocks of a quarter note. */
const PULSES_PER_QUARTER = 24;

/** Periods of 999 and of 1 BPM, with some tolerance. */
const SHORTEST_MS = 2.4;
const LONGEST_MS = 2600;

/** Without a pulse for so long, or for so many periods, the clock is lost. */
const DROP_OUT_MS = 250;
const DROP_OUT_PERIODS = 4;

/** Two pulses closer than this part of a period, of which one is out of time, are one pulse twice. */
const DOUBLED = 0.3;
/** A pulse later than this may be the one after a lost one; the next pulse decides. */
const SUSPICIOUS = 0.75;

/** Pulses in time until the clock counts as locked, and how far off "in time" may be. */
const LOCKED_AFTER = 24;
const IN_TIME_MS = 2;
const IN_TIME_PERIODS = 0.15;

/** Pulses over which jitter is measured. */
const JITTER_PULSES = 96;

/** How long a stretch has to be for its drift to be told, in ms: 0.1 ms of 10 s are 10 ppm. */
const DRIFT_STRETCH_MS = 10_000;

/** From which change of tempo on the loop takes over the new period, and from which it begins anew. */
const NEAR_TEMPO = 0.02;
const FAR_TEMPO = 0.12;

/** A first pulse that is off by more than this part of a period shows that the master began its clock anew. */
const NEW_GRID = 0.1;

/** So many pulses in a row off by more than a period are a new grid. */
const RESTART_AFTER = 12;

/**
 * Counts the pulses of a MIDI clock and finds out when they really are. The count is exact: pulses that were lost on the
 * way are counted where the one after shows it, pulses that came twice are not. Allocates nothing per pulse.
 */
export class Pulses {
  /** Pulses so far, those included that were lost. */
  count = 0;
  lost = 0;
  doubled = 0;
  /** Whether pulses come. */
  isAlive = false;
  isLocked = false;
  /** Tempo as the mean of the last 24 intervals; NaN before there are two pulses. */
  bpm = NaN;
  /** Standard deviation of the last 96 errors, in ms. */
  jitterMs = 0;
  /** How far the tempo is from the nearest tenth of a BPM, in millionths: what two quartzes differ by. NaN at first. */
  driftPpm = NaN;
  /** When the clock is lost unless a pulse comes; Infinity while it is. */
  lostAtMs = Infinity;
  readonly dll: Dll;
  private lastMs = 0;
  private suspectMs = NaN;
  private inTime = 0;
  /** A tempo is known from before. */
  private isExpected = false;
  private farOff = 0;
  /** Times and counts of the last pulses, for the tempo that is shown. */
  private readonly times = new Float64Array(PULSES_PER_QUARTER + 1);
  private readonly counts = new Float64Array(PULSES_PER_QUARTER + 1);
  private kept = 0;
  private readonly errors = new Float64Array(JITTER_PULSES);
  private errorCount = 0;
  private stretchMs = NaN;
  private stretchCount = 0;

  /**
   * @param endHz bandwidth of the loop when it has settled
   * @param periodMs what to expect after the very first pulse
   */
  constructor(
    endHz: number,
    private periodMs: number
  ) {
    this.dll = new Dll(endHz);
  }

  /**
   * Takes a pulse that arrived; what it says stands in the fields. Returns how many pulses it counts for: one; more
   * after lost ones; none where it came twice, or where only the next one will tell.
   */
  take(timeMs: number): number {
    const before = this.count;
    if (!this.isAlive) this.begin(timeMs);
    else if (this.kept === 1 && !this.isExpected) this.second(timeMs);
    else this.next(timeMs);
    return this.count - before;
  }

  /**
   * Takes the pulse that follows a Start. Many masters begin their clock anew there: where it is out of time, the grid
   * begins with it.
   */
  takeFirst(timeMs: number): number {
    const { dll } = this;
    const isInTime = Math.abs(timeMs - dll.nextMs) <= NEW_GRID * dll.periodMs;
    if (!this.isAlive || isInTime) return this.take(timeMs);
    dll.start(timeMs, dll.periodMs);
    this.suspectMs = NaN;
    this.isExpected = true;
    this.kept = 0;
    this.keep(timeMs, 1);
    return 1;
  }

  /** Pulses will come again, the first of them near `timeMs`: the loop goes on from there. */
  expect(timeMs: number, periodMs: number): void {
    this.dll.start(timeMs - periodMs, periodMs);
    this.isAlive = true;
    this.isExpected = true;
    this.kept = 0;
    this.lastMs = timeMs - periodMs;
    this.suspectMs = NaN;
  }

  /** No pulse came: the tempo is remembered, the rest is not. */
  loseClock(): void {
    this.periodMs = this.dll.periodMs || this.periodMs;
    this.isAlive = false;
    this.lostAtMs = Infinity;
    this.unlock();
  }

  /** Time of the last pulse as it arrived. */
  get arrivedMs(): number {
    return this.lastMs;
  }

  private begin(timeMs: number): void {
    this.isAlive = true;
    this.isExpected = false;
    this.kept = 0;
    this.suspectMs = NaN;
    this.farOff = 0;
    this.dll.start(timeMs, this.periodMs);
    this.keep(timeMs, 1);
  }

  private second(timeMs: number): void {
    const intervalMs = timeMs - this.lastMs;
    if (intervalMs < SHORTEST_MS) {
      this.doubled++;
      return;
    }
    this.dll.start(timeMs, Math.min(LONGEST_MS, intervalMs));
    this.keep(timeMs, 1);
  }

  private next(timeMs: number): void {
    const { dll } = this;
    if (!Number.isNaN(this.suspectMs)) this.decide(timeMs);
    const { periodMs } = dll;
    const errorMs = timeMs - dll.nextMs;
    if (timeMs - this.lastMs < DOUBLED * periodMs && errorMs < -0.5 * periodMs) {
      this.doubled++;
    } else if (errorMs > SUSPICIOUS * periodMs) {
      this.suspectMs = timeMs;
      this.expectLoss(timeMs);
    } else {
      this.accept(timeMs);
    }
  }

  /** The pulse after a suspicious one tells whether that was late, or others before it were lost, or the tempo fell. */
  private decide(timeMs: number): void {
    const { dll, suspectMs } = this;
    const { periodMs } = dll;
    const limitMs = CLAMP * periodMs;
    this.suspectMs = NaN;
    if (Math.abs(timeMs - (dll.nextMs + periodMs)) < limitMs) {
      // It was only late: the grid goes on.
      dll.coast();
      this.keep(suspectMs, 1);
    } else if (Math.abs(timeMs - suspectMs - periodMs) < limitMs) {
      const missing = Math.round((suspectMs - dll.nextMs) / periodMs);
      for (let pulse = 0; pulse < missing; pulse++) dll.coast();
      this.lost += missing;
      dll.take(suspectMs);
      this.keep(suspectMs, 1 + missing);
    } else {
      dll.start(suspectMs, Math.min(LONGEST_MS, Math.max(SHORTEST_MS, timeMs - suspectMs)));
      this.keep(suspectMs, 1);
      this.unlock();
    }
  }

  private accept(timeMs: number): void {
    const { dll } = this;
    dll.take(timeMs);
    const { errorMs, periodMs } = dll;
    this.keep(timeMs, 1);
    this.farOff = Math.abs(errorMs) > periodMs ? this.farOff + 1 : 0;
    if (dll.reopened) {
      this.unlock();
      this.settleOnNewTempo(timeMs);
    } else if (this.farOff >= RESTART_AFTER) {
      this.restart(timeMs);
    }
    this.judge();
  }

  /** The last intervals tell the new tempo better than the loop, whose error has grown until now. */
  private settleOnNewTempo(timeMs: number): void {
    const meanMs = this.meanOfLast(6);
    const change = Math.abs(meanMs / this.dll.periodMs - 1);
    if (change > FAR_TEMPO) this.restart(timeMs);
    else if (change > NEAR_TEMPO) this.dll.setPeriod(meanMs);
  }

  private restart(timeMs: number): void {
    this.farOff = 0;
    const meanMs = this.meanOfLast(6);
    if (meanMs >= SHORTEST_MS && meanMs <= LONGEST_MS) this.dll.start(timeMs, meanMs);
    this.unlock();
  }

  private judge(): void {
    const { errorMs, periodMs, smoothMs } = this.dll;
    this.errors[this.errorCount++ % JITTER_PULSES] = errorMs;
    this.measureJitter();
    const toleranceMs = Math.min(CLAMP * periodMs, Math.max(IN_TIME_MS, IN_TIME_PERIODS * periodMs));
    this.inTime = Math.abs(errorMs) < toleranceMs ? this.inTime + 1 : 0;
    if (!this.isLocked && this.inTime >= LOCKED_AFTER) this.isLocked = true;
    if (!this.isLocked) return;
    if (Number.isNaN(this.stretchMs)) {
      this.stretchMs = smoothMs;
      this.stretchCount = this.count;
    } else if (smoothMs - this.stretchMs > DRIFT_STRETCH_MS) {
      const bpm =
        (60_000 * (this.count - this.stretchCount)) / (PULSES_PER_QUARTER * (smoothMs - this.stretchMs));
      this.driftPpm = (bpm / (Math.round(bpm * 10) / 10) - 1) * 1e6;
    }
  }

  private measureJitter(): void {
    const size = Math.min(this.errorCount, JITTER_PULSES);
    let sum = 0;
    let squares = 0;
    for (let at = 0; at < size; at++) {
      sum += this.errors[at];
      squares += this.errors[at] * this.errors[at];
    }
    this.jitterMs = Math.sqrt(Math.max(0, squares / size - (sum / size) ** 2));
  }

  private unlock(): void {
    this.isLocked = false;
    this.inTime = 0;
    this.errorCount = 0;
    this.jitterMs = 0;
    this.driftPpm = NaN;
    this.stretchMs = NaN;
  }

  /** Counts a pulse and keeps its time for the tempo that is shown. */
  private keep(timeMs: number, pulses: number): void {
    this.count += pulses;
    this.lastMs = timeMs;
    const size = this.times.length;
    this.times[this.kept % size] = timeMs;
    this.counts[this.kept % size] = this.count;
    this.kept++;
    if (this.kept > 1) this.bpm = 60_000 / (PULSES_PER_QUARTER * this.meanOfLast(PULSES_PER_QUARTER));
    this.expectLoss(timeMs);
  }

  /** Mean of the last intervals, of as many as there are. */
  private meanOfLast(intervals: number): number {
    const size = this.times.length;
    const back = Math.min(intervals, this.kept - 1, size - 1);
    const last = (this.kept - 1) % size;
    const first = (this.kept - 1 - back) % size;
    return (this.times[last] - this.times[first]) / (this.counts[last] - this.counts[first]);
  }

  private expectLoss(timeMs: number): void {
    this.lostAtMs = timeMs + Math.max(DROP_OUT_MS, DROP_OUT_PERIODS * this.dll.periodMs);
  }
}
