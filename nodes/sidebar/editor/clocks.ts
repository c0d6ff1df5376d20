import { barBeatAt, meterOf } from '../../music/meter';
import type { TransportNews } from '../feed';
import { button, element, post, section, show, text } from './dom';

interface Row {
  root: HTMLElement;
  play: HTMLButtonElement;
  name: HTMLElement;
  bpm: HTMLInputElement;
  position: HTMLElement;
}

/** The clocks: play and stop, tempo, tap, and where they are. */
export class Clocks {
  readonly root: HTMLElement;
  private readonly list = element('div');
  private readonly rows = new Map<string, Row>();
  private readonly none = element('p', { class: 'phasor-sidebar-none' }, text('clocks.none'));

  constructor() {
    this.root = section(text('clocks.title'), this.none, this.list);
  }

  show(transports: readonly TransportNews[]): void {
    this.none.hidden = transports.length > 0;
    for (const [id, { root }] of this.rows) {
      if (transports.some((transport) => transport.id === id)) continue;
      root.remove();
      this.rows.delete(id);
    }
    for (const transport of transports) this.showOne(transport);
  }

  private showOne(transport: TransportNews): void {
    const { id, name, running, bpm, position } = transport;
    const row = this.rows.get(id) ?? this.addRow(id);
    const label = text(running ? 'clocks.stop' : 'clocks.play', { name });
    show(row.name, name);
    row.root.setAttribute('aria-label', name);
    row.root.classList.toggle('phasor-sidebar-running', running);
    if (row.play.getAttribute('aria-label') !== label) {
      row.play.setAttribute('aria-label', label);
      row.play.title = label;
      (row.play.firstChild as HTMLElement).className = `fa ${running ? 'fa-stop' : 'fa-play'}`;
    }
    // Whoever is typing a tempo is not disturbed.
    if (document.activeElement !== row.bpm) row.bpm.value = String(Math.round(bpm * 100) / 100);
    const { bar, beat } = barBeatAt(meterOf(transport), position);
    show(row.position, `${bar}.${beat}`);
  }

  private addRow(id: string): Row {
    const control = (payload: unknown) => post(`phasor/clock/${id}`, payload);
    const row: Row = {
      root: element('div', { class: 'phasor-sidebar-clock', role: 'group' }),
      play: button('fa-play', '', () => control('toggle')),
      name: element('span', { class: 'phasor-sidebar-name' }),
      bpm: element('input', {
        type: 'number',
        min: '1',
        max: '999',
        step: 'any',
        'aria-label': text('clocks.bpm')
      }),
      position: element('span', { class: 'phasor-sidebar-position', title: text('clocks.position') })
    };
    row.bpm.addEventListener('change', () => control({ bpm: Number(row.bpm.value) }));
    const toStart = button('fa-step-backward', text('clocks.toStart'), () => control({ position: 0 }));
    const tap = button('fa-hand-pointer-o', text('clocks.tap'), () => control('tap'));
    row.root.append(row.play, toStart, row.name, row.position, row.bpm, tap);
    this.list.append(row.root);
    this.rows.set(id, row);
    return row;
  }
}
