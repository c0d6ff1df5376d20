import { said, type Wording, type Words } from '../words';
import { MAX_FACTOR } from './errors';
/** What a number may be. Decimals have three places at most, so that exact arithmetic stays small. */
export interface NumberRange {
  readonly expected: Words;
  readonly min: number;
  readonly max: number;
  readonly decimals?: boolean;
}
const whole = (what: Wording, min: number, max: number): NumberRange => ({
  expected: said('__what__, a whole number from __min__ to __max__', { what, min, max }),
  min,
  max
});
const decimal = (what: Wording, min: number, max: number): NumberRange => ({
  expected: said('__what__ from __min__ to __max__, with at most three decimals', { what, min, max }),
  min,
  max,
  decimals: true
});
export const SPEED = decimal('a factor', 0.004, MAX_FACTOR);
export const WEIGHT = decimal('a weight', 0.001, MAX_FACTOR);
export const PROBABILITY = decimal('a probability', 0, 1);
export const COUNT = whole('a count', 1, MAX_FACTOR);
export const DENOMINATOR = whole('a divisor', 1, MAX_FACTOR);
export const PULSES = whole('a number of pulses', -MAX_FACTOR, MAX_FACTOR);
export const ROTATION = whole('a rotation', -MAX_FACTOR, MAX_FACTOR);

export const CONTROL_VALUE = whole('a value', 0, 127);
export const LOCK_VALUE = decimal('a value', 0, 1);

/** The suffixes that give a note something beside its pitch. */
export const STYLES: Readonly<Record<string, { key: 'velocity' | 'gate' | 'channel'; range: NumberRange }>> =
  {
    '^': { key: 'velocity', range: whole('a velocity', 1, 127) },
    '&': { key: 'gate', range: decimal('a gate', 0.01, 64) },
    ':': { key: 'channel', range: whole('a channel', 1, 16) }
  };
