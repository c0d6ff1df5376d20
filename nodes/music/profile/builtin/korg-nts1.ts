import type { RawProfile } from '../model';
import { ARPEGGIATOR, EG_TYPES, FILTER_TYPES } from './korg-nts1-mk2';
import { cc, group, steps } from './table';

/** Below 63 to one side, 63 nothing, above to the other. */
const AROUND_63 = { bipolar: 63 };

const OSCILLATOR_TYPES = steps([
  ['saw', 0, 0],
  ['triangle', 25, 25],
  ['square', 50, 50],
  ['VPM', 75, 75],
  ['waves', 127, 100]
]);

const MOD_TYPES = steps([
  ['off', 0, 0],
  ['chorus', 25, 25],
  ['ensemble', 50, 50],
  ['phaser', 75, 75],
  ['flanger', 127, 100]
]);

const DELAY_TYPES = steps([
  ['off', 0, 0],
  ['stereo', 21, 21],
  ['mono', 42, 42],
  ['ping pong', 63, 63],
  ['highpass', 84, 84],
  ['tape', 127, 105]
]);

const REVERB_TYPES = steps([
  ['off', 0, 0],
  ['hall', 21, 21],
  ['plate', 42, 42],
  ['space', 63, 63],
  ['riser', 84, 84],
  ['submarine', 127, 105]
]);

/** From Korg's chart, with where the bipolar ones have their centre from its users. */
export const KORG_NTS1: RawProfile = {
  name: 'Korg NTS-1 digital kit',
  description:
    'The first generation. User oscillators and effects come after the built-in types and move the boundaries ' +
    'between them. Depths and mixes have their centre at 63.',
  source: 'Korg, NTS-1 digital kit MIDI implementation 1.00; centres as users measured them',
  firmware: '1.0',
  parameters: {
    ...group('oscillator', {
      osc_type: cc(53, 'oscillator.type', OSCILLATOR_TYPES),
      osc_shape: cc(54, 'oscillator.shape', { aliases: ['shape'] }),
      osc_alt: cc(55, 'oscillator.alt', { aliases: ['alt'] }),
      lfo_rate: cc(24, 'lfo.rate'),
      lfo_depth: cc(26, 'lfo.depth', { ...AROUND_63, aliases: ['lfo_amount'] })
    }),
    ...group('filter', {
      filter_type: cc(42, 'filter.type', FILTER_TYPES),
      filter_cutoff: cc(43, 'filter.cutoff', { aliases: ['cutoff'] }),
      filter_resonance: cc(44, 'filter.resonance', { aliases: ['resonance'] }),
      filter_sweep_depth: cc(45, 'filter.sweep_depth', { ...AROUND_63, aliases: ['sweep_depth'] }),
      filter_sweep_rate: cc(46, 'filter.sweep_rate', { aliases: ['sweep_rate'] })
    }),
    ...group('envelope', {
      eg_type: cc(14, 'envelope.type', { ...EG_TYPES, aliases: ['envelope_type'] }),
      eg_attack: cc(16, 'envelope.attack', { aliases: ['attack'] }),
      eg_release: cc(19, 'envelope.release', { aliases: ['release'] }),
      tremolo_depth: cc(20, 'tremolo.depth'),
      tremolo_rate: cc(21, 'tremolo.rate')
    }),
    ...group('modulation', {
      mod_type: cc(88, 'modulation.type', MOD_TYPES),
      mod_time: cc(28, 'modulation.time'),
      mod_depth: cc(29, 'modulation.depth')
    }),
    ...group('delay', {
      delay_type: cc(89, 'delay.type', DELAY_TYPES),
      delay_time: cc(30, 'delay.time'),
      delay_depth: cc(31, 'delay.depth'),
      delay_mix: cc(33, 'delay.mix', AROUND_63)
    }),
    ...group('reverb', {
      reverb_type: cc(90, 'reverb.type', REVERB_TYPES),
      reverb_time: cc(34, 'reverb.time'),
      reverb_depth: cc(35, 'reverb.depth'),
      reverb_mix: cc(36, 'reverb.mix', AROUND_63)
    }),
    ...ARPEGGIATOR
  }
};
