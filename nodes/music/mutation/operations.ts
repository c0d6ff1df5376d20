/**
 * What a rule does. An operation looks at a pattern and answers with changes in the order in which they are to be
 * made. Each stands for itself, so that bounds may stop them after any; what is one change is made whole or not at
 * all. Nothing is altered here.
 */
import type { NoteEvent } from '../event';
import type { StepPlay } from '../step';
import { fitNote, movedNote } from './bounds';
import type { Dice } from './dice';
import {
  isNote,
  stepOf,
  withEvent,
  withPosition,
  wrapped,
  type Grid,
  type Item,
  type NoteItem
} from './item';
import { pitchesByChance } from './markov-pitches';
import { OPERATION, type MutationRule, type Operation, type Range } from './rules';
import { selected, selectedSteps } from './select';

/** Takes the event number `at` out and puts others in; `at` −1 takes none out. No two take out the same one. */
export interface Edit {
  readonly at: number;
  readonly put: readonly Item[];
}
/** Edits that belong together. */
export type Change = readonly Edit[];

/** What an operation is given. */
export interface Task {
  readonly items: readonly Item[];
  /** Indices of the events that it may touch. */
  readonly chosen: readonly number[];
  readonly rule: MutationRule;
  readonly grid: Grid;
  readonly dice: Dice;
  /** Notes that arrived, for a chain that learns from those. */
  readonly heard: readonly number[];
}

/** The changes that a rule wants. */
export function changesOf(
  items: readonly Item[],
  rule: MutationRule,
  grid: Grid,
  dice: Dice,
  heard: readonly number[] = []
): Change[] {
  const chosen = selected(items, rule.where, grid);
  return OPERATE[rule.what]({ items, chosen, rule, grid, dice, heard });
}

/** The pattern with the first `count` of some changes made, in no particular order. */
export function withChanges(items: readonly Item[], changes: readonly Change[], count: number): Item[] {
  const edits = new Map<number, readonly Item[]>();
  const added: Item[] = [];
  for (let index = 0; index < count; index++) {
    for (const { at, put } of changes[index]) {
      if (at < 0) added.push(...put);
      else edits.set(at, put);
    }
  }
  const after: Item[] = [];
  for (let index = 0; index < items.length; index++) {
    const put = edits.get(index);
    if (put === undefined) after.push(items[index]);
    else after.push(...put);
  }
  after.push(...added);
  return after;
}

const OPERATE: Readonly<Record<Operation, (task: Task) => Change[]>> = {
  transpose(task) {
    const steps = amount(task);
    return eachNote(task, (item) => ({ note: movedNote(item.event.note, steps, task.rule.bounds) }));
  },
  octave(task) {
    return eachNote(task, (item) => ({
      note: fitNote(item.event.note + 12 * amount(task), task.rule.bounds)
    }));
  },
  invert(task) {
    const notes = chosenNotes(task);
    if (notes.length === 0) return [];
    const pitches = notes.map(([, { event }]) => event.note);
    const twiceAxis =
      task.rule.axis === undefined ? Math.min(...pitches) + Math.max(...pitches) : 2 * task.rule.axis;
    const edits = notes.map(([at, item]) => {
      const note = fitNote(twiceAxis - item.event.note, task.rule.bounds);
      return { at, put: [note === undefined ? item : withEvent(item, { note })] };
    });
    return [edits];
  },
  markov(task) {
    return pitchesByChance(task, taken(task)).map(([at, note]) => [
      { at, put: [withEvent(task.items[at], { note })] }
    ]);
  },
  rotate(task) {
    const { grid, chosen, items } = task;
    const by = amount(task) * grid.stepTicks;
    return [
      chosen.map((at) => ({ at, put: [withPosition(items[at], wrapped(grid, items[at].position + by))] }))
    ];
  },
  reverse(task) {
    const steps = selectedSteps(task.rule.where, task.grid);
    const mirrored = new Map(steps.map((step, index) => [step, steps[steps.length - 1 - index]]));
    return [task.chosen.map((at) => ({ at, put: [movedToStep(task, at, mirrored)] }))];
  },
  swap(task) {
    const { grid, items, chosen, dice } = task;
    const filled = new Map<number, number[]>();
    for (const at of chosen) {
      const step = stepOf(grid, items[at].position);
      const there = filled.get(step);
      if (there === undefined) filled.set(step, [at]);
      else there.push(at);
    }
    const free = new Pool(selectedSteps(task.rule.where, grid));
    const changes: Change[] = [];
    let pairs = amount(task);
    for (const one of dice.shuffled([...filled.keys()])) {
      if (pairs-- === 0 || free.size < 2) break;
      if (!free.take(one)) continue;
      const other = free.at(dice.index(free.size));
      free.take(other);
      const moves = new Map([
        [one, other],
        [other, one]
      ]);
      const moved = [...filled.get(one)!, ...(filled.get(other) ?? [])];
      changes.push(moved.map((at) => ({ at, put: [movedToStep(task, at, moves)] })));
    }
    return changes;
  },
  thin(task) {
    return taken(task).map((at) => [{ at, put: [] }]);
  },
  double(task) {
    const isThere = noteFinder(task.items);
    return takenNotes(task).flatMap(([at, item]) => {
      const put = twice(item, task.grid);
      return isThere(put[1]) ? [] : [[{ at, put }]];
    });
  },
  ratchet(task) {
    return takenNotes(task).map(([at, item]) => {
      const ratchet = amount(task);
      return [{ at, put: [withPlay(item, { ratchet: ratchet === 1 ? undefined : ratchet })] }];
    });
  },
  velocity(task) {
    return eachNote(task, ({ event }) => ({ velocity: clamp(event.velocity + amount(task), [1, 127]) }));
  },
  gate(task) {
    return eachNote(task, ({ event }) => lengthened(event, amount(task), task.grid));
  },
  probability(task) {
    return takenNotes(task).map(([at, item]) => {
      const probability = clamp((item.play?.probability ?? 1) + amount(task), [0, 1]);
      return [{ at, put: [withPlay(item, { probability: probability === 1 ? undefined : probability })] }];
    });
  },
  drift
};

/** Numbers of which any can be drawn and taken out. */
class Pool {
  private readonly places: Map<number, number>;

  constructor(private readonly numbers: number[]) {
    this.places = new Map(numbers.map((number, place) => [number, place]));
  }

  get size(): number {
    return this.numbers.length;
  }

  at(place: number): number {
    return this.numbers[place];
  }

  /** Whether the number was there. */
  take(number: number): boolean {
    const place = this.places.get(number);
    if (place === undefined) return false;
    const last = this.numbers.pop()!;
    this.places.delete(number);
    if (last !== number) {
      this.numbers[place] = last;
      this.places.set(last, place);
    }
    return true;
  }
}

/** A draw of the rule's amount. */
function amount({ rule, dice }: Task): number {
  const [low, high] = rule.amount;
  const whole = OPERATION[rule.what].amount?.whole || rule.drift?.controller !== undefined;
  return low === high ? low : dice.between(low, high, whole);
}

/** The chosen ones that the rule's share and count leave, in the order of the pattern. */
function taken({ chosen, rule, dice }: Task): number[] {
  const drawn = rule.share >= 1 ? [...chosen] : chosen.filter(() => dice.happens(rule.share));
  if (drawn.length <= rule.count) return drawn;
  return dice
    .shuffled(drawn)
    .slice(0, rule.count)
    .sort((a, b) => a - b);
}

function chosenNotes({ chosen, items }: Pick<Task, 'chosen' | 'items'>): [number, NoteItem][] {
  const notes: [number, NoteItem][] = [];
  for (const at of chosen) {
    const item = items[at];
    if (isNote(item)) notes.push([at, item]);
  }
  return notes;
}

function takenNotes(task: Task): [number, NoteItem][] {
  return chosenNotes({ items: task.items, chosen: taken(task) });
}

/** Alters fields of each note that is taken; a field that is undefined leaves the note as it is. */
function eachNote(task: Task, fields: (item: NoteItem) => Partial<NoteEvent>): Change[] {
  const changes: Change[] = [];
  for (const [at, item] of takenNotes(task)) {
    const altered = fields(item);
    if (Object.values<unknown>(altered).includes(undefined)) continue;
    changes.push([{ at, put: [withEvent(item, altered)] }]);
  }
  return changes;
}

/** An event brought to another step, as far into it as it was into its own. */
function movedToStep({ items, grid }: Task, at: number, steps: ReadonlyMap<number, number>): Item {
  const step = stepOf(grid, items[at].position);
  const to = steps.get(step);
  if (to === undefined) return items[at];
  return withPosition(items[at], wrapped(grid, items[at].position + (to - step) * grid.stepTicks));
}

/** A note and its like half its steps later, each half as long. */
function twice(item: NoteItem, grid: Grid): Item[] {
  const { durationTicks, durationMs } = item.event;
  const steps = Math.max(1, Math.ceil((durationTicks ?? 0) / grid.stepTicks - 1e-6));
  const half = withEvent(
    item,
    durationTicks !== undefined ? { durationTicks: durationTicks / 2 } : { durationMs: durationMs! / 2 }
  );
  return [half, withPosition(half, wrapped(grid, item.position + (steps * grid.stepTicks) / 2))];
}

/** Tells whether one of the notes begins where another does, on one pitch of one channel. */
function noteFinder(items: readonly Item[]): (item: Item) => boolean {
  const keyOf = ({ event }: NoteItem, tick: number) => (tick * 17 + (event.channel ?? 0)) * 128 + event.note;
  const positions = new Map<number, number[]>();
  for (const item of items) {
    if (!isNote(item)) continue;
    const key = keyOf(item, Math.floor(item.position));
    const near = positions.get(key);
    if (near === undefined) positions.set(key, [item.position]);
    else near.push(item.position);
  }
  return (item) => {
    if (!isNote(item)) return false;
    const tick = Math.floor(item.position);
    return [tick - 1, tick, tick + 1].some((near) =>
      positions.get(keyOf(item, near))?.some((position) => Math.abs(position - item.position) <= 1)
    );
  };
}

/** A note's length times a factor, up to that of the pattern and down to a thirty-second of a step. */
function lengthened(event: NoteEvent, factor: number, grid: Grid): Partial<NoteEvent> {
  if (event.durationTicks !== undefined) {
    const bounds: Range = [
      Math.min(event.durationTicks, grid.stepTicks / 32),
      Math.max(event.durationTicks, grid.cycleTicks)
    ];
    return { durationTicks: clamp(event.durationTicks * factor, bounds) };
  }
  return { durationMs: clamp(event.durationMs! * factor, [1, 3_600_000]) };
}

/** An item with some of its play changed; what is undefined is left out, and a play without anything too. */
function withPlay({ position, event, play: old }: Item, changed: StepPlay): Item {
  const play = Object.fromEntries(
    Object.entries({ ...old, ...changed }).filter(([, value]) => value !== undefined)
  );
  return Object.keys(play).length === 0 ? { position, event } : { position, event, play };
}

/**
 * Moves a parameter by the drawn amount: each event that sets it where the rule chose some, else one at the
 * beginning of the cycle, which is put there at the first drift.
 */
function drift(task: Task): Change[] {
  const { items, rule, grid } = task;
  const target = rule.drift!;
  const { parameter, controller, min, max, start } = target;
  const whole = controller !== undefined;
  const by = amount(task);
  const moved = (value: number) => {
    const next = clamp(value + by, [min, max]);
    return whole ? Math.round(next) : next;
  };
  const here = new Set(rule.where.steps && selectedSteps(rule.where, grid));
  const edits = items.flatMap((item, at) => {
    const { event } = item;
    const isTarget = whole
      ? event.type === 'cc' && event.controller === controller
      : event.type === 'parameter' && event.parameter === parameter;
    const { value } = event as { value?: unknown };
    if (!isTarget || typeof value !== 'number') return [];
    if (rule.where.steps !== undefined && !here.has(stepOf(grid, item.position))) return [];
    return [{ at, put: [withEvent(item, { value: moved(value) })] }];
  });
  if (edits.length > 0) return [edits];
  const value = moved(start);
  const event = whole ? { type: 'cc', controller, value } : { type: 'parameter', parameter, value };
  const first = rule.where.steps === undefined ? 0 : selectedSteps(rule.where, grid)[0];
  if (first === undefined) return [];
  return [[{ at: -1, put: [{ position: first * grid.stepTicks, event: event as Item['event'] }] }]];
}

function clamp(value: number, [low, high]: Range): number {
  return Math.min(high, Math.max(low, value));
}
