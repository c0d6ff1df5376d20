import { InvalidParameter } from '../music/errors';
import type { Pattern } from '../music/pattern';
import { isBlank } from '../music/player/settings';
import type { SourcePart } from './part';
import type { PatternFields } from './pattern-config';

/** Patterns in a list of what comes next. */
const MAX_NEXT = 64;

/**
 * The patterns that follow, each a line of text that names one as the source's own field does. Throws as the source
 * does, and InvalidParameter where there are too many.
 */
export function readNext(fields: Required<PatternFields>, source: Pick<SourcePart, 'read'>): Pattern[] {
  const lines = String(fields.next)
    .split('\n')
    .filter((line) => !isBlank(line));
  if (lines.length > MAX_NEXT) {
    throw new InvalidParameter('next', `${lines.length} lines`, `at most ${MAX_NEXT} are allowed`);
  }
  return lines.map((line) => source.read({ ...fields, [fields.source]: line }));
}
