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

/** A meter as it goes over wires and between threads: bars count from 1 there, as in a beat. */
export interface WireMeter {
  readonly beatsPerBar: number;
  readonly beatUnit: number;
  /** Song ticks of the bar line from which bars count; without it the start of the song. */
  readonly barPosition?: number;
  /** Number of the bar that begins there, from 1; without it 1. */
  readonly bar?: number;
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

/** The meter that a span, or what else goes over a wire, tells of. Throws as {@link meter} does. */
export function meterOf({ beatsPerBar, beatUnit, barPosition = 0, bar = 1 }: WireMeter): Meter {
  return meter(beatsPerBar, beatUnit, barPosition, bar - 1);
}

/** A meter for the wire. */
export function toWire({ beatsPerBar, beatUnit, anchorPosition, anchorBar }: Meter): Required<WireMeter> {
  return { beatsPerBar, beatUnit, barPosition: anchorPosition, bar: anchorBar + 1 };
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

/** Bars that have gone by at a song position, with the part of the one that has begun. */
export function barsAt(meter: Meter, position: number): number {
  const { anchorPosition, anchorBar } = originOf(meter, position);
  return anchorBar + (position - anchorPosition) / barTicks(meter);
}

/** Song position of a beat of a bar, in ticks; both count from 1. Undoes {@link barBeatAt}. */
export function positionOf(meter: Meter, bar: number, beat: number): number {
  const { anchorPosition, anchorBar } = bar <= meter.anchorBar ? SONG_START : meter;
  return anchorPosition + (bar - 1 - anchorBar) * barTicks(meter) + (beat - 1) * beatTicks(meter);
}

/**
 * First bar line at or after `position`.
 * @param every only of each so many bars, the first one of the song among them
 */
export function nextBarLine(meter: Meter, position: number, every = 1): number {
  const { anchorPosition, anchorBar } = originOf(meter, position);
  const bar = anchorBar + Math.ceil((position - anchorPosition) / barTicks(meter));
  return anchorPosition + (Math.ceil(bar / every) * every - anchorBar) * barTicks(meter);
}

/** First beat at or after `position`. */
export function nextBeat(meter: Meter, position: number): number {
  const { anchorPosition } = originOf(meter, position);
  return anchorPosition + Math.ceil((position - anchorPosition) / beatTicks(meter)) * beatTicks(meter);
}

/** Bar, beat and tick of a song position. */
export function barBeatAt(meter: Meter, position: number): BarBeat {
  const { anchorPosition, anchorBar } = originOf(meter, position);
  const beats = Math.floor((position - anchorPosition) / beatTicks(meter));
  const bars = Math.floor(beats / meter.beatsPerBar);
  return {
    bar: anchorBar + bars + 1,
    beat: beats - bars * meter.beatsPerBar + 1,
    tick: position - anchorPosition - beats * beatTicks(meter)
  };
}

const SONG_START = { anchorPosition: 0, anchorBar: 0 };

/** Before its anchor (a loop or a locate went back) a meter counts from the start of the song. */
function originOf(meter: Meter, position: number): Pick<Meter, 'anchorPosition' | 'anchorBar'> {
  return position < meter.anchorPosition ? SONG_START : meter;
}
