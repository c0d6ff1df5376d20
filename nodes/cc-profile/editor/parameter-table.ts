import { KINDS, parameterOf, ROW_CURVES, rowOf, type Row } from '../rows';
import type { RawProfile } from '../../music/profile';

/** A text of the node's catalogue. */
export type Text = (key: string, values?: Record<string, string | number>) => string;

const FIELDS = ['name', 'kind', 'numbers', 'range', 'curve', 'steps', 'role'] as const;
type Field = (typeof FIELDS)[number];

/** Options of the fields that are chosen from a list. */
const CHOICES: Partial<Record<Field, readonly string[]>> = { kind: KINDS, curve: ROW_CURVES };

/** The parameters of a profile, a row each: to be read, or to be changed where the profile is the node's own. */
export class ParameterTable {
  private rows: Row[] = [];
  private editable = false;
  private learning: string | undefined;

  /**
   * @param changed called with every change that the user makes
   * @param learn called with the name of the parameter that is to learn a controller; again, to stop
   */
  constructor(
    private readonly body: JQuery,
    private readonly text: Text,
    private readonly changed: () => void,
    private readonly learn: (name: string) => void
  ) {}

  show(profile: RawProfile | undefined, editable: boolean): void {
    this.rows = Object.entries(profile?.parameters ?? {}).map(([name, raw]) => rowOf(name, raw));
    this.editable = editable;
    this.draw();
  }

  /** The parameters as they stand in the table. */
  parameters(): RawProfile['parameters'] {
    return Object.fromEntries(this.rows.map((row) => [row.name, parameterOf(row)]));
  }

  /** Whether two rows have one name; the later would take the place of the other. */
  doubleName(): string | undefined {
    const names = this.rows.map(({ name }) => name);
    return names.find((name, index) => names.indexOf(name) !== index);
  }

  add(): void {
    this.rows.push(rowOf(this.unusedName(), { cc: 74 }));
    this.draw();
    this.body.find('tr').last().find('input').first().trigger('focus');
    this.changed();
  }

  /** Puts a parameter on a controller. */
  setController(name: string, controller: number): void {
    const row = this.rows.find((each) => each.name === name);
    if (row === undefined) return;
    row.kind = 'cc';
    row.numbers = String(controller);
    this.draw();
    this.changed();
  }

  showLearning(name: string | undefined): void {
    this.learning = name;
    this.draw();
  }

  private unusedName(): string {
    for (let count = 1; ; count++) {
      const name = `parameter_${count}`;
      if (!this.rows.some((row) => row.name === name)) return name;
    }
  }

  private draw(): void {
    this.body.empty();
    this.rows.forEach((row, index) => this.body.append(this.drawRow(row, index)));
  }

  private drawRow(row: Row, index: number): JQuery {
    const line = $('<tr>');
    for (const field of FIELDS) line.append($('<td>').append(this.drawField(row, field)));
    if (this.editable) line.append($('<td>').append(this.learnButton(row), this.removeButton(index)));
    return line;
  }

  private drawField(row: Row, field: Field): JQuery | string {
    const label = this.text(`column.${field}`);
    const choices = CHOICES[field];
    // A role may break behind its dots.
    if (!this.editable) {
      return choices ? this.text(`${field}.${row[field]}`) : row[field].replace(/\./g, '.\u200b');
    }
    if (field === 'steps' && row.curve !== 'stepped') return '';
    const control = choices
      ? $('<select>').append(
          choices.map((value) =>
            $('<option>')
              .val(value)
              .text(this.text(`${field}.${value}`))
          )
        )
      : $('<input type="text" spellcheck="false">');
    control.attr('aria-label', `${label}, ${row.name}`).val(row[field]);
    control.on('change', () => {
      row[field] = String(control.val()).trim() as never;
      if (field === 'curve') this.draw();
      this.changed();
    });
    return control;
  }

  private learnButton({ name }: Row): JQuery {
    const label = this.text('text.learn', { name });
    return button('fa-hand-pointer-o', label)
      .attr('aria-pressed', String(this.learning === name))
      .toggleClass('selected', this.learning === name)
      .on('click', () => this.learn(name));
  }

  private removeButton(index: number): JQuery {
    return button('fa-trash', this.text('text.remove', { name: this.rows[index].name })).on('click', () => {
      this.rows.splice(index, 1);
      this.draw();
      this.changed();
    });
  }
}

function button(icon: string, label: string): JQuery {
  return $('<button type="button" class="red-ui-button red-ui-button-small">')
    .attr({ title: label, 'aria-label': label })
    .append($('<i aria-hidden="true">').addClass(`fa ${icon}`));
}
