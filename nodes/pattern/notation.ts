import { patternFromNotation } from '../music/notation';
import type { Pattern } from '../music/pattern';
import type { PatternHost, SourcePart } from './part';
import { notationOptions, type PatternFields } from './pattern-config';

/** Texts that are remembered once they were read. */
const MAX_KNOWN = 100;

/** Notes that are written as text. */
export function openNotation(_host?: PatternHost): SourcePart {
  const known = new Map<string, Pattern>();
  return {
    read(fields: PatternFields) {
      const options = { ...notationOptions(fields), stepLengths: Number(fields.ratchet ?? 1) > 1 };
      const key = JSON.stringify([fields.notation, options]);
      const pattern = known.get(key) ?? patternFromNotation(fields.notation ?? '', options);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(key, pattern);
      return pattern;
    }
  };
}
