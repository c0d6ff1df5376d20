import type { RawProfile } from '../model';
import { cc, group, steps } from './table';

const OFF_ON = steps([
  ['off', 0, 0],
  ['on', 1, 1]
]);

/** The manual lists the controllers, and the values of switches with the parameters of a sound. */
export const WALDORF_STREICHFETT: RawProfile = {
  name: 'Waldorf Streichfett',
  description:
    'Switches take the numbers that the manual gives for the parameters of a sound: 0, 1 and 2 from left to right.',
  source: 'Waldorf, Streichfett manual, MIDI implementation and sound parameters',
  parameters: {
    ...group('strings', {
      registration: cc(70, 'oscillator.shape'),
      octaves: cc(
        71,
        'oscillator.octave',
        steps([
          ['base', 0, 0],
          ['both', 1, 1],
          ['8va', 2, 2]
        ])
      ),
      release: cc(72, 'envelope.release'),
      crescendo: cc(73, 'envelope.attack'),
      ensemble_type: cc(
        74,
        'ensemble.type',
        steps([
          ['strings', 0, 0],
          ['strings+chorus', 1, 1],
          ['chorus', 2, 2]
        ])
      ),
      ensemble: cc(75, 'ensemble.on', OFF_ON)
    }),
    ...group('solo', {
      solo_tone: cc(76, 'solo.tone', { aliases: ['tone'] }),
      solo_tremolo: cc(77, 'tremolo.depth', { aliases: ['tremolo'] }),
      split: cc(
        78,
        'solo.split',
        steps([
          ['low', 0, 0],
          ['layer', 1, 1],
          ['high', 2, 2]
        ])
      ),
      solo_sustain: cc(79, 'solo.sustain', OFF_ON),
      solo_attack: cc(80, 'solo.attack'),
      solo_decay: cc(81, 'solo.decay')
    }),
    ...group('mix', {
      balance: cc(82, 'master.balance')
    }),
    ...group('effects', {
      fx_type: cc(
        91,
        'effect.type',
        steps([
          ['animate', 0, 0],
          ['phaser', 1, 1],
          ['reverb', 2, 2]
        ])
      ),
      animate: cc(92, 'modulation.depth'),
      phaser: cc(93, 'phaser.depth'),
      reverb: cc(94, 'reverb.mix')
    }),
    ...group('pedals', {
      modulation: cc(1, 'controller.modulation', { aliases: ['mod_wheel'] }),
      sustain_pedal: cc(
        64,
        'controller.sustain',
        steps([
          ['off', 0, 0],
          ['on', 127, 64]
        ])
      )
    })
  }
};
