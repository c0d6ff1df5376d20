import { gridToPattern, laneKey, type Grid } from '../../../music/grid';
import type { EventPattern, PatternItem } from '../../../music/pattern';
import { el, svg } from './dom';
import type { Text } from './texts';

/** What is played, at song positions. */
export interface PlayedItem {
  readonly position: number;
  readonly event: PatternItem;
}

/** What a pattern sounds like from one song position to another, by the code that plays it. */
export type Perform = (pattern: EventPattern) => {
  /** Song ticks after which it is played again. */
  readonly passTicks: number;
  play(fromPosition: number, toPosition: number): readonly PlayedItem[];
};

/** Passes that are drawn: enough for 1:4. */
const PASSES = 4;
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
    const screen = el('div', { class: 'phasor-grid-strip-screen' });
    screen.append(this.picture, this.head);
    this.element = el(
      'div',
      { class: 'phasor-grid-strip', role: 'img', 'aria-label': text('strip.label') },
      screen,
      this.caption
    );
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
    if (position < this.from || position >= this.from + this.length) {
      this.from = Math.floor(position / this.length) * this.length;
      this.draw(grid);
    }
    this.head.style.left = `${((position - this.from) / this.length) * 100}%`;
  }

  destroy(): void {
    cancelAnimationFrame(this.due);
  }

  private draw(grid: Grid): void {
    const pattern = gridToPattern(grid);
    const { passTicks, play } = this.perform(pattern);
    const passes = Math.max(1, Math.min(PASSES, Math.floor(LONGEST_TICKS / passTicks)));
    if (passes * passTicks !== this.length) {
      this.length = passes * passTicks;
      this.from = Math.floor(this.from / this.length) * this.length;
    }
    this.passTicks = passTicks;
    this.drawn = { grid, from: this.from };
    const marks = new Marks();
    for (let pass = 0; pass <= passes; pass++) {
      const x = Math.round((pass / passes) * WIDTH);
      marks.add('bar', `M${x} 0V${HEIGHT}`);
    }
    const rows = new Rows(grid);
    const written = pattern.cycleTicks === passTicks ? pattern.query(this.from, this.from + this.length) : [];
    const played = play(this.from, this.from + this.length);
    for (const item of written.slice(0, MOST_MARKS)) this.mark(marks, rows, item, false);
    for (const item of played.slice(0, MOST_MARKS)) this.mark(marks, rows, item, true);
    this.picture.replaceChildren(...marks.paths());
    const notes = played.filter(({ event }) => event.type === 'note').length;
    this.caption.textContent = this.text('strip.caption', {
      passes,
      notes,
      from: Math.round(this.from / this.passTicks) + 1
    });
    this.element.setAttribute('aria-label', `${this.text('strip.label')}: ${this.caption.textContent}`);
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
