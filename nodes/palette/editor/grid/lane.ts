import {
  change,
  paint,
  rowName,
  shareOf,
  stepAt,
  valueAt,
  type Grid,
  type Row,
  type Session,
  type Step,
  type StepChange
} from '../../../music/grid';
import { el, Segments } from './dom';
import { stepsPerBeat, type Text } from './texts';

/** A field of a step that can be drawn as a curve: its share of the height, and the other way round. */
interface Property {
  readonly icon: string;
  /** Only for notes. */
  readonly ofNotes?: true;
  /** Where its bars begin, as a share. */
  readonly base?: number;
  share(row: Row, step: Step): number;
  fields(row: Row, share: number): StepChange;
}

/** Longest note that the lane draws, in steps, and most strikes; the inspector knows more. */
const DRAWN_STEPS = 4;
const DRAWN_STRIKES = 8;
const hundredth = (value: number) => Math.round(value * 100) / 100;

const PROPERTIES = {
  value: {
    icon: 'bar-chart',
    share: ({ lane }, step) => shareOf(lane, step),
    fields: ({ lane }, share) => ({ value: valueAt(lane, share) })
  },
  chance: {
    icon: 'random',
    share: (_row, { probability = 1 }) => probability,
    fields: (_row, share) => ({ probability: Math.round(share * 20) / 20 })
  },
  length: {
    icon: 'arrows-h',
    ofNotes: true,
    share: (_row, { length = 0.8 }) => Math.min(1, length / DRAWN_STEPS),
    fields: (_row, share) => ({ length: Math.max(0.1, Math.round(share * DRAWN_STEPS * 10) / 10) })
  },
  nudge: {
    icon: 'clock-o',
    base: 0.5,
    share: (_row, { nudge = 0 }) => 0.5 + nudge,
    fields: (_row, share) => ({ nudge: hundredth(Math.min(0.49, Math.max(-0.49, share - 0.5))) })
  },
  ratchet: {
    icon: 'align-justify',
    ofNotes: true,
    share: (_row, { ratchet = 1 }) => Math.min(1, ratchet / DRAWN_STRIKES),
    fields: (_row, share) => ({ ratchet: Math.max(1, Math.round(share * DRAWN_STRIKES)) })
  }
} as const satisfies Record<string, Property>;

type PropertyName = keyof typeof PROPERTIES;

/** One field of all steps of the current row, to be drawn with one stroke. The inspector is its way for keys. */
export class Lane {
  readonly element: HTMLElement;
  private readonly bars: HTMLElement;
  private readonly title: HTMLElement;
  private readonly segments: Segments<PropertyName>;
  private property: PropertyName = 'value';
  private first = 0;
  private shown = 0;
  private laidOut = '';
  private last: { step: number; share: number } | undefined;

  constructor(
    private readonly session: Session,
    text: Text
  ) {
    const names = Object.keys(PROPERTIES) as PropertyName[];
    this.segments = new Segments(
      text('lane.label'),
      names.map((value) => ({ value, text: text(`lane.${value}`), icon: PROPERTIES[value].icon })),
      (value) => {
        this.property = value;
        this.render(this.first, this.shown);
      }
    );
    this.title = el('div', { class: 'phasor-grid-lane-title' });
    this.bars = el('div', { class: 'phasor-grid-lane-bars', title: text('lane.tip') });
    this.element = el(
      'div',
      { class: 'phasor-grid-lane' },
      el('div', { class: 'phasor-grid-lane-head' }, this.segments.element, this.title),
      this.bars
    );
    this.bars.addEventListener('pointerdown', (event) => {
      if (event.button > 0) return;
      event.preventDefault();
      this.bars.setPointerCapture(event.pointerId);
      this.last = undefined;
      this.draw(event);
    });
    this.bars.addEventListener('pointermove', (event) => {
      if (this.bars.hasPointerCapture(event.pointerId)) this.draw(event);
    });
    this.bars.addEventListener('lostpointercapture', () => session.finish());
  }

  /** Shows the steps of a page of the current row. */
  render(first: number, shown: number): void {
    const { grid, row } = this.session;
    this.first = first;
    this.shown = shown;
    const beat = stepsPerBeat(grid);
    const layout = `${first} ${shown} ${beat}`;
    if (layout !== this.laidOut) {
      this.element.style.setProperty('--columns', String(shown));
      this.bars.replaceChildren(
        ...Array.from({ length: shown }, (_, column) =>
          el('div', { class: (first + column) % beat === 0 ? 'beat' : '' }, el('span'))
        )
      );
    }
    this.laidOut = layout;
    this.segments.show(this.property);
    this.title.textContent = rowName(row);
    this.element.classList.remove('note', 'cc', 'parameter');
    this.element.classList.add(row.lane.kind);
    const { base = 0, share }: Property = PROPERTIES[this.property];
    [...this.bars.children].forEach((bar, column) => {
      const step = row.steps[first + column];
      const at = step === undefined ? base : share(row, step);
      (bar as HTMLElement).style.setProperty('--from', `${Math.round(Math.min(at, base) * 100)}%`);
      (bar as HTMLElement).style.setProperty('--to', `${Math.round(Math.max(at, base) * 100)}%`);
      bar.classList.toggle('on', step !== undefined && !(this.isForNotes && row.lane.kind !== 'note'));
    });
  }

  private get isForNotes(): boolean {
    return (PROPERTIES[this.property] as Property).ofNotes === true;
  }

  private draw({ clientX, clientY }: PointerEvent): void {
    const { left, top, width, height } = this.bars.getBoundingClientRect();
    const column = Math.floor(((clientX - left) / width) * this.shown);
    const step = this.first + Math.min(this.shown - 1, Math.max(0, column));
    const share = Math.min(1, Math.max(0, 1 - (clientY - top) / height));
    const from = this.last ?? { step, share };
    this.last = { step, share };
    this.session.sketch((grid) => this.line(grid, from, { step, share }));
  }

  /** Everything between two places, so that a fast hand leaves no holes. */
  private line(grid: Grid, from: { step: number; share: number }, to: { step: number; share: number }): Grid {
    const { row } = this.session.cursor;
    const count = Math.abs(to.step - from.step);
    let next = grid;
    for (let index = 0; index <= count; index++) {
      const part = count === 0 ? 1 : index / count;
      const step = Math.round(from.step + (to.step - from.step) * part);
      next = this.put(next, row, step, from.share + (to.share - from.share) * part);
    }
    return next;
  }

  private put(grid: Grid, row: number, step: number, share: number): Grid {
    const own = grid.rows[row];
    if (this.isForNotes && own.lane.kind !== 'note') return grid;
    if (stepAt(grid, row, step) === undefined) {
      return this.property === 'value' && own.lane.kind !== 'note' ? paint(grid, row, step, { share }) : grid;
    }
    const region = { fromRow: row, toRow: row, fromStep: step, toStep: step };
    return change(grid, region, PROPERTIES[this.property].fields(own, share));
  }
}
