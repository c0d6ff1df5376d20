import { shortened } from '../palette/editor/labels';
import '../palette/editor/red';
import { numberWithin, validator } from '../palette/editor/validators';

interface ThrottleProperties {
  name: string;
  throttleMs: number;
  device: string;
  second: 'held' | 'statistics';
  rate: number;
  version: number;
}

/** A device as this dialog sees it: the share of its wire is set here and there. */
interface Device {
  controlShare: number | string;
  changed?: boolean;
}

const SHARE = { min: 1, max: 100 };

function chosenDevice(): Device | undefined {
  const id = String($('#node-input-device').val() ?? '');
  return (RED.nodes.node(id) as unknown as Device | null) ?? undefined;
}

/** Shows the share of the chosen device's wire; without a device there is none to set. */
function showShare(): void {
  const share = $('#phasor-throttle-share');
  const show = () => {
    const device = chosenDevice();
    share.prop('disabled', device === undefined).val(device?.controlShare ?? '');
    $('#phasor-throttle-share-hint').toggle(device === undefined);
    check();
  };
  const check = () => {
    const text = String(share.val() ?? '').trim();
    const isRight = chosenDevice() === undefined || isShare(text);
    share.toggleClass('input-error', !isRight).attr('aria-invalid', String(!isRight));
  };
  $('#node-input-device').on('change', show);
  share.on('input', check);
  show();
}

function isShare(text: string): boolean {
  return text !== '' && Number(text) >= SHARE.min && Number(text) <= SHARE.max;
}

/** Stores the share in the device, as its own dialog would; undone together with what is stored here. */
function storeShare(): { changed: boolean; history: object[] } | undefined {
  const device = chosenDevice();
  const text = String($('#phasor-throttle-share').val() ?? '').trim();
  if (device === undefined || !isShare(text) || Number(text) === Number(device.controlShare))
    return undefined;
  const history = {
    t: 'edit',
    node: device,
    changes: { controlShare: device.controlShare },
    changed: device.changed,
    dirty: RED.nodes.dirty()
  };
  device.controlShare = text;
  device.changed = true;
  RED.editor.validateNode(device as never);
  RED.events.emit('nodes:change', device as never);
  return { changed: true, history: [history] };
}

/** How often figures are sent matters only where they are. */
function showRateForStatistics(): void {
  const second = $('#node-input-second');
  const show = () => $('#phasor-throttle-rate').toggle(second.val() === 'statistics');
  second.on('change', show);
  show();
}

RED.nodes.registerType<ThrottleProperties>('phasor-throttle', {
  category: 'phasor',
  color: '#E0A58A',
  icon: 'phasor-throttle.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    throttleMs: { value: 10, validate: numberWithin('throttleMs', { min: 0, max: 1000 }) },
    device: {
      value: '',
      type: 'phasor-device',
      required: false,
      validate: validator('device', (id) =>
        id === '' || id === '_ADD_' || RED.nodes.node(id) ? undefined : 'deviceGone'
      )
    },
    second: { value: 'statistics' },
    rate: { value: 4, validate: numberWithin('rate', { min: 0.1, max: 30 }) },
    version: { value: 1 }
  },
  paletteLabel: 'throttle',
  label() {
    return shortened(this.name) || `${this._('phasor-throttle.label.throttle')} ${this.throttleMs} ms`;
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-throttle.port.input');
  },
  outputLabels(index: number) {
    return this._(`phasor-throttle.port.${index === 0 ? 'passes' : this.second}`);
  },
  oneditprepare() {
    showShare();
    showRateForStatistics();
  },
  oneditsave() {
    return storeShare() as never;
  }
});
