import { MAX_DURATION_TICKS, type NoteEvent } from './event';
import type { PatternEvent } from './pattern';

/** A note that has begun. */
interface Begun {
  readonly at: number;
  readonly position: number;
}

/**
 * The events with each noteOn and the noteOff that ends it as one note: two that are played apart could lose each
 * other, where a change comes between them, and the note would hang. An end may stand in the next cycle, before its
 * begin; where there is none, the note ends with its next begin or with the cycle. Ends of nothing are left out.
 * @param events in order of position and rank, within one cycle
 */
export function withWholeNotes(events: readonly PatternEvent[], cycleTicks: number): readonly PatternEvent[] {
  if (!events.some(({ event }) => event.type === 'noteOn' || event.type === 'noteOff')) return events;
  const whole: (PatternEvent | undefined)[] = [...events];
  const begun = new Map<string, Begun>();
  const firstEnds = new Map<string, number>();

  function end(key: string, position: number): void {
    const note = begun.get(key);
    if (note === undefined) return;
    begun.delete(key);
    const { event, ...rest } = events[note.at];
    const durationTicks = Math.min(MAX_DURATION_TICKS, Math.max(1, position - note.position));
    whole[note.at] = { ...rest, event: { ...(event as object), type: 'note', durationTicks } as NoteEvent };
  }

  events.forEach(({ position, event }, at) => {
    if (event.type !== 'noteOn' && event.type !== 'noteOff') return;
    whole[at] = undefined;
    const key = `${event.channel ?? ''} ${event.note}`;
    const begins = event.type === 'noteOn';
    if (!begun.has(key) && !firstEnds.has(key)) firstEnds.set(key, begins ? Infinity : position);
    end(key, position);
    if (begins) begun.set(key, { at, position });
  });
  for (const key of [...begun.keys()]) {
    const first = firstEnds.get(key) ?? Infinity;
    end(key, cycleTicks + (Number.isFinite(first) ? first : 0));
  }
  return whole.filter((item) => item !== undefined);
}
