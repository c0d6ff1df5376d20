/**
 * Somebody editing a grid: where they are, what they have chosen, what can be undone. Knows no screen; a view shows it
 * and tells it what was pressed.
 */
import {
  change,
  clear,
  copy,
  DEFAULT_PEN,
  paint,
  paste,
  raise,
  rotate,
  rowRegion,
  shift,
  stepAt,
  toggle,
  wholeOf,
  type Clip,
  type Pen,
  type StepChange
} from './edit';
import { shareOf, valueAt, type Grid, type Region, type Row, type Step } from './grid';
import { changed, historyOf, redone, undone, type History } from './history';

export const TOOLS = ['draw', 'erase', 'select'] as const;
/** What pressing a step does. */
export type Tool = (typeof TOOLS)[number];

export interface Cell {
  readonly row: number;
  readonly step: number;
}

/** What a stroke over the steps does; decided where it begins. */
type Stroke = {
  readonly from: Cell;
  readonly before: Grid;
  mode: 'paint' | 'value' | 'erase' | 'pressed' | 'height' | 'select';
  last: Cell;
  share: number;
};

export class Session {
  private history: History<Grid>;
  /** What somebody tries out: seen, and not yet a change. */
  private trial: Grid | undefined;
  /** What a stroke has made so far, on top of all that. */
  private draft: Grid | undefined;
  private stroke: Stroke | undefined;
  /** Where the selection began; the cursor is its other end. */
  private anchor: Cell = { row: 0, step: 0 };
  private at: Cell = { row: 0, step: 0 };
  private clip: Clip | undefined;
  tool: Tool = 'draw';
  pen: Pen = DEFAULT_PEN;

  /** @param shown called after everything that can be seen; `edited` where the grid is another */
  constructor(
    grid: Grid,
    private readonly shown: (edited: boolean) => void = () => undefined
  ) {
    this.history = historyOf(grid);
  }

  /** The grid as it is seen: at this moment of a stroke, and with what is tried out. */
  get grid(): Grid {
    return this.draft ?? this.trial ?? this.history.present;
  }

  /** Whether something is tried out that is neither kept nor dropped. */
  get isTrying(): boolean {
    return this.trial !== undefined;
  }

  get cursor(): Cell {
    return this.at;
  }

  get row(): Row {
    return this.grid.rows[this.at.row];
  }

  get step(): Step | undefined {
    return stepAt(this.grid, this.at.row, this.at.step);
  }

  get canUndo(): boolean {
    return this.isTrying || this.history.past.length > 0;
  }

  get canRedo(): boolean {
    return this.history.future.length > 0;
  }

  get canPaste(): boolean {
    return this.clip !== undefined;
  }

  /** The chosen steps: at least the one that the cursor is on. */
  get selection(): Region {
    const { anchor, at } = this;
    return {
      fromRow: Math.min(anchor.row, at.row),
      toRow: Math.max(anchor.row, at.row),
      fromStep: Math.min(anchor.step, at.step),
      toStep: Math.max(anchor.step, at.step)
    };
  }

  get hasSelection(): boolean {
    return this.anchor.row !== this.at.row || this.anchor.step !== this.at.step;
  }

  /** What the tools work on: the selection, or all of the row where only one step is chosen. */
  get scope(): Region {
    return this.hasSelection ? this.selection : rowRegion(this.grid, this.at.row);
  }

  /** Goes to a step, kept within the grid; `extend` chooses what is in between. */
  goTo(row: number, step: number, extend = false): void {
    const { rows, length } = this.grid;
    this.at = {
      row: Math.min(Math.max(row, 0), rows.length - 1),
      step: Math.min(Math.max(step, 0), length - 1)
    };
    if (!extend) this.anchor = this.at;
    this.shown(false);
  }

  move(rows: number, steps: number, extend = false): void {
    this.goTo(this.at.row + rows, this.at.step + steps, extend);
  }

  selectAll(): void {
    const { toRow, toStep } = wholeOf(this.grid);
    this.anchor = { row: 0, step: 0 };
    this.at = { row: toRow, step: toStep };
    this.shown(false);
  }

  /**
   * Makes a change of what is seen, one that can be undone; what was tried out is part of it. What the change throws
   * leaves everything as it was.
   */
  edit(make: (grid: Grid) => Grid): void {
    const { grid } = this;
    const next = make(grid);
    if (next !== grid) this.commit(next);
    else this.settle();
  }

  /** Shows what a change would make, in the place of what was tried before; keep() makes it, drop() does not. */
  tryOut(make: (grid: Grid) => Grid): void {
    const trial = make(this.history.present);
    this.forget();
    this.trial = trial;
    this.shown(true);
  }

  /** Draws on what is seen: many small changes that finish() makes one. */
  sketch(make: (grid: Grid) => Grid): void {
    const { grid } = this;
    const next = make(grid);
    if (next === grid) return;
    this.draft = next;
    this.shown(true);
  }

  /** The end of a sketch. One that drew nothing leaves what is tried out as it is. */
  finish(): void {
    if (this.draft !== undefined) this.keep();
  }

  /** Makes what is seen a change that can be undone. */
  keep(): void {
    this.commit(this.grid);
  }

  /** Goes back to the grid without what was tried out. */
  drop(): void {
    this.forget();
    this.settle();
  }

  /** Takes back what was seen last: what is tried out or half drawn, or else the last change. */
  undo(): void {
    const isSettled = this.draft === undefined && !this.isTrying;
    if (isSettled) this.history = undone(this.history);
    this.drop();
  }

  redo(): void {
    if (!this.canRedo) return;
    this.history = redone(this.history);
    this.drop();
  }

  /** Sets or takes away the chosen steps, all of them as the one under the cursor. */
  toggle(): void {
    const { selection, at, pen } = this;
    const isSet = this.step !== undefined;
    this.edit((grid) => {
      if (isSet) return clear(grid, selection);
      let next = toggle(grid, at.row, at.step, pen);
      for (let row = selection.fromRow; row <= selection.toRow; row++) {
        for (let step = selection.fromStep; step <= selection.toStep; step++) {
          if (stepAt(next, row, step) === undefined) next = paint(next, row, step, pen);
        }
      }
      return next;
    });
  }

  clear(): void {
    this.edit((grid) => clear(grid, this.selection));
  }

  /** Changes the chosen steps that are set. Throws InvalidParameter or OutOfBounds. */
  change(fields: StepChange): void {
    this.edit((grid) => change(grid, this.selection, fields));
  }

  /** Makes the chosen steps higher or lower, by a share of their range. */
  raise(share: number): void {
    this.edit((grid) => raise(grid, this.selection, share));
  }

  /** Gives the chosen steps a height; where no step is set under the cursor, one is painted. */
  setHeight(share: number): void {
    const { at, pen, selection } = this;
    this.edit((grid) => {
      const painted = stepAt(grid, at.row, at.step) ? grid : paint(grid, at.row, at.step, pen);
      let next = painted;
      for (let row = selection.fromRow; row <= selection.toRow; row++) {
        const value = valueAt(grid.rows[row].lane, share);
        next = change(next, { ...selection, fromRow: row, toRow: row }, { value });
      }
      return next;
    });
  }

  rotate(by: number): void {
    this.edit((grid) => rotate(grid, this.scope, by));
  }

  /** Moves the chosen steps, and the selection with them. */
  shift(rows: number, steps: number): void {
    const { selection, anchor, at } = this;
    this.edit((grid) => shift(grid, selection, steps, rows));
    const { rows: all, length } = this.grid;
    const inside = ({ row, step }: Cell): Cell => ({
      row: Math.min(Math.max(row + rows, 0), all.length - 1),
      step: Math.min(Math.max(step + steps, 0), length - 1)
    });
    this.anchor = inside(anchor);
    this.at = inside(at);
    this.shown(false);
  }

  copy(): void {
    this.clip = copy(this.grid, this.selection);
    this.shown(false);
  }

  cut(): void {
    this.copy();
    this.clear();
  }

  /** Puts the copy down at the cursor, or at the beginning of what is chosen. */
  paste(): void {
    const { clip, selection } = this;
    if (clip !== undefined) this.edit((grid) => paste(grid, selection.fromRow, selection.fromStep, clip));
  }

  /** A pointer is put down on a step; `share` is how high, 0–1. */
  press(cell: Cell, share: number, select = false): void {
    this.release();
    this.finish();
    const { grid } = this;
    const { lane } = grid.rows[cell.row];
    const own = stepAt(grid, cell.row, cell.step);
    const mode =
      select || this.tool === 'select'
        ? 'select'
        : this.tool === 'erase'
          ? 'erase'
          : lane.kind !== 'note'
            ? 'value'
            : own === undefined
              ? 'paint'
              : 'pressed';
    this.stroke = { from: cell, before: grid, mode, last: cell, share };
    this.at = cell;
    if (!select) this.anchor = cell;
    if (mode === 'paint') this.draft = paint(grid, cell.row, cell.step, this.pen);
    if (mode === 'value') this.draft = paint(grid, cell.row, cell.step, { share });
    if (mode === 'erase') this.draft = clear(grid, cellRegion(cell));
    this.shown(this.draft !== undefined);
  }

  /** The pointer is moved; a stroke stays in the row in which it began. `lift` is how far up since the press, 0–1. */
  drag(cell: Cell, share: number, lift: number): void {
    const { stroke } = this;
    if (stroke === undefined) return;
    if (stroke.mode === 'select') {
      this.goTo(cell.row, cell.step, true);
      return;
    }
    const { row } = stroke.from;
    const moved = cell.step !== stroke.last.step;
    if (stroke.mode === 'pressed') {
      if (moved) stroke.mode = 'erase';
      else if (lift !== 0) stroke.mode = 'height';
      if (stroke.mode === 'erase') this.draft = clear(this.grid, cellRegion(stroke.from));
    } else if (stroke.mode === 'paint' && !moved && stroke.last.step === stroke.from.step && lift !== 0) {
      stroke.mode = 'height';
    }
    if (stroke.mode === 'height') this.lift(stroke, lift);
    else this.strokeTo(stroke, row, cell.step, share);
    this.at = { row, step: stroke.mode === 'height' ? stroke.from.step : cell.step };
    this.anchor = this.at;
    stroke.last = { row, step: cell.step };
    stroke.share = share;
    this.shown(true);
  }

  /** The pointer is taken up: the stroke becomes one change, of what was tried out too. */
  release(): void {
    const { stroke, draft } = this;
    if (stroke === undefined) return;
    const isTap = stroke.mode === 'pressed';
    const next = isTap ? clear(stroke.before, cellRegion(stroke.from)) : (draft ?? stroke.before);
    if (next !== stroke.before) this.commit(next);
    else this.abandon();
  }

  /** The pointer was taken over by something else: the stroke is as if it had not been. */
  abandon(): void {
    const { draft } = this;
    this.stroke = undefined;
    this.draft = undefined;
    this.shown(draft !== undefined);
  }

  /** The height of the step that the stroke began on. */
  private lift(stroke: Stroke, lift: number): void {
    const { row, step } = stroke.from;
    const { lane } = stroke.before.rows[row];
    const own = stepAt(stroke.before, row, step);
    const start = own === undefined ? this.pen.share : shareOf(lane, own);
    const share = Math.min(1, Math.max(0, start + lift));
    const painted = own === undefined ? paint(stroke.before, row, step, this.pen) : stroke.before;
    this.draft = change(painted, cellRegion(stroke.from), { value: valueAt(lane, share) });
  }

  /** Everything between the last place of the stroke and this one, so that a fast hand leaves no holes. */
  private strokeTo(stroke: Stroke, row: number, step: number, share: number): void {
    const { last, mode } = stroke;
    const count = Math.max(1, Math.abs(step - last.step));
    let next = this.grid;
    for (let index = 0; index <= count; index++) {
      const at = last.step + (step > last.step ? index : -index) * Math.sign(count);
      if (at < Math.min(last.step, step) || at > Math.max(last.step, step)) continue;
      if (mode === 'erase') next = clear(next, cellRegion({ row, step: at }));
      else if (mode === 'value') {
        next = paint(next, row, at, { share: stroke.share + ((share - stroke.share) * index) / count });
      } else if (stepAt(next, row, at) === undefined) next = paint(next, row, at, this.pen);
    }
    this.draft = next;
  }

  private commit(next: Grid): void {
    this.forget();
    this.history = changed(this.history, next);
    this.settle();
  }

  /** Nothing is tried out or half drawn any more. */
  private forget(): void {
    this.trial = undefined;
    this.draft = undefined;
    this.stroke = undefined;
  }

  /** After a change the cursor may stand outside. */
  private settle(): void {
    const { rows, length } = this.grid;
    const inside = ({ row, step }: Cell): Cell => ({
      row: Math.min(row, rows.length - 1),
      step: Math.min(step, length - 1)
    });
    this.at = inside(this.at);
    this.anchor = inside(this.anchor);
    this.shown(true);
  }
}

function cellRegion({ row, step }: Cell): Region {
  return { fromRow: row, toRow: row, fromStep: step, toStep: step };
}
