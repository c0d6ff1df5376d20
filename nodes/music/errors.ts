import { said, tell, type Words } from './words';

/**
 * The error family. `code` is stable and meant for programs, `message` for people: it says what is wrong and
 * what is allowed, in English; `words` are the same for whoever reads another language. `recoverable` tells whether the same call can succeed later without a change to the flow.
 */
export abstract class PhasorError extends Error {
  abstract readonly code: string;
  readonly recoverable: boolean = false;

  constructor(public words: Words) {
    super(tell(words));
  }

  /** Says where it was that a reader found this wrong. */
  in(place: string): this {
    this.words = said('__place__: __problem__', { place, problem: this.words });
    this.message = tell(this.words);
    return this;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** A value that no reading of it makes valid: a word where a number belongs, an unknown clock, a broken byte. */
export class InvalidParameter extends PhasorError {
  readonly code = 'InvalidParameter';
  readonly reason: string;

  constructor(
    readonly parameter: string,
    readonly value: unknown,
    /** `reason`, for whoever reads another language. */
    readonly why: Words,
    words: Words = said('__parameter__: __value__ is not valid: __reason__', {
      parameter,
      value: describe(value),
      reason: why
    })
  ) {
    super(words);
    this.reason = tell(why);
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
    super(
      said('__parameter__: __value__ is out of range: __min__ to __max__ is allowed', {
        parameter,
        value,
        min,
        max
      })
    );
  }
}

/** What an error says, of ours or of somebody else. */
export function wordsOf(error: unknown): Words {
  if (error instanceof PhasorError) return error.words;
  return error instanceof Error ? error.message : String(error);
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
    throw new InvalidParameter(
      parameter,
      value,
      said('a number from __min__ to __max__ is needed', { min, max })
    );
  }
  if (value < min || value > max) throw new OutOfBounds(parameter, value, min, max);
  return value;
}

/** As {@link numberWithin}, and the number must be whole. */
export function integerWithin(parameter: string, value: unknown, min: number, max: number): number {
  const number = numberWithin(parameter, value, min, max);
  if (!Number.isInteger(number)) {
    throw new InvalidParameter(
      parameter,
      value,
      said('a whole number from __min__ to __max__ is needed', { min, max })
    );
  }
  return number;
}
