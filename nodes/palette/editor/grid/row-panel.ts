import {
  addRow,
  changeRow,
  duplicateRow,
  MAX_ROW_NAME,
  MAX_ROWS,
  moveRow,
  removeRow,
  type Lane,
  type Session
} from '../../../music/grid';
import { DRUMS, noteName, noteNumber } from '../../../music/pitch';
import { el, iconButton, labelled, numberInput, select, show } from './dom';
import type { Text } from './texts';

/** What the current row plays, and where it stands among the others. */
export class RowPanel {
  readonly element: HTMLElement;
  private readonly kind: HTMLSelectElement;
  private readonly what: HTMLInputElement;
  private readonly whatLabel: HTMLElement;
  private readonly name: HTMLInputElement;
  private readonly channel: HTMLInputElement;
  private readonly add: HTMLButtonElement;
  private readonly remove: HTMLButtonElement;

  constructor(
    private readonly session: Session,
    private readonly text: Text
  ) {
    const at = () => session.cursor.row;
    this.kind = select(
      (['note', 'cc', 'parameter'] as const).map((value) => ({ value, text: text(`kind.${value}`) })),
      (kind) => session.edit((grid) => changeRow(grid, at(), { lane: fresh(kind) }))
    );
    this.what = el('input', { type: 'text', spellcheck: 'false', autocomplete: 'off' });
    this.what.addEventListener('input', () => this.enterWhat());
    this.name = el('input', { type: 'text', maxlength: MAX_ROW_NAME, spellcheck: 'false' });
    this.name.addEventListener('input', () => {
      session.edit((grid) => changeRow(grid, at(), { name: this.name.value.trim() || null }));
    });
    this.channel = numberInput({ min: 1, max: 16, step: 1 }, (channel) => {
      if (channel === undefined || Number.isInteger(channel))
        session.edit((grid) => changeRow(grid, at(), { channel: channel ?? null }));
    });
    this.channel.placeholder = text('asPattern');
    const what = labelled(text('kind.note'), this.what);
    this.whatLabel = what.querySelector('label')!;
    const move = (by: number) => {
      const from = at();
      session.edit((grid) => moveRow(grid, from, from + by));
      session.goTo(from + by, session.cursor.step);
    };
    this.add = iconButton('plus', text('row.add'), () => {
      session.edit((grid) => addRow(grid, next(session.row.lane), at() + 1));
      session.move(1, 0);
    });
    this.remove = iconButton('trash-o', text('row.remove'), () =>
      session.edit((grid) => removeRow(grid, at()))
    );
    this.element = el(
      'section',
      { class: 'phasor-grid-panel', 'aria-label': text('row.panel') },
      el(
        'div',
        { class: 'phasor-grid-panel-title' },
        el('span', {}, text('row.panel')),
        el(
          'span',
          { class: 'phasor-grid-panel-buttons' },
          this.add,
          iconButton('clone', text('row.duplicate'), () => session.edit((grid) => duplicateRow(grid, at()))),
          iconButton('arrow-up', text('row.up'), () => move(-1)),
          iconButton('arrow-down', text('row.down'), () => move(1)),
          this.remove
        )
      ),
      el(
        'div',
        { class: 'phasor-grid-fields' },
        labelled(text('row.kind'), this.kind),
        what,
        labelled(text('row.name'), this.name),
        labelled(text('row.channel'), this.channel)
      )
    );
  }

  render(): void {
    const { row, grid } = this.session;
    const { lane } = row;
    show(this.kind, lane.kind);
    this.whatLabel.textContent = this.text(`kind.${lane.kind}`);
    show(
      this.what,
      lane.kind === 'note' ? noteName(lane.note) : lane.kind === 'cc' ? lane.controller : lane.parameter
    );
    show(this.name, row.name ?? '');
    show(this.channel, row.channel ?? '');
    this.add.disabled = grid.rows.length >= MAX_ROWS;
    this.remove.disabled = grid.rows.length <= 1;
  }

  private enterWhat(): void {
    const { session } = this;
    const lane = readWhat(session.row.lane.kind, this.what.value.trim());
    this.what.setAttribute('aria-invalid', String(lane === undefined));
    if (lane !== undefined) session.edit((grid) => changeRow(grid, session.cursor.row, { lane }));
  }
}

/** `c2`, `36` or `bd`; `74`; `cutoff`. */
function readWhat(kind: Lane['kind'], entered: string): Lane | undefined {
  if (kind === 'parameter') return entered === '' ? undefined : { kind, parameter: entered.slice(0, 64) };
  const number = /^\d{1,3}$/.test(entered) ? Number(entered) : undefined;
  if (kind === 'cc') return number !== undefined && number <= 127 ? { kind, controller: number } : undefined;
  const drum = Object.hasOwn(DRUMS, entered.toLowerCase()) ? DRUMS[entered.toLowerCase()] : undefined;
  const note = number ?? noteNumber(entered) ?? drum;
  return note !== undefined && note <= 127 ? { kind, note } : undefined;
}

function fresh(kind: Lane['kind']): Lane {
  if (kind === 'note') return { kind, note: 60 };
  return kind === 'cc' ? { kind, controller: 74 } : { kind, parameter: 'cutoff' };
}

/** What a row that is added below another one plays: the next of its kind. */
function next(lane: Lane): Lane {
  if (lane.kind === 'note') return { kind: 'note', note: Math.max(0, lane.note - 1) };
  return lane.kind === 'cc' ? { kind: 'cc', controller: Math.min(127, lane.controller + 1) } : lane;
}
