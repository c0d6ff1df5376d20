/** The conditions under which a step plays, as they are written: `1:4`, `fill`, `!prev`, `$dark`. */
import { said, type Wording } from '../words';
import { InvalidParameter } from '../errors';

/** Longest round of passes in a condition such as 3:8. */
export const MAX_PASSES = 64;

/** Name of a flow value, as `$name` means it: a letter, then letters, digits, `_`, `.` or `-`; 64 at most. */
export const VALUE_NAME = /^[A-Za-z_][\w.-]{0,63}$/;

/**
 * - `pass`: the passes `pass`, `pass + of`, … of the pattern, counted from 1
 * - `fill`: while a fill is on
 * - `prev`: when the condition before it in the same pass was true
 * - `first`: on the first pass only
 * - `value`: when a flow value is true, not 0, and no empty text
 *
 * `negated` turns it round.
 */
export type Condition =
  | { readonly kind: 'pass'; readonly pass: number; readonly of: number }
  | { readonly kind: 'fill' | 'prev' | 'first'; readonly negated: boolean }
  | { readonly kind: 'value'; readonly name: string; readonly negated: boolean };

const EXPECTED: Wording =
  'a condition such as 1:4, fill, prev, first or $name, or one of them with ! before it, is needed';

/** Reads a condition. Throws InvalidParameter. */
export function readCondition(text: unknown): Condition {
  if (typeof text !== 'string') throw new InvalidParameter('condition', text, EXPECTED);
  const passes = /^\s*(\d{1,2}):(\d{1,2})\s*$/.exec(text);
  if (passes) {
    const [pass, of] = [Number(passes[1]), Number(passes[2])];
    if (pass >= 1 && pass <= of && of <= MAX_PASSES) return Object.freeze({ kind: 'pass', pass, of });
    throw new InvalidParameter(
      'condition',
      text,
      said('in A:B, A counts from 1 to B, and B to __most__', { most: MAX_PASSES })
    );
  }
  const [, not, word] = /^\s*(!?)(.*?)\s*$/s.exec(text)!;
  const negated = not === '!';
  if (word === 'fill' || word === 'prev' || word === 'first') return Object.freeze({ kind: word, negated });
  if (word.startsWith('$') && VALUE_NAME.test(word.slice(1))) {
    return Object.freeze({ kind: 'value', name: word.slice(1), negated });
  }
  throw new InvalidParameter('condition', text, EXPECTED);
}
