import type { RawParameter, RawProfile } from '../model';
import { cc, group, steps } from './table';

/** Each algorithm: what the device sends, and from where on it takes a value for it. */
const ALGORITHMS = [
  [0, 0],
  [12, 12],
  [23, 22],
  [35, 33],
  [46, 43],
  [58, 54],
  [69, 65],
  [81, 75],
  [92, 86],
  [104, 96],
  [115, 107],
  [127, 117]
];

/** An operator has six controllers in a row. */
function operator(number: number, first: number): Record<string, RawParameter> {
  const name = `op${number}`;
  return group(`operator ${number}`, {
    [`${name}_level`]: cc(first, `operator${number}.level`),
    [`${name}_feedback`]: cc(first + 1, `operator${number}.feedback`),
    [`${name}_feedback_type`]: cc(
      first + 2,
      undefined,
      steps([
        ['sawtooth', 0, 0],
        ['square', 127, 64]
      ])
    ),
    [`${name}_mode`]: cc(
      first + 3,
      undefined,
      steps([
        ['ratio', 0, 0],
        ['fixed', 127, 64]
      ])
    ),
    [`${name}_coarse`]: cc(first + 4, `operator${number}.ratio`, {
      range: [0, 31],
      aliases: [`${name}_ratio`]
    }),
    [`${name}_fine`]: cc(first + 5, undefined, { range: [0, 99] })
  });
}

export const YAMAHA_REFACE_DX: RawProfile = {
  name: 'Yamaha reface DX',
  description: 'On the device, MIDI control must be on. Envelopes and the LFO have no controllers.',
  source: 'Yamaha, reface data list, reface DX control change table',
  parameters: {
    ...group('common', {
      algorithm: cc(
        80,
        'fm.algorithm',
        steps(ALGORITHMS.map(([value, from], index) => [String(index + 1), value, from] as const))
      )
    }),
    ...operator(1, 85),
    ...operator(2, 102),
    ...operator(3, 108),
    ...operator(4, 114)
  }
};
