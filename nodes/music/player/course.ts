/** In which order the stretches of a pattern are played, and when its passes begin. */
import { MAX_POSITION_TICKS, type Pattern, type PatternEvent } from '../pattern';
import { mix, mixInteger, uniform } from '../random';
import type { PlaySettings } from './settings';

/** An event of a pass: `offset` in the pattern's ticks from where the pass begins. */
export interface PassEvent {
  readonly offset: number;
  /** Which stretch it is in, counted from the first of the pass. */
  readonly slot: number;
  /** Where it stands in the pattern, from the beginning of the stretch that repeats. */
  readonly place: number;
  readonly source: PatternEvent;
}

/** A little more than rounding can move an event, in ticks; what is looked at too much is sorted out later. */
const SLACK_TICKS = 1e-3;

/**
 * One pattern in the order of a direction. Forward, a pass is one stretch; in the other directions it is cut into
 * steps, as many as come nearest to the step of the settings. There and back takes 2n − 2 of n steps, since the
 * ends are not played twice.
 */
export class Course {
  /** Length of a pass, in the pattern's ticks. */
  readonly passTicks: number;
  private readonly lengthTicks: number;
  private readonly cyclesPerPass: number;
  private readonly steps: number;
  private readonly slots: number;
  private readonly slotTicks: number;
  private readonly passes: number;
  private readonly hash: number;

  constructor(
    readonly pattern: Pattern,
    private readonly settings: PlaySettings
  ) {
    const { cycleTicks } = pattern;
    const { direction, stepTicks, seed } = settings;
    this.lengthTicks = settings.lengthTicks ?? cycleTicks;
    this.cyclesPerPass = Math.ceil(this.lengthTicks / cycleTicks);
    this.steps = direction === 'forward' ? 1 : Math.max(1, Math.round(this.lengthTicks / stepTicks));
    this.slots = direction === 'pingpong' && this.steps > 1 ? 2 * this.steps - 2 : this.steps;
    this.slotTicks = this.lengthTicks / this.steps;
    this.passTicks = this.slots * this.slotTicks;
    // So late that nobody hears it, the pattern begins anew rather than to run out of numbers.
    this.passes = Math.floor(MAX_POSITION_TICKS / 2 / (cycleTicks * this.cyclesPerPass));
    this.hash = mixInteger(0x6f72646e, seed);
  }

  /** What begins in a pass from one offset to another, and perhaps a little around them; ordered by offset. */
  events(pass: number, fromOffset: number, toOffset: number): PassEvent[] {
    const { slots, slotTicks, pattern, cyclesPerPass, lengthTicks, steps } = this;
    const { cycleTicks } = pattern;
    const from = Math.max(0, fromOffset - SLACK_TICKS);
    const to = Math.min(this.passTicks, toOffset + SLACK_TICKS);
    const firstCycle = (pass % this.passes) * cyclesPerPass;
    const base = firstCycle * cycleTicks;
    // By the product that places events, where the whole cycle is played.
    const end =
      lengthTicks === cyclesPerPass * cycleTicks
        ? (firstCycle + cyclesPerPass) * cycleTicks
        : base + lengthTicks;
    const found: PassEvent[] = [];
    const last = Math.min(slots - 1, Math.floor(to / slotTicks));
    for (let slot = Math.max(0, Math.floor(from / slotTicks)); slot <= last; slot++) {
      const step = this.stepOf(pass, slot);
      const begin = base + step * slotTicks;
      const until = step === steps - 1 ? end : base + (step + 1) * slotTicks;
      const begun = slot * slotTicks;
      const queryFrom = Math.max(begin, begin + (from - begun));
      const queryTo = Math.min(until, begin + (to - begun) + SLACK_TICKS);
      if (queryTo <= queryFrom) continue;
      for (const source of pattern.query(queryFrom, queryTo)) {
        const { position } = source;
        found.push({ offset: begun + (position - begin), slot, place: position - base, source });
      }
    }
    return found;
  }

  /** Where in the pattern a pass is at an offset, in its ticks from the beginning of the stretch that repeats. */
  placeAt(pass: number, offset: number): number {
    const slot = Math.min(this.slots - 1, Math.max(0, Math.floor(offset / this.slotTicks)));
    return this.stepOf(pass, slot) * this.slotTicks + (offset - slot * this.slotTicks);
  }

  /** Which step of the pattern a slot of a pass plays. */
  private stepOf(pass: number, slot: number): number {
    const { steps } = this;
    switch (this.settings.direction) {
      case 'forward':
        return slot;
      case 'backward':
        return steps - 1 - slot;
      case 'pingpong':
        return slot < steps ? slot : 2 * steps - 2 - slot;
      case 'random':
        return this.drawn(pass * this.slots + slot);
    }
  }

  /**
   * A step at random that is not the one before it, also across passes. Even places are drawn freely, odd ones from
   * what differs from both neighbours; so each is known without those that came earlier.
   */
  private drawn(index: number): number {
    const { steps } = this;
    if (steps === 1) return 0;
    if (steps === 2) return (index + (this.hash & 1)) % 2;
    const even = (at: number) => this.draw(at, steps);
    if (index % 2 === 0) return even(index);
    const [low, high] = [even(index - 1), even(index + 1)].sort((a, b) => a - b);
    let step = this.draw(index, low === high ? steps - 1 : steps - 2);
    if (step >= low) step++;
    if (low !== high && step >= high) step++;
    return step;
  }

  private draw(index: number, count: number): number {
    return Math.floor(uniform(mix(mixInteger(this.hash, index), 1)) * count);
  }
}
