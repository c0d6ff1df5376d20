import { resolvePort } from '../engine/port-spec';
import type { PortInfo } from '../engine/ports/driver';
import { fetchPorts, outputNames } from '../palette/editor/ports';
import type { Translate } from '../palette/editor/red';
import { numberWithin } from '../palette/editor/validators';

type PortMode = 'auto' | 'name' | 'pattern' | 'virtual' | 'loopback';

interface DeviceProperties {
  name: string;
  portMode: PortMode;
  port: string;
  channel: number;
  offsetMs: number;
  wire: 'usb' | 'din' | 'custom' | 'none';
  usPerByte: number;
  controlShare: number;
  version: number;
}

/** The control for the port: one row that holds the way it is chosen, the choice, and below it what that means now. */
class PortField {
  private readonly port = $('#node-config-input-port');
  private readonly meaning = $('#phasor-device-port-meaning');
  /** Undefined until the runtime has answered, and where it did not. */
  private ports: readonly PortInfo[] | undefined;

  constructor(private readonly translate: Translate) {
    const type = (value: PortMode) => ({ value, label: this.text(`portMode.${value}`) });
    this.port.typedInput({
      typeField: '#node-config-input-portMode',
      types: [
        { ...type('auto'), hasValue: false },
        // A function, which the published types do not know: the list changes while the dialog is open.
        { ...type('name'), options: (() => this.options()) as never },
        type('pattern'),
        type('virtual'),
        type('loopback')
      ]
    });
    this.port.on('change', () => this.showMeaning());
    $('#phasor-device-refresh').on('click', () => void this.refresh());
    void this.refresh();
  }

  private async refresh(): Promise<void> {
    this.meaning.text(this.text('meaning.asking'));
    this.ports = await fetchPorts();
    // Draws the choice again, with the mark of what is there now.
    if (this.mode() === 'name') this.port.typedInput('type', 'name');
    this.showMeaning();
  }

  /** What is there, and what was chosen but is not: that stays chosen. */
  private options(): { value: string; label: string; icon?: string }[] {
    const names = outputNames(this.ports ?? []);
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

  private showMeaning(): void {
    this.meaning.text(this.meaningNow());
  }

  private meaningNow(): string {
    const mode = this.mode();
    const port = this.port.typedInput('value');
    if (mode === 'virtual' || mode === 'loopback') return this.text(`meaning.${mode}`);
    if (!this.ports) return this.text('meaning.noAnswer');
    if (mode !== 'auto' && port === '') {
      const somePort = outputNames(this.ports).length > 0;
      return this.text(mode === 'name' && !somePort ? 'meaning.noPorts' : `meaning.${mode}Missing`);
    }
    const found = resolvePort({ mode, port }, this.ports);
    if (!found) return this.text('meaning.waits');
    return found.driver === 'loopback'
      ? this.text('meaning.autoLoopback')
      : this.text('meaning.plays', { port: found.name });
  }

  private text(key: string, values: Record<string, string> = {}): string {
    return this.translate(`phasor-device.${key}`, values);
  }
}

/** Only a custom wire has a speed to give. */
function showSpeedForCustomWire(): void {
  const wire = $('#node-config-input-wire');
  const show = () => $('#phasor-device-speed').toggle(wire.val() === 'custom');
  wire.on('change', show);
  show();
}

RED.nodes.registerType<DeviceProperties>('phasor-device', {
  category: 'config',
  color: '#B9D3CC',
  icon: 'phasor-device.svg',
  paletteLabel: 'device',
  defaults: {
    name: { value: '' },
    portMode: { value: 'auto' },
    port: {
      value: '',
      validate: function (value: string, _options?: unknown): boolean {
        if (this.portMode === 'auto' || this.portMode === 'loopback' || value !== '') return true;
        return this._('phasor-device.errors.port') as unknown as boolean;
      }
    },
    channel: { value: 1, validate: numberWithin('channel', { min: 1, max: 16, whole: true }) },
    offsetMs: { value: 0, validate: numberWithin('offsetMs', { min: -500, max: 500 }) },
    wire: { value: 'usb' },
    usPerByte: { value: 320, validate: numberWithin('usPerByte', { min: 0, max: 10_000 }) },
    controlShare: { value: 50, validate: numberWithin('controlShare', { min: 1, max: 100 }) },
    version: { value: 1 }
  },
  label() {
    if (this.name) return this.name;
    return this.portMode !== 'auto' && this.port ? this.port : this._('phasor-device.label.auto');
  },
  oneditprepare() {
    new PortField(this._);
    showSpeedForCustomWire();
  }
});
