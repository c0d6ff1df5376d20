import type { SentMessage, SlowNews } from '../feed';
import { element, section, show, text } from './dom';

type OutputNews = SlowNews['outputs'][number];

interface Row {
  root: HTMLElement;
  light: HTMLElement;
  name: HTMLElement;
  state: HTMLElement;
  listen: HTMLInputElement;
  litUntilMs: number;
}

const LIT_MS = 120;

/** The devices with their ports: whether they are there, whether something is sent, and which are listened to. */
export class Ports {
  readonly root: HTMLElement;
  private readonly list = element('div');
  private readonly rows = new Map<string, Row>();
  private readonly silent = new Set<string>();
  private readonly none = element('p', { class: 'phasor-sidebar-none' }, text('ports.none'));

  constructor() {
    this.root = section(text('ports.title'), this.none, this.list);
  }

  show({ outputs }: SlowNews): void {
    this.none.hidden = outputs.length > 0;
    for (const [id, { root }] of this.rows) {
      if (outputs.some((output) => output.id === id)) continue;
      root.remove();
      this.rows.delete(id);
    }
    for (const output of outputs) this.showOne(output);
  }

  /** Lights up what something was sent to. */
  flash(sent: readonly SentMessage[], nowMs: number): void {
    for (const [output] of sent) {
      const row = this.rows.get(output);
      if (row !== undefined) row.litUntilMs = nowMs + LIT_MS;
    }
    for (const { light, litUntilMs } of this.rows.values()) {
      light.classList.toggle('phasor-sidebar-lit', litUntilMs > nowMs);
    }
  }

  /** Whether what is sent to a device is to be heard. */
  isHeard(output: string): boolean {
    return !this.silent.has(output);
  }

  private showOne({ id, name, state, port, error, counters }: OutputNews): void {
    const row = this.rows.get(id) ?? this.addRow(id);
    show(row.name, name);
    const dropped = counters === undefined ? 0 : counters.droppedFull + counters.droppedLate;
    const figures = counters && text('ports.figures', { sent: counters.sent, dropped });
    show(row.state, error ?? `${port ?? state} · ${figures ?? ''}`);
    row.root.classList.toggle('phasor-sidebar-wrong', error !== undefined);
    row.listen.setAttribute('aria-label', text('ports.listen', { name }));
    row.listen.title = text('ports.listen', { name });
  }

  private addRow(id: string): Row {
    const row: Row = {
      root: element('div', { class: 'phasor-sidebar-port' }),
      light: element('span', { class: 'phasor-sidebar-light', 'aria-hidden': 'true' }),
      name: element('span', { class: 'phasor-sidebar-name' }),
      state: element('span', { class: 'phasor-sidebar-state' }),
      listen: element('input', { type: 'checkbox' }),
      litUntilMs: 0
    };
    row.listen.checked = true;
    row.listen.addEventListener('change', () => {
      if (row.listen.checked) this.silent.delete(id);
      else this.silent.add(id);
    });
    row.root.append(row.light, row.name, row.state, row.listen);
    this.list.append(row.root);
    this.rows.set(id, row);
    return row;
  }
}
