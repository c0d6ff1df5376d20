/** The rows of a grid: which there are, and in which order. */
import { said } from '../words';
import { InvalidParameter, integerWithin } from '../errors';
import { degreeNote, inRange, type Scale } from '../pitch';
import { fitSteps } from './edit';
import {
  frozenGrid,
  frozenRow,
  MAX_ROW_NAME,
  MAX_ROWS,
  noSteps,
  type Grid,
  type Lane,
  type Row
} from './grid';

/** What of a row can be changed; null takes a field back to what is usual. */
export interface RowChange {
  readonly lane?: Lane;
  readonly name?: string | null;
  readonly channel?: number | null;
  readonly muted?: boolean;
}

/** A grid with one row more, without steps, at a place. Throws InvalidParameter where there are too many. */
export function addRow(grid: Grid, lane: Lane, at = grid.rows.length): Grid {
  return insert(grid, frozenRow({ lane: Object.freeze({ ...lane }), steps: noSteps(grid.length) }), at);
}

/** A grid in which a row stands twice. Throws InvalidParameter where there are too many. */
export function duplicateRow(grid: Grid, row: number): Grid {
  integerWithin('row', row, 0, grid.rows.length - 1);
  return insert(grid, grid.rows[row], row + 1);
}

/** A grid without a row; the last one stays. */
export function removeRow(grid: Grid, row: number): Grid {
  if (grid.rows.length <= 1) return grid;
  integerWithin('row', row, 0, grid.rows.length - 1);
  return frozenGrid({ ...grid, rows: grid.rows.filter((_, index) => index !== row) });
}

/** A grid in which a row stands elsewhere. */
export function moveRow(grid: Grid, row: number, to: number): Grid {
  if (row === to || to < 0 || to >= grid.rows.length) return grid;
  integerWithin('row', row, 0, grid.rows.length - 1);
  const rows = [...grid.rows];
  rows.splice(to, 0, ...rows.splice(row, 1));
  return frozenGrid({ ...grid, rows });
}

/** A grid with a row changed; its steps keep their heights. Throws InvalidParameter or OutOfBounds. */
export function changeRow(grid: Grid, row: number, { lane, name, channel, muted }: RowChange): Grid {
  integerWithin('row', row, 0, grid.rows.length - 1);
  const old = grid.rows[row];
  const next: { -readonly [Key in keyof Row]: Row[Key] } = { ...old };
  if (name === null) delete next.name;
  else if (name !== undefined) next.name = checkedName(name);
  if (channel === null) delete next.channel;
  else if (channel !== undefined) next.channel = integerWithin('channel', channel, 1, 16);
  if (muted === true) next.muted = true;
  else if (muted === false) delete next.muted;
  if (lane !== undefined) {
    next.lane = Object.freeze({ ...lane });
    next.steps = fitSteps(old.steps, old.lane, lane);
  }
  const rows = [...grid.rows];
  rows[row] = frozenRow(next);
  return frozenGrid({ ...grid, rows });
}

/** The notes of a scale from its root on, `count` of them, the highest first; what is no MIDI note is left out. */
export function scaleLanes(scale: Scale, count: number): Lane[] {
  const lanes: Lane[] = [];
  for (let degree = Math.min(count, MAX_ROWS) - 1; degree >= 0; degree--) {
    const note = inRange(degreeNote(scale, degree));
    if (note !== undefined) lanes.push({ kind: 'note', note });
  }
  return lanes;
}

/** The order of a new grid: high notes above low ones, controllers and parameters below. */
export function compareLanes(a: Lane, b: Lane): number {
  const order = { note: 0, cc: 1, parameter: 2 };
  if (a.kind === 'note' && b.kind === 'note') return b.note - a.note;
  if (a.kind === 'cc' && b.kind === 'cc') return a.controller - b.controller;
  if (a.kind === 'parameter' && b.kind === 'parameter') return a.parameter < b.parameter ? -1 : 1;
  return order[a.kind] - order[b.kind];
}

function insert(grid: Grid, row: Row, at: number): Grid {
  if (grid.rows.length >= MAX_ROWS) {
    throw new InvalidParameter(
      'rows',
      grid.rows.length + 1,
      said('at most __most__ are allowed', { most: MAX_ROWS })
    );
  }
  const rows = [...grid.rows];
  rows.splice(at, 0, row);
  return frozenGrid({ ...grid, rows });
}

function checkedName(name: string): string {
  if (name.length <= MAX_ROW_NAME) return name;
  throw new InvalidParameter(
    'name',
    name,
    said('a text of up to __most__ characters is needed', { most: MAX_ROW_NAME })
  );
}
