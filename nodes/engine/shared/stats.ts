/**
 * Counters and histograms in shared memory: the worker adds, the main thread reads whenever it likes. Plain
 * stores of aligned 32-bit values, no locks; a reading may be one event behind.
 */

/** What is counted per port. */
export const COUNTERS = [
  'sent',
  'bytes',
  'clocks',
  'coalesced',
  'droppedFull',
  'droppedLate',
  'droppedStale',
  'duplicates',
  'cancelled',
  'playedLate',
  'sendErrors',
  'clocksSkipped',
  'pending',
  'pendingMax'
] as const;
export type Counter = (typeof COUNTERS)[number];

/** Place of each counter. */
export const At = Object.fromEntries(COUNTERS.map((name, index) => [name, index])) as Readonly<
  Record<Counter, number>
>;

/** Histograms per port: lateness of events, lateness of F8, and the wait for the wire. */
export const HISTOGRAMS = ['lateness', 'clockLateness', 'wireWait'] as const;
export type HistogramName = (typeof HISTOGRAMS)[number];

/** Buckets: 16 a doubling from 1 µs on, so a figure is exact to 4.5 %; 26 doublings reach over a minute. */
const STEPS = 16;
const DOUBLINGS = 26;
export const BUCKETS = STEPS * DOUBLINGS + 1;

export const STATS_BYTES = (COUNTERS.length + HISTOGRAMS.length * BUCKETS) * 4;

/** Middle of a bucket, in ms. */
function bucketMs(bucket: number): number {
  return bucket === 0 ? 0 : 2 ** ((bucket - 0.5) / STEPS) / 1000;
}

/** p50, p99, p99.9, the smallest, the largest and the mean, in ms, of `count` values. */
export interface Percentiles {
  count: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
  maxMs: number;
  minMs: number;
  meanMs: number;
}

export class PortStats {
  /** The duration to {@link recordMs}; what is early or below 1 µs falls into the first bucket. */
  ms = NaN;
  private readonly counters: Int32Array;
  private readonly histograms: Int32Array[];

  constructor(memory: SharedArrayBuffer, byteOffset = 0) {
    this.counters = new Int32Array(memory, byteOffset, COUNTERS.length);
    this.histograms = HISTOGRAMS.map(
      (_, index) => new Int32Array(memory, byteOffset + (COUNTERS.length + index * BUCKETS) * 4, BUCKETS)
    );
  }

  add(counter: number, amount = 1): void {
    this.counters[counter] += amount;
  }

  set(counter: number, value: number): void {
    this.counters[counter] = value;
  }

  get(counter: number): number {
    return this.counters[counter];
  }

  /** @param histogram 0 lateness, 1 clockLateness, 2 wireWait: the order of HISTOGRAMS */
  record(histogram: number, ms: number): void {
    this.ms = ms;
    this.recordMs(histogram);
  }

  /** Records {@link ms}: without a number as an argument, so without garbage. */
  recordMs(histogram: number): void {
    const us = this.ms * 1000;
    let bucket = 0;
    if (us > 1) bucket = Math.min(BUCKETS - 1, 1 + Math.floor(Math.log2(us) * STEPS));
    this.histograms[histogram][bucket]++;
  }

  readCounters(): Record<Counter, number> {
    return Object.fromEntries(COUNTERS.map((name, index) => [name, this.counters[index]])) as Record<
      Counter,
      number
    >;
  }

  /** How many values were above so many ms, as exact as the buckets are. */
  countAbove(name: HistogramName, ms: number): number {
    const buckets = this.histograms[HISTOGRAMS.indexOf(name)];
    let count = 0;
    for (let bucket = BUCKETS - 1; bucket > 0 && bucketMs(bucket) > ms; bucket--) count += buckets[bucket];
    return count;
  }

  /** The middles of the buckets that are not empty, in ms, and what is in them. */
  histogram(name: HistogramName): [ms: number, count: number][] {
    const buckets = this.histograms[HISTOGRAMS.indexOf(name)];
    const found: [number, number][] = [];
    buckets.forEach((count, bucket) => count > 0 && found.push([bucketMs(bucket), count]));
    return found;
  }

  percentiles(name: HistogramName): Percentiles {
    const buckets = this.histograms[HISTOGRAMS.indexOf(name)];
    const count = buckets.reduce((sum, n) => sum + n, 0);
    const at = (share: number) => {
      let left = Math.ceil(count * share);
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        left -= buckets[bucket];
        if (left <= 0) return bucketMs(bucket);
      }
      return 0;
    };
    if (count === 0) return { count, p50Ms: 0, p99Ms: 0, p999Ms: 0, maxMs: 0, minMs: 0, meanMs: 0 };
    return {
      count,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      p999Ms: at(0.999),
      maxMs: at(1),
      minMs: bucketMs(buckets.findIndex((n) => n > 0)),
      meanMs: buckets.reduce((sum, n, bucket) => sum + n * bucketMs(bucket), 0) / count
    };
  }

  reset(): void {
    for (const buckets of this.histograms) buckets.fill(0);
    const pending = this.counters[At.pending];
    this.counters.fill(0);
    this.counters[At.pending] = pending;
    this.counters[At.pendingMax] = pending;
  }
}

export const Lateness = 0;
export const ClockLateness = 1;
export const WireWait = 2;
