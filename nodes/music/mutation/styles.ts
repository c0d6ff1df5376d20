/**
 * Three sets of rules that are ready to use. Their weights and steps follow those of a generative instrument that
 * mutates two things at a time: density often, chance and timbre now and then, the root seldom.
 */

/** A set of rules as JSON, before it is read. */
export interface RulesJson {
  readonly phasor?: 'mutation';
  readonly version?: 1;
  readonly name?: string;
  readonly rules: readonly object[];
  readonly [key: string]: unknown;
}

/** CC 74 is brightness and 91 reverb on many instruments; one with a profile is better served by `parameter`. */
const BRIGHTNESS = 74;
const REVERB = 91;

export const STYLES = {
  /** Some of everything, seldom far from the original. */
  default: {
    phasor: 'mutation',
    version: 1,
    name: 'default',
    seed: 0,
    changes: 2,
    bounds: { density: [0.1, 0.9], distance: 0.5 },
    rules: [
      { name: 'fewer notes', what: 'thin', share: 0.1, weight: 1.5, when: { every: 4 } },
      { name: 'more notes', what: 'double', share: 0.1, weight: 1.5, when: { every: 4 } },
      {
        name: 'chance',
        what: 'probability',
        amount: [-0.1, 0.1],
        share: 0.5,
        weight: 2.5,
        when: { every: 4 }
      },
      { name: 'accents', what: 'velocity', amount: [-12, 12], share: 0.5, weight: 2, when: { every: 4 } },
      { name: 'neighbours', what: 'markov', order: 1, share: 0.25, weight: 1.5, when: { every: 4 } },
      { name: 'exchange', what: 'swap', amount: 1, weight: 1.5, when: { every: 4 } },
      { name: 'octaves', what: 'octave', amount: [-1, 1], share: 0.1, weight: 1, when: { every: 8 } },
      { name: 'root', what: 'transpose', amount: [-2, 2], weight: 1, when: { every: 8, probability: 0.5 } }
    ]
  },
  /** Slow: long notes, few of them, soft, and a timbre that wanders. */
  ambient: {
    phasor: 'mutation',
    version: 1,
    name: 'ambient',
    seed: 0,
    changes: 2,
    bounds: { range: ['c2', 'c6'], density: [0.05, 0.5], distance: 0.7 },
    rules: [
      { name: 'wander', what: 'markov', order: 2, share: 0.3, weight: 3, when: { every: 2 } },
      { name: 'space', what: 'thin', share: 0.15, weight: 2, when: { every: 4 } },
      { name: 'again', what: 'double', share: 0.1, weight: 1, when: { every: 4 } },
      {
        name: 'longer and shorter',
        what: 'gate',
        amount: [0.8, 1.5],
        share: 0.5,
        weight: 2,
        when: { every: 2 }
      },
      { name: 'breath', what: 'velocity', amount: [-8, 8], weight: 2, when: { every: 2 } },
      { name: 'far octave', what: 'octave', amount: [-1, 1], share: 0.1, weight: 1, when: { every: 4 } },
      { name: 'mirror', what: 'reverse', weight: 0.5, when: { every: 8 } },
      {
        name: 'brightness',
        what: 'drift',
        controller: BRIGHTNESS,
        amount: [-10, 10],
        min: 30,
        max: 110,
        weight: 2,
        when: { every: 1, probability: 0.5 }
      },
      {
        name: 'reverb',
        what: 'drift',
        controller: REVERB,
        amount: [-5, 5],
        min: 40,
        max: 127,
        start: 80,
        weight: 1.5,
        when: { every: 2 }
      }
    ]
  },
  /** Pitches stay: places, accents, ratchets and gaps change, for drums and basses. */
  rhythmic: {
    phasor: 'mutation',
    version: 1,
    name: 'rhythmic',
    seed: 0,
    changes: 2,
    bounds: { density: [0.2, 0.95], distance: 0.6 },
    rules: [
      { name: 'gaps', what: 'thin', share: 0.1, weight: 3, when: { every: 2 } },
      { name: 'fills', what: 'double', share: 0.15, weight: 3, when: { every: 2 } },
      { name: 'rolls', what: 'ratchet', amount: [1, 4], share: 0.15, weight: 2, when: { every: 2 } },
      { name: 'accents', what: 'velocity', amount: [-20, 20], share: 0.5, weight: 2.5, when: { every: 1 } },
      { name: 'short and long', what: 'gate', amount: [0.7, 1.4], share: 0.5, weight: 1, when: { every: 2 } },
      { name: 'chance', what: 'probability', amount: [-0.05, 0.05], weight: 2.5, when: { every: 2 } },
      { name: 'exchange', what: 'swap', amount: 1, weight: 2, when: { every: 2 } },
      { name: 'shift', what: 'rotate', amount: [-1, 1], weight: 0.5, when: { every: 8 } }
    ]
  }
} as const satisfies Record<string, RulesJson>;

export type StyleName = keyof typeof STYLES;
export const STYLE_NAMES = Object.keys(STYLES) as readonly StyleName[];
