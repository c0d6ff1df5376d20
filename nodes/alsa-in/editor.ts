import { readChannels, readRange } from '../music/midi-filter';
import type { EditorNode } from '../palette/editor/red';
import { numberWithin, validator } from '../palette/editor/validators';

interface InProperties {
  name: string;
  device: string;
  channels: string;
  noteRange: string;
  controllerRange: string;
  notes: boolean;
  controllers: boolean;
  programs: boolean;
  bends: boolean;
  pressures: boolean;
  sysex: boolean;
  transport: boolean;
  clock: boolean;
  others: boolean;
  wholeNotes: boolean;
  thru: string;
  thruOwnChannel: boolean;
  recordClock: string;
  recordBeats: number;
  recordGrid: string;
  recordStrength: number;
  recordMode: 'replace' | 'overdub';
  version: number;
}

/** The device must be chosen, be there, and have no error of its own. */
function deviceProblem(id: string): string | undefined {
  if (id === '' || id === '_ADD_') return 'noDevice';
  const device = RED.nodes.node(id) as { valid?: boolean } | null;
  if (!device) return 'deviceGone';
  return device.valid === false ? 'deviceInvalid' : undefined;
}

/** Without a device there is no thru. */
function thruProblem(id: string): string | undefined {
  return id === '' || id === '_ADD_' ? undefined : deviceProblem(id);
}

/** A validator's problem where reading throws. */
function unless(key: string, read: (text: string) => unknown): (text: string) => string | undefined {
  return (text) => {
    try {
      read(text);
      return undefined;
    } catch {
      return key;
    }
  };
}

/** The channel of the thru means something only where there is one. */
function showThruChannel(): void {
  const thru = $('#node-input-thru');
  const show = () => {
    const id = String(thru.val() ?? '');
    $('#phasor-alsa-in-thru-channel').toggle(id !== '' && id !== '_ADD_');
  };
  thru.on('change', show);
  show();
}

/** The clocks that there are, and one that was chosen and is gone. */
function offerClocks(chosen: string, none: string): void {
  const select = $('#node-input-recordClock');
  const add = (id: string, label: string) => select.append($('<option>').val(id).text(label));
  add('', none);
  // The published types know these only as objects.
  const clocks = RED.nodes.filterNodes({ type: 'phasor-clock' }) as unknown as EditorNode<{ name: string }>[];
  for (const clock of clocks) add(clock.id, RED.utils.getNodeLabel(clock, clock.id));
  if (chosen && !clocks.some(({ id }) => id === chosen)) add(chosen, chosen);
  select.val(chosen ?? '');
  // How is for who records.
  const show = () => $('#phasor-alsa-in-recording').toggle(select.val() !== '');
  select.on('change', show);
  show();
}

RED.nodes.registerType<InProperties>('phasor-alsa-in', {
  category: 'phasor',
  color: '#8CC4D9',
  icon: 'phasor-alsa-in.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    device: {
      value: '',
      type: 'phasor-device',
      required: true,
      validate: validator('device', deviceProblem)
    },
    channels: {
      value: '',
      validate: validator(
        'channels',
        unless('channels', (text) => readChannels('channels', text))
      )
    },
    noteRange: {
      value: '',
      validate: validator(
        'noteRange',
        unless('noteRange', (text) => readRange('noteRange', text, true))
      )
    },
    controllerRange: {
      value: '',
      validate: validator(
        'controllerRange',
        unless('controllerRange', (text) => readRange('controllerRange', text, false))
      )
    },
    notes: { value: true },
    controllers: { value: true },
    programs: { value: true },
    bends: { value: true },
    pressures: { value: true },
    sysex: { value: true },
    transport: { value: true },
    clock: { value: false },
    others: { value: false },
    wholeNotes: { value: false },
    thru: { value: '', type: 'phasor-device', required: false, validate: validator('thru', thruProblem) },
    thruOwnChannel: { value: false },
    recordClock: { value: '' },
    recordBeats: { value: 4, validate: numberWithin('recordBeats', { min: 0.25, max: 1024 }) },
    recordGrid: { value: '1/16' },
    recordStrength: { value: 100, validate: numberWithin('recordStrength', { min: 0, max: 100 }) },
    recordMode: { value: 'overdub' },
    version: { value: 1 }
  },
  paletteLabel: 'alsa in',
  label() {
    const fallback = this._('phasor-alsa-in.label.in');
    const device = RED.nodes.node(this.device) as EditorNode<{ name: string }> | null;
    return this.name || (device ? RED.utils.getNodeLabel(device, fallback) : fallback);
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-alsa-in.port.control');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'phasor-alsa-in.port.events' : 'phasor-alsa-in.port.pattern');
  },
  oneditprepare() {
    showThruChannel();
    offerClocks(this.recordClock, this._('phasor-alsa-in.text.noClock'));
  }
});
