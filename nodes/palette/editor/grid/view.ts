import { changeRow, dropOthers, gridToPattern, Session, type Grid } from '../../../music/grid';
import { el, iconButton } from './dom';
import css from './grid.css';
import { Inspector } from './inspector';
import { press } from './keys';
import { Lane } from './lane';
import { Pads } from './pads';
import { RowPanel } from './row-panel';
import { Strip, type Perform } from './strip';
import { Toolbar } from './toolbar';
import type { Text } from './texts';

/** What a grid editor needs of who uses it. It knows no node and no dialog. */
export interface GridViewOptions {
  readonly grid: Grid;
  readonly text: Text;
  /** Plays for the preview; left out, the grid is drawn as it is written. */
  readonly perform?: Perform;
  /** Called after each change, also while a stroke is under way. */
  readonly edited?: (grid: Grid) => void;
  /** Lets the grid be heard as it is, or no longer; left out, there is no button for it. */
  readonly audition?: (on: boolean) => void;
}

const asWritten: Perform = (grid) => {
  const written = gridToPattern(grid);
  return { written, passTicks: written.cycleTicks, play: (from, to) => written.query(from, to) };
};

/** An editor of a step grid, in an element of its own: pads, tools, lane, inspector and preview. */
export class GridView {
  readonly element: HTMLElement;
  readonly session: Session;
  private readonly pads: Pads;
  private readonly toolbar: Toolbar;
  private readonly lane: Lane;
  private readonly inspector: Inspector;
  private readonly rowPanel: RowPanel;
  private readonly strip: Strip;
  private readonly pages: HTMLElement;
  private readonly others: HTMLElement;
  private readonly keyHelp: HTMLElement;
  private readonly listen: HTMLButtonElement | undefined;
  private readonly sizes: ResizeObserver;
  private isListening = false;
  private shownPages = '';
  private playingStep: number | undefined;

  constructor(private readonly options: GridViewOptions) {
    useStyle();
    const { text, grid, perform = asWritten, audition } = options;
    this.session = new Session(grid, (edited) => this.changed(edited));
    const { session } = this;
    const keys = {
      session,
      inspect: () => this.inspector.focus(),
      help: () => this.toggleHelp()
    };
    this.pads = new Pads({
      session,
      text,
      mute: (row) =>
        session.edit((before) => changeRow(before, row, { muted: before.rows[row].muted !== true })),
      key: (event) => press({ ...keys, pageSize: this.pads.pageSize }, event)
    });
    this.toolbar = new Toolbar(session, text, () => this.toggleHelp());
    this.lane = new Lane(session, text);
    this.inspector = new Inspector(session, text, () => this.pads.focus());
    this.rowPanel = new RowPanel(session, text);
    this.strip = new Strip(text, perform);
    this.pages = el('div', { class: 'phasor-grid-pages', role: 'group', 'aria-label': text('pages') });
    this.others = el('div', { class: 'phasor-grid-others' });
    this.keyHelp = el('div', { class: 'phasor-grid-keys', hidden: '' }, text('keys'));
    if (audition !== undefined) {
      this.listen = el(
        'button',
        {
          type: 'button',
          class: 'red-ui-button phasor-grid-listen',
          'aria-pressed': 'false',
          title: text('listenTip')
        },
        el('i', { class: 'fa fa-headphones', 'aria-hidden': 'true' }),
        el('span', {}, text('listen'))
      );
      this.listen.addEventListener('click', () => audition(!this.isListening));
    }
    this.element = el(
      'div',
      { class: 'phasor-grid' },
      this.strip.element,
      el('div', { class: 'phasor-grid-top' }, this.listen, this.toolbar.shape(), this.pages),
      this.toolbar.element,
      this.keyHelp,
      el('div', { class: 'phasor-grid-machine' }, this.pads.element, this.lane.element),
      el('div', { class: 'phasor-grid-foot' }, this.toolbar.status, this.others),
      el('div', { class: 'phasor-grid-panels' }, this.inspector.element, this.rowPanel.element)
    );
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.element);
    this.render();
  }

  /** The grid as it is. */
  get grid(): Grid {
    return this.session.grid;
  }

  /** Takes another grid in its place, as a change that can be undone. */
  replace(grid: Grid): void {
    this.session.edit(() => grid);
  }

  /** Fits the pads into the width that there is. */
  resize(): void {
    const { clientWidth } = this.element;
    if (clientWidth === 0) return;
    this.element.classList.toggle('narrow', clientWidth < 700);
    this.pads.fit(clientWidth - 18);
    this.render();
  }

  /** Draws the preview again, since it is played otherwise. */
  performAgain(): void {
    this.strip.redraw(this.grid);
  }

  /**
   * Shows where it plays: `position` in the song and `step` in the grid. Undefined: it does not.
   */
  light(at: { readonly position: number; readonly step: number | undefined } | undefined): void {
    this.strip.light(at?.position, this.grid);
    this.pads.light(at?.step);
    if (at?.step !== this.playingStep) this.lightPage(at?.step);
    this.playingStep = at?.step;
  }

  /** Shows whether the grid is heard as it is. */
  listening(on: boolean): void {
    this.isListening = on;
    this.listen?.setAttribute('aria-pressed', String(on));
    this.element.classList.toggle('heard', on);
  }

  destroy(): void {
    this.sizes.disconnect();
    this.strip.destroy();
    this.element.remove();
  }

  private changed(edited: boolean): void {
    const hadFocus = this.pads.hasFocus;
    this.pads.follow();
    this.render();
    if (hadFocus) this.pads.focus();
    if (edited) this.options.edited?.(this.grid);
  }

  private render(): void {
    const { pads, session } = this;
    const { grid } = session;
    pads.render();
    const first = pads.currentPage * pads.pageSize;
    this.lane.render(first, Math.min(pads.pageSize, grid.length - first));
    this.toolbar.render();
    this.inspector.render();
    this.rowPanel.render();
    this.strip.render(grid);
    this.renderPages();
    this.renderOthers();
  }

  /** A button for each page, with a small picture of what is on it. */
  private renderPages(): void {
    const { pads, session, options } = this;
    const { grid } = session;
    const { pageCount, pageSize, currentPage } = pads;
    this.pages.hidden = pageCount < 2;
    const filled = Array.from({ length: pageCount }, (_, page) =>
      grid.rows.some(({ steps }) => steps.slice(page * pageSize, (page + 1) * pageSize).some((step) => step))
    );
    const shown = `${pageCount} ${currentPage} ${filled.join()}`;
    if (shown === this.shownPages) return;
    this.shownPages = shown;
    const buttons = filled.map((isFilled, page) => {
      const button = el(
        'button',
        {
          type: 'button',
          class: `red-ui-button red-ui-button-small phasor-grid-page${isFilled ? ' filled' : ''}`,
          'aria-label': options.text('page', {
            from: page * pageSize + 1,
            to: Math.min(grid.length, (page + 1) * pageSize)
          }),
          'aria-current': page === currentPage ? 'page' : undefined
        },
        String(page + 1)
      );
      button.addEventListener('click', () => session.goTo(session.cursor.row, page * pageSize));
      return button;
    });
    this.pages.replaceChildren(...buttons);
    this.lightPage(this.playingStep);
  }

  private lightPage(step: number | undefined): void {
    const page = step === undefined ? -1 : Math.floor(step / this.pads.pageSize);
    [...this.pages.children].forEach((button, index) => button.classList.toggle('playing', index === page));
  }

  private renderOthers(): void {
    const { session, options } = this;
    const count = session.grid.others.length;
    const words = count === 0 ? '' : options.text('others', { count });
    if (this.others.dataset.words === words) return;
    this.others.dataset.words = words;
    this.others.replaceChildren(
      ...(count === 0
        ? []
        : [words, iconButton('times', options.text('dropOthers'), () => session.edit(dropOthers))])
    );
  }

  private toggleHelp(): void {
    this.keyHelp.hidden = !this.keyHelp.hidden;
  }
}

/** The style sheet, once in a page. */
function useStyle(): void {
  const id = 'phasor-grid-style';
  if (document.getElementById(id) !== null) return;
  document.head.append(el('style', { id }, css));
}
