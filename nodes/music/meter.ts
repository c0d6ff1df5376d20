import { said } from './words';
import { InvalidParameter, integerWithin } from './errors';
import { TICKS_PER_QUARTER } from './event';

export const MAX_BEATS_PER_BAR = 64;
export const BEAT_UNITS = [1, 2, 4, 8, 16, 32] as const;

/** A time signature and where it was set: bars count on from there. */
export interface Meter {
  readonly beatsPerBar: number;
  /** The note value of a beat: 4 is a quarter note, 8 an eighth. */
  readonly beatUnit: number;
  /** Song position, in ticks, of the bar line from which this meter counts. */
  readonly anchorPosition: number;
  /** Number of that bar, from 0. */
  readonly anchorBar: number;
}

/** Bar and beat count from 1, as musicians do; `tick` is what is left within the beat. */
export interface BarBeat {
  bar: number;
  beat: number;
  tick: number;
}

/** A checked meter. Throws OutOfBounds or InvalidParameter naming what is wrong. */
export function meter(beatsPerBar: number, beatUnit: number, anchorPosition = 0, anchorBar = 0): Meter {
  integerWithin('beatsPerBar', beatsPerBar, 1, MAX_BEATS_PER_BAR);
  if (!BEAT_UNITS.includes(beatUnit as never)) {
    throw new InvalidParameter(
      'beatUnit',
      beatUnit,
      said('one of __names__ is needed', { names: BEAT_UNITS.join(', ') })
    );
  }
  return Object.freeze({ beatsPerBar, beatUnit, anchorPosition, anchorBar });
}

/** Reads "6/8" or [6, 8] or {beatsPerBar, beatUnit}. */
export function readSignature(value: unknown): Meter {
  if (typeof value === 'string') {
    const match = /^\s*(\d{1,3})\s*\/\s*(\d{1,3})\s*$/.exec(value);
    if (match) return meter(Number(match[1]), Number(match[2]));
  } else if (Array.isArray(value) && value.length === 2) {
    return meter(value[0] as number, value[1] as number);
  } else if (typeof value === 'object' && value !== null) {
    const { beatsPerBar, beatUnit } = value as Record<string, unknown>;
    if (beatsPerBar !== undefined && beatUnit !== undefined)
      return meter(beatsPerBar as number, beatUnit as number);
  }
  throw new InvalidParameter('signature', value, 'a time signature such as "4/4" or "6/8" is needed');
}

export function beatTicks(meter: Meter): number {
  return (TICKS_PER_QUARTER * 4) / meter.beatUnit;
}

export function barTicks(meter: Meter): number {
  return beatTicks(meter) * meter.beatsPerBar;
}

/**
 * How a meter counts on after a jump to `position`: as before, unless that lies before its anchor; then bars count
 * from the start of the song.
 */
export function meterFrom(current: Meter, position: number): Meter {
  return position < current.anchorPosition ? meter(current.beatsPerBar, current.beatUnit) : current;
}

/** First bar line at or after `position`. */
export function nextBarLine(meter: Meter, position: number): number {
  const origin = originOf(meter, position);
  return origin + Math.ceil((position - origin) / barTicks(meter)) * barTicks(meter);
}

/** First beat at or after `position`. */
export function nextBeat(meter: Meter, position: number): number {
  const origin = originOf(meter, position);
  return origin + Math.ceil((position - origin) / beatTicks(meter)) * beatTicks(meter);
}

/** Bar, beat and tick of a song position. */
export function barBeatAt(meter: Meter, position: number): BarBeat {
  const origin = originOf(meter, position);
  const beats = Math.floor((position - origin) / beatTicks(meter));
  const bars = Math.floor(beats / meter.beatsPerBar);
  return {
    bar: (origin === meter.anchorPosition ? meter.anchorBar : 0) + bars + 1,
    beat: beats - bars * meter.beatsPerBar + 1,
    tick: position - origin - beats * beatTicks(meter)
  };
}

/** Before its anchor (a loop or a locate went back) a meter counts from the start of the song. */
function originOf(meter: Meter, position: number): number {
  return position < meter.anchorPosition ? 0 : meter.anchorPosition;
}
