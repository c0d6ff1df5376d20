import type { MutationPart, PatternHost } from './part';

/** What becomes of a pattern as it plays. */
export function openMutation(_host: PatternHost): MutationPart {
  return { apply: (source) => source };
}
