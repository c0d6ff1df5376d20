/** What mutations work on: the events of one cycle, as plain data. */
import type { NoteEvent } from '../event';
import type { EventPattern, PatternEvent } from '../pattern';

/** An event in its place. Never changed; what is altered is a copy. */
export type Item = PatternEvent;
export type ItemEvent = PatternEvent['event'];

/** A note in its place. */
export type NoteItem = Item & { readonly event: NoteEvent };

/** Most events that a mutated pattern holds. */
export const MAX_MUTATED_EVENTS = 4096;
/** Most events that the rules of one mutation go through together, each of them through all. */
export const MAX_TOUCHED_EVENTS = 4096;

/** The grid that steps are counted on. */
export interface Grid {
  /** Length of the pattern in ticks. */
  readonly cycleTicks: number;
  /** Length of a step in ticks. */
  readonly stepTicks: number;
}

/** Steps of a grid; the last one may be cut short by the end of the cycle. */
export function stepCount({ cycleTicks, stepTicks }: Grid): number {
  // A step that is no whole number of ticks must not gain one by rounding.
  return Math.max(1, Math.ceil(cycleTicks / stepTicks - 1e-6));
}

/** The step, from 0, in which a position falls; what stands a hair before a step belongs to it. */
export function stepOf(grid: Grid, position: number): number {
  return Math.min(Math.floor(position / grid.stepTicks + 1e-6), stepCount(grid) - 1);
}

/** A position brought into the cycle, from both sides. */
export function wrapped({ cycleTicks }: Grid, position: number): number {
  const inside = position - Math.floor(position / cycleTicks) * cycleTicks;
  return inside >= cycleTicks || cycleTicks - inside < 1e-6 ? 0 : Math.max(0, inside);
}

export function isNote(item: Item): item is NoteItem {
  return item.event.type === 'note';
}

/** The notes of a pattern in the order of time, at one time from low to high. */
export function notesInOrder(items: readonly Item[]): NoteItem[] {
  return items.filter(isNote).sort((a, b) => a.position - b.position || a.event.note - b.event.note);
}

/** Copies of an item with some fields of its event, of its place or of its play changed. */
export function withEvent(item: Item, fields: object): Item {
  return { ...item, event: { ...item.event, ...fields } as ItemEvent };
}
export function withPosition(item: Item, position: number): Item {
  return { ...item, position };
}

/** The grid of a pattern that has steps of a given length. */
export function gridOf(pattern: EventPattern, stepTicks: number): Grid {
  return { cycleTicks: pattern.cycleTicks, stepTicks: Math.min(stepTicks, pattern.cycleTicks) };
}
