import { InvalidParameter, integerWithin, numberWithin } from '../errors';
import { MAX_DURATION_TICKS } from '../event';
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
import type { StepPlay } from '../step';
import { cycleNotes, type CycleNote } from './cycle';
import { parseNotation } from './parser';
import { hasRatchet, SILENT } from './tree';

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
  /** Whether each note tells the length of its step, which a player that strikes all of them needs. Default false. */
  readonly stepLengths?: boolean;
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
  const { channel, seed = 0, scale, stepLengths = false } = options;
  numberWithin('cycleTicks', cycleTicks, 1, MAX_CYCLE_TICKS);
  numberWithin('gate', gate, 0.01, 64);
  integerWithin('velocity', velocity, 1, 127);
  if (channel !== undefined) integerWithin('channel', channel, 1, 16);
  integerWithin('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const node = parseNotation(text, scale === undefined ? undefined : readScale(scale));

  function eventsOfCycle(cycle: number): PatternEvent[] {
    return cycleNotes(node, cycle, seed).flatMap((item) => {
      const position = positionInCycle(cycle, toNumber(item.begin) * cycleTicks, cycleTicks);
      return eventsOf(item, { cycleTicks, gate, velocity, channel, stepLengths }).map((event) => ({
        position,
        ...event
      }));
    });
  }

  const struckTicks = stepLengths || hasRatchet(node) ? node.lengthCycles * cycleTicks : 0;
  return patternFromCycles(cycleTicks, eventsOfCycle, struckTicks);
}

/** The events of one step: its controllers, and its note or, where it has none, its parameters alone. */
function eventsOf(
  { length, note, style: given, isFirst }: CycleNote,
  {
    cycleTicks,
    gate,
    velocity,
    channel,
    stepLengths
  }: Required<Omit<NotationOptions, 'seed' | 'scale' | 'channel'>> & {
    channel: number | undefined;
  }
): Omit<PatternEvent, 'position'>[] {
  const style = isFirst ? given : { ...given, controls: undefined, locks: undefined };
  const number = style.channel ?? channel;
  const on = number === undefined ? {} : { channel: number };
  const when = style.condition === undefined ? {} : { condition: style.condition };
  const as = (play: StepPlay) => (Object.keys(play).length === 0 ? {} : { play: Object.freeze(play) });
  const events: Omit<PatternEvent, 'position'>[] = Object.entries(style.controls ?? {}).map(
    ([controller, value]) => ({
      event: { type: 'cc', controller: Number(controller), value, ...on },
      ...as(when)
    })
  );
  if (note === SILENT) {
    for (const [parameter, value] of Object.entries(style.locks ?? {})) {
      events.push({ event: { type: 'parameter', parameter, value, ...on }, ...as({ ...when }) });
    }
    return events;
  }
  const stepTicks = Math.min(toNumber(length) * cycleTicks, MAX_DURATION_TICKS);
  const durationTicks = Math.min(stepTicks * (style.gate ?? gate), MAX_DURATION_TICKS);
  const play: StepPlay = {
    ...((style.ratchet ?? 1) > 1 && { ratchet: style.ratchet }),
    ...(((style.ratchet ?? 1) > 1 || stepLengths) && { stepTicks }),
    ...when,
    ...(style.locks && { locks: Object.freeze({ ...style.locks }) })
  };
  events.push({
    event: { type: 'note', note, velocity: style.velocity ?? velocity, durationTicks, ...on },
    ...as(play)
  });
  return events;
}

function readScale(name: string): Scale {
  const scale = typeof name === 'string' ? scaleNamed(name) : undefined;
  if (!scale) throw new InvalidParameter('scale', name, "a root and a scale are needed, as in 'c4 minor'");
  return scale;
}
