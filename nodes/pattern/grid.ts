import { InvalidParameter } from '../music/errors';
import { patternFromEvents } from '../music/pattern';
import { patternFromJson } from '../music/pattern-json';
import { isBlank } from '../music/player/settings';
import type { PatternHost, SourcePart } from './part';

/** Steps that are set in a grid. */
export function openGrid(_host: PatternHost): SourcePart {
  return {
    read({ grid }) {
      if (isBlank(grid)) return patternFromEvents([]);
      return patternFromJson(parse(grid!)).pattern;
    }
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidParameter('grid', text, `JSON is needed (${(error as Error).message})`);
  }
}
