/** Pitch at play time: transposed, then drawn to a scale. */
import type { Scale } from '../pitch';
import type { PlaySettings } from './settings';

/** The note that is played for a note: within 0–127, by octaves where it would lie outside. */
export function shifted(note: number, { transpose, quantise }: PlaySettings): number {
  const moved = note + transpose;
  const drawn = quantise === undefined ? moved : nearestInScale(moved, quantise);
  if (drawn < 0) return drawn + 12 * Math.ceil(-drawn / 12);
  return drawn > 127 ? drawn - 12 * Math.ceil((drawn - 127) / 12) : drawn;
}

/** The note of a scale that is nearest; of two, the lower one. */
export function nearestInScale(note: number, { root, intervals }: Scale): number {
  const above = (((note - root) % 12) + 12) % 12;
  let best = -Infinity;
  for (const interval of intervals) {
    for (const candidate of [interval - 12, interval, interval + 12]) {
      const distance = Math.abs(candidate - above) - Math.abs(best - above);
      if (distance < 0 || (distance === 0 && candidate < best)) best = candidate;
    }
  }
  return note - above + best;
}
