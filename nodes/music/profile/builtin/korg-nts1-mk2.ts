import type { RawParameter, RawProfile } from '../model';
import { cc, group, pair, steps } from './table';

const ARP_INTERVALS = steps([
  ['octave', 0, 0],
  ['major', 21, 21],
  ['suspended', 42, 42],
  ['augmented', 63, 63],
  ['minor', 84, 84],
  ['diminished', 127, 105]
]);

const ARP_PATTERNS = steps([
  ['up', 0, 0],
  ['down', 12, 12],
  ['up-down', 24, 24],
  ['down-up', 36, 36],
  ['converge', 48, 48],
  ['diverge', 60, 60],
  ['converge-diverge', 72, 72],
  ['diverge-converge', 84, 84],
  ['random', 96, 96],
  ['stochastic', 127, 108]
]);

/** The arpeggiator is the same in both generations. */
export const ARPEGGIATOR = group('arpeggiator', {
  arp_pattern: cc(117, 'arpeggiator.pattern', ARP_PATTERNS),
  arp_intervals: cc(118, 'arpeggiator.intervals', ARP_INTERVALS),
  arp_length: cc(119, 'arpeggiator.length')
});

export const EG_TYPES = steps([
  ['ADSR', 0, 0],
  ['AHR', 25, 25],
  ['AR', 50, 50],
  ['AR loop', 75, 75],
  ['open', 127, 100]
]);

export const FILTER_TYPES = steps([
  ['LP2', 0, 0],
  ['LP4', 18, 18],
  ['BP2', 36, 36],
  ['BP4', 54, 54],
  ['HP2', 72, 72],
  ['HP4', 90, 90],
  ['off', 127, 108]
]);

const OSCILLATOR_TYPES = steps([
  ['off', 0, 0],
  ['saw', 18, 18],
  ['triangle', 36, 36],
  ['square', 54, 54],
  ['VPM', 72, 72],
  ['noise', 90, 90],
  ['waves', 127, 107]
]);

const MOD_TYPES = steps([
  ['off', 0, 0],
  ['chorus', 14, 14],
  ['ensemble', 28, 28],
  ['phaser', 42, 42],
  ['flanger', 56, 56],
  ['soft clip', 70, 70],
  ['hard clip', 84, 84],
  ['sine fold', 98, 98],
  ['fuzz', 127, 112]
]);

const DELAY_TYPES = steps([
  ['off', 0, 0],
  ['stereo', 9, 9],
  ['mono', 18, 18],
  ['ping pong', 27, 27],
  ['highpass', 36, 36],
  ['tape', 45, 45],
  ['one', 54, 54],
  ['stereo BPM', 63, 63],
  ['mono BPM', 72, 72],
  ['ping pong BPM', 81, 81],
  ['high BPM', 90, 90],
  ['tape BPM', 99, 99],
  ['doubling', 127, 108]
]);

const REVERB_TYPES = steps([
  ['off', 0, 0],
  ['hall', 11, 11],
  ['smooth', 22, 22],
  ['arena', 33, 33],
  ['plate', 44, 44],
  ['room', 55, 55],
  ['early', 66, 66],
  ['space', 77, 77],
  ['riser', 88, 88],
  ['submarine', 99, 99],
  ['horror', 127, 110]
]);

/** Edit parameters of an oscillator or effect: eight NRPN, of which the device wants the low data byte first. */
function edits(prefix: string, name: string, bank: number): Record<string, RawParameter> {
  return group(
    name,
    Object.fromEntries(
      Array.from({ length: 8 }, (_, index) => [
        `${prefix}_edit_${index + 1}`,
        { nrpn: [bank, index] as const, order: 'lsbFirst' as const }
      ])
    )
  );
}

/** From Korg's chart. It has no decay and no sustain; what stands in its place is the type of the envelope. */
export const KORG_NTS1_MK2: RawProfile = {
  name: 'Korg NTS-1 digital kit mkII',
  description:
    'On the device, MIDI RX of short messages must be on. There are no controllers for decay and sustain. ' +
    'User oscillators and effects come after the built-in types and move the boundaries between them.',
  source: 'Korg, NTS-1 digital kit mkII MIDI implementation 1.00 of 2024-03-18',
  firmware: '1.0',
  parameters: {
    ...group('master', {
      master_volume: pair(7, 39, 'master.volume', { aliases: ['volume'] })
    }),
    ...group('oscillator', {
      osc_type: cc(53, 'oscillator.type', OSCILLATOR_TYPES),
      osc_a: pair(54, 102, 'oscillator.shape', { aliases: ['osc_shape', 'shape'] }),
      osc_b: pair(55, 103, 'oscillator.alt', { aliases: ['osc_alt', 'alt'] }),
      osc_lfo_rate: pair(24, 56, 'lfo.rate', { aliases: ['lfo_rate'] }),
      osc_lfo_depth: pair(26, 58, 'lfo.depth', { aliases: ['lfo_depth', 'lfo_amount'] })
    }),
    ...group('filter', {
      filter_type: cc(42, 'filter.type', FILTER_TYPES),
      filter_cutoff: pair(43, 107, 'filter.cutoff', { aliases: ['cutoff'] }),
      filter_resonance: pair(44, 108, 'filter.resonance', { aliases: ['resonance'] }),
      filter_sweep_depth: pair(45, 109, 'filter.sweep_depth', { aliases: ['sweep_depth'] }),
      filter_sweep_rate: pair(46, 110, 'filter.sweep_rate', { aliases: ['sweep_rate'] })
    }),
    ...group('envelope', {
      eg_type: cc(14, 'envelope.type', { ...EG_TYPES, aliases: ['envelope_type'] }),
      eg_attack: pair(16, 48, 'envelope.attack', { aliases: ['attack'] }),
      eg_release: pair(19, 49, 'envelope.release', { aliases: ['release'] }),
      tremolo_depth: pair(20, 50, 'tremolo.depth'),
      tremolo_rate: pair(21, 51, 'tremolo.rate')
    }),
    ...group('modulation', {
      mod_type: cc(88, 'modulation.type', MOD_TYPES),
      mod_a: pair(28, 60, 'modulation.time', { aliases: ['mod_time'] }),
      mod_b: pair(29, 61, 'modulation.depth', { aliases: ['mod_depth'] })
    }),
    ...group('delay', {
      delay_type: cc(89, 'delay.type', DELAY_TYPES),
      delay_a: pair(30, 62, 'delay.time', { aliases: ['delay_time'] }),
      delay_b: pair(31, 63, 'delay.depth', { aliases: ['delay_depth'] }),
      delay_mix: pair(33, 113, 'delay.mix')
    }),
    ...group('reverb', {
      reverb_type: cc(90, 'reverb.type', REVERB_TYPES),
      reverb_a: pair(34, 114, 'reverb.time', { aliases: ['reverb_time'] }),
      reverb_b: pair(35, 115, 'reverb.depth', { aliases: ['reverb_depth'] }),
      reverb_mix: pair(36, 116, 'reverb.mix')
    }),
    ...ARPEGGIATOR,
    ...edits('osc', 'oscillator', 0),
    ...edits('mod', 'modulation', 1),
    ...edits('delay', 'delay', 2),
    ...edits('reverb', 'reverb', 3)
  }
};
