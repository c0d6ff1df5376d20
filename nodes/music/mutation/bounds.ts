/** Keeping to bounds, of pitches one by one and of density; trial.ts judges the whole. */
import { isNote, stepCount, type Grid, type Item } from './item';
import type { Scale } from '../pitch';
import type { Bounds } from './rules';

/** Whether a note is in the range and the scale. */
export function isAllowed(note: number, { range, scale }: Bounds): boolean {
  if (note < (range?.[0] ?? 0) || note > (range?.[1] ?? 127)) return false;
  return scale === undefined || scale.intervals.includes((((note - scale.root) % 12) + 12) % 12);
}

/** The notes of a scale, from low to high, and how many of them an octave has. */
interface Degrees {
  readonly notes: readonly number[];
  readonly perOctave: number;
}

/** Looked up for every note that moves. */
const DEGREES = new WeakMap<Scale, Degrees>();

function degreesOf(scale: Scale): Degrees {
  let degrees = DEGREES.get(scale);
  if (degrees === undefined) {
    const all = Array.from({ length: 128 }, (_, note) => note);
    degrees = {
      notes: all.filter((note) => isAllowed(note, { scale })),
      perOctave: new Set(scale.intervals.map((interval) => interval % 12)).size
    };
    DEGREES.set(scale, degrees);
  }
  return degrees;
}

/**
 * The allowed note that stands for a wanted one: itself; outside the range the same note in the nearest octave
 * within; else the nearest that is allowed, of two as near the lower one. Undefined where no note is allowed.
 */
export function fitNote(wanted: number, bounds: Bounds): number | undefined {
  const [low, high] = bounds.range ?? [0, 127];
  let note = wanted;
  if (note < low) note += 12 * Math.ceil((low - note) / 12);
  else if (note > high) note -= 12 * Math.ceil((note - high) / 12);
  for (let away = 0; away <= 127 + Math.abs(note); away++) {
    if (isAllowed(note - away, bounds)) return note - away;
    if (isAllowed(note + away, bounds)) return note + away;
  }
  return undefined;
}

/**
 * The note `steps` allowed notes above (or below) one: with a scale its degrees, else semitones. Beyond the range it
 * turns back by octaves. Undefined where no note is allowed.
 */
export function movedNote(note: number, steps: number, bounds: Bounds): number | undefined {
  if (bounds.scale === undefined) return fitNote(note + steps, bounds);
  const { notes, perOctave } = degreesOf(bounds.scale);
  const here = fitNote(note, { scale: bounds.scale });
  if (here === undefined) return undefined;
  const at = notes.indexOf(here) + steps;
  // Past the ends of MIDI the scale goes on in thought, so that the octave below or above can be found.
  const octaves =
    at < 0
      ? Math.ceil(-at / perOctave)
      : at >= notes.length
        ? -Math.ceil((at - notes.length + 1) / perOctave)
        : 0;
  const moved = notes[at + octaves * perOctave];
  return moved === undefined ? fitNote(note, bounds) : fitNote(moved, bounds);
}

/** Places where notes begin, per step: 1 where every step has one, 0 for silence. */
export function density(items: readonly Item[], grid: Grid): number {
  const places = new Set<number>();
  for (const item of items) if (isNote(item)) places.add(Math.round(item.position));
  return places.size / stepCount(grid);
}
