import { said } from '../music/words';
import { InvalidParameter } from '../music/errors';
import { gridToPattern, isGridJson, readGrid } from '../music/grid';
import { patternFromEvents, type Pattern } from '../music/pattern';
import { patternFromJson } from '../music/pattern-json';
import { isBlank } from '../music/player/settings';
import type { PatternHost, SourcePart } from './part';
import { readChannel, type PatternFields } from './pattern-config';

/** Steps that are set in a grid; the events of a pattern's JSON will do as well. */
export function openGrid(_host: PatternHost): SourcePart {
  let last: { key: string; pattern: Pattern } | undefined;
  return {
    read({ grid, channel }: PatternFields) {
      const on = readChannel(channel);
      const key = JSON.stringify([grid, on]);
      if (last?.key !== key) last = { key, pattern: patternOf(grid, on) };
      return last.pattern;
    }
  };
}

/** Throws InvalidParameter or OutOfBounds, with the place in the grid. */
function patternOf(grid: unknown, channel: number | undefined): Pattern {
  if (isBlank(grid)) return patternFromEvents([]);
  // A message may bring the grid itself.
  const raw = typeof grid === 'string' ? parse(grid) : grid;
  return isGridJson(raw) ? gridToPattern(readGrid(raw), { channel }) : patternFromJson(raw).pattern;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidParameter(
      'grid',
      text,
      said('JSON is needed (__why__)', { why: (error as Error).message })
    );
  }
}
