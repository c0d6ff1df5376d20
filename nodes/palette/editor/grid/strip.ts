import { laneKey, type Grid } from '../../../music/grid';
import type { Pattern, PatternItem } from '../../../music/pattern';
import { el, svg } from './dom';
import type { Text } from './texts';

/** What is played, at song positions. */
export interface PlayedItem {
  readonly position: number;
  readonly event: PatternItem;
}

/** What a grid will sound like, by the code that plays it. */
export interface Preview {
  /** The pattern as it is written. */
  readonly written: Pattern;
  /** Song ticks after which it is played again. */
  readonly passTicks: number;
  /** Given where it mutates: how many patterns there are in the first passes. It is drawn from its start then. */
  readonly generations?: (passes: number) => number;
  /** What cannot be told before it plays, in a sentence. */
  readonly unforeseen?: string;
  play(fromPosition: number, toPosition: number): readonly PlayedItem[];
}

/** Plays a grid for the preview. */
export type Perform = (grid: Grid, fill: boolean) => Preview;

/** Passes that are drawn: enough for 1:4, and for rules that act every four. */
const PASSES = 4;
const MUTATING_PASSES = 8;
/** A long pattern is drawn for so many ticks at most: 16 bars of 4/4. */
const LONGEST_TICKS = 16 * 3840;
const HEIGHT = 44;
const WIDTH = 1000;
/** More marks than that make no picture. */
const MOST_MARKS = 4000;
/** How many shades there are of a note. */
const LOUDNESSES = 4;

/** What will play over the next passes: solid what sounds, faint what chance and conditions leave out. */
export class Strip {
  readonly element: HTMLElement;
  private readonly picture: SVGElement;
  private readonly head: HTMLElement;
  private readonly caption: HTMLElement;
  private readonly fill: HTMLButtonElement;
  private isFilling = false;
  /** It is drawn from its start, wherever it plays. */
  private stays = false;
  private from = 0;
  private length = 1;
  private passTicks = 1;
  private due = 0;
  private drawn: { grid: Grid; from: number } | undefined;

  constructor(
    private readonly text: Text,
    private readonly perform: Perform
  ) {
    this.picture = svg('svg', {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true'
    });
    this.head = el('div', { class: 'phasor-grid-strip-head', hidden: '' });
    this.caption = el('div', { class: 'phasor-grid-strip-caption' });
    this.fill = el(
      'button',
      {
        type: 'button',
        class: 'red-ui-button red-ui-button-small phasor-grid-strip-fill',
        'aria-pressed': 'false',
        title: text('strip.fillTip'),
        hidden: ''
      },
      text('strip.fill')
    );
    this.fill.addEventListener('click', () => this.toggleFill());
    const screen = el(
      'div',
      { class: 'phasor-grid-strip-screen', role: 'img', 'aria-label': text('strip.label') },
      this.picture,
      this.head
    );
    const foot = el('div', { class: 'phasor-grid-strip-foot' }, this.caption, this.fill);
    this.element = el('div', { class: 'phasor-grid-strip' }, screen, foot);
  }

  /** Draws again, before the next picture of the screen. */
  render(grid: Grid): void {
    if (this.drawn?.grid === grid && this.drawn.from === this.from) return;
    cancelAnimationFrame(this.due);
    this.due = requestAnimationFrame(() => this.draw(grid));
  }

  /** Draws at once what was due. */
  redraw(grid: Grid): void {
    cancelAnimationFrame(this.due);
    this.draw(grid);
  }

  /** Shows where in the song it plays; undefined where it does not. */
  light(position: number | undefined, grid: Grid): void {
    this.head.hidden = position === undefined;
    if (position === undefined) return;
    const isInside = position >= this.from && position < this.from + this.length;
    if (this.stays) this.head.hidden = !isInside;
    else if (!isInside) {
      this.from = Math.floor(position / this.length) * this.length;
      this.draw(grid);
    }
    this.head.style.left = `${((position - this.from) / this.length) * 100}%`;
  }

  destroy(): void {
    cancelAnimationFrame(this.due);
  }

  private draw(grid: Grid): void {
    const { passTicks, written, generations, unforeseen, play } = this.perform(grid, this.isFilling);
    const most = generations === undefined ? PASSES : MUTATING_PASSES;
    const passes = Math.max(1, Math.min(most, Math.floor(LONGEST_TICKS / passTicks)));
    this.stays = generations !== undefined;
    if (passes * passTicks !== this.length) {
      this.length = passes * passTicks;
      this.from = Math.floor(this.from / this.length) * this.length;
    }
    if (this.stays) this.from = 0;
    this.passTicks = passTicks;
    this.drawn = { grid, from: this.from };
    const marks = new Marks();
    for (let pass = 0; pass <= passes; pass++) {
      const x = Math.round((pass / passes) * WIDTH);
      marks.add('bar', `M${x} 0V${HEIGHT}`);
    }
    const rows = new Rows(grid);
    const events = written.cycleTicks === passTicks ? written.query(this.from, this.from + this.length) : [];
    const played = play(this.from, this.from + this.length);
    for (const item of events.slice(0, MOST_MARKS)) this.mark(marks, rows, item, false);
    for (const item of played.slice(0, MOST_MARKS)) this.mark(marks, rows, item, true);
    this.picture.replaceChildren(...marks.paths());
    const notes = played.filter(({ event }) => event.type === 'note').length;
    const told = generations
      ? this.text('strip.mutating', { passes, notes, generations: generations(passes) })
      : this.text('strip.caption', { passes, notes, from: Math.round(this.from / this.passTicks) + 1 });
    this.caption.textContent = [told, unforeseen].filter(Boolean).join(' ');
    this.fill.hidden = !this.isFilling && !hasFills(grid);
  }

  private toggleFill(): void {
    this.isFilling = !this.isFilling;
    this.fill.setAttribute('aria-pressed', String(this.isFilling));
    if (this.drawn !== undefined) this.redraw(this.drawn.grid);
  }

  private mark(marks: Marks, rows: Rows, { position, event }: PlayedItem, sounds: boolean): void {
    const row = rows.of(event);
    if (row === undefined) return;
    const height = HEIGHT / rows.count;
    const ticks = event.type === 'note' ? (event.durationTicks ?? 0) : 0;
    const width = Math.max(3, (ticks / this.length) * WIDTH - 1).toFixed(1);
    const x = (((position - this.from) / this.length) * WIDTH).toFixed(1);
    const y = (row * height + Math.min(1, height * 0.15)).toFixed(1);
    const high = Math.max(1.2, height - Math.min(2, height * 0.3)).toFixed(1);
    const kind = event.type === 'parameter' || event.type === 'cc' ? event.type : 'note';
    const loud = event.type === 'note' ? Math.ceil((event.velocity / 127) * LOUDNESSES) : LOUDNESSES;
    marks.add(sounds ? `${kind} loud${loud}` : 'ghost', `M${x} ${y}h${width}v${high}h-${width}z`);
  }
}

/** Whether a fill sounds otherwise. */
function hasFills({ rows }: Grid): boolean {
  return rows.some(({ steps }) => steps.some((step) => step?.condition?.includes('fill')));
}

/** Marks that look alike make one element: a full screen of them is drawn at once. Ghosts come first, below. */
class Marks {
  private readonly looks = new Map<string, string[]>();

  add(look: string, path: string): void {
    const known = this.looks.get(look);
    if (known === undefined) this.looks.set(look, [path]);
    else known.push(path);
  }

  paths(): SVGElement[] {
    return [...this.looks].map(([look, paths]) => svg('path', { class: look, d: paths.join('') }));
  }
}

/** Which row an event is drawn in. What was transposed is drawn in the nearest row of notes. */
class Rows {
  readonly count: number;
  private readonly known = new Map<string, number | undefined>();

  constructor(private readonly grid: Grid) {
    this.count = Math.max(4, grid.rows.length);
  }

  of(event: PatternItem): number | undefined {
    const key = keyOf(event);
    if (!this.known.has(key)) this.known.set(key, this.find(event, key));
    return this.known.get(key);
  }

  private find(event: PatternItem, key: string): number | undefined {
    const { rows } = this.grid;
    const found = rows.findIndex(({ lane }) => laneKey(lane) === key);
    if (found >= 0) return found;
    if (event.type !== 'note') return undefined;
    let best: number | undefined;
    let nearest = Infinity;
    rows.forEach(({ lane }, index) => {
      if (lane.kind !== 'note' || Math.abs(lane.note - event.note) >= nearest) return;
      best = index;
      nearest = Math.abs(lane.note - event.note);
    });
    return best;
  }
}

/** As laneKey of the lane that plays it. */
function keyOf(event: PatternItem): string {
  if (event.type === 'note') return laneKey({ kind: 'note', note: event.note });
  if (event.type === 'cc') return laneKey({ kind: 'cc', controller: event.controller });
  return event.type === 'parameter' ? laneKey({ kind: 'parameter', parameter: event.parameter }) : event.type;
}
