import { TICKS_PER_QUARTER, type NoteEvent } from '../event';
import type { PatternEvent } from '../pattern';

/**
 * Notes of several tracks that share a channel and a key: a synth cannot tell whose note-off it gets, so the oldest
 * note ends first, as it does within a track. The ons and offs are the same as before. Where nothing overlaps that
 * way the same array comes back. `events` are in order of position.
 */
export function pairAcrossTracks(
  events: readonly PatternEvent[],
  ticksPerQuarter: number
): readonly PatternEvent[] {
  // In the file's own ticks, which are whole numbers: nothing is lost by adding and subtracting them.
  const fileTicks = (ticks: number) => Math.round((ticks * ticksPerQuarter) / TICKS_PER_QUARTER);
  const begin = ({ position }: PatternEvent) => fileTicks(position);
  const end = (item: PatternEvent) => begin(item) + fileTicks((item.event as NoteEvent).durationTicks!);

  const latestEnds = new Map<number, number>();
  const crossing = new Map<number, number[]>();
  for (const item of events) {
    if (item.event.type !== 'note') continue;
    const key = keyOf(item.event);
    const ends = end(item);
    const latest = latestEnds.get(key) ?? 0;
    if (ends < latest) crossing.set(key, []);
    latestEnds.set(key, Math.max(latest, ends));
  }
  if (crossing.size === 0) return events;

  for (const item of events) if (item.event.type === 'note') crossing.get(keyOf(item.event))?.push(end(item));
  // As a stack: the earliest end is taken first.
  for (const ends of crossing.values()) ends.sort((a, b) => b - a);
  return events.map((item) => {
    if (item.event.type !== 'note') return item;
    const ends = crossing.get(keyOf(item.event));
    if (ends === undefined) return item;
    const durationTicks = ((ends.pop()! - begin(item)) * TICKS_PER_QUARTER) / ticksPerQuarter;
    return { position: item.position, event: { ...item.event, durationTicks } };
  });
}

function keyOf({ channel = 0, note }: NoteEvent): number {
  return channel * 128 + note;
}
