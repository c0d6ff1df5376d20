/** A stretch of run time with its place on the tempo curve: run tick + shift = tick of the curve. */
export interface Segment {
  readonly epoch: number;
  readonly shift: number;
  readonly from: number;
  until: number;
}

/** Segments that are remembered when they are over, so that late answers are known to be late. */
const MAX_SEGMENTS = 16;

/** The run time of a transport that is laid out, in the order in which it sounds. */
export class Segments {
  private readonly all: Segment[] = [];

  /** The one that is laid out last; there must be one. */
  get last(): Segment {
    return this.all[this.all.length - 1];
  }

  /** The same, where there is one. */
  get latest(): Segment | undefined {
    return this.all[this.all.length - 1];
  }

  /** The one of an epoch. */
  of(epoch: number): Segment | undefined {
    for (let index = this.all.length - 1; index >= 0; index--) {
      if (this.all[index].epoch === epoch) return this.all[index];
    }
    return undefined;
  }

  clear(): void {
    this.all.length = 0;
  }

  begin(segment: Segment): void {
    this.clear();
    this.all.push(segment);
  }

  /** @param soundingTick what ended before it may be forgotten */
  add(segment: Segment, soundingTick: number): void {
    this.all.push(segment);
    while (this.all.length > MAX_SEGMENTS && this.all[0].until <= soundingTick) this.all.shift();
  }
}
