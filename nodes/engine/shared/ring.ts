/**
 * A ring of fixed records in shared memory, for one writer thread and one reader thread (single producer, single
 * consumer; no locks, no allocation). A record is 64 bytes, seen as 8 doubles or 16 integers: which of them mean
 * what is said by `records.ts`.
 *
 * The indices run up to 2³² and are masked: `WRITTEN − READ` is what is in the ring, also across the overflow.
 */
export const RECORD_BYTES = 64;
const DOUBLES = RECORD_BYTES / 8;
const INTS = RECORD_BYTES / 4;

/** The two indices stand on cache lines of their own, so that the threads do not slow each other. */
const WRITTEN = 0;
const READ = 16;
const HEADER_BYTES = 128;

export class RecordRing {
  readonly doubles: Float64Array;
  readonly ints: Int32Array;
  private readonly indices: Int32Array;
  private readonly mask: number;

  /** @param memory as made by {@link RecordRing.memory} */
  constructor(readonly memory: SharedArrayBuffer) {
    this.indices = new Int32Array(memory, 0, HEADER_BYTES / 4);
    this.doubles = new Float64Array(memory, HEADER_BYTES);
    this.ints = new Int32Array(memory, HEADER_BYTES);
    this.mask = this.doubles.length / DOUBLES - 1;
  }

  /** @param capacity records, a power of two */
  static memory(capacity: number): SharedArrayBuffer {
    return new SharedArrayBuffer(HEADER_BYTES + capacity * RECORD_BYTES);
  }

  get capacity(): number {
    return this.mask + 1;
  }

  /** Records that wait to be read. */
  get length(): number {
    return (Atomics.load(this.indices, WRITTEN) - Atomics.load(this.indices, READ)) | 0;
  }

  /** Writer: the number of the record to fill in next, or −1 when fewer than `spare` + 1 are free. */
  claim(spare = 0): number {
    const written = this.indices[WRITTEN]!;
    const used = (written - Atomics.load(this.indices, READ)) | 0;
    return used + spare > this.mask ? -1 : written & this.mask;
  }

  /** Writer: hands the claimed record over. */
  publish(): void {
    Atomics.store(this.indices, WRITTEN, (this.indices[WRITTEN]! + 1) | 0);
  }

  /** Reader: the number of the oldest record, or −1. It stays valid until {@link release}. */
  peek(): number {
    const read = this.indices[READ]!;
    return Atomics.load(this.indices, WRITTEN) === read ? -1 : read & this.mask;
  }

  /** Reader: frees the record that `peek` gave. */
  release(): void {
    Atomics.store(this.indices, READ, (this.indices[READ]! + 1) | 0);
  }

  /** Index of a record's first double in {@link doubles}. */
  static double(record: number): number {
    return record * DOUBLES;
  }

  /** Index of a record's first integer in {@link ints}. */
  static int(record: number): number {
    return record * INTS;
  }
}
