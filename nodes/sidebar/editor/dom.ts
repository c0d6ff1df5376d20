import type { Words } from '../../music/words';
import { inWords } from '../../palette/words';

/** A text of the sidebar's catalogue; `values` fill its placeholders. */
export function text(key: string, values: Record<string, string | number> = {}): string {
  return RED._(`@phasor-midi/node-red-phasor/phasor-sidebar:phasor-sidebar.${key}`, values as never);
}

/** Makes an element: attributes by name, `class` and ARIA included, and what is in it. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...content);
  return made;
}

/** A button with an icon of Node-RED's set and a text for those who do not see it. */
export function button(icon: string, label: string, press: () => void): HTMLButtonElement {
  const made = element(
    'button',
    { type: 'button', class: 'red-ui-button red-ui-button-small', title: label, 'aria-label': label },
    element('i', { class: `fa ${icon}`, 'aria-hidden': 'true' })
  );
  made.addEventListener('click', press);
  return made;
}

/** A section with its heading. */
export function section(title: string, ...content: (Node | string)[]): HTMLElement {
  return element('section', { class: 'phasor-sidebar-section' }, element('h4', {}, title), ...content);
}

/** Changes a text only where it differs, so that a screen reader and the layout are left alone. */
export function show(target: Element, value: string): void {
  if (target.textContent !== value) target.textContent = value;
}

/** The value of a colour of Node-RED's theme, as it is now. */
export function colour(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}

/** Sends something to the runtime; what is refused is told as Node-RED does. */
export function post(path: string, payload?: unknown): void {
  $.ajax({
    url: path,
    type: 'POST',
    contentType: 'application/json',
    data: JSON.stringify({ payload }),
    error: ({ responseJSON, statusText }) => {
      const { message = statusText, words = message } = (responseJSON ?? {}) as {
        message?: string;
        words?: Words;
      };
      RED.notify(text('refused', { why: inWords(RED._, words) }), 'error');
    }
  });
}
