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
import { EVENT_TYPES, eventEquals } from '../event';
import { stepPlayEquals } from '../step';
import { stepOf, type Grid, type Item } from './item';

const WEIGHT = { pitch: 0.5, place: 0.15, velocity: 0.15, length: 0.1, play: 0.1 };

/** Worth is counted in whole parts of a pair, so that its sum is exact in any order. */
const PARTS = 2 ** 30;

/** The distance of two lists of events on one grid, 0–1. */
export function distance(a: readonly Item[], b: readonly Item[], grid: Grid): number {
  return new Comparison(a, b, grid).distance;
}

/** Events that are heard together: those of either side, and the parts that their pairs are worth. */
interface Cell {
  readonly own: Item[];
  readonly others: Item[];
  parts: number;
}

/**
 * Compares a list of events, which may change, with another one, which does not. After a change only the cells that it
 * has touched are looked at again.
 */
export class Comparison {
  private readonly cells = new Map<number, Cell>();
  private readonly touched = new Set<Cell>();
  private parts = 0;
  private count = 0;

  constructor(
    own: readonly Item[],
    private readonly others: readonly Item[],
    private readonly grid: Grid
  ) {
    for (const item of others) this.cellOf(item).others.push(item);
    for (const { others } of this.cells.values()) sortByContent(others);
    for (const item of own) this.add(item);
  }

  add(item: Item): void {
    const cell = this.cellOf(item);
    cell.own.push(item);
    this.touched.add(cell);
    this.count++;
  }

  /** Takes out an event that is there. */
  remove(item: Item): void {
    const cell = this.cellOf(item);
    cell.own.splice(cell.own.indexOf(item), 1);
    this.touched.add(cell);
    this.count--;
  }

  /** How far the two are apart now, 0–1. */
  get distance(): number {
    for (const cell of this.touched) {
      this.parts -= cell.parts;
      cell.parts = worth(cell, this.grid);
      this.parts += cell.parts;
    }
    this.touched.clear();
    const total = this.count + this.others.length;
    if (total === 0) return 0;
    return 1 - (2 * (this.parts / PARTS)) / total;
  }

  private cellOf({ position, event }: Item): Cell {
    const { type, channel = 0 } = event as { type: string; channel?: number };
    const key = (stepOf(this.grid, position) * TYPES.size + TYPES.get(type)!) * 17 + channel;
    let cell = this.cells.get(key);
    if (cell === undefined) this.cells.set(key, (cell = { own: [], others: [], parts: 0 }));
    return cell;
  }
}

/** All types that a pattern holds, numbered. */
const TYPES: ReadonlyMap<string, number> = new Map(
  [...EVENT_TYPES, 'parameter'].map((type, number) => [type, number])
);

/** What the pairs of a cell are worth, in parts. */
function worth(cell: Cell, grid: Grid): number {
  const { others } = cell;
  const own = sortByContent(cell.own);
  let parts = 0;
  for (let index = 0; index < Math.min(own.length, others.length); index++) {
    parts += Math.round((1 - difference(own[index], others[index], grid)) * PARTS);
  }
  return parts;
}

function sortByContent(items: Item[]): Item[] {
  return items.length > 1 ? items.sort(byContent) : items;
}

/** Events of all types, field by field. */
type Loose = Readonly<Record<string, unknown>>;
const loose = ({ event }: Item) => event as unknown as Loose;

/** A total order over all that counts, so that the order of writing does not. */
function byContent(a: Item, b: Item): number {
  if (a === b) return 0;
  const left = loose(a);
  const right = loose(b);
  return (
    compare(
      left.note ?? left.controller ?? left.parameter,
      right.note ?? right.controller ?? right.parameter
    ) ||
    a.position - b.position ||
    compare(left.value ?? left.velocity, right.value ?? right.velocity) ||
    (isSame(a, b) ? 0 : compare(rest(a), rest(b)))
  );
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function isSame(a: Item, b: Item): boolean {
  return eventEquals(a.event, b.event) && stepPlayEquals(a.play, b.play);
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
