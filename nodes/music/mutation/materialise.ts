/**
 * Lays cycles of a pattern side by side as one pattern of events, which is what mutations work on.
 *
 * A pattern of events is one cycle already. A notation may vary from cycle to cycle (`<a b>`, `c4/2`, chance), so a
 * number of its cycles is taken as they are played. That number is stated in the rules, or found out: the smallest
 * one up to 8 that repeats through the first 16 cycles, and 4 where chance or a longer form keeps it from repeating;
 * of a dense one as many as MAX_MUTATED_EVENTS hold.
 */
import { said } from '../words';
import { InvalidParameter } from '../errors';
import { eventEquals } from '../event';
import {
  MAX_CYCLE_TICKS,
  patternFromOwnEvents,
  type EventPattern,
  type Pattern,
  type PatternEvent
} from '../pattern';
import { stepPlayEquals } from '../step';
import { MAX_MUTATED_EVENTS } from './item';

const LONGEST_FOUND = 8;
const CYCLES_LOOKED_AT = 16;
/** Cycles taken of what does not repeat. */
const CYCLES_OF_CHANCE = 4;

/** Whether a pattern says by itself that it is the same in each cycle. */
function isEventPattern(pattern: Pattern): pattern is EventPattern {
  return Array.isArray((pattern as Partial<EventPattern>).events);
}

/** What was found out once. */
const FOUND = new WeakMap<Pattern, number>();

/** Cycles of a pattern that make one of its repetitions; see above. 1 for a pattern of events. */
export function cyclesOf(pattern: Pattern): number {
  if (isEventPattern(pattern)) return 1;
  let cycles = FOUND.get(pattern);
  if (cycles === undefined) FOUND.set(pattern, (cycles = foundCycles(pattern)));
  return cycles;
}

function foundCycles(pattern: Pattern): number {
  const cycles: PatternEvent[][] = [];
  let events = 0;
  // No further than there are events that could be mutated as one, so that this takes no time to speak of.
  while (cycles.length < CYCLES_LOOKED_AT && events <= MAX_MUTATED_EVENTS) {
    cycles.push(eventsOf(pattern, cycles.length, 1));
    events += cycles[cycles.length - 1].length;
  }
  const most = events <= MAX_MUTATED_EVENTS ? cycles.length : Math.max(1, cycles.length - 1);
  for (let count = 1; count <= Math.min(LONGEST_FOUND, most); count++) {
    if (cycles.every((each, index) => sameEvents(each, cycles[index % count])))
      return fitting(pattern, count);
  }
  return fitting(pattern, Math.min(CYCLES_OF_CHANCE, most));
}

/** As many cycles as a pattern may be long. */
function fitting({ cycleTicks }: Pattern, cycles: number): number {
  return Math.max(1, Math.min(cycles, Math.floor(MAX_CYCLE_TICKS / cycleTicks)));
}

/**
 * The `cycles` cycles of a pattern that hold cycle number `cycle`, as one pattern: of four cycles, 5 is the second
 * in the pattern of 4 to 7. It plays, at the same positions, what the source plays there. A pattern of events of one
 * cycle is its own answer. Throws InvalidParameter where that would be longer than MAX_CYCLE_TICKS or hold more
 * than MAX_MUTATED_EVENTS events.
 */
export function materialise(pattern: Pattern, cycles: number, cycle = 0): EventPattern {
  const cycleTicks = pattern.cycleTicks * cycles;
  if (cycleTicks > MAX_CYCLE_TICKS) {
    throw new InvalidParameter(
      'cycles',
      cycles,
      said('__most__ or fewer are needed', { most: fitting(pattern, MAX_CYCLE_TICKS) })
    );
  }
  const events =
    cycles === 1 && isEventPattern(pattern)
      ? pattern.events
      : eventsOf(pattern, cycle - (cycle % cycles), cycles);
  if (events.length > MAX_MUTATED_EVENTS) {
    throw new InvalidParameter(
      'events',
      events.length,
      said('a pattern of up to __most__ can be mutated; take fewer cycles', { most: MAX_MUTATED_EVENTS })
    );
  }
  return isEventPattern(pattern) && cycles === 1 ? pattern : patternFromOwnEvents(events, cycleTicks);
}

/** The events of some cycles, at their positions in the first of them. */
function eventsOf(pattern: Pattern, cycle: number, cycles: number): PatternEvent[] {
  const from = cycle * pattern.cycleTicks;
  const to = (cycle + cycles) * pattern.cycleTicks;
  const length = cycles * pattern.cycleTicks;
  return pattern.query(from, to).map((item) => {
    // Rounding must carry no event over the end.
    const position = Math.min(item.position - from, length * (1 - Number.EPSILON));
    return { ...item, position };
  });
}

function sameEvents(a: readonly PatternEvent[], b: readonly PatternEvent[]): boolean {
  // Positions far into a song are rounded otherwise than those near its beginning.
  return (
    a.length === b.length &&
    a.every(
      (item, index) =>
        Math.abs(item.position - b[index].position) < 1e-6 &&
        eventEquals(item.event, b[index].event) &&
        stepPlayEquals(item.play, b[index].play)
    )
  );
}
