import { builtInProfiles, listProfiles, type Listed } from '../palette/editor/profiles';
import '../palette/editor/red';
import { numberWithin } from '../palette/editor/validators';
import { MeasureField } from './editor/measure';
import { showPorts, type PortMode } from './port-field';

interface DeviceProperties {
  name: string;
  portMode: PortMode;
  port: string;
  inputMode: PortMode;
  inputPort: string;
  channel: number;
  offsetMs: number;
  wire: 'usb' | 'din' | 'custom' | 'none';
  usPerByte: number;
  controlShare: number;
  activeSensing: boolean;
  restores: boolean;
  profile: string;
  version: number;
}

/** Only a custom wire has a speed to give. */
function showSpeedForCustomWire(): void {
  const wire = $('#node-config-input-wire');
  const show = () => $('#phasor-device-speed').toggle(wire.val() === 'custom');
  wire.on('change', show);
  show();
}

/** Fills the choice of profiles. What is chosen stays so, also where the runtime does not know it (now). */
function offerProfiles(stored: string, none: string): void {
  const select = $('#node-config-input-profile');
  const fill = (profiles: readonly Listed[], chosen: string) => {
    const known = [{ id: '', name: none }, ...profiles];
    if (!known.some(({ id }) => id === chosen)) known.push({ id: chosen, name: chosen });
    select.empty().append(known.map(({ id, name }) => $('<option>').val(id).text(name)));
    select.val(chosen);
  };
  fill(builtInProfiles(), stored);
  void listProfiles().then((profiles) => fill(profiles, String(select.val() ?? '')));
}

let measuring: MeasureField | undefined;

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
    inputMode: { value: 'auto' },
    inputPort: {
      value: '',
      validate: function (value: string, _options?: unknown): boolean {
        const { inputMode = 'auto' } = this;
        if (inputMode === 'auto' || inputMode === 'loopback' || value !== '') return true;
        return this._('phasor-device.errors.inputPort') as unknown as boolean;
      }
    },
    channel: { value: 1, validate: numberWithin('channel', { min: 1, max: 16, whole: true }) },
    offsetMs: { value: 0, validate: numberWithin('offsetMs', { min: -500, max: 500 }) },
    wire: { value: 'usb' },
    usPerByte: { value: 320, validate: numberWithin('usPerByte', { min: 0, max: 10_000 }) },
    controlShare: { value: 50, validate: numberWithin('controlShare', { min: 1, max: 100 }) },
    activeSensing: { value: false },
    restores: { value: false },
    profile: { value: '' },
    version: { value: 1 }
  },
  label() {
    if (this.name) return this.name;
    return this.portMode !== 'auto' && this.port ? this.port : this._('phasor-device.label.auto');
  },
  oneditprepare() {
    showPorts(this._);
    measuring?.close();
    measuring = new MeasureField(this.id, this._);
    showSpeedForCustomWire();
    offerProfiles(this.profile ?? '', this._('phasor-device.text.noProfile'));
  },
  oneditsave: () => measuring?.close(),
  oneditcancel: () => measuring?.close(),
  oneditdelete: () => measuring?.close()
});
