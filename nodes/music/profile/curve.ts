/**
 * Curves: how a position from 0 to 1 becomes a value of a synth. Each rises without a break from 0 to 1, so that
 * whatever a sensor says stays within the range.
 */
export type Curve =
  | { type: 'linear' }
  /** x to the power of `exponent` (2 unless it is said): slow at first, for filters and times. */
  | { type: 'exponential'; exponent: number }
  /** log10(9x + 1): fast at first, fine at the top. */
  | { type: 'logarithmic' };

export const CURVES = ['linear', 'exponential', 'logarithmic', 'stepped'] as const;

export const LINEAR: Curve = Object.freeze({ type: 'linear' });

/** Most and least that an exponent may be: 8 is nearly a switch, and 1/8 one at the other end. */
export const EXPONENTS = { min: 0.125, max: 8, usual: 2 } as const;

/** The height of a curve, 0–1, at a position, 0–1. */
export function heightAt(curve: Curve, position: number): number {
  switch (curve.type) {
    case 'linear':
      return position;
    case 'exponential':
      return position ** curve.exponent;
    case 'logarithmic':
      return Math.log10(9 * position + 1);
  }
}

/** The position at which a curve has a height: the inverse of {@link heightAt}. */
export function positionOf(curve: Curve, height: number): number {
  switch (curve.type) {
    case 'linear':
      return height;
    case 'exponential':
      return height ** (1 / curve.exponent);
    case 'logarithmic':
      return (10 ** height - 1) / 9;
  }
}

/** A range of whole values. With a centre, the curve goes out from it to both ends and 0.5 is the centre. */
export interface ValueRange {
  min: number;
  max: number;
  centre?: number;
}

/** The value of a range at a position, 0–1; rounded to the nearest whole one, halves upwards. */
export function valueAt(curve: Curve, { min, max, centre }: ValueRange, position: number): number {
  if (centre === undefined) return Math.round(min + heightAt(curve, position) * (max - min));
  const side = 2 * position - 1;
  return side < 0
    ? Math.round(centre - heightAt(curve, -side) * (centre - min))
    : Math.round(centre + heightAt(curve, side) * (max - centre));
}

/** The position, 0–1, of a value; values beyond the range have that of its end. */
export function positionOfValue(curve: Curve, { min, max, centre }: ValueRange, value: number): number {
  const within = Math.min(max, Math.max(min, value));
  if (centre === undefined) return max === min ? 0 : positionOf(curve, (within - min) / (max - min));
  if (within < centre) return (1 - positionOf(curve, (centre - within) / (centre - min))) / 2;
  return max === centre ? 0.5 : (1 + positionOf(curve, (within - centre) / (max - centre))) / 2;
}

/** One of a few values with names. A device takes everything from `from` up to the next step for this one. */
export interface Step {
  label: string;
  value: number;
  from: number;
}

/** The number of the step at a position: all steps have an equal share of 0–1. */
export function stepAt(count: number, position: number): number {
  return Math.min(count - 1, Math.floor(position * count));
}

/** The position that stands for a step: 0 for the first, 1 for the last; {@link stepAt} leads back. */
export function positionOfStep(count: number, index: number): number {
  return count < 2 ? 0 : index / (count - 1);
}

/** The number of the step that a device would take a value for. */
export function stepOfValue(steps: readonly Step[], value: number): number {
  let found = 0;
  steps.forEach(({ from }, index) => {
    if (value >= from) found = index;
  });
  return found;
}
