import { InvalidParameter } from '../errors';
import { said, tell, type Words } from '../words';

/** Limits of a notation; what goes beyond is refused before it is expanded. */
export const MAX_TEXT_LENGTH = 10_000;
/** Brackets and modifiers, one inside the other. */
export const MAX_DEPTH = 64;
/** Steps, rests included, that one cycle may hold. A chord counts its notes. */
export const MAX_STEPS = 4096;
/** Steps that repetitions, ranges and Euclidean rhythms may write out in a whole text. */
export const MAX_WRITTEN_STEPS = 65_536;
/** Largest factor of `*`, `/`, `!`, `@`, `%`, and largest number of steps of a Euclidean rhythm. */
export const MAX_FACTOR = 256;
/** Longest step, in cycles. */
export const MAX_LENGTH_CYCLES = 65_536;
/** Finest division: all steps begin at multiples of 1/n of the cycle, n at most this. */
export const MAX_DIVISION = 2 ** 44;

/** A notation that cannot be read: where (both count from 1), what stands there, and what would be right. */
export class NotationError extends InvalidParameter {
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly expected: string;

  constructor(
    text: string,
    readonly offset: number,
    found: Words,
    expected: Words
  ) {
    const before = text.slice(0, offset).split('\n');
    const [line, column] = [before.length, before[before.length - 1].length + 1];
    super(
      'notation',
      tell(found),
      expected,
      said('notation, line __line__, column __column__: found __found__, expected __expected__', {
        line,
        column,
        found,
        expected
      })
    );
    this.line = line;
    this.column = column;
    this.found = tell(found);
    this.expected = tell(expected);
  }
}
