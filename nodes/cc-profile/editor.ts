import { profileNamed } from '../music/profile';
import { shortened } from '../palette/editor/labels';
import type { EditorNode } from '../palette/editor/red';
import { numberWithin, validator } from '../palette/editor/validators';
import { OWN, problemOf, ProfileDialog, storedProfile } from './editor/profile-dialog';

interface ProfileProperties {
  name: string;
  profile: string;
  own: string;
  device: string;
  channel: string;
  smoothing: number;
  smoothingUnit: 'ms' | 'beats';
  fine: boolean;
  version: number;
}

let dialog: ProfileDialog | undefined;

RED.nodes.registerType<ProfileProperties>('phasor-cc-profile', {
  category: 'phasor',
  color: '#D9C27E',
  icon: 'phasor-cc-profile.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    profile: { value: 'korg_nts1_mk2' },
    own: {
      value: '',
      validate: function (value: string, _options?: unknown): boolean {
        if (this.profile !== OWN) return true;
        return (problemOf(storedProfile(String(value ?? ''))) ?? true) as boolean;
      }
    },
    device: {
      value: '',
      type: 'phasor-device',
      required: false,
      validate: validator('device', (id) =>
        id === '' || id === '_ADD_' || RED.nodes.node(id) ? undefined : 'deviceGone'
      )
    },
    channel: {
      value: '',
      validate: numberWithin('channel', { min: 1, max: 16, whole: true, optional: true })
    },
    smoothing: { value: 0, validate: numberWithin('smoothing', { min: 0, max: 60_000 }) },
    smoothingUnit: { value: 'ms' },
    fine: { value: true },
    version: { value: 1 }
  },
  paletteLabel: 'cc profile',
  label() {
    if (this.name) return this.name;
    const id = this.profile === OWN ? storedProfile(this.own)?.id : this.profile;
    return shortened(profileNamed(id ?? '')?.name ?? id ?? '') || this._('phasor-cc-profile.label.node');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-cc-profile.port.input');
  },
  outputLabels(index: number) {
    return this._(index === 0 ? 'phasor-cc-profile.port.events' : 'phasor-cc-profile.port.parameters');
  },
  oneditprepare(this: EditorNode<ProfileProperties>) {
    dialog?.close();
    dialog = new ProfileDialog(this.id, this.profile, (key, values) =>
      this._(`phasor-cc-profile.${key}`, values as never)
    );
  },
  oneditsave: () => dialog?.close(),
  oneditcancel: () => dialog?.close(),
  // The dialog's own Delete calls none of the above.
  oneditdelete() {
    if (dialog?.node === this.id) dialog?.close();
  }
});
