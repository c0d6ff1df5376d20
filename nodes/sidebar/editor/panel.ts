import type { News } from '../feed';
import { Clocks } from './clocks';
import { button, element, post, section, text } from './dom';
import { Listen } from './listen';
import { ClockMap, soundDelayMs } from './listening';
import { Ports } from './ports';
import { Roll } from './roll';
import { Timing } from './timing';
import { inWords } from '../../palette/words';

/** All that the sidebar shows, fed with news. */
export class Panel {
  readonly root: HTMLElement;
  readonly listen = new Listen();
  readonly roll: Roll;
  private readonly clocks = new Clocks();
  private readonly ports = new Ports();
  private readonly timing = new Timing();
  private readonly instant = new ClockMap();
  private readonly health = element('ul', { class: 'phasor-sidebar-health' });
  private readonly healthSection: HTMLElement;
  private frame: number | undefined;

  constructor() {
    this.roll = new Roll(this.instant);
    this.healthSection = section(text('health.title'), this.health);
    this.healthSection.setAttribute('aria-live', 'polite');
    const panic = button('fa-exclamation-triangle', text('panic.title'), () => {
      post('phasor/panic');
      this.listen.silence();
    });
    panic.append(` ${text('panic.label')}`);
    this.root = element(
      'div',
      { class: 'phasor-sidebar' },
      element('div', { class: 'phasor-sidebar-bar' }, panic),
      this.clocks.root,
      this.listen.root,
      this.healthSection,
      this.ports.root,
      this.roll.root,
      this.timing.root
    );
  }

  /** Begins to draw. */
  open(): void {
    if (this.frame !== undefined) return;
    const draw = () => {
      this.roll.draw(performance.now());
      this.frame = requestAnimationFrame(draw);
    };
    this.frame = requestAnimationFrame(draw);
  }

  /** It is not seen: nothing is drawn and nothing is heard. */
  close(): void {
    if (this.frame !== undefined) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.listen.silence();
  }

  take({ periodMs, nowMs, transports, sent, received, more, slow }: News): void {
    const pageMs = performance.now();
    this.instant.learn(nowMs, pageMs);
    this.clocks.show(transports);
    if (slow !== undefined) {
      this.ports.show(slow);
      this.timing.show(slow);
      this.showHealth(slow.health);
    }
    this.ports.flash(sent, pageMs);
    this.roll.take(sent, false);
    this.roll.take(received, true);
    // What was left out may have held the end of a note.
    if (more > 0) this.listen.silence();
    const delayMs = soundDelayMs(periodMs);
    for (const [output, timeMs, ...bytes] of sent) {
      if (this.ports.isHeard(output)) this.listen.play(bytes, this.instant.toPageMs(timeMs) + delayMs);
    }
  }

  private showHealth({ complaints }: NonNullable<News['slow']>['health']): void {
    const lines = complaints.map(({ words, since }) => {
      const [why, todo] = [inWords(RED._, words.why), inWords(RED._, words.todo)];
      const begun = new Date(since).toLocaleTimeString();
      return element('li', {}, text('health.complaint', { why, todo, since: begun }));
    });
    const told = lines.map(({ textContent }) => textContent).join('\n');
    this.healthSection.hidden = lines.length === 0;
    if (this.health.dataset['told'] === told) return;
    this.health.dataset['told'] = told;
    this.health.replaceChildren(...lines);
  }
}
