import {
  clear,
  double,
  euclid,
  longestGrid,
  randomise,
  resize,
  reverse,
  rowName,
  setStepTicks,
  setSwing,
  TOOLS,
  wholeOf,
  type Session,
  type Tool
} from '../../../music/grid';
import { el, iconButton, labelled, numberInput, Segments, select, show } from './dom';
import type { Text } from './texts';

/** Tools that show what they would make before they make it. */
type Drawer = 'euclid' | 'random';

const TOOL_ICONS: Readonly<Record<Tool, string>> = {
  draw: 'pencil',
  erase: 'eraser',
  select: 'object-group'
};
/** Lengths of a step, in ticks, by the names that musicians have for them. */
export const RATES: readonly [string, number][] = [
  ['1/1', 3840],
  ['1/2', 1920],
  ['1/4', 960],
  ['1/4 T', 640],
  ['1/8', 480],
  ['1/8 T', 320],
  ['1/16', 240],
  ['1/16 T', 160],
  ['1/32', 120],
  ['1/32 T', 80],
  ['1/64', 60]
];

/** What can be done to the chosen steps, or to the row; and how long, how fast and how swung the grid is. */
export class Toolbar {
  readonly element: HTMLElement;
  private readonly tools: Segments<Tool>;
  private readonly undo: HTMLButtonElement;
  private readonly redo: HTMLButtonElement;
  private readonly paste: HTMLButtonElement;
  private readonly longer: HTMLButtonElement;
  private readonly scope: HTMLElement;
  private readonly drawer: HTMLElement;
  private readonly length: HTMLInputElement;
  private readonly rate: HTMLSelectElement;
  private readonly swing: HTMLInputElement;
  /** Which drawer is open. */
  private open: Drawer | undefined;
  private seed = 1;
  private readonly openers: Readonly<Record<Drawer, HTMLButtonElement>>;

  constructor(
    private readonly session: Session,
    private readonly text: Text,
    help: () => void
  ) {
    this.tools = new Segments(
      text('tools.label'),
      TOOLS.map((value) => ({ value, text: text(`tools.${value}`), icon: TOOL_ICONS[value] })),
      (tool) => {
        session.tool = tool;
        this.tools.show(tool);
      }
    );
    this.undo = iconButton('undo', text('tool.undo'), () => session.undo());
    this.redo = iconButton('repeat', text('tool.redo'), () => session.redo());
    this.paste = iconButton('clipboard', text('tool.paste'), () => session.paste());
    this.longer = iconButton('expand', text('tool.double'), () => session.edit(double));
    this.openers = {
      euclid: iconButton('circle-o-notch', text('tool.euclid'), () => this.toggleDrawer('euclid')),
      random: iconButton('random', text('tool.random'), () => this.toggleDrawer('random'))
    };
    this.scope = el('span', { class: 'phasor-grid-scope', role: 'status' });
    this.drawer = el('div', { class: 'phasor-grid-drawer', hidden: '' });
    this.length = numberInput({ min: 1, max: 256, step: 1 }, (length) => {
      if (length !== undefined && Number.isInteger(length) && length <= longestGrid(session.grid.stepTicks))
        session.edit((grid) => resize(grid, length));
    });
    this.rate = select([], () => session.edit((grid) => setStepTicks(grid, Number(this.rate.value))));
    this.swing = numberInput({ min: 50, max: 75 }, (swing) => {
      if (swing !== undefined) session.edit((grid) => setSwing(grid, swing));
    });
    const group = (...buttons: HTMLElement[]) => el('span', { class: 'phasor-grid-group' }, ...buttons);
    this.element = el(
      'div',
      { class: 'phasor-grid-tools' },
      el(
        'div',
        { class: 'phasor-grid-toolbar', role: 'toolbar', 'aria-label': text('tools.bar') },
        this.tools.element,
        group(this.undo, this.redo),
        group(
          iconButton('clone', text('tool.copy'), () => session.copy()),
          iconButton('scissors', text('tool.cut'), () => session.cut()),
          this.paste
        ),
        group(
          iconButton('step-backward', text('tool.left'), () => session.rotate(-1)),
          iconButton('step-forward', text('tool.right'), () => session.rotate(1)),
          iconButton('exchange', text('tool.reverse'), () =>
            session.edit((grid) => reverse(grid, session.scope))
          )
        ),
        group(this.openers.euclid, this.openers.random),
        group(
          iconButton('ban', text('tool.clear'), () => session.edit((grid) => clear(grid, session.scope))),
          iconButton('trash-o', text('tool.clearAll'), () =>
            session.edit((grid) => clear(grid, wholeOf(grid)))
          ),
          this.longer
        ),
        iconButton('keyboard-o', text('tool.keys'), help)
      ),
      this.drawer
    );
  }

  /** Length, rate and swing, for the line above. */
  readonly shape = (): HTMLElement =>
    el(
      'div',
      { class: 'phasor-grid-shape' },
      labelled(this.text('steps'), this.length),
      labelled(this.text('rate'), this.rate),
      labelled(this.text('swing'), this.swing, '%')
    );

  get status(): HTMLElement {
    return this.scope;
  }

  render(): void {
    const { session, text } = this;
    const { grid, hasSelection, selection, row } = session;
    this.tools.show(session.tool);
    // Another change has taken in what the drawer tried out, or it was taken back.
    if (this.open !== undefined && !session.isTrying) this.showDrawer(undefined);
    this.undo.disabled = !session.canUndo;
    this.redo.disabled = !session.canRedo;
    this.paste.disabled = !session.canPaste;
    this.longer.disabled = 2 * grid.length > longestGrid(grid.stepTicks);
    show(this.length, grid.length);
    show(this.swing, Math.round(grid.swing * 10) / 10);
    this.showRate(grid.stepTicks);
    const words = hasSelection
      ? text('scope.selection', {
          rows: selection.toRow - selection.fromRow + 1,
          steps: selection.toStep - selection.fromStep + 1
        })
      : text('scope.row', { row: rowName(row) });
    if (this.scope.textContent !== words) this.scope.textContent = words;
  }

  /** A pattern that came from a text may have steps of any length. */
  private showRate(stepTicks: number): void {
    const rates = RATES.some(([, ticks]) => ticks === stepTicks)
      ? RATES
      : [...RATES, [this.text('ticks', { ticks: Math.round(stepTicks * 100) / 100 }), stepTicks] as const];
    if (this.rate.options.length !== rates.length || this.rate.value !== String(stepTicks)) {
      this.rate.replaceChildren(...rates.map(([name, ticks]) => el('option', { value: ticks }, name)));
      this.rate.value = String(stepTicks);
    }
  }

  private toggleDrawer(which: Drawer): void {
    const next = this.open === which ? undefined : which;
    this.session.drop();
    this.showDrawer(next);
    if (next === 'euclid') this.showEuclid();
    else if (next === 'random') this.showRandom();
  }

  private showDrawer(which: Drawer | undefined): void {
    this.open = which;
    for (const [name, button] of Object.entries(this.openers)) {
      button.setAttribute('aria-expanded', String(name === which));
    }
    this.drawer.hidden = which === undefined;
  }

  /** Hits over the scope, heard and seen while they are chosen. */
  private showEuclid(): void {
    const { session, text } = this;
    const { fromStep, toStep } = session.scope;
    const steps = toStep - fromStep + 1;
    let hits = Math.min(steps, 4);
    let rotation = 0;
    const apply = () => {
      const { scope } = session;
      session.tryOut((grid) =>
        euclid(grid, scope, Math.min(hits, scope.toStep - scope.fromStep + 1), rotation, session.pen)
      );
    };
    const hitsInput = numberInput({ min: 0, max: steps, step: 1 }, (value) => {
      if (value === undefined || !Number.isInteger(value)) return;
      hits = value;
      apply();
    });
    const rotationInput = numberInput({ min: -steps, max: steps, step: 1 }, (value) => {
      if (value === undefined || !Number.isInteger(value)) return;
      rotation = value;
      apply();
    });
    hitsInput.value = String(hits);
    rotationInput.value = '0';
    this.fill(labelled(text('euclid.hits'), hitsInput), labelled(text('euclid.rotation'), rotationInput));
    apply();
    hitsInput.select();
  }

  private showRandom(): void {
    const { session, text } = this;
    const amounts = { density: 0.35, spread: 0.4 };
    const apply = () => {
      const { scope } = session;
      session.tryOut((grid) => randomise(grid, scope, { seed: this.seed, ...amounts }, session.pen));
    };
    const percent = (key: keyof typeof amounts) => {
      const input = numberInput({ min: 0, max: 100 }, (value) => {
        if (value === undefined) return;
        amounts[key] = value / 100;
        apply();
      });
      input.value = String(amounts[key] * 100);
      return input;
    };
    const seed = numberInput({ min: 0, max: 999_999, step: 1 }, (value) => {
      if (value === undefined || !Number.isInteger(value)) return;
      this.seed = value;
      apply();
    });
    seed.value = String(this.seed);
    const again = iconButton('refresh', text('random.again'), () => {
      this.seed++;
      seed.value = String(this.seed);
      apply();
    });
    const density = percent('density');
    this.fill(
      labelled(text('random.density'), density, '%'),
      labelled(text('random.spread'), percent('spread'), '%'),
      labelled(text('random.seed'), seed),
      again
    );
    apply();
    density.select();
  }

  private fill(...fields: HTMLElement[]): void {
    const { session, text } = this;
    const button = (label: string, press: () => void) => {
      const element = el('button', { type: 'button', class: 'red-ui-button red-ui-button-small' }, label);
      element.addEventListener('click', press);
      return element;
    };
    this.drawer.replaceChildren(
      ...fields,
      button(text('drawer.keep'), () => session.keep()),
      button(text('drawer.drop'), () => session.drop())
    );
  }
}
