/** Exact rational numbers for the time inside a pattern. */
import { InvalidParameter } from './errors';

/** `num / den`, in lowest terms, `den` > 0, both safe integers. Frozen. */
export interface Fraction {
  readonly num: number;
  readonly den: number;
}

/** Greatest common divisor of two whole numbers, at least 1. */
export function gcd(a: number, b: number): number {
  a = Math.abs(a);
  b = Math.abs(b);
  while (b) [a, b] = [b, a % b];
  return a || 1;
}

/** Least common multiple of two whole numbers > 0. */
export function lcm(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}

/** The fraction `num / den` of two whole numbers. Throws InvalidParameter where it cannot be held exactly. */
export function fraction(num: number, den = 1): Fraction {
  const divisor = gcd(num, den) * Math.sign(den);
  const reduced = { num: num / divisor + 0, den: den / divisor };
  if (!Number.isSafeInteger(num) || !Number.isSafeInteger(den) || den === 0) {
    throw new InvalidParameter('time', `${num}/${den}`, 'too fine to be held exactly');
  }
  return Object.freeze(reduced);
}

export const ZERO = fraction(0);
export const ONE = fraction(1);

export function add(a: Fraction, b: Fraction): Fraction {
  const den = lcm(a.den, b.den);
  return fraction(a.num * (den / a.den) + b.num * (den / b.den), den);
}

export function subtract(a: Fraction, b: Fraction): Fraction {
  const den = lcm(a.den, b.den);
  return fraction(a.num * (den / a.den) - b.num * (den / b.den), den);
}

/** Cancels crosswise before it multiplies, so that nothing larger than the result ever occurs. */
export function multiply(a: Fraction, b: Fraction): Fraction {
  const left = gcd(a.num, b.den);
  const right = gcd(b.num, a.den);
  return fraction((a.num / left) * (b.num / right), (a.den / right) * (b.den / left));
}

/** `a / b`; `b` must not be 0. */
export function divide(a: Fraction, b: Fraction): Fraction {
  return multiply(a, b.num < 0 ? { num: -b.den, den: -b.num } : { num: b.den, den: b.num });
}

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compare(a: Fraction, b: Fraction): number {
  return subtract(a, b).num;
}

/** The nearest float64. */
export function toNumber(a: Fraction): number {
  return a.num / a.den;
}
