import type { RawParameter, RawProfile } from '../model';
import { cc, group, steps } from './table';

const PEDAL = steps([
  ['off', 0, 0],
  ['on', 127, 64]
]);

const FAST_AT_FIRST = { curve: 'logarithmic' };
const SLOW_AT_FIRST = { curve: 'exponential' };

const MASTER = group('master', {
  master_volume: cc(7, 'master.volume', { aliases: ['volume'] }),
  sustain_pedal: cc(64, 'controller.sustain', PEDAL)
});

/** A house map: many analog synths can be taught it. No standard says it, and no maker. */
export const GENERIC_ANALOG: RawProfile = {
  name: 'Generic analog (house map)',
  description:
    'No device in particular. 71 to 74 are common; 70 for sustain, 78 for detune and 79 for the pulse width are a ' +
    'choice of this package. Synths after General MIDI 2 take 71 to 78 as changes around 64.',
  source: 'house map',
  parameters: {
    ...group('filter', {
      filter_cutoff: cc(74, 'filter.cutoff', { ...SLOW_AT_FIRST, aliases: ['cutoff'] }),
      filter_resonance: cc(71, 'filter.resonance', { aliases: ['resonance'] })
    }),
    ...group('envelope', {
      attack: cc(73, 'envelope.attack', SLOW_AT_FIRST),
      decay: cc(75, 'envelope.decay', SLOW_AT_FIRST),
      sustain: cc(70, 'envelope.sustain'),
      release: cc(72, 'envelope.release', SLOW_AT_FIRST)
    }),
    ...group('lfo', {
      lfo_rate: cc(76, 'lfo.rate', FAST_AT_FIRST),
      lfo_amount: cc(77, 'lfo.depth', { aliases: ['lfo_depth'] })
    }),
    ...group('oscillator', {
      osc_detune: cc(78, 'oscillator.detune', { aliases: ['detune'] }),
      pulse_width: cc(79, 'oscillator.shape')
    }),
    ...MASTER
  }
};

function operator(number: number, first: number): Record<string, RawParameter> {
  const name = `op${number}`;
  return group(`operator ${number}`, {
    [`${name}_ratio`]: cc(first, `operator${number}.ratio`, { steps: 32 }),
    [`${name}_level`]: cc(first + 1, `operator${number}.level`),
    [`${name}_attack`]: cc(first + 2, `operator${number}.attack`, SLOW_AT_FIRST),
    [`${name}_decay`]: cc(first + 3, `operator${number}.decay`, SLOW_AT_FIRST)
  });
}

/** A house map with two operators; no device has it. */
export const GENERIC_FM: RawProfile = {
  name: 'Generic FM (house map)',
  description: 'No device in particular: a map of two operators for soft synths that learn controllers.',
  source: 'house map',
  parameters: {
    ...operator(1, 20),
    ...operator(2, 24),
    ...group('fm', {
      mod_index: cc(28, 'fm.index', SLOW_AT_FIRST),
      feedback: cc(29, 'fm.feedback')
    }),
    ...MASTER
  }
};
