import type { EditorNode } from '../palette/editor/red';
import { validator } from '../palette/editor/validators';

interface OutProperties {
  name: string;
  device: string;
  version: number;
}

/** The device must be chosen, be there, and have no error of its own. */
function deviceProblem(id: string): string | undefined {
  if (id === '' || id === '_ADD_') return 'noDevice';
  const device = RED.nodes.node(id) as { valid?: boolean } | null;
  if (!device) return 'deviceGone';
  return device.valid === false ? 'deviceInvalid' : undefined;
}

RED.nodes.registerType<OutProperties>('phasor-alsa-out', {
  category: 'phasor',
  color: '#8CC4D9',
  icon: 'phasor-alsa-out.svg',
  align: 'right',
  inputs: 1,
  outputs: 0,
  defaults: {
    name: { value: '' },
    device: {
      value: '',
      type: 'phasor-device',
      required: true,
      validate: validator('device', deviceProblem)
    },
    version: { value: 1 }
  },
  paletteLabel: 'alsa out',
  label() {
    const fallback = this._('phasor-alsa-out.label.out');
    const device = RED.nodes.node(this.device) as EditorNode<{ name: string }> | null;
    return this.name || (device ? RED.utils.getNodeLabel(device, fallback) : fallback);
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-alsa-out.port.input');
  }
});
