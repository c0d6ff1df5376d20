/** What a pattern becomes by the first few of some changes, and whether that keeps to the bounds. */
import { Comparison } from './distance';
import { isNote, MAX_MUTATED_EVENTS, stepCount, type Grid, type Item } from './item';
import type { Change } from './operations';
import type { Bounds } from './rules';

/**
 * Makes changes and unmakes them, and keeps count of what bounds are measured by: what a try costs depends on the
 * changes between it and the one before, not on the length of the pattern.
 */
export class Trial {
  private made = 0;
  private events: number;
  /** How many notes begin at a place. */
  private readonly places = new Map<number, number>();
  private readonly comparison: Comparison | undefined;
  private readonly steps: number;
  private readonly farthest: number;
  private readonly sparsest: number;
  private readonly densest: number;

  /**
   * @param before the pattern without any change; where it is outside of the bounds already, it may not get farther
   *   out
   */
  constructor(
    private readonly before: readonly Item[],
    original: readonly Item[],
    private readonly changes: readonly Change[],
    grid: Grid,
    private readonly bounds: Bounds
  ) {
    this.events = before.length;
    this.steps = stepCount(grid);
    this.comparison = bounds.distance === undefined ? undefined : new Comparison(before, original, grid);
    for (const item of before) this.count(item, 1);
    const [low, high] = bounds.density ?? [0, Infinity];
    this.sparsest = Math.min(low, this.density);
    this.densest = Math.max(high, this.density);
    this.farthest = Math.max(bounds.distance ?? 0, this.comparison?.distance ?? 0);
  }

  /** Whether the first `count` of the changes may be made. */
  allows(count: number): boolean {
    while (this.made < count) this.make(this.changes[this.made++], false);
    while (this.made > count) this.make(this.changes[--this.made], true);
    if (this.events > MAX_MUTATED_EVENTS) return false;
    if (this.density < this.sparsest || this.density > this.densest) return false;
    return this.comparison === undefined || this.comparison.distance <= this.farthest;
  }

  private get density(): number {
    return this.places.size / this.steps;
  }

  private make(change: Change, isBack: boolean): void {
    for (const { at, put } of change) {
      if (at >= 0) this.set(this.before[at], isBack);
      for (const item of put) this.set(item, !isBack);
    }
  }

  private set(item: Item, isThere: boolean): void {
    this.events += isThere ? 1 : -1;
    this.count(item, isThere ? 1 : -1);
    if (isThere) this.comparison?.add(item);
    else this.comparison?.remove(item);
  }

  private count(item: Item, by: 1 | -1): void {
    if (this.bounds.density === undefined || !isNote(item)) return;
    const place = Math.round(item.position);
    const notes = (this.places.get(place) ?? 0) + by;
    if (notes === 0) this.places.delete(place);
    else this.places.set(place, notes);
  }
}
