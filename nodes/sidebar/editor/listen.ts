import { element, section, text } from './dom';
import type { Player } from './listening';
import { Synth } from './synth';

const SYNTH = 'synth';
const OFF = 'off';

/** Sends to an instrument that the browser reaches through Web MIDI. */
class WebMidi implements Player {
  constructor(private readonly output: MIDIOutput) {}

  play(bytes: readonly number[], pageMs: number): void {
    // Long messages come in parts, which Web MIDI does not take; all but the first begin with data.
    if (bytes[0] >= 0x80 && bytes[0] < 0xf0) this.send(bytes, pageMs);
  }

  silence(): void {
    for (let channel = 0; channel < 16; channel++) this.send([0xb0 | channel, 123, 0]);
  }

  /** What the port does not take is lost, and nothing else: the ends of notes come after it. */
  private send(bytes: readonly number[], pageMs?: number): void {
    try {
      this.output.send([...bytes], pageMs);
    } catch {
      // Its instrument is gone; the devices tell of those.
    }
  }
}

/** The choice of what makes what is sent audible in this browser: nothing, a small synth, or a Web MIDI port. */
export class Listen {
  readonly root: HTMLElement;
  /** The synth, once it was chosen. */
  synth: Synth | undefined;
  private player: Player | undefined;
  private access: MIDIAccess | undefined;
  private readonly choice = element('select', { id: 'phasor-sidebar-listen' });
  private readonly press: HTMLButtonElement;

  constructor() {
    // Sound begins with a click: browsers allow it no sooner.
    this.press = element('button', { type: 'button', class: 'red-ui-button' });
    this.press.addEventListener('click', () => void this.toggle());
    this.choice.append(element('option', { value: SYNTH }, text('listen.synth')));
    this.choice.addEventListener('change', () => void this.change());
    if ('requestMIDIAccess' in navigator) {
      this.choice.append(element('option', { value: 'midi' }, text('listen.webMidi')));
    }
    const label = element('label', { for: 'phasor-sidebar-listen' }, text('listen.with'));
    this.root = section(
      text('listen.title'),
      element('div', { class: 'phasor-sidebar-listen' }, this.press, label, this.choice)
    );
    this.show();
  }

  get isOn(): boolean {
    return this.player !== undefined;
  }

  play(bytes: readonly number[], pageMs: number): void {
    this.player?.play(bytes, pageMs);
  }

  silence(): void {
    this.player?.silence();
  }

  private async toggle(): Promise<void> {
    await this.use(this.player === undefined ? this.choice.value : OFF);
  }

  private async change(): Promise<void> {
    if (this.choice.value === 'midi' && this.access === undefined) await this.askForMidi();
    if (this.player !== undefined) await this.use(this.choice.value);
  }

  private async use(choice: string): Promise<void> {
    this.player?.silence();
    this.player = undefined;
    if (choice === SYNTH) {
      this.synth ??= new Synth(new AudioContext({ latencyHint: 'playback' }));
      await this.synth.resume();
      this.player = this.synth;
    } else if (choice !== OFF) {
      const output = this.access?.outputs.get(choice);
      if (output !== undefined) this.player = new WebMidi(output);
    }
    this.show();
  }

  /** The ports take the place of the choice that asks for them. */
  private async askForMidi(): Promise<void> {
    try {
      this.access = await navigator.requestMIDIAccess();
      const outputs = [...this.access.outputs.values()];
      this.choice.querySelector('[value="midi"]')?.remove();
      for (const { id, name } of outputs) this.choice.append(element('option', { value: id }, name ?? id));
      if (outputs.length > 0) this.choice.value = outputs[0].id;
      else RED.notify(text('listen.noMidi'), 'warning');
    } catch (error) {
      this.choice.value = SYNTH;
      RED.notify(text('listen.refused', { why: (error as Error).message }), 'warning');
    }
  }

  private show(): void {
    this.press.textContent = text(this.player === undefined ? 'listen.on' : 'listen.off');
    this.press.setAttribute('aria-pressed', String(this.player !== undefined));
  }
}
