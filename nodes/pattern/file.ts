import { InvalidParameter } from '../music/errors';
import { patternFromEvents } from '../music/pattern';
import { isBlank } from '../music/player/settings';
import type { PatternHost, SourcePart } from './part';

/** A pattern from the store. */
export function openFile(_host: PatternHost): SourcePart {
  return {
    read({ file }) {
      if (isBlank(file)) return patternFromEvents([]);
      throw new InvalidParameter('file', file, 'patterns cannot be read from files yet');
    }
  };
}
