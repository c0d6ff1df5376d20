import { shortened } from '../palette/editor/labels';
import { takeOver } from '../palette/editor/take-over';
import { GridDialog, gridError } from './editor/grid';
import { chooseFile } from './editor/file';
import { checkWhileTyping, describe, notationError } from './editor/notation-check';
import { MutationTab, rulesProblem } from './editor/mutation';
import { showNext, showSource, showTabs } from './editor/tabs';
import { file, groove, number, quantum, rate, scale } from './editor/validators';
import type { PatternFields } from './pattern-config';

type PatternProperties = {
  [Key in keyof Required<Omit<PatternFields, 'mutates' | 'fileTempo'>>]: string | number;
} & {
  mutates: boolean;
  fileTempo: boolean;
  name: string;
  version: number;
};

/** What is stored now; what an earlier version stored is taken over when a dialog is closed with Done. */
const VERSION = 2;

/** Parts of the dialog that is open. */
let mutationTab: MutationTab | undefined;
let gridDialog: GridDialog | undefined;

RED.nodes.registerType<PatternProperties>('phasor-pattern', {
  category: 'phasor',
  color: '#A3D6A0',
  icon: 'phasor-pattern.svg',
  inputs: 1,
  outputs: 2,
  defaults: {
    name: { value: '' },
    source: { value: 'notation' },
    notation: {
      value: 'c4 e4 g4 e4',
      validate: function (value: string | number, _options?: unknown): boolean {
        if (this.source !== 'notation' && this.source !== undefined) return true;
        const error = notationError(String(value ?? ''), String(this.scale ?? ''));
        if (!error) return true;
        return this._('phasor-pattern.errors.notation', describe(error)) as unknown as boolean;
      }
    },
    grid: {
      value: '',
      validate: function (value: string | number, _options?: unknown): boolean {
        const error = this.source === 'grid' ? gridError(String(value ?? '')) : undefined;
        return error === undefined || (this._('phasor-pattern.errors.grid', { error }) as unknown as boolean);
      }
    },
    file: { value: '', validate: file('file') },
    fileTempo: { value: false },
    cycleBeats: { value: 4, validate: number('cycleBeats', { min: 0.25, max: 1000 }) },
    gate: { value: 80, validate: number('gate', { min: 1, max: 800 }) },
    velocity: { value: 100, validate: number('velocity', { min: 1, max: 127, whole: true }) },
    channel: { value: '', validate: number('channel', { min: 1, max: 16, whole: true, optional: true }) },
    scale: { value: '', validate: scale('scale') },
    seed: {
      value: 0,
      validate: number('seed', { min: -1_000_000_000, max: 1_000_000_000, whole: true })
    },
    rate: { value: '1', validate: rate('rate') },
    length: { value: '', validate: number('length', { min: 0.0625, max: 4000, optional: true }) },
    direction: { value: 'forward' },
    step: { value: 0.25, validate: number('step', { min: 0.03125, max: 64 }) },
    groove: { value: 'straight', validate: groove('groove') },
    noteLength: { value: 100, validate: number('noteLength', { min: 1, max: 800 }) },
    transpose: { value: 0, validate: number('transpose', { min: -60, max: 60, whole: true }) },
    quantise: { value: '', validate: scale('quantise') },
    density: { value: 100, validate: number('density', { min: 0, max: 100 }) },
    ratchet: { value: 1, validate: number('ratchet', { min: 1, max: 16, whole: true }) },
    humaniseTime: { value: 0, validate: number('humaniseTime', { min: 0, max: 50 }) },
    humaniseVelocity: { value: 0, validate: number('humaniseVelocity', { min: 0, max: 64, whole: true }) },
    quantum: { value: 'bar', validate: quantum('quantum') },
    phase: { value: 'song' },
    changes: { value: 'now' },
    cycles: { value: '', validate: number('cycles', { min: 1, max: 100_000, whole: true, optional: true }) },
    ending: { value: 'stop' },
    next: { value: '' },
    mutates: { value: false },
    mutation: {
      value: '',
      validate: function (value: string, _options?: unknown): boolean {
        const problem = rulesProblem(value);
        return (
          problem === undefined ||
          (this._('phasor-pattern.errors.mutation', { problem }) as unknown as boolean)
        );
      }
    },
    version: { value: 2 }
  },
  paletteLabel: 'pattern',
  label() {
    const { source, notation, file } = this;
    const what = source === 'grid' ? '' : source === 'file' ? file : notation;
    return this.name || shortened(String(what ?? '')) || this._('phasor-pattern.label.pattern');
  },
  labelStyle() {
    return this.name ? 'node_label_italic' : '';
  },
  inputLabels() {
    return this._('phasor-pattern.port.spans');
  },
  outputLabels(index) {
    return this._(index === 0 ? 'phasor-pattern.port.events' : 'phasor-pattern.port.ends');
  },
  oneditprepare() {
    takeOver(this);
    showTabs(this._);
    showSource();
    showNext();
    checkWhileTyping(this._);
    const mutation = (mutationTab = new MutationTab(this._, String(this.mutation ?? '')));
    gridDialog?.close();
    gridDialog = new GridDialog(this.id, this._, () => mutation.value());
    chooseFile(this._);
  },
  oneditsave() {
    this.version = VERSION;
    $('#node-input-mutation').val(mutationTab?.value() ?? '');
    gridDialog?.save();
  },
  oneditcancel() {
    gridDialog?.close();
  },
  // The dialog's own Delete calls none of the above.
  oneditdelete() {
    if (gridDialog?.id === this.id) gridDialog?.close();
  }
});
