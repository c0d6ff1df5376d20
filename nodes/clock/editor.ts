import { readSignature } from '../music/meter';
import { numberWithin, validator } from '../palette/editor/validators';
import '../palette/editor/red';

interface ClockProperties {
  name: string;
  bpm: number;
  signature: string;
  lookaheadMs: string;
  autostart: boolean;
  clockWhileStopped: boolean;
  sendStartStop: boolean;
  sendSongPosition: boolean;
  version: number;
}

function signatureProblem(signature: string): string | undefined {
  try {
    readSignature(signature);
    return undefined;
  } catch {
    return 'signature';
  }
}

RED.nodes.registerType<ClockProperties>('phasor-clock', {
  category: 'phasor',
  color: '#8CCFC4',
  icon: 'phasor-clock.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    bpm: { value: 120, validate: numberWithin('bpm', { min: 1, max: 999 }) },
    signature: { value: '4/4', validate: validator('signature', signatureProblem) },
    lookaheadMs: { value: '', validate: numberWithin('lookaheadMs', { min: 20, max: 5000, optional: true }) },
    autostart: { value: false },
    clockWhileStopped: { value: true },
    sendStartStop: { value: true },
    sendSongPosition: { value: true },
    version: { value: 1 }
  },
  paletteLabel: 'clock',
  label() {
    return this.name || `${this._('phasor-clock.label.clock')} ${this.bpm}`;
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-clock.port.control');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'phasor-clock.port.spans' : 'phasor-clock.port.beats');
  }
});
