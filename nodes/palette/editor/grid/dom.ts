/** Small help for making elements. */

type Child = Node | string | undefined;

/** An element with attributes; `class`, `aria-…` and `data-…` as they are written. Undefined leaves one out. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  set(element, attributes);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(
  tag: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {}
): SVGElement {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  return element;
}

function set(element: Element, attributes: Readonly<Record<string, string | number | undefined>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
}

/** A button that shows an icon of Font Awesome and says what it does. */
export function iconButton(icon: string, label: string, press: () => void): HTMLButtonElement {
  const button = el(
    'button',
    {
      type: 'button',
      class: 'red-ui-button red-ui-button-small phasor-grid-button',
      'aria-label': label,
      title: label
    },
    el('i', { class: `fa fa-${icon}`, 'aria-hidden': 'true' })
  );
  button.addEventListener('click', press);
  return button;
}

let nextId = 0;

/** A label with a control below it. */
export function labelled(text: string, control: HTMLElement, unit?: string): HTMLElement {
  control.id ||= `phasor-grid-${++nextId}`;
  return el(
    'div',
    { class: 'phasor-grid-field' },
    el('label', { for: control.id }, text, unit === undefined ? undefined : el('small', {}, ` ${unit}`)),
    control
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly text: string;
}

export function select<Value extends string>(
  choices: readonly Choice<Value>[],
  chosen: (value: Value) => void
): HTMLSelectElement {
  const options = choices.map(({ value, text }) => el('option', { value }, text));
  const element = el('select', {}, ...options);
  element.addEventListener('change', () => chosen(element.value as Value));
  return element;
}

/** A field for a number; what is no number within its bounds is not told, and is marked. */
export function numberInput(
  { min, max, step = 'any' }: { min: number; max: number; step?: number | 'any' },
  entered: (value: number | undefined) => void
): HTMLInputElement {
  const input = el('input', { type: 'number', min, max, step });
  input.addEventListener('input', () => {
    const value = input.value.trim() === '' ? undefined : Number(input.value);
    const wrong = value !== undefined && !(value >= min && value <= max);
    input.setAttribute('aria-invalid', String(wrong));
    if (!wrong) entered(value);
  });
  return input;
}

/** Shows a value in a control, but not to somebody who is typing there. */
export function show(control: HTMLInputElement | HTMLSelectElement, value: string | number): void {
  if (document.activeElement === control && control instanceof HTMLInputElement) return;
  control.value = String(value);
  control.setAttribute('aria-invalid', 'false');
}

/** A few buttons of which one is pressed. */
export class Segments<Value extends string> {
  readonly element: HTMLElement;
  private readonly buttons = new Map<Value, HTMLButtonElement>();

  constructor(
    label: string,
    choices: readonly (Choice<Value> & { readonly icon?: string })[],
    chosen: (value: Value) => void
  ) {
    this.element = el('span', { class: 'phasor-grid-segments', role: 'group', 'aria-label': label });
    for (const { value, text, icon } of choices) {
      const button = icon
        ? iconButton(icon, text, () => chosen(value))
        : el(
            'button',
            { type: 'button', class: 'red-ui-button red-ui-button-small phasor-grid-button' },
            text
          );
      if (!icon) button.addEventListener('click', () => chosen(value));
      button.dataset.value = value;
      this.buttons.set(value, button);
      this.element.append(button);
    }
  }

  show(value: Value): void {
    for (const [each, button] of this.buttons) button.setAttribute('aria-pressed', String(each === value));
  }
}
