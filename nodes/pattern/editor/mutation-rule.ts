import { MARKOV_SOURCES, OPERATIONS, WHEN } from '../../music/mutation/rules';
import { hasField, ruleOf, type RuleRow } from '../rule-text';

/** Told of what a user does with a rule. */
export interface RuleItemListener {
  changed(): void;
  moved(by: 1 | -1): void;
}

/** The controls of a rule in the order in which they are walked through; `choices` make a list of one. */
const CONTROLS: readonly { field: keyof RuleRow; choices?: readonly string[]; wide?: true }[] = [
  { field: 'what', choices: OPERATIONS },
  { field: 'target' },
  { field: 'amount' },
  { field: 'axis' },
  { field: 'order', choices: ['', '1', '2', '3'] },
  { field: 'from', choices: ['', ...MARKOV_SOURCES] },
  { field: 'share' },
  { field: 'on', choices: WHEN },
  { field: 'every' },
  { field: 'probability' },
  { field: 'steps' },
  { field: 'rows' },
  { field: 'weight' },
  { field: 'name' },
  { field: 'more', wide: true }
];

/** One rule in the list. */
export class RuleItem {
  private readonly controls = new Map<keyof RuleRow, JQuery>();
  private readonly enabled: JQuery;

  constructor(
    readonly row: JQuery,
    initial: RuleRow,
    private readonly text: (key: string) => string,
    private readonly listener: RuleItemListener
  ) {
    row.addClass('phasor-mutation-rule');
    this.enabled = $('<input type="checkbox">').prop('checked', initial.enabled);
    const label = $('<label class="phasor-mutation-enabled">').append(
      this.enabled,
      $('<span>').text(this.text('field.enabled'))
    );
    const head = $('<div class="phasor-mutation-head">').append(label);
    head.append(this.button('up', 'fa-arrow-up', -1), this.button('down', 'fa-arrow-down', 1));
    const fields = $('<div class="phasor-mutation-fields">');
    for (const { field, choices, wide } of CONTROLS) {
      fields.append(
        this.control(field, String(initial[field]), choices).toggleClass('phasor-mutation-wide', !!wide)
      );
    }
    row.append(head, fields);
    this.enabled.on('change', () => this.listener.changed());
    this.showOwn();
  }

  /** The rule as JSON. */
  rule(): object {
    const row = [...this.controls].map(([field, control]) => [field, String(control.val() ?? '')]);
    return ruleOf({
      ...(Object.fromEntries(row) as Omit<RuleRow, 'enabled'>),
      enabled: this.enabled.is(':checked')
    });
  }

  mark(isWrong: boolean): void {
    this.row.toggleClass('phasor-mutation-invalid', isWrong);
    this.controls.get('what')!.attr('aria-invalid', String(isWrong));
  }

  focus(): void {
    this.controls.get('what')!.trigger('focus');
  }

  /** After a move the button is where it was for the one who pressed it. */
  focusMove(by: 1 | -1): void {
    this.row.find(by < 0 ? '.phasor-mutation-up' : '.phasor-mutation-down').trigger('focus');
  }

  private control(field: keyof RuleRow, value: string, choices?: readonly string[]): JQuery {
    const control = choices === undefined ? $('<input type="text">') : $('<select>');
    for (const choice of choices ?? []) {
      control.append($('<option>').val(choice).text(this.choice(field, choice)));
    }
    // A value that is not in the list is shown, so that it is not lost by a look.
    if (choices !== undefined && !choices.includes(value))
      control.append($('<option>').val(value).text(value));
    control.val(value).on('input change', () => {
      if (field === 'what') this.showOwn();
      this.listener.changed();
    });
    if (choices === undefined) control.attr('placeholder', this.text(`placeholder.${field}`));
    this.controls.set(field, control);
    return $('<label>')
      .attr('data-field', field)
      .append($('<span>').text(this.text(`field.${field}`)), control);
  }

  private choice(field: string, choice: string): string {
    if (field === 'order' && choice !== '') return choice;
    return this.text(`${field}.${choice === '' ? 'usual' : choice}`);
  }

  private button(kind: 'up' | 'down', icon: string, by: 1 | -1): JQuery {
    const label = this.text(kind);
    return $('<button type="button" class="red-ui-button red-ui-button-small">')
      .addClass(`phasor-mutation-${kind}`)
      .attr({ 'aria-label': label, title: label })
      .append($('<i class="fa" aria-hidden="true">').addClass(icon))
      .on('click', () => this.listener.moved(by));
  }

  /** Shows what the chosen operation has. */
  private showOwn(): void {
    const what = String(this.controls.get('what')!.val());
    for (const [field, control] of this.controls) control.closest('label').toggle(hasField(what, field));
  }
}
