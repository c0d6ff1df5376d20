/** Mutation rules: what they are once read, their limits, and what is taken where a rule says nothing. */
import type { Scale } from '../pitch';
import type { MarkovModel } from './markov';

/** Most rules of a set. */
export const MAX_RULES = 64;
/** Most places per step where notes begin. */
export const MAX_DENSITY = 16;
/** Longest name of a rule or a generation. */
export const MAX_NAME_LENGTH = 60;
/** Most cycles or bars that a rule waits. */
export const MAX_EVERY = 1024;
/** Most steps of a cycle. */
export const MAX_STEPS = 256;
/** Most cycles that are laid side by side to be mutated as one. */
export const MAX_CYCLES = 64;
/** A sixteenth note: the step where no number of steps is given. */
export const DEFAULT_STEP_TICKS = 240;

/** Two numbers, the first not above the second, both included. */
export type Range = readonly [low: number, high: number];

export const WHEN = ['cycle', 'bar', 'message'] as const;
/**
 * Events that a rule may touch. Bare note-ons and note-offs are left alone, since one without the other would
 * hang; so are bytes of the transport and sysex, which say nothing that could be varied.
 */
export const KINDS = [
  'note',
  'cc',
  'cc14',
  'nrpn',
  'rpn',
  'program',
  'pitchBend',
  'pressure',
  'polyPressure',
  'parameter'
] as const;
export type Kind = (typeof KINDS)[number];

export const OPERATIONS = [
  'transpose',
  'octave',
  'invert',
  'markov',
  'rotate',
  'reverse',
  'swap',
  'thin',
  'double',
  'ratchet',
  'velocity',
  'gate',
  'probability',
  'drift'
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What an operation is told about how much. */
interface OperationKind {
  /** Range of its amount, whether whole numbers, and what it is where a rule gives none. Absent: it has none. */
  readonly amount?: {
    readonly min: number;
    readonly max: number;
    readonly whole: boolean;
    readonly default: Range;
  };
  /** Share of the selected events that it alters where a rule gives none. Absent: all or nothing, no share. */
  readonly share?: number;
}

export const OPERATION: Readonly<Record<Operation, OperationKind>> = Object.freeze({
  transpose: { amount: { min: -48, max: 48, whole: true, default: [-2, 2] }, share: 1 },
  octave: { amount: { min: -8, max: 8, whole: true, default: [-1, 1] }, share: 0.25 },
  invert: {},
  markov: { share: 0.5 },
  rotate: { amount: { min: -MAX_STEPS, max: MAX_STEPS, whole: true, default: [1, 1] } },
  reverse: {},
  swap: { amount: { min: 1, max: 64, whole: true, default: [1, 1] } },
  thin: { share: 0.25 },
  double: { share: 0.25 },
  ratchet: { amount: { min: 1, max: 16, whole: true, default: [2, 3] }, share: 0.25 },
  velocity: { amount: { min: -126, max: 126, whole: true, default: [-12, 12] }, share: 1 },
  gate: { amount: { min: 0.1, max: 10, whole: false, default: [0.8, 1.25] }, share: 1 },
  probability: { amount: { min: -1, max: 1, whole: false, default: [-0.1, 0.1] }, share: 1 },
  drift: { amount: { min: -127, max: 127, whole: false, default: [-0.1, 0.1] } }
});

/** What a mutation must keep to; what is absent is not bounded. */
export interface Bounds {
  /** Lowest and highest MIDI note. */
  readonly range?: Range;
  readonly scale?: Scale;
  /** Places where notes begin, per step, 0–16. */
  readonly density?: Range;
  /** Farthest from the original, 0–1, as distance.ts measures it. */
  readonly distance?: number;
}

/** Steps counted from 1: `from`, and every `by`th after it up to `to`. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
  readonly by: number;
}

export interface When {
  readonly on: (typeof WHEN)[number];
  readonly every: number;
  readonly probability: number;
}

export interface Where {
  readonly steps?: readonly StepRange[];
  /** MIDI notes. */
  readonly rows?: readonly Range[];
  readonly kinds: readonly Kind[];
}

/** What drifts: a parameter by name in 0–1, or a controller in 0–127. */
export interface DriftTarget {
  readonly parameter?: string;
  readonly controller?: number;
  readonly min: number;
  readonly max: number;
  /** Value before the first step of the drift. */
  readonly start: number;
}

export const MARKOV_SOURCES = ['pattern', 'notes', 'matrix'] as const;

export interface MarkovSource {
  readonly order: 1 | 2 | 3;
  readonly from: (typeof MARKOV_SOURCES)[number];
  /** Only with `from: 'matrix'`. */
  readonly model?: MarkovModel;
}

/** One rule, read and checked. */
export interface MutationRule {
  readonly name: string;
  readonly enabled: boolean;
  /** How likely it is taken among the rules that are due; above 0. */
  readonly weight: number;
  readonly when: When;
  readonly where: Where;
  readonly what: Operation;
  readonly amount: Range;
  readonly share: number;
  /** Most events that it alters. */
  readonly count: number;
  /** Axis of `invert`; absent: the middle of what is selected. */
  readonly axis?: number;
  readonly drift?: DriftTarget;
  readonly markov?: MarkovSource;
  /** Those of the set with those of the rule over them. */
  readonly bounds: Bounds;
}

/** A set of rules, read and checked. */
export interface MutationRules {
  readonly name: string;
  readonly seed: number;
  /** Most rules applied at one time. */
  readonly changes: number;
  /** Steps of one cycle of the source; 0: as many sixteenths as it has. */
  readonly steps: number;
  /** Cycles of the source that are mutated as one; 0: found out, see materialise.ts. */
  readonly cycles: number;
  readonly bounds: Bounds;
  readonly rules: readonly MutationRule[];
}

/** Length of a step of a source whose cycle has `cycleTicks`. */
export function stepTicksOf({ steps }: Pick<MutationRules, 'steps'>, cycleTicks: number): number {
  return steps > 0 ? cycleTicks / steps : Math.min(DEFAULT_STEP_TICKS, cycleTicks);
}
