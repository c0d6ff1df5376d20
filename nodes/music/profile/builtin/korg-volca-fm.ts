import type { RawProfile } from '../model';
import { cc, group } from './table';

export const KORG_VOLCA_FM: RawProfile = {
  name: 'Korg volca fm',
  description:
    'Transpose is in the middle at 64. Everything else of the sound is reached through SysEx only.',
  source: 'Korg, volca fm MIDI implementation chart',
  parameters: {
    ...group('voice', {
      transpose: cc(40, 'oscillator.transpose', { bipolar: true }),
      velocity: cc(41, 'voice.velocity'),
      algorithm: cc(48, 'fm.algorithm')
    }),
    ...group('modulator', {
      modulator_attack: cc(42, 'modulator.attack'),
      modulator_decay: cc(43, 'modulator.decay')
    }),
    ...group('carrier', {
      carrier_attack: cc(44, 'envelope.attack', { aliases: ['attack'] }),
      carrier_decay: cc(45, 'envelope.decay', { aliases: ['decay'] })
    }),
    ...group('lfo', {
      lfo_rate: cc(46, 'lfo.rate'),
      lfo_pitch_depth: cc(47, 'lfo.depth', { aliases: ['lfo_depth', 'lfo_amount'] })
    }),
    ...group('arpeggiator', {
      arp_type: cc(49, 'arpeggiator.pattern'),
      arp_division: cc(50, 'arpeggiator.division', { aliases: ['arp_div'] })
    })
  }
};
