import { MAX_NUDGE, MAX_STEPS, rowName, type Session, type Step, type StepChange } from '../../../music/grid';
import { readCondition } from '../../../music/player/condition';
import { MAX_RATCHET, readLocks } from '../../../music/step';
import { el, iconButton, labelled, numberInput, show } from './dom';
import type { Text } from './texts';

/** Conditions that are offered; others can be written. */
const CONDITIONS = [
  '1:2',
  '2:2',
  '1:3',
  '1:4',
  '2:4',
  '3:4',
  '4:4',
  '1:8',
  'fill',
  '!fill',
  'prev',
  '!prev',
  'first',
  '!first'
];

/** What is set in the chosen steps, to be typed. */
export class Inspector {
  readonly element: HTMLElement;
  private readonly title: HTMLElement;
  private readonly value: HTMLInputElement;
  private readonly length: HTMLInputElement;
  private readonly nudge: HTMLInputElement;
  private readonly chance: HTMLInputElement;
  private readonly ratchet: HTMLInputElement;
  private readonly condition: HTMLInputElement;
  private readonly locks: HTMLElement;
  private readonly fields: HTMLFieldSetElement;
  private readonly ofNotes: HTMLElement[];
  private drawnLocks: Step | undefined;

  constructor(
    private readonly session: Session,
    private readonly text: Text,
    leave: () => void
  ) {
    const enter = (fields: StepChange) => session.change(fields);
    this.value = el('input', { type: 'text', inputmode: 'decimal' });
    this.value.addEventListener('input', () => this.enterValue());
    this.length = numberInput({ min: 0.01, max: MAX_STEPS }, (length) => enter({ length: length ?? null }));
    const latest = Math.round(MAX_NUDGE * 100);
    this.nudge = numberInput({ min: -latest, max: latest }, (nudge) =>
      enter({ nudge: nudge === undefined ? null : nudge / 100 })
    );
    this.chance = numberInput({ min: 0, max: 100 }, (chance) =>
      enter({ probability: chance === undefined ? null : chance / 100 })
    );
    this.ratchet = numberInput({ min: 1, max: MAX_RATCHET, step: 1 }, (ratchet) => {
      if (ratchet === undefined || Number.isInteger(ratchet)) enter({ ratchet: ratchet ?? null });
    });
    this.condition = el('input', {
      type: 'text',
      list: 'phasor-grid-conditions',
      placeholder: text('always'),
      spellcheck: 'false',
      autocomplete: 'off',
      title: text('conditionTip')
    });
    this.condition.addEventListener('input', () => this.enterCondition());
    this.locks = el('div', { class: 'phasor-grid-locks' });
    this.title = el('div', { class: 'phasor-grid-panel-title' });
    this.ofNotes = [
      labelled(text('length'), this.length, text('unit.steps')),
      labelled(text('ratchet'), this.ratchet, '×')
    ];
    this.fields = el(
      'fieldset',
      { class: 'phasor-grid-fields' },
      labelled(text('valueLabel'), this.value),
      labelled(text('chance'), this.chance, '%'),
      labelled(text('condition'), this.condition),
      ...this.ofNotes,
      labelled(text('nudge'), this.nudge, '%')
    );
    const list = el(
      'datalist',
      { id: 'phasor-grid-conditions' },
      ...CONDITIONS.map((value) => el('option', { value }))
    );
    this.element = el(
      'section',
      { class: 'phasor-grid-panel', 'aria-label': text('stepPanel') },
      this.title,
      this.fields,
      this.locks,
      list
    );
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      leave();
    });
  }

  /** Takes the keys. */
  focus(): void {
    if (!this.fields.disabled) this.value.select();
  }

  render(): void {
    const { session, text } = this;
    const { step, row, cursor, hasSelection, selection } = session;
    const count = chosenSteps(session);
    this.title.textContent = hasSelection
      ? text('chosen', {
          count,
          rows: selection.toRow - selection.fromRow + 1,
          steps: selection.toStep - selection.fromStep + 1
        })
      : text('place', { row: rowName(row), step: cursor.step + 1 });
    this.fields.disabled = count === 0;
    const example = step ?? firstChosen(session);
    show(this.value, example?.value ?? '');
    show(this.length, example === undefined ? '' : (example.length ?? 0.8));
    show(this.nudge, example === undefined ? '' : Math.round((example.nudge ?? 0) * 1000) / 10);
    show(this.chance, example === undefined ? '' : Math.round((example.probability ?? 1) * 1000) / 10);
    show(this.ratchet, example === undefined ? '' : (example.ratchet ?? 1));
    show(this.condition, example?.condition ?? '');
    for (const field of this.ofNotes) field.hidden = row.lane.kind !== 'note';
    if (example !== this.drawnLocks || example === undefined) this.renderLocks(example);
  }

  private enterValue(): void {
    const entered = this.value.value.trim();
    const number = Number(entered);
    const { kind } = this.session.row.lane;
    const isLabel = kind === 'parameter' && entered !== '' && Number.isNaN(number);
    const isNumber =
      entered !== '' && number >= (kind === 'note' ? 1 : 0) && number <= (kind === 'parameter' ? 1 : 127);
    this.value.setAttribute('aria-invalid', String(!isLabel && !isNumber));
    if (isLabel || isNumber) this.session.change({ value: isLabel ? entered : number });
  }

  private enterCondition(): void {
    const entered = this.condition.value.trim();
    let wrong = false;
    try {
      if (entered !== '') readCondition(entered);
    } catch {
      wrong = true;
    }
    this.condition.setAttribute('aria-invalid', String(wrong));
    if (!wrong) this.session.change({ condition: entered === '' ? null : entered });
  }

  /** One line for each parameter that the step sets, and a button for another. */
  private renderLocks(step: Step | undefined): void {
    // Who is typing in them keeps the lines as they are.
    if (step !== undefined && this.locks.contains(document.activeElement)) return;
    this.drawnLocks = step;
    const { text } = this;
    const add = iconButton('plus', text('locks.add'), () => {
      this.locks.insertBefore(this.lockLine('', ''), add);
      this.locks.querySelector<HTMLInputElement>('.phasor-grid-lock:last-of-type input')?.focus();
    });
    add.disabled = step === undefined;
    this.locks.replaceChildren(
      el('span', { class: 'phasor-grid-locks-title' }, text('locks.title')),
      ...Object.entries(step?.locks ?? {}).map(([name, value]) => this.lockLine(name, String(value))),
      add
    );
  }

  private lockLine(name: string, value: string): HTMLElement {
    const { text } = this;
    const nameInput = el('input', {
      type: 'text',
      'aria-label': text('locks.name'),
      placeholder: text('locks.name')
    });
    const valueInput = el('input', {
      type: 'text',
      'aria-label': text('locks.value'),
      placeholder: '0–1',
      class: 'phasor-grid-short'
    });
    nameInput.value = name;
    valueInput.value = value;
    const remove = iconButton('times', text('locks.remove'), () => {
      line.remove();
      this.enterLocks();
    });
    const line = el('div', { class: 'phasor-grid-lock' }, nameInput, valueInput, remove);
    for (const input of [nameInput, valueInput]) input.addEventListener('input', () => this.enterLocks());
    return line;
  }

  private enterLocks(): void {
    const locks: Record<string, number | string> = {};
    for (const line of this.locks.querySelectorAll('.phasor-grid-lock')) {
      const [name, value] = [...line.querySelectorAll('input')].map((input) => input.value.trim());
      if (name === '' || value === '') continue;
      locks[name] = Number.isNaN(Number(value)) ? value : Number(value);
    }
    try {
      readLocks(locks);
    } catch {
      this.locks.classList.add('wrong');
      return;
    }
    this.locks.classList.remove('wrong');
    this.session.change({ locks: Object.keys(locks).length === 0 ? null : locks });
    this.drawnLocks = this.session.step;
  }
}

function chosenSteps({ grid, selection }: Session): number {
  const { fromRow, toRow, fromStep, toStep } = selection;
  let count = 0;
  for (const { steps } of grid.rows.slice(fromRow, toRow + 1)) {
    for (const step of steps.slice(fromStep, toStep + 1)) if (step !== undefined) count++;
  }
  return count;
}

function firstChosen({ grid, selection }: Session): Step | undefined {
  const { fromRow, toRow, fromStep, toStep } = selection;
  for (const { steps } of grid.rows.slice(fromRow, toRow + 1)) {
    const found = steps.slice(fromStep, toStep + 1).find((step) => step !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}
