import { InvalidParameter, integerWithin, numberWithin } from '../errors';
import { MAX_DURATION_TICKS, type NoteEvent } from '../event';
import { toNumber } from '../fraction';
import {
  DEFAULT_CYCLE_TICKS,
  MAX_CYCLE_TICKS,
  patternFromCycles,
  positionInCycle,
  type Pattern,
  type PatternEvent
} from '../pattern';
import { scaleNamed, type Scale } from '../pitch';
import { cycleNotes } from './cycle';
import { parseNotation } from './parser';

export * from './errors';
export { parseNotation } from './parser';
export { cycleNotes, type CycleNote } from './cycle';

export const DEFAULT_GATE = 0.8;
export const DEFAULT_VELOCITY = 100;

/** What a notation leaves open. */
export interface NotationOptions {
  /** Length of a cycle in ticks, 1–4 000 000; default 3840, one 4/4 bar. */
  readonly cycleTicks?: number;
  /** Length of a note as a fraction of its step, 0.01–64; default 0.8. */
  readonly gate?: number;
  /** 1–127; default 100. */
  readonly velocity?: number;
  /** 1–16; left out, events carry none and the device's channel holds. */
  readonly channel?: number;
  /** A whole number; another seed gives other chances. Default 0. */
  readonly seed?: number;
  /** A root and a scale, as `c4 minor`: numbers are then its degrees. Left out, they are MIDI notes. */
  readonly scale?: string;
}

/**
 * The pattern that a notation describes; an empty text is silence. Throws NotationError for the text,
 * InvalidParameter or OutOfBounds for an option.
 */
export function patternFromNotation(text: string, options: NotationOptions = {}): Pattern {
  if (typeof text !== 'string') throw new InvalidParameter('notation', text, 'a text is needed');
  const { cycleTicks = DEFAULT_CYCLE_TICKS, gate = DEFAULT_GATE, velocity = DEFAULT_VELOCITY } = options;
  const { channel, seed = 0, scale } = options;
  numberWithin('cycleTicks', cycleTicks, 1, MAX_CYCLE_TICKS);
  numberWithin('gate', gate, 0.01, 64);
  integerWithin('velocity', velocity, 1, 127);
  if (channel !== undefined) integerWithin('channel', channel, 1, 16);
  integerWithin('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const node = parseNotation(text, scale === undefined ? undefined : readScale(scale));

  function eventsOfCycle(cycle: number): PatternEvent[] {
    return cycleNotes(node, cycle, seed).map(({ begin, length, note, style }) => {
      const stepTicks = toNumber(length) * cycleTicks;
      const event: NoteEvent = {
        type: 'note',
        note,
        velocity: style.velocity ?? velocity,
        durationTicks: Math.min(stepTicks * (style.gate ?? gate), MAX_DURATION_TICKS)
      };
      const on = style.channel ?? channel;
      if (on !== undefined) event.channel = on;
      return { position: positionInCycle(cycle, toNumber(begin) * cycleTicks, cycleTicks), event };
    });
  }

  return patternFromCycles(cycleTicks, eventsOfCycle);
}

function readScale(name: string): Scale {
  const scale = typeof name === 'string' ? scaleNamed(name) : undefined;
  if (!scale) throw new InvalidParameter('scale', name, "a root and a scale are needed, as in 'c4 minor'");
  return scale;
}
