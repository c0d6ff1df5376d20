/** What can be done to a grid. Each function gives a new grid, or the same one where nothing changes. */
import { integerWithin, numberWithin } from '../errors';
import { euclideanRhythm } from '../notation/tree';
import { MAX_CYCLE_TICKS } from '../pattern';
import { mix, mixInteger, uniform } from '../random';
import {
  frozenGrid,
  frozenRow,
  isWithin,
  longestGrid,
  MAX_SWING,
  noSteps,
  shareOf,
  stepEquals,
  STRAIGHT_SWING,
  valueAt,
  type Grid,
  type Lane,
  type Region,
  type Row,
  type Step
} from './grid';
import { readStep } from './read';

/** What of a step can be changed at once; null takes a field back to what is usual. */
export type StepChange = { readonly [Key in keyof Step]?: Step[Key] | null };

/** Steps that were copied, and what they were set in. */
export interface Clip {
  readonly rows: readonly { readonly lane: Lane; readonly steps: readonly (Step | undefined)[] }[];
}

/** What a new step is: its value as a share of its row's range, and its length. */
export interface Pen {
  readonly share: number;
  readonly length?: number;
}

export const DEFAULT_PEN: Pen = Object.freeze({ share: 0.786 });

/** All of a grid. */
export function wholeOf({ rows, length }: Grid): Region {
  return { fromRow: 0, toRow: rows.length - 1, fromStep: 0, toStep: length - 1 };
}

/** One row, from its first step to its last. */
export function rowRegion({ length }: Grid, row: number): Region {
  return { fromRow: row, toRow: row, fromStep: 0, toStep: length - 1 };
}

/** A step, or undefined where it is not set or there is none. */
export function stepAt(grid: Grid, row: number, step: number): Step | undefined {
  return grid.rows[row]?.steps[step];
}

/** Sets a step, or takes it away; it is read as from outside. Throws InvalidParameter or OutOfBounds. */
export function setStep(grid: Grid, row: number, step: number, raw: unknown): Grid {
  integerWithin('row', row, 0, grid.rows.length - 1);
  integerWithin('step', step, 0, grid.length - 1);
  const { lane } = grid.rows[row];
  return put(grid, row, step, raw === undefined ? undefined : readStep(raw, lane));
}

/** The step that a pen paints in a row. */
export function penStep(lane: Lane, { share, length }: Pen): Step {
  return readStep({ value: valueAt(lane, share), ...(lane.kind === 'note' ? { length } : {}) }, lane);
}

/** Paints a step where there is none, or only changes the height of the one that is there. */
export function paint(grid: Grid, row: number, step: number, pen: Pen): Grid {
  if (!isWithin(grid, row, step)) return grid;
  const { lane, steps } = grid.rows[row];
  const old = steps[step];
  return put(grid, row, step, old ? { ...old, value: valueAt(lane, pen.share) } : penStep(lane, pen));
}

/** Takes a step away where there is one, and paints one where there is none. */
export function toggle(grid: Grid, row: number, step: number, pen: Pen): Grid {
  if (!isWithin(grid, row, step)) return grid;
  return stepAt(grid, row, step) ? put(grid, row, step, undefined) : paint(grid, row, step, pen);
}

/** Takes the steps of a region away. */
export function clear(grid: Grid, region: Region): Grid {
  return mapSteps(grid, region, () => undefined);
}

/**
 * Changes the steps of a region that are set; null takes a field back to what is usual, and a number that a row
 * cannot have becomes the nearest that it can. Throws InvalidParameter or OutOfBounds for the other fields.
 */
export function change(grid: Grid, region: Region, fields: StepChange): Grid {
  return mapSteps(grid, region, (step, lane) => {
    if (step === undefined) return undefined;
    const next: Record<string, unknown> = { ...step };
    for (const [key, value] of Object.entries(fields)) {
      if (value === null) delete next[key];
      else next[key] = value;
    }
    const { value } = next;
    // A label belongs to parameters alone.
    if (typeof value === 'string' && lane.kind !== 'parameter') next.value = step.value;
    else if (typeof value === 'number') next.value = clamped(value, lane);
    return readStep(next, lane);
  });
}

/** Moves the heights of a region's steps by a share of their range, −1…1. */
export function raise(grid: Grid, region: Region, share: number): Grid {
  return mapSteps(grid, region, (step, lane) =>
    step === undefined || typeof step.value === 'string'
      ? step
      : { ...step, value: valueAt(lane, shareOf(lane, step) + share) }
  );
}

/** Moves the steps of a region round within it; to the right where `by` is positive. */
export function rotate(grid: Grid, region: Region, by: number): Grid {
  return mapRows(grid, region, (steps) => {
    const shift = ((by % steps.length) + steps.length) % steps.length;
    return [...steps.slice(steps.length - shift), ...steps.slice(0, steps.length - shift)];
  });
}

/**
 * Moves the steps of a region, over what is where they come to. What would leave the grid is gone. Downwards is
 * positive; a step that comes to a row of another range keeps its height.
 */
export function shift(grid: Grid, region: Region, bySteps: number, byRows: number): Grid {
  const { fromRow, fromStep } = clipped(grid, region);
  return paste(clear(grid, region), fromRow + byRows, fromStep + bySteps, copy(grid, region));
}

/** Turns a region round in time. */
export function reverse(grid: Grid, region: Region): Grid {
  return mapRows(grid, region, (steps) =>
    [...steps].reverse().map((step) => (step?.nudge === undefined ? step : { ...step, nudge: -step.nudge }))
  );
}

/**
 * Spreads `hits` as evenly as can be over the steps of a region, in each of its rows; what was set on a hit stays.
 * Throws OutOfBounds where there are more hits than steps.
 */
export function euclid(grid: Grid, region: Region, hits: number, rotation: number, pen: Pen): Grid {
  return mapRows(grid, region, (steps, lane) => {
    integerWithin('hits', hits, 0, steps.length);
    const rhythm = hits === 0 ? [] : euclideanRhythm(hits, steps.length, rotation);
    return steps.map((step, index) => (rhythm[index] ? (step ?? penStep(lane, pen)) : undefined));
  });
}

/**
 * Sets the steps of a region by chance: `density` of them (0–1), with heights up to `spread` (0–1) below the pen's.
 * The same seed gives the same steps.
 */
export function randomise(
  grid: Grid,
  region: Region,
  { seed, density, spread }: { seed: number; density: number; spread: number },
  pen: Pen
): Grid {
  numberWithin('density', density, 0, 1);
  numberWithin('spread', spread, 0, 1);
  return mapRows(grid, region, (steps, lane, row) =>
    steps.map((_, index) => {
      const hash = mix(mix(mixInteger(0x67726964, seed), row), index);
      if (uniform(mix(hash, 1)) >= density) return undefined;
      return penStep(lane, { ...pen, share: Math.max(0, pen.share - spread * uniform(mix(hash, 2))) });
    })
  );
}

/** What stands in a region. */
export function copy(grid: Grid, region: Region): Clip {
  const { fromRow, toRow, fromStep, toStep } = clipped(grid, region);
  const rows = grid.rows
    .slice(fromRow, toRow + 1)
    .map(({ lane, steps }) =>
      Object.freeze({ lane, steps: Object.freeze(steps.slice(fromStep, toStep + 1)) })
    );
  return Object.freeze({ rows: Object.freeze(rows) });
}

/** Puts a copy down with its first step at a row and step; what is outside of the grid is left out. */
export function paste(grid: Grid, row: number, step: number, { rows }: Clip): Grid {
  let next = grid;
  rows.forEach(({ lane: from, steps }, down) => {
    const target = next.rows[row + down];
    if (target === undefined) return;
    const own = [...target.steps];
    steps.forEach((each, right) => {
      const place = step + right;
      if (place >= 0 && place < own.length) own[place] = each && fitted(each, from, target.lane);
    });
    next = withSteps(next, row + down, own);
  });
  return next;
}

/** A grid of another length; steps beyond it are gone. Throws OutOfBounds. */
export function resize(grid: Grid, length: number): Grid {
  integerWithin('length', length, 1, longestGrid(grid.stepTicks));
  if (length === grid.length) return grid;
  const rows = grid.rows.map((row) =>
    frozenRow({
      ...row,
      steps: [...row.steps.slice(0, length), ...noSteps(Math.max(0, length - grid.length))]
    })
  );
  return frozenGrid({ ...grid, length, rows });
}

/** Twice as long, with what was there a second time. Throws OutOfBounds where that is too long. */
export function double(grid: Grid): Grid {
  const { length, stepTicks } = grid;
  const whole = wholeOf(grid);
  const longer = paste(resize(grid, 2 * length), 0, length, copy(grid, whole));
  const others = grid.others.flatMap((item) => [
    item,
    Object.freeze({ ...item, position: item.position + length * stepTicks })
  ]);
  others.sort((a, b) => a.position - b.position);
  return frozenGrid({ ...longer, others });
}

/** Steps of another length, in ticks. Throws OutOfBounds. */
export function setStepTicks(grid: Grid, stepTicks: number): Grid {
  numberWithin('stepTicks', stepTicks, 1, MAX_CYCLE_TICKS / grid.length);
  return stepTicks === grid.stepTicks ? grid : frozenGrid({ ...grid, stepTicks });
}

/** 50 (straight) to 75. Throws OutOfBounds. */
export function setSwing(grid: Grid, swing: number): Grid {
  numberWithin('swing', swing, STRAIGHT_SWING, MAX_SWING);
  return swing === grid.swing ? grid : frozenGrid({ ...grid, swing });
}

/** Steps of one lane as another can have them, each as high as it was. */
export function fitSteps(
  steps: readonly (Step | undefined)[],
  from: Lane,
  to: Lane
): readonly (Step | undefined)[] {
  return steps.map((step) => step && fitted(step, from, to));
}

/** Without the events that no step can show. */
export function dropOthers(grid: Grid): Grid {
  return grid.others.length === 0 ? grid : frozenGrid({ ...grid, others: [] });
}

/** Puts a step in its place as it is. */
function put(grid: Grid, row: number, step: number, value: Step | undefined): Grid {
  const { steps } = grid.rows[row];
  if (stepEquals(steps[step], value)) return grid;
  const own = [...steps];
  own[step] = value && Object.freeze(value);
  return withSteps(grid, row, own);
}

function mapSteps(
  grid: Grid,
  region: Region,
  map: (step: Step | undefined, lane: Lane) => Step | undefined
): Grid {
  return mapRows(grid, region, (steps, lane) => steps.map((step) => map(step, lane)));
}

/** Replaces what stands in the columns of a region, row by row. */
function mapRows(
  grid: Grid,
  region: Region,
  map: (steps: readonly (Step | undefined)[], lane: Lane, row: number) => readonly (Step | undefined)[]
): Grid {
  const { fromRow, toRow, fromStep, toStep } = clipped(grid, region);
  let next = grid;
  for (let row = fromRow; row <= toRow; row++) {
    const { steps, lane } = next.rows[row];
    const mapped = map(steps.slice(fromStep, toStep + 1), lane, row);
    next = withSteps(next, row, [...steps.slice(0, fromStep), ...mapped, ...steps.slice(toStep + 1)]);
  }
  return next;
}

/** A region within the grid, whichever way round it was given. */
function clipped({ rows, length }: Grid, { fromRow, toRow, fromStep, toStep }: Region): Region {
  return {
    fromRow: Math.max(0, Math.min(fromRow, toRow)),
    toRow: Math.min(rows.length - 1, Math.max(fromRow, toRow)),
    fromStep: Math.max(0, Math.min(fromStep, toStep)),
    toStep: Math.min(length - 1, Math.max(fromStep, toStep))
  };
}

/** The grid with other steps in a row; the same grid where they are the same. */
function withSteps(grid: Grid, row: number, steps: readonly (Step | undefined)[]): Grid {
  const old: Row = grid.rows[row];
  if (steps.every((step, index) => stepEquals(step, old.steps[index]))) return grid;
  const rows = [...grid.rows];
  // What is unchanged stays the same object, so that a view can tell what it has drawn.
  rows[row] = frozenRow({
    ...old,
    steps: steps.map((step, index) =>
      stepEquals(step, old.steps[index]) ? old.steps[index] : step && Object.freeze(step)
    )
  });
  return frozenGrid({ ...grid, rows });
}

/** A step as another row can have it. */
function fitted(step: Step, from: Lane, to: Lane): Step {
  if (from.kind === to.kind) return step;
  const { length, ratchet, ...rest } = step;
  const value = typeof step.value === 'string' ? valueAt(to, 1) : valueAt(to, shareOf(from, step));
  return readStep(to.kind === 'note' ? { ...rest, length, ratchet, value } : { ...rest, value }, to);
}

function clamped(value: number, lane: Lane): number {
  if (lane.kind === 'parameter') return Math.min(1, Math.max(0, value));
  return Math.min(127, Math.max(lane.kind === 'note' ? 1 : 0, Math.round(value)));
}
