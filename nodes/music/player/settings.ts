/** How a pattern is played, whatever it holds. */
import { said } from '../words';
import { InvalidParameter, integerWithin, numberWithin } from '../errors';
import { TICKS_PER_QUARTER } from '../event';
import { MAX_CYCLE_TICKS } from '../pattern';
import { scaleNamed, type Scale } from '../pitch';
import { MAX_RATCHET } from '../step';
import { readGroove, STRAIGHT, type Groove } from './groove';

export const DIRECTIONS = ['forward', 'backward', 'pingpong', 'random'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What happens when a pattern has played its number of cycles. */
export const ENDINGS = ['stop', 'mute', 'next', 'again'] as const;
export type Ending = (typeof ENDINGS)[number];

/** Checked and complete. Frozen. */
export interface PlaySettings {
  /** Times as fast, 1/64–64. */
  readonly rate: number;
  /** How much of the pattern is played before it begins again, in its own ticks; undefined: one cycle. */
  readonly lengthTicks: number | undefined;
  readonly direction: Direction;
  /** The grid of direction, groove and humanising, in ticks. */
  readonly stepTicks: number;
  readonly groove: Groove;
  /** What the length of every note is multiplied with, 0.01–8. */
  readonly noteLength: number;
  /** Semitones, −60…60. */
  readonly transpose: number;
  /** The scale whose nearest note is played; undefined: any note. */
  readonly quantise: Scale | undefined;
  /** How likely each note is, beside what its step says, 0–1. */
  readonly density: number;
  /** How often each note is struck, beside what its step says, 1–16. */
  readonly ratchet: number;
  /** Notes fall early or late by up to so much of a step, 0–0.5. */
  readonly humaniseTime: number;
  /** Velocities differ by up to so much, 0–64. */
  readonly humaniseVelocity: number;
  /** Whole; other seeds, other chances. */
  readonly seed: number;
  /** How many cycles are played; undefined: without end. */
  readonly cycles: number | undefined;
  readonly ending: Ending;
}

export const PLAIN: PlaySettings = Object.freeze({
  rate: 1,
  lengthTicks: undefined,
  direction: 'forward',
  stepTicks: TICKS_PER_QUARTER / 4,
  groove: STRAIGHT,
  noteLength: 1,
  transpose: 0,
  quantise: undefined,
  density: 1,
  ratchet: 1,
  humaniseTime: 0,
  humaniseVelocity: 0,
  seed: 0,
  cycles: undefined,
  ending: 'stop'
});

/** Settings as a dialog stores them and messages carry them: lengths in quarter notes, shares in percent. */
export interface PlayFields {
  /** A number, or a ratio such as 3/2. */
  rate?: number | string;
  length?: number | string;
  direction?: string;
  step?: number | string;
  /** See readGroove. */
  groove?: number | string;
  noteLength?: number | string;
  transpose?: number | string;
  quantise?: string;
  density?: number | string;
  ratchet?: number | string;
  humaniseTime?: number | string;
  humaniseVelocity?: number | string;
  seed?: number | string;
  cycles?: number | string;
  ending?: string;
}

/** Reads settings; what is missing or blank is as in PLAIN. Throws InvalidParameter or OutOfBounds. */
export function readPlaySettings(fields: PlayFields): PlaySettings {
  const number = (key: keyof PlayFields, otherwise: number, min: number, max: number) =>
    isBlank(fields[key]) ? otherwise : numberWithin(key, asNumber(fields[key]), min, max);
  const whole = (key: keyof PlayFields, otherwise: number, min: number, max: number) =>
    isBlank(fields[key]) ? otherwise : integerWithin(key, asNumber(fields[key]), min, max);
  const maxBeats = MAX_CYCLE_TICKS / TICKS_PER_QUARTER;
  return Object.freeze({
    rate: isBlank(fields.rate) ? 1 : readRate(fields.rate),
    lengthTicks: isBlank(fields.length)
      ? undefined
      : number('length', 0, 1 / 16, maxBeats) * TICKS_PER_QUARTER,
    direction: oneOf('direction', fields.direction, DIRECTIONS),
    stepTicks: number('step', 1 / 4, 1 / 32, 64) * TICKS_PER_QUARTER,
    groove: isBlank(fields.groove) ? STRAIGHT : readGroove(fields.groove),
    noteLength: number('noteLength', 100, 1, 800) / 100,
    transpose: whole('transpose', 0, -60, 60),
    quantise: isBlank(fields.quantise) ? undefined : readScale('quantise', fields.quantise),
    density: number('density', 100, 0, 100) / 100,
    ratchet: whole('ratchet', 1, 1, MAX_RATCHET),
    humaniseTime: number('humaniseTime', 0, 0, 50) / 100,
    humaniseVelocity: whole('humaniseVelocity', 0, 0, 64),
    seed: whole('seed', 0, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    cycles: isBlank(fields.cycles) ? undefined : whole('cycles', 1, 1, 100_000),
    ending: oneOf('ending', fields.ending, ENDINGS)
  });
}

/** `2`, `0.5`, `3/2`. Throws InvalidParameter or OutOfBounds. */
export function readRate(raw: unknown): number {
  const match = typeof raw === 'string' && /^\s*(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*$/.exec(raw);
  const rate = match ? Number(match[1]) / Number(match[2]) : asNumber(raw);
  return numberWithin('rate', rate, 1 / 64, 64);
}

export function readScale(name: string, raw: unknown): Scale {
  const scale = typeof raw === 'string' ? scaleNamed(raw) : undefined;
  if (!scale) throw new InvalidParameter(name, raw, "a root and a scale are needed, as in 'c4 minor'");
  return scale;
}

export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

/** One of a list of words, the first where none is given. Throws InvalidParameter. */
export function oneOf<Word extends string>(name: string, raw: unknown, words: readonly Word[]): Word {
  if (isBlank(raw)) return words[0];
  if (words.includes(raw as Word)) return raw as Word;
  throw new InvalidParameter(name, raw, said('one of __names__ is needed', { names: words.join(', ') }));
}

/** A number that was written as a text is one, too. */
function asNumber(raw: unknown): unknown {
  return typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
}
