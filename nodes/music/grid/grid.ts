/** The step grid: rows of notes, controllers or parameters, and what is set in their steps. Immutable. */
import { MAX_CYCLE_TICKS, type PatternEvent } from '../pattern';
import { noteName } from '../pitch';
import type { Locks } from '../step';

/** Most steps of a grid; 16 bars of sixteenths. */
export const MAX_STEPS = 256;
/** Most rows of a grid. */
export const MAX_ROWS = 64;
/** Longest name of a row, in characters. */
export const MAX_ROW_NAME = 40;
/** Length of a note, in steps, where its step says nothing else. */
export const DEFAULT_LENGTH = 0.8;
/** Farthest that a step is played before or after its place, in steps. */
export const MAX_NUDGE = 0.49;
/** Swing in percent: where the second of two steps falls. 50 is straight, 66.7 a triplet. */
export const STRAIGHT_SWING = 50;
export const MAX_SWING = 75;
export const DEFAULT_STEPS = 16;
/** A sixteenth. */
export const DEFAULT_STEP_TICKS = 240;

/** What is set in a step; what is left out is as usual. */
export interface Step {
  /** Velocity 1–127, value of a controller 0–127, of a parameter 0–1 or a label. */
  readonly value: number | string;
  /** Length of a note in steps, more than 0; default 0.8. */
  readonly length?: number;
  /** Micro-timing in steps, −0.49…0.49: how far from its place it is played. */
  readonly nudge?: number;
  /** How likely it is played, 0–1. */
  readonly probability?: number;
  /** How often it is struck within its length, 1–16. */
  readonly ratchet?: number;
  /** When it is played; see readCondition. */
  readonly condition?: string;
  /** Parameters that it sets, by name. */
  readonly locks?: Locks;
}

/** What a row plays. */
export type Lane =
  | { readonly kind: 'note'; readonly note: number }
  | { readonly kind: 'cc'; readonly controller: number }
  | { readonly kind: 'parameter'; readonly parameter: string };

/** A row; `steps` has one place for each step of the grid. */
export interface Row {
  readonly lane: Lane;
  /** What it is called; default the name of its note, controller or parameter. */
  readonly name?: string;
  /** 1–16; left out, the channel of the pattern or of the device holds. */
  readonly channel?: number;
  /** A row that is muted keeps its steps and plays none. */
  readonly muted?: true;
  readonly steps: readonly (Step | undefined)[];
}

/** Frozen in all its depth; the functions beside it give new ones, which share the rows that are the same. */
export interface Grid {
  /** How many steps it has, 1–256. */
  readonly length: number;
  /** Length of a step in ticks. */
  readonly stepTicks: number;
  /** 50–75; see STRAIGHT_SWING. */
  readonly swing: number;
  readonly rows: readonly Row[];
  /** What plays along and no step can show: other kinds of events, and notes that share a step. */
  readonly others: readonly PatternEvent[];
}

/** A rectangle of steps; both ends belong to it. */
export interface Region {
  readonly fromRow: number;
  readonly toRow: number;
  readonly fromStep: number;
  readonly toStep: number;
}

/** A grid without steps. Throws nothing; what is too much is cut to what is allowed. */
export function emptyGrid(
  lanes: readonly { readonly lane: Lane; readonly name?: string }[],
  length = DEFAULT_STEPS,
  stepTicks = DEFAULT_STEP_TICKS
): Grid {
  const steps = Math.min(length, MAX_STEPS, longestGrid(stepTicks));
  return frozenGrid({
    length: steps,
    stepTicks,
    swing: STRAIGHT_SWING,
    rows: lanes
      .slice(0, MAX_ROWS)
      .map((row) => frozenRow({ ...row, lane: Object.freeze(row.lane), steps: noSteps(steps) })),
    others: []
  });
}

/** The kit that a new grid begins with, at its General MIDI notes. */
export function drumKit(): Grid {
  const kit: [string, number][] = [
    ['open hat', 46],
    ['hi-hat', 42],
    ['clap', 39],
    ['rim', 37],
    ['high tom', 50],
    ['low tom', 45],
    ['snare', 38],
    ['kick', 36]
  ];
  return emptyGrid(kit.map(([name, note]) => ({ name, lane: { kind: 'note', note } })));
}

/** How many steps of a length fit into the longest pattern, 256 at most. */
export function longestGrid(stepTicks: number): number {
  return Math.max(1, Math.min(MAX_STEPS, Math.floor(MAX_CYCLE_TICKS / stepTicks)));
}

/** What a row is called: its own name, or that of what it plays. */
export function rowName({ name, lane }: Row): string {
  if (name !== undefined) return name;
  if (lane.kind === 'note') return noteName(lane.note);
  return lane.kind === 'cc' ? `CC ${lane.controller}` : lane.parameter;
}

/** What sets a row apart from others: what it plays and where. */
export function laneKey(lane: Lane, channel?: number): string {
  const what =
    lane.kind === 'note' ? lane.note : lane.kind === 'cc' ? lane.controller : JSON.stringify(lane.parameter);
  return `${lane.kind} ${what} ${channel ?? ''}`;
}

/** Smallest and largest number that a step of a row can have. */
export function valueRange({ kind }: Lane): { min: number; max: number } {
  if (kind === 'parameter') return { min: 0, max: 1 };
  return { min: kind === 'note' ? 1 : 0, max: 127 };
}

/** A step's value as a share of its range, 0–1: how high it is drawn. A label is drawn full. */
export function shareOf(lane: Lane, { value }: Step): number {
  if (typeof value === 'string') return 1;
  const { min, max } = valueRange(lane);
  return (value - min) / (max - min);
}

/** The value at a share of a row's range; whole where the row has whole numbers. */
export function valueAt(lane: Lane, share: number): number {
  const { min, max } = valueRange(lane);
  const value = min + Math.min(1, Math.max(0, share)) * (max - min);
  return lane.kind === 'parameter' ? Math.round(value * 1000) / 1000 : Math.round(value);
}

/** By how many ticks swing delays a step. */
export function swingTicks({ swing, stepTicks }: Grid, step: number): number {
  return step % 2 === 1 ? (swing / STRAIGHT_SWING - 1) * stepTicks : 0;
}

/** Whether a row and a step are in a grid. */
export function isWithin({ rows, length }: Grid, row: number, step: number): boolean {
  return row >= 0 && row < rows.length && step >= 0 && step < length;
}

/** Fractions of a step are kept to a millionth, so that what was read is what was written. */
export function rounded(fraction: number): number {
  return Math.round(fraction * 1e6) / 1e6;
}

/** Whether two steps are set alike. */
export function stepEquals(a: Step | undefined, b: Step | undefined): boolean {
  return (
    a === b || (a !== undefined && b !== undefined && JSON.stringify(plain(a)) === JSON.stringify(plain(b)))
  );
}

/** A step's fields in one order, so that equal steps are written alike. */
export function plain({ value, length, nudge, probability, ratchet, condition, locks }: Step): Step {
  return { value, length, nudge, probability, ratchet, condition, locks: locks && { ...locks } };
}

export function noSteps(length: number): readonly undefined[] {
  return Object.freeze(new Array<undefined>(length).fill(undefined));
}

export function frozenRow(row: Row): Row {
  Object.freeze(row.steps);
  return Object.freeze(row);
}

export function frozenGrid(grid: Grid): Grid {
  Object.freeze(grid.rows);
  Object.freeze(grid.others);
  return Object.freeze(grid);
}
