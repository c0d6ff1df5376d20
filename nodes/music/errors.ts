/**
 * The error family. `code` is stable and meant for programs, `message` for people: it says what is wrong and
 * what is allowed. `recoverable` tells whether the same call can succeed later without a change to the flow.
 */
export abstract class PhasorError extends Error {
  abstract readonly code: string;
  readonly recoverable: boolean = false;

  override get name(): string {
    return this.constructor.name;
  }
}

/** A value that no reading of it makes valid: a word where a number belongs, an unknown clock, a broken byte. */
export class InvalidParameter extends PhasorError {
  readonly code = 'InvalidParameter';

  constructor(
    readonly parameter: string,
    readonly value: unknown,
    readonly reason: string
  ) {
    super(`${parameter}: ${describe(value)} is not valid: ${reason}`);
  }
}

/** A number outside its range; `min` and `max` are both allowed values. */
export class OutOfBounds extends PhasorError {
  readonly code = 'OutOfBounds';

  constructor(
    readonly parameter: string,
    readonly value: number,
    readonly min: number,
    readonly max: number
  ) {
    super(`${parameter}: ${value} is out of range: ${min} to ${max} is allowed`);
  }
}

/** A short, safe rendering of any value for a message: never throws, never longer than a line. */
export function describe(value: unknown): string {
  let text: string;
  try {
    text =
      typeof value === 'string' || (typeof value === 'object' && value !== null)
        ? JSON.stringify(value)
        : String(value);
  } catch {
    text = Object.prototype.toString.call(value);
  }
  text ??= typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Returns `value` if it is a finite number within [min, max]; throws InvalidParameter or OutOfBounds otherwise. */
export function numberWithin(parameter: string, value: unknown, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new InvalidParameter(parameter, value, `a number from ${min} to ${max} is needed`);
  }
  if (value < min || value > max) throw new OutOfBounds(parameter, value, min, max);
  return value;
}

/** As {@link numberWithin}, and the number must be whole. */
export function integerWithin(parameter: string, value: unknown, min: number, max: number): number {
  const number = numberWithin(parameter, value, min, max);
  if (!Number.isInteger(number)) {
    throw new InvalidParameter(parameter, value, `a whole number from ${min} to ${max} is needed`);
  }
  return number;
}
