import { resolveInput, resolvePort } from '../engine/port-spec';
import type { PortInfo } from '../engine/ports/driver';
import { fetchPorts, inputNames, outputNames } from '../palette/editor/ports';
import type { Translate } from '../palette/editor/red';

export type PortMode = 'auto' | 'name' | 'pattern' | 'virtual' | 'loopback';

/** What differs between the port that is played to and the one that is heard. */
interface Direction {
  control: string;
  /** Key of its label. */
  label: string;
  typeField: string;
  meaning: string;
  names(ports: readonly PortInfo[]): string[];
  /** What the choice means now. */
  meaningOf(
    mode: PortMode,
    port: string,
    ports: readonly PortInfo[]
  ): [key: string, values?: Record<string, string>];
  /** Key of the text for a mode. */
  mode(mode: PortMode): string;
  text(key: string): string;
}

const OUT: Direction = {
  control: '#node-config-input-port',
  label: 'label.port',
  typeField: '#node-config-input-portMode',
  meaning: '#phasor-device-port-meaning',
  names: outputNames,
  meaningOf: (mode, port, ports) => {
    const found = resolvePort({ mode, port }, ports);
    if (!found) return ['meaning.waits'];
    return found.driver === 'loopback' ? ['meaning.autoLoopback'] : ['meaning.plays', { port: found.name }];
  },
  mode: (mode) => `portMode.${mode}`,
  text: (key) => key
};

const IN: Direction = {
  control: '#node-config-input-inputPort',
  label: 'label.inputPort',
  typeField: '#node-config-input-inputMode',
  meaning: '#phasor-device-input-meaning',
  names: inputNames,
  meaningOf: (mode, port, ports) => {
    const out = String($(OUT.control).typedInput('value'));
    const found = resolveInput({ mode, port }, ports, out);
    return found ? ['meaning.hears', { port: found.name }] : ['meaning.waits'];
  },
  mode: (mode) => (mode === 'auto' ? 'portMode.autoInput' : `portMode.${mode}`),
  text: (key) => (key === 'meaning.loopback' ? 'meaning.loopbackInput' : key)
};

/** The control for a port: one row that holds the way it is chosen, the choice, and below it what that means now. */
class PortField {
  private readonly port: JQuery;
  private readonly meaning: JQuery;
  /** Undefined until the runtime has answered, and where it did not. */
  private ports: readonly PortInfo[] | undefined;

  constructor(
    private readonly translate: Translate,
    private readonly direction: Direction
  ) {
    this.port = $(direction.control);
    this.meaning = $(direction.meaning);
    const type = (value: PortMode) => ({ value, label: this.text(direction.mode(value)) });
    this.port.typedInput({
      typeField: direction.typeField,
      types: [
        { ...type('auto'), hasValue: false },
        // A function, which the published types do not know: the list changes while the dialog is open.
        { ...type('name'), options: (() => this.options()) as never },
        type('pattern'),
        type('virtual'),
        type('loopback')
      ]
    });
    // Who cannot see it is told what the field that took the place of ours is for.
    this.port.next().find('.red-ui-typedInput-input').attr('aria-label', this.text(direction.label));
    this.port.on('change', () => this.showMeaning());
  }

  asking(): void {
    this.meaning.text(this.text('meaning.asking'));
  }

  answered(ports: readonly PortInfo[] | undefined): void {
    this.ports = ports;
    // Draws the choice again, with the mark of what is there now.
    if (this.mode() === 'name') this.port.typedInput('type', 'name');
    this.showMeaning();
  }

  showMeaning(): void {
    this.meaning.text(this.meaningNow());
  }

  /** What is there, and what was chosen but is not: that stays chosen. */
  private options(): { value: string; label: string; icon?: string }[] {
    const names = this.direction.names(this.ports ?? []);
    const options = names.map((name) => ({ value: name, label: name, icon: 'fa fa-plug' }));
    const chosen = String(this.port.val() ?? '');
    if (!names.includes(chosen)) {
      const absent = this.ports ? 'port.absent' : 'port.unknown';
      const label = chosen === '' ? this.text('port.choose') : this.text(absent, { port: chosen });
      options.unshift({ value: chosen, label, icon: 'fa fa-chain-broken' });
    }
    return options;
  }

  private mode(): PortMode {
    return this.port.typedInput('type') as PortMode;
  }

  private meaningNow(): string {
    const mode = this.mode();
    const port = this.port.typedInput('value');
    if (mode === 'virtual' || mode === 'loopback') return this.text(this.direction.text(`meaning.${mode}`));
    if (!this.ports) return this.text('meaning.noAnswer');
    if (mode !== 'auto' && port === '') {
      const somePort = this.direction.names(this.ports).length > 0;
      return this.text(mode === 'name' && !somePort ? 'meaning.noPorts' : `meaning.${mode}Missing`);
    }
    return this.text(...this.direction.meaningOf(mode, port, this.ports));
  }

  private text(key: string, values: Record<string, string> = {}): string {
    return this.translate(`phasor-device.${key}`, values);
  }
}

/** Both ports of a device, and the button that looks for ports again. */
export function showPorts(translate: Translate): void {
  const output = new PortField(translate, OUT);
  const input = new PortField(translate, IN);
  const refresh = async () => {
    for (const field of [output, input]) field.asking();
    const ports = await fetchPorts();
    for (const field of [output, input]) field.answered(ports);
  };
  // The automatic input is the one beside the output.
  $(OUT.control).on('change', () => input.showMeaning());
  $('#phasor-device-refresh').on('click', () => void refresh());
  void refresh();
}
