/**
 * How far two patterns are apart: 0 for the same, 1 for nothing in common.
 *
 * Events are compared where they are heard together: of one step, one type and one channel, in the order of their
 * pitch (or controller, or parameter). A pair is worth 1 minus what differs:
 *
 *   0.5  pitch, a full octave or more counting as all; of other events their value, by its range
 *   0.15 place within the step
 *   0.15 velocity, by its range
 *   0.1  length, the difference to the longer of the two
 *   0.1  play: probability, ratchet, condition, locks, equal or not
 *
 * and an event without a partner is worth nothing. The distance is 1 − 2 · (worth of all pairs) / (events of both),
 * as in the coefficient of Dice. It is symmetric, and 0 only for equal patterns.
 */
import { stepPlayEquals } from '../step';
import { stepOf, type Grid, type Item } from './item';

const WEIGHT = { pitch: 0.5, place: 0.15, velocity: 0.15, length: 0.1, play: 0.1 };

/** The distance of two lists of events on one grid, 0–1. */
export function distance(a: readonly Item[], b: readonly Item[], grid: Grid): number {
  const total = a.length + b.length;
  if (total === 0) return 0;
  const cells = byCell(b, grid);
  let worth = 0;
  for (const [key, items] of byCell(a, grid)) {
    const others = cells.get(key);
    for (let index = 0; others !== undefined && index < Math.min(items.length, others.length); index++) {
      worth += 1 - difference(items[index], others[index], grid);
    }
  }
  // Rounding must not make something of nothing.
  const apart = 1 - (2 * worth) / total;
  return apart < 1e-12 ? 0 : apart;
}

/** Events of all types, field by field. */
type Loose = Readonly<Record<string, unknown>>;
const loose = ({ event }: Item) => event as unknown as Loose;

function byCell(items: readonly Item[], grid: Grid): Map<string, Item[]> {
  const cells = new Map<string, Item[]>();
  for (const item of items) {
    const { type, channel } = loose(item);
    const key = `${stepOf(grid, item.position)} ${String(type)} ${String(channel ?? '')}`;
    const cell = cells.get(key);
    if (cell === undefined) cells.set(key, [item]);
    else cell.push(item);
  }
  for (const cell of cells.values()) if (cell.length > 1) cell.sort(byContent);
  return cells;
}

/** A total order over all that counts, so that the order of writing does not. */
function byContent(a: Item, b: Item): number {
  const left = loose(a);
  const right = loose(b);
  return (
    compare(
      left.note ?? left.controller ?? left.parameter,
      right.note ?? right.controller ?? right.parameter
    ) ||
    a.position - b.position ||
    compare(left.value ?? left.velocity, right.value ?? right.velocity) ||
    compare(rest(a), rest(b))
  );
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** All of an item but its place, as text. */
function rest({ event, play }: Item): string {
  return JSON.stringify([event, play ?? null]);
}

/** How much two events of one cell differ, 0–1. */
function difference(a: Item, b: Item, { stepTicks }: Grid): number {
  if (a === b) return 0;
  const left = loose(a);
  const right = loose(b);
  return (
    WEIGHT.pitch * content(left, right) +
    WEIGHT.place * Math.min(1, Math.abs(a.position - b.position) / stepTicks) +
    WEIGHT.velocity * apart(left.velocity, right.velocity, 127) +
    WEIGHT.length * length(left, right) +
    WEIGHT.play * Number(!stepPlayEquals(a.play, b.play))
  );
}

/** By type: its range of values. What is not listed is equal or not. */
const VALUES: Readonly<Record<string, number>> = {
  cc: 127,
  cc14: 16383,
  nrpn: 16383,
  rpn: 16383,
  pitchBend: 16383,
  pressure: 127,
  polyPressure: 127,
  parameter: 1
};

function content(a: Loose, b: Loose): number {
  const type = String(a.type);
  if (type === 'note') return apart(a.note, b.note, 12);
  const range = VALUES[type];
  const { value: left, ...same } = a;
  const { value: right, ...other } = b;
  if (range === undefined || JSON.stringify(same) !== JSON.stringify(other)) {
    return Number(JSON.stringify(a) !== JSON.stringify(b));
  }
  return apart(left, right, range);
}

function length(a: Loose, b: Loose): number {
  for (const key of ['durationTicks', 'durationMs']) {
    const [left, right] = [a[key], b[key]];
    if (typeof left === 'number' && typeof right === 'number') {
      return left === right ? 0 : Math.abs(left - right) / Math.max(left, right);
    }
  }
  return Number(a.durationTicks !== b.durationTicks || a.durationMs !== b.durationMs);
}

function apart(a: unknown, b: unknown, range: number): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.min(1, Math.abs(a - b) / range);
  return Number(a !== b);
}
