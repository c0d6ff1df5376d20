import { mix, mixInteger, uniform } from '../random';

/** A row of draws that belongs to its key alone: the same key always draws the same. */
export class Dice {
  private readonly hash: number;
  private drawn = 0;

  /** @param key whole numbers, as a seed, a cycle, a rule */
  constructor(...key: readonly number[]) {
    this.hash = key.reduce(mixInteger, 0);
  }

  /** The next number from 0 (included) to 1 (excluded). */
  next(): number {
    return uniform(mix(this.hash, this.drawn++));
  }

  /** Whether something of a given probability happens: 0 never does, 1 always. */
  happens(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from 0 to `count` − 1. */
  index(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** A number from `low` to `high`, both included where whole numbers are wanted. */
  between(low: number, high: number, whole: boolean): number {
    return whole ? low + this.index(high - low + 1) : low + this.next() * (high - low);
  }

  /** An index, each as likely as its weight says; −1 where no weight is above 0. */
  weighted(weights: readonly number[]): number {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let rest = this.next() * total;
    let last = -1;
    for (let index = 0; index < weights.length; index++) {
      if (weights[index] <= 0) continue;
      if (rest < weights[index]) return index;
      rest -= weights[index];
      last = index;
    }
    return last;
  }

  /** The same things in a drawn order (Fisher and Yates). */
  shuffled<T>(things: readonly T[]): T[] {
    const order = [...things];
    for (let index = order.length - 1; index > 0; index--) {
      const other = this.index(index + 1);
      [order[index], order[other]] = [order[other], order[index]];
    }
    return order;
  }
}
