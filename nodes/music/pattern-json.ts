/** A pattern as JSON: what files hold and what messages carry. */
import { said } from './words';
import { InvalidParameter, numberWithin, wordsOf } from './errors';
import {
  MAX_CYCLE_TICKS,
  patternFromEvents,
  patternFromOwnEvents,
  type EventPattern,
  type PatternEvent,
  type PatternItem,
  type RawPatternEvent,
  type StepPlay
} from './pattern';
import { withWholeNotes } from './whole-notes';

export const PATTERN_VERSION = 1;
/** Events that one pattern may have: ten times a long piano concerto. */
export const MAX_PATTERN_EVENTS = 1_000_000;
/** Longest name of a pattern, in characters. */
export const MAX_NAME_LENGTH = 100;

/** `{ phasor: 'pattern', version: 1, … }`; positions count in ticks from 0 to `cycleTicks`, 960 per quarter note. */
export interface PatternJson {
  phasor: 'pattern';
  version: typeof PATTERN_VERSION;
  name?: string;
  cycleTicks: number;
  events: { position: number; event: PatternItem; play?: StepPlay }[];
}

/** A pattern and what it is called. */
export interface NamedPattern {
  readonly pattern: EventPattern;
  readonly name?: string;
}

/** The JSON of a pattern: plain data of its own, which can be changed and stored. */
export function patternToJson(
  { cycleTicks, events }: { readonly cycleTicks: number; readonly events: readonly PatternEvent[] },
  name?: string
): PatternJson {
  return {
    phasor: 'pattern',
    version: PATTERN_VERSION,
    ...(name === undefined ? {} : { name }),
    cycleTicks,
    events: events.map(({ position, event, play }) => ({
      position,
      event: event.type === 'sysex' ? { ...event, data: [...event.data] } : { ...event },
      ...(play === undefined
        ? {}
        : { play: play.locks ? { ...play, locks: { ...play.locks } } : { ...play } })
    }))
  };
}

/** Whether a value says that it is a pattern; it may still have errors. */
export function isPatternJson(raw: unknown): raw is PatternJson {
  return typeof raw === 'object' && raw !== null && (raw as { phasor?: unknown }).phasor === 'pattern';
}

/**
 * Reads a pattern's JSON, already parsed; begins and ends of notes become whole notes. Throws InvalidParameter or OutOfBounds, with the event's
 * number.
 */
export function patternFromJson(raw: unknown): NamedPattern {
  if (!isPatternJson(raw)) {
    throw new InvalidParameter('pattern', raw, "an object with phasor: 'pattern' is needed");
  }
  const { version, name, cycleTicks, events } = raw as unknown as Record<string, unknown>;
  if (version !== PATTERN_VERSION) {
    throw new InvalidParameter(
      'pattern.version',
      version,
      said('version __version__ is understood here', { version: PATTERN_VERSION })
    );
  }
  if (name !== undefined && (typeof name !== 'string' || name.length > MAX_NAME_LENGTH)) {
    throw new InvalidParameter(
      'pattern.name',
      name,
      said('a text of up to __most__ characters is needed', { most: MAX_NAME_LENGTH })
    );
  }
  if (!Array.isArray(events)) throw new InvalidParameter('pattern.events', events, 'an array is needed');
  if (events.length > MAX_PATTERN_EVENTS) {
    throw new InvalidParameter(
      'pattern.events',
      `${events.length} events`,
      said('at most __most__ are allowed', { most: MAX_PATTERN_EVENTS })
    );
  }
  const raws = Array.from(events, (event: unknown) => (event ?? {}) as RawPatternEvent);
  numberWithin('pattern.cycleTicks', cycleTicks, 1, MAX_CYCLE_TICKS);
  const read = readAll(raws, cycleTicks as number);
  const whole = withWholeNotes(read.events, read.cycleTicks);
  const pattern = whole === read.events ? read : patternFromOwnEvents(whole, read.cycleTicks);
  return Object.freeze(name === undefined ? { pattern } : { pattern, name });
}

/** Says which of the events is wrong. */
function readAll(raws: RawPatternEvent[], cycleTicks: number): EventPattern {
  try {
    return patternFromEvents(raws, cycleTicks);
  } catch (error) {
    const index = raws.findIndex((raw) => !isRight(raw, cycleTicks));
    throw new InvalidParameter(`pattern.events[${index}]`, raws[index], wordsOf(error));
  }
}

function isRight(raw: RawPatternEvent, cycleTicks: number): boolean {
  try {
    patternFromEvents([raw], cycleTicks);
    return true;
  } catch {
    return false;
  }
}
