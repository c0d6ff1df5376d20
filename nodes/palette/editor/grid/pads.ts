import { rowName, stepAt, valueRange, type Cell, type Region, type Session } from '../../../music/grid';
import { el } from './dom';
import { heightOf, stepInWords, stepsPerBeat, type Text } from './texts';

/** How far up a pointer moves over the whole range of a step, in pixels. */
const LIFT_PX = 110;
/** What is less is not meant. */
const STILL_PX = 4;
/** A finger that stays so long chooses a step, as the right button of a mouse does. */
const LONG_PRESS_MS = 500;
/** Width of a pad below which fewer of them are shown, in pixels. */
const NARROWEST_PX = 19;
const LABEL_PX = 108;
const PAGE_SIZES = [64, 32, 16];

interface Pad {
  readonly element: HTMLElement;
  readonly fill: HTMLElement;
  readonly tail: HTMLElement;
  readonly mark: HTMLElement;
  /** What is drawn. */
  step: object | undefined;
  lane: object | undefined;
  name: string;
  state: string;
}

/** What the pads tell, beside what they do themselves. */
export interface PadsHost {
  readonly session: Session;
  readonly text: Text;
  /** A row's switch was pressed. */
  mute(row: number): void;
  key(event: KeyboardEvent): void;
}

/** The steps of a page, as a table that can be painted on. */
export class Pads {
  readonly element: HTMLElement;
  private page = 0;
  private columns = 16;
  private rows: { row: HTMLElement; name: HTMLButtonElement; mute: HTMLButtonElement; pads: Pad[] }[] = [];
  private laidOut = '';
  private press: { id: number; x: number; y: number; lifting: boolean } | undefined;
  /** A finger that is down and has not told yet whether it paints, scrolls or chooses. */
  private finger: { down: PointerEvent; timer: number } | undefined;
  private head: number | undefined;

  constructor(private readonly host: PadsHost) {
    this.element = el('div', {
      class: 'phasor-grid-pads',
      role: 'grid',
      'aria-multiselectable': 'true',
      'aria-label': host.text('label')
    });
    this.element.addEventListener('pointerdown', (event) => this.down(event));
    this.element.addEventListener('pointermove', (event) => this.moved(event));
    this.element.addEventListener('pointerup', (event) => this.up(event));
    this.element.addEventListener('pointercancel', () => this.cancelled());
    this.element.addEventListener('contextmenu', (event) => event.preventDefault());
    this.element.addEventListener('keydown', (event) => this.keyed(event));
  }

  /** How many steps a page has. */
  get pageSize(): number {
    return this.columns;
  }

  get pageCount(): number {
    return Math.ceil(this.host.session.grid.length / this.columns);
  }

  get currentPage(): number {
    return this.page;
  }

  /** Shows a page, and where its steps begin. */
  showPage(page: number): void {
    this.page = Math.min(Math.max(page, 0), this.pageCount - 1);
    this.render();
  }

  /** Takes as many steps to a page as are wide enough to be hit. */
  fit(widthPx: number): void {
    const room = widthPx - LABEL_PX;
    const first = this.page * this.columns;
    this.columns = PAGE_SIZES.find((size) => room / size >= NARROWEST_PX) ?? 16;
    this.page = Math.floor(first / this.columns);
    this.render();
  }

  /** Turns to the page that the cursor is on. */
  follow(): void {
    this.page = Math.floor(this.host.session.cursor.step / this.columns);
  }

  /** Draws what has changed. */
  render(): void {
    const { session } = this.host;
    const { grid } = session;
    this.page = Math.min(this.page, this.pageCount - 1);
    const first = this.page * this.columns;
    const shown = Math.min(this.columns, grid.length - first);
    const kinds = grid.rows.map(({ lane }) => lane.kind).join();
    const layout = `${kinds} ${shown} ${first} ${stepsPerBeat(grid)}`;
    if (layout !== this.laidOut) this.layOut(first, shown);
    this.laidOut = layout;
    const { selection, cursor, hasSelection } = session;
    grid.rows.forEach((row, index) => {
      const line = this.rows[index];
      const name = rowName(row);
      if (line.name.textContent !== name) line.name.textContent = line.name.title = name;
      line.mute.setAttribute('aria-pressed', String(row.muted === true));
      line.mute.setAttribute('aria-label', this.host.text('mute', { row: name }));
      line.row.classList.toggle('muted', row.muted === true);
      line.row.classList.toggle('current', index === cursor.row);
      line.pads.forEach((pad, column) => this.draw(pad, index, first + column, selection, hasSelection));
    });
  }

  /** Moves the light of what is playing, at a step; undefined where nothing plays. */
  light(step: number | undefined): void {
    if (step === this.head) return;
    this.lit(this.head, false);
    this.head = step;
    this.lit(step, true);
  }

  /** Gives the keys to the step under the cursor. */
  focus(): void {
    this.padAt(this.host.session.cursor)?.element.focus({ preventScroll: false });
  }

  get hasFocus(): boolean {
    return this.element.contains(document.activeElement);
  }

  private lit(step: number | undefined, on: boolean): void {
    if (step === undefined) return;
    const column = step - this.page * this.columns;
    for (const { pads } of this.rows) pads[column]?.element.classList.toggle('playing', on);
  }

  private padAt({ row, step }: Cell): Pad | undefined {
    return this.rows[row]?.pads[step - this.page * this.columns];
  }

  /** Makes the elements of a page anew. */
  private layOut(first: number, shown: number): void {
    const { text, session } = this.host;
    const { grid } = session;
    const beat = stepsPerBeat(grid);
    this.element.setAttribute('aria-rowcount', String(grid.rows.length));
    this.element.setAttribute('aria-colcount', String(grid.length + 1));
    this.element.style.setProperty('--columns', String(shown));
    this.head = undefined;
    this.rows = grid.rows.map(({ lane }, index) => {
      const name = el('button', { type: 'button', class: 'phasor-grid-name', tabindex: -1 });
      name.addEventListener('click', () => {
        session.goTo(index, session.cursor.step);
        this.focus();
      });
      const mute = el(
        'button',
        { type: 'button', class: 'phasor-grid-mute', tabindex: -1, title: text('muteTip') },
        el('i', { class: 'fa fa-volume-up', 'aria-hidden': 'true' })
      );
      mute.addEventListener('click', () => this.host.mute(index));
      const row = el('div', {
        class: `phasor-grid-row ${lane.kind}`,
        role: 'row',
        'aria-rowindex': index + 1
      });
      row.append(el('div', { class: 'phasor-grid-head', role: 'rowheader' }, mute, name));
      const pads = Array.from({ length: shown }, (_, column) => this.makePad(index, first + column, beat));
      row.append(...pads.map(({ element }) => element));
      return { row, name, mute, pads };
    });
    this.element.replaceChildren(this.ruler(first, shown, beat), ...this.rows.map(({ row }) => row));
  }

  /** The numbers of the steps, over the pads. */
  private ruler(first: number, shown: number, beat: number): HTMLElement {
    const numbers = Array.from({ length: shown }, (_, column) => {
      const step = first + column;
      const isBeat = step % beat === 0;
      return el('div', { class: isBeat ? 'beat' : '' }, isBeat ? String(step + 1) : '·');
    });
    return el(
      'div',
      { class: 'phasor-grid-row phasor-grid-ruler', 'aria-hidden': 'true' },
      el('div'),
      ...numbers
    );
  }

  private makePad(row: number, step: number, beat: number): Pad {
    const fill = el('span', { class: 'fill' });
    const tail = el('span', { class: 'tail' });
    const mark = el('span', { class: 'mark' });
    const element = el(
      'div',
      {
        class: `phasor-grid-pad${step % beat === 0 ? ' beat' : ''}${Math.floor(step / beat) % 2 ? ' odd' : ''}`,
        role: 'gridcell',
        tabindex: -1,
        'aria-colindex': step + 2,
        'data-row': row,
        'data-step': step
      },
      tail,
      fill,
      mark
    );
    return { element, fill, tail, mark, step: element, lane: undefined, name: '', state: '' };
  }

  private draw(pad: Pad, row: number, index: number, selection: Region, hasSelection: boolean): void {
    const { session, text } = this.host;
    const { grid, cursor } = session;
    const own = grid.rows[row];
    const step = stepAt(grid, row, index);
    const name = rowName(own);
    if (pad.step !== step || pad.lane !== own.lane || pad.name !== name) {
      pad.step = step;
      pad.lane = own.lane;
      pad.name = name;
      this.drawStep(pad, row, index);
      pad.element.setAttribute('aria-label', stepInWords(text, own, index, step));
    }
    const isCursor = cursor.row === row && cursor.step === index;
    const isChosen =
      row >= selection.fromRow &&
      row <= selection.toRow &&
      index >= selection.fromStep &&
      index <= selection.toStep;
    const state = `${isCursor} ${isChosen} ${hasSelection}`;
    if (state === pad.state) return;
    pad.state = state;
    pad.element.classList.toggle('cursor', isCursor);
    pad.element.classList.toggle('chosen', isChosen && hasSelection);
    pad.element.setAttribute('aria-selected', String(isChosen));
    pad.element.tabIndex = isCursor ? 0 : -1;
  }

  private drawStep({ element, fill, tail, mark }: Pad, row: number, index: number): void {
    const { grid } = this.host.session;
    const own = grid.rows[row];
    const step = stepAt(grid, row, index);
    element.classList.toggle('on', step !== undefined);
    if (step === undefined) {
      element.removeAttribute('style');
      element.classList.remove('chance', 'held', 'locked');
      mark.textContent = '';
      return;
    }
    const { length = 0, probability = 1, nudge = 0, ratchet = 1, condition, locks, value } = step;
    const held = own.lane.kind === 'note' && length > 1;
    element.style.setProperty('--height', `${Math.round(heightOf(own, step) * 100)}%`);
    element.style.setProperty('--nudge', `${Math.round(nudge * 100)}%`);
    element.style.setProperty('--chance', String(0.35 + 0.65 * probability));
    fill.style.setProperty('--ratchet', String(ratchet));
    fill.classList.toggle('struck', ratchet > 1);
    element.classList.toggle('chance', probability < 1);
    element.classList.toggle('locked', locks !== undefined);
    element.classList.toggle('held', held);
    if (held) tail.style.setProperty('--steps', String(Math.min(length, grid.length - index) - 1));
    const percent = probability < 1 ? `${Math.round(probability * 100)}` : '';
    mark.textContent = condition ?? (typeof value === 'string' ? value : percent);
  }

  /** Where a pointer is: the step, and how high in it. */
  private cellAt(x: number, y: number): { cell: Cell; share: number } | undefined {
    const pad = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-step]');
    if (pad == null || !this.element.contains(pad)) return undefined;
    const { top, height } = pad.getBoundingClientRect();
    const cell = { row: Number(pad.dataset.row), step: Number(pad.dataset.step) };
    return { cell, share: Math.min(1, Math.max(0, 1 - (y - top - 2) / (height - 4))) };
  }

  private down(event: PointerEvent): void {
    if (event.button > 0 && event.button !== 2) return;
    this.lift();
    if (event.pointerType !== 'touch') this.begin(event);
    else if (event.isPrimary && this.cellAt(event.clientX, event.clientY) !== undefined) {
      this.finger = { down: event, timer: window.setTimeout(() => this.choose(event), LONG_PRESS_MS) };
    }
  }

  /** Forgets the finger; answers with where it was put down. */
  private lift(): PointerEvent | undefined {
    const { finger } = this;
    window.clearTimeout(finger?.timer);
    this.finger = undefined;
    return finger?.down;
  }

  private choose(event: PointerEvent): void {
    this.lift();
    const place = this.cellAt(event.clientX, event.clientY);
    if (place === undefined) return;
    this.host.session.goTo(place.cell.row, place.cell.step);
    this.focus();
  }

  private begin(event: PointerEvent): void {
    const place = this.cellAt(event.clientX, event.clientY);
    if (place === undefined) return;
    event.preventDefault();
    const { session } = this.host;
    const { cursor } = session;
    const only = event.shiftKey || event.button === 2 || event.ctrlKey || event.metaKey;
    this.element.setPointerCapture(event.pointerId);
    this.press = { id: event.pointerId, x: event.clientX, y: event.clientY, lifting: false };
    session.press(place.cell, place.share, only);
    if (only && event.shiftKey) {
      session.goTo(cursor.row, cursor.step);
      session.goTo(place.cell.row, place.cell.step, true);
    } else if (only) session.goTo(place.cell.row, place.cell.step);
    this.focus();
  }

  private moved(event: PointerEvent): void {
    const { finger } = this;
    if (finger?.down.pointerId === event.pointerId) {
      const across = Math.abs(event.clientX - finger.down.clientX);
      const along = Math.abs(event.clientY - finger.down.clientY);
      if (Math.max(across, along) <= STILL_PX) return;
      this.lift();
      // Up and down it scrolls, which is not ours.
      if (along > across) return;
      this.begin(finger.down);
    }
    const { press } = this;
    if (press === undefined || press.id !== event.pointerId) return;
    const { session } = this.host;
    const isUpright =
      Math.abs(event.clientX - press.x) < (this.rows[0]?.pads[0]?.element.offsetWidth ?? 16) / 2;
    const up = press.y - event.clientY;
    if (Math.abs(up) > STILL_PX && isUpright) press.lifting = true;
    const place = this.cellAt(event.clientX, event.clientY);
    if (press.lifting && isUpright) {
      // Up and down beside the step that it began on is still about that step.
      const cell = session.cursor;
      session.drag(
        place !== undefined && place.cell.row === cell.row ? place.cell : cell,
        place?.share ?? (up > 0 ? 1 : 0),
        up / LIFT_PX
      );
    } else if (place !== undefined) session.drag(place.cell, place.share, 0);
  }

  private up(event: PointerEvent): void {
    if (this.finger?.down.pointerId === event.pointerId) this.begin(this.lift()!);
    if (this.press?.id !== event.pointerId) return;
    this.press = undefined;
    this.host.session.release();
  }

  /** As when a finger scrolls. */
  private cancelled(): void {
    this.lift();
    if (this.press === undefined) return;
    this.press = undefined;
    this.host.session.abandon();
  }

  private keyed(event: KeyboardEvent): void {
    if ((event.target as HTMLElement).closest('[role="gridcell"]') === null) return;
    this.host.key(event);
  }
}

/** The steps by which keys make a value higher or lower, as a share of its range. */
export function nudgeShare(session: Session, fine: boolean): number {
  const { min, max } = valueRange(session.row.lane);
  return fine ? 1 / Math.max(1, max - min === 1 ? 100 : max - min) : 0.1;
}
