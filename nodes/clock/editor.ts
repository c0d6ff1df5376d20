import { readSignature } from '../music/meter';
import '../palette/editor/red';
import { takeOver } from '../palette/editor/take-over';
import { numberWithin, validator } from '../palette/editor/validators';

interface ClockProperties {
  name: string;
  bpm: number;
  signature: string;
  lookaheadMs: string;
  autostart: boolean;
  clockWhileStopped: boolean;
  sendStartStop: boolean;
  sendSongPosition: boolean;
  source: 'internal' | 'follow';
  followDevice: string;
  followMode: 'smooth' | 'tight';
  onLoss: 'stop' | 'freewheel';
  followDelayMs: number;
  driftMs: number;
  clicks: 'off' | 'countIn' | 'always';
  clickDevice: string;
  countInBars: number;
  clickChannel: number;
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

/** Only a clock that follows has a master, and only one that leads a tempo and a start of its own. */
function showFollowing(): void {
  const source = $('#node-input-source');
  const show = () => {
    $('.phasor-clock-follow').toggle(source.val() === 'follow');
    $('.phasor-clock-lead').toggle(source.val() !== 'follow');
  };
  source.on('change', show);
  show();
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
    source: { value: 'internal' },
    followDevice: {
      value: '',
      type: 'phasor-device',
      required: false,
      validate: function (value: string, _options?: unknown): boolean {
        if (this.source !== 'follow' || RED.nodes.node(value)) return true;
        return this._('phasor-clock.errors.followDevice') as unknown as boolean;
      }
    },
    followMode: { value: 'smooth' },
    onLoss: { value: 'stop' },
    followDelayMs: { value: 0, validate: numberWithin('followDelayMs', { min: -500, max: 500 }) },
    driftMs: { value: 10, validate: numberWithin('driftMs', { min: 0.5, max: 1000 }) },
    clicks: { value: 'off' },
    clickDevice: { value: '', type: 'phasor-device', required: false },
    countInBars: { value: 1, validate: numberWithin('countInBars', { min: 0, max: 8, whole: true }) },
    clickChannel: { value: 10, validate: numberWithin('clickChannel', { min: 1, max: 16, whole: true }) },
    version: { value: 1 }
  },
  paletteLabel: 'clock',
  label() {
    const kind = this._('phasor-clock.label.clock');
    if (this.name || this.source !== 'follow') return this.name || `${kind} ${this.bpm}`;
    const device = RED.nodes.node(this.followDevice) as { name?: string } | null;
    return `${kind} ← ${device?.name || this._('phasor-clock.label.followDevice')}`;
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-clock.port.control');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'phasor-clock.port.spans' : 'phasor-clock.port.beats');
  },
  oneditprepare() {
    takeOver(this);
    showFollowing();
    const clicks = $('#node-input-clicks');
    const update = () => $('#phasor-clock-metronome').toggle(clicks.val() !== 'off');
    clicks.on('change', update);
    update();
  }
});
