/** The pattern: what repeats in cycles, may vary from one to the next, and is asked for by span. */
import { InvalidParameter, integerWithin, numberWithin } from './errors';
import { eventEquals } from './event';
import {
  frozenItem,
  rankOf,
  readItem,
  readStepPlay,
  stepPlayEquals,
  type PatternItem,
  type StepPlay
} from './step';

export type { ParameterMove, PatternItem, StepPlay } from './step';

/** One 4/4 bar. */
export const DEFAULT_CYCLE_TICKS = 3840;
/** Longest cycle, in ticks (about 1000 bars of 4/4). */
export const MAX_CYCLE_TICKS = 4_000_000;
/** Latest position a query may ask for (18 years at 120 BPM): up to there positions stay exact enough. */
export const MAX_POSITION_TICKS = 2 ** 40;
/** Longest query, in cycles. */
export const MAX_QUERY_CYCLES = 4096;
/** Cycles whose events a pattern remembers: the one that plays, its neighbours, and a second reader's. */
const REMEMBERED_CYCLES = 4;

/** An event that a pattern holds; `position` in song ticks (float64) at which it begins, `play` how it is played. */
export interface PatternEvent {
  readonly position: number;
  readonly event: PatternItem;
  readonly play?: StepPlay;
}

/** An event as it comes from outside. */
export interface RawPatternEvent {
  readonly position: number;
  readonly event: unknown;
  readonly play?: unknown;
}

/** Frozen, as are its events: who wants to change one makes a copy. The same query always has the same answer. */
export interface Pattern {
  /** Length of one cycle in ticks. */
  readonly cycleTicks: number;
  /**
   * The events with `fromTick` <= position < `toTick`, ordered by position, rank and writing. However a span is
   * split, its parts hold the same events. Throws InvalidParameter or OutOfBounds for a span that is negative,
   * turned round, beyond MAX_POSITION_TICKS or longer than MAX_QUERY_CYCLES.
   */
  query(fromTick: number, toTick: number): PatternEvent[];
  /**
   * How long at most the strikes of a step with a ratchet go on, in ticks; 0 where none has one. Left out, nothing
   * is known, and a player looks further back than it may need to.
   */
  readonly struckTicks?: number;
}

/** A pattern that is the same in each cycle, with its events at their positions in the first one. */
export interface EventPattern extends Pattern {
  readonly events: readonly PatternEvent[];
}

/**
 * The pattern whose cycle number `cycle` (0, 1, …) holds `eventsOfCycle(cycle)`: a pure function, whose answer
 * has absolute positions within that cycle, comes in the order of writing, and is frozen here. `struckTicks` as in
 * Pattern.
 */
export function patternFromCycles(
  cycleTicks: number,
  eventsOfCycle: (cycle: number) => readonly PatternEvent[],
  struckTicks?: number
): Pattern {
  const remembered: { cycle: number; events: readonly PatternEvent[] }[] = [];
  let oldest = 0;

  function cycleEvents(cycle: number): readonly PatternEvent[] {
    for (let index = 0; index < remembered.length; index++) {
      if (remembered[index].cycle === cycle) return remembered[index].events;
    }
    const events = eventsOfCycle(cycle).map(freezeEvent).sort(compareEvents);
    remembered[oldest] = { cycle, events };
    oldest = (oldest + 1) % REMEMBERED_CYCLES;
    return events;
  }

  const query = queryByCycle(cycleTicks, (cycle, fromTick, toTick, found) => {
    const events = cycleEvents(cycle);
    let index = lowerBound(events.length, (at) => events[at].position, fromTick);
    for (; index < events.length && events[index].position < toTick; index++) found.push(events[index]);
  });
  return Object.freeze(
    struckTicks === undefined ? { cycleTicks, query } : { cycleTicks, query, struckTicks }
  );
}

/**
 * The pattern that repeats `events`, whose positions count from 0 (included) to `cycleTicks` (excluded).
 * They are read as from outside (see readItem and readStepPlay), copied and frozen. Throws InvalidParameter or OutOfBounds.
 */
export function patternFromEvents(
  events: readonly RawPatternEvent[],
  cycleTicks = DEFAULT_CYCLE_TICKS
): EventPattern {
  numberWithin('cycleTicks', cycleTicks, 1, MAX_CYCLE_TICKS);
  return patternOf(
    events.map((each) => readPatternEvent(each, cycleTicks)),
    cycleTicks
  );
}

function readPatternEvent({ position, event, play }: RawPatternEvent, cycleTicks: number): PatternEvent {
  numberWithin('position', position, 0, cycleTicks);
  if (position === cycleTicks) {
    throw new InvalidParameter('position', position, `less than the cycle of ${cycleTicks} ticks is needed`);
  }
  return freezeEvent(placed(position, readItem(event), play === undefined ? undefined : readStepPlay(play)));
}

/**
 * As {@link patternFromEvents}, for events that are right already, and freezes them as they are: those of a large
 * file need not be read a second time. Positions must lie within the cycle. Throws only for `cycleTicks`.
 */
export function patternFromOwnEvents(events: readonly PatternEvent[], cycleTicks: number): EventPattern {
  numberWithin('cycleTicks', cycleTicks, 1, MAX_CYCLE_TICKS);
  return patternOf(events.map(freezeEvent), cycleTicks);
}

/**
 * As {@link patternFromEvents}, for the events of another pattern, of which some are replaced: frozen ones, which have
 * been read, are shared, and the others read.
 */
export function patternFromParts(events: readonly PatternEvent[], cycleTicks: number): EventPattern {
  const read = (item: PatternEvent) => (Object.isFrozen(item) ? item : readPatternEvent(item, cycleTicks));
  return patternOf(events.map(read), cycleTicks);
}

/** @param own frozen, in the order of writing; it is sorted in place */
function patternOf(own: PatternEvent[], cycleTicks: number): EventPattern {
  own.sort(compareEvents);
  const query = queryByCycle(cycleTicks, (cycle, fromTick, toTick, found) => {
    const positionAt = (index: number) => positionInCycle(cycle, own[index].position, cycleTicks);
    for (let index = lowerBound(own.length, positionAt, fromTick); index < own.length; index++) {
      const position = positionAt(index);
      if (position >= toTick) break;
      found.push(Object.freeze(placed(position, own[index].event, own[index].play)));
    }
  });
  return Object.freeze({ cycleTicks, query, events: Object.freeze(own), struckTicks: struckTicksOf(own) });
}

/** A new pattern with one event more; among its equals in position and rank it comes last. */
export function insertEvent(
  pattern: EventPattern,
  position: number,
  event: unknown,
  play?: unknown
): EventPattern {
  return patternFromEvents([...pattern.events, { position, event, play }], pattern.cycleTicks);
}

/** A new pattern without the event number `index` of `pattern.events`. */
export function removeEvent(pattern: EventPattern, index: number): EventPattern {
  integerWithin('index', index, 0, pattern.events.length - 1);
  return patternFromEvents(
    pattern.events.filter((_, at) => at !== index),
    pattern.cycleTicks
  );
}

/** A new pattern with the event number `index` of `pattern.events` replaced. */
export function replaceEvent(
  pattern: EventPattern,
  index: number,
  position: number,
  event: unknown,
  play?: unknown
): EventPattern {
  integerWithin('index', index, 0, pattern.events.length - 1);
  return patternFromEvents(
    pattern.events.map((old, at) => (at === index ? { position, event, play } : old)),
    pattern.cycleTicks
  );
}

/** Whether two patterns have the same cycle and, over all fields, the same events in the same order. */
export function patternEquals(a: EventPattern, b: EventPattern): boolean {
  return (
    a.cycleTicks === b.cycleTicks &&
    a.events.length === b.events.length &&
    a.events.every(
      (left, index) =>
        left === b.events[index] ||
        (left.position === b.events[index].position &&
          eventEquals(left.event, b.events[index].event) &&
          stepPlayEquals(left.play, b.events[index].play))
    )
  );
}

/**
 * Absolute position of what begins `offsetTicks` into a cycle. Rounding must not carry it over the end, into a
 * cycle where no query would look for it.
 */
export function positionInCycle(cycle: number, offsetTicks: number, cycleTicks: number): number {
  const position = cycle * cycleTicks + offsetTicks;
  const end = (cycle + 1) * cycleTicks;
  return position < end ? position : end * (1 - Number.EPSILON / 2);
}

/** The query that checks its span and has `collect` add what falls in it, cycle by cycle. */
function queryByCycle(
  cycleTicks: number,
  collect: (cycle: number, fromTick: number, toTick: number, found: PatternEvent[]) => void
): Pattern['query'] {
  numberWithin('cycleTicks', cycleTicks, 1, MAX_CYCLE_TICKS);
  return (fromTick, toTick) => {
    numberWithin('fromTick', fromTick, 0, MAX_POSITION_TICKS);
    numberWithin('toTick', toTick, 0, MAX_POSITION_TICKS);
    if (toTick < fromTick) throw new InvalidParameter('toTick', toTick, `${fromTick} or more is needed`);
    const first = cycleAt(fromTick, cycleTicks);
    const last = cycleAt(toTick, cycleTicks);
    if (last - first > MAX_QUERY_CYCLES) {
      throw new InvalidParameter(
        'toTick',
        toTick,
        `at most ${MAX_QUERY_CYCLES} cycles can be asked for at once`
      );
    }
    const found: PatternEvent[] = [];
    for (let cycle = first; cycle <= last && cycle * cycleTicks < toTick; cycle++) {
      collect(cycle, fromTick, toTick, found);
    }
    return found;
  };
}

/** The cycle that a position falls in, by the same products that place the events. */
function cycleAt(tick: number, cycleTicks: number): number {
  const cycle = Math.floor(tick / cycleTicks);
  if (cycle * cycleTicks > tick) return cycle - 1;
  return (cycle + 1) * cycleTicks <= tick ? cycle + 1 : cycle;
}

/** Sorting is stable, so what is equal here stays in the order of writing. */
function compareEvents(a: PatternEvent, b: PatternEvent): number {
  return a.position - b.position || rankOf(a.event) - rankOf(b.event);
}

/** Index of the first of `length` rising positions that is not before a tick. */
function lowerBound(length: number, positionAt: (index: number) => number, tick: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (positionAt(middle) < tick) low = middle + 1;
    else high = middle;
  }
  return low;
}

function struckTicksOf(events: readonly PatternEvent[]): number {
  let longest = 0;
  for (const { event, play } of events) {
    if ((play?.ratchet ?? 1) === 1 || event.type !== 'note') continue;
    longest = Math.max(longest, play?.stepTicks ?? event.durationTicks ?? 0, 1);
  }
  return longest;
}

function placed(position: number, event: PatternItem, play: StepPlay | undefined): PatternEvent {
  return play === undefined ? { position, event } : { position, event, play };
}

function freezeEvent(item: PatternEvent): PatternEvent {
  frozenItem(item.event);
  return Object.freeze(item);
}
