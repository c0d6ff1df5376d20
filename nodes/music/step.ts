/** What a pattern holds: MIDI events, moves of an instrument's parameters, and how a step is to be played. */
import { said } from './words';
import { InvalidParameter, integerWithin, numberWithin } from './errors';
import { EVENT_TYPES, isEventType, MAX_DURATION_TICKS, RANK, readEvent, type MusicEvent } from './event';
import { readCondition } from './player/condition';

/** A parameter of an instrument, by the name that its profile knows: `value` from 0 to 1, or the label of a step. */
export interface ParameterMove {
  readonly type: 'parameter';
  readonly channel?: number;
  readonly parameter: string;
  readonly value: number | string;
}

/** What stands at a position of a pattern. */
export type PatternItem = MusicEvent | ParameterMove;

/** Parameters that a step sets, by name. */
export type Locks = Readonly<Record<string, number | string>>;

/** How a step is played; what is left out plays it as it is. */
export interface StepPlay {
  /** How likely it is to be played, 0–1. */
  readonly probability?: number;
  /** How often it is struck within its step, 1–16. */
  readonly ratchet?: number;
  /** Length of that step in ticks; left out, as many of the player's own steps as the note sounds in. */
  readonly stepTicks?: number;
  /** When it is played; see readCondition. */
  readonly condition?: string;
  /** What its parameters are set to just before it. */
  readonly locks?: Locks;
}

export const MAX_RATCHET = 16;
/** Parameters that one step may lock. */
export const MAX_LOCKS = 32;
/** Longest name of a parameter, and longest label of one of its steps. */
export const MAX_PARAMETER_LENGTH = 64;

const PLAY_KEYS = ['probability', 'ratchet', 'stepTicks', 'condition', 'locks'];

/** Whether a type names something that a pattern can hold. */
export function isItemType(type: unknown): type is PatternItem['type'] {
  return type === 'parameter' || isEventType(type);
}

/** Reads an event or a parameter move from outside, as readEvent does. Throws InvalidParameter or OutOfBounds. */
export function readItem(payload: unknown): PatternItem {
  const { type, channel, parameter, value } = (payload ?? {}) as Record<string, unknown>;
  if (type !== 'parameter') {
    if (type !== undefined && !isEventType(type)) {
      throw new InvalidParameter(
        'type',
        type,
        said('one of __names__ is needed', { names: [...EVENT_TYPES, 'parameter'].join(', ') })
      );
    }
    return readEvent(payload);
  }
  const move = { type, parameter: parameterName(parameter), value: parameterValue('value', value) } as const;
  return channel === undefined ? move : { ...move, channel: integerWithin('channel', channel, 1, 16) };
}

/** Reads how a step is played: a frozen object of just what was given. Throws InvalidParameter or OutOfBounds. */
export function readStepPlay(raw: unknown): StepPlay {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new InvalidParameter(
      'play',
      raw,
      said('an object with some of __names__ is needed', { names: PLAY_KEYS.join(', ') })
    );
  }
  const { probability, ratchet, stepTicks, condition, locks } = raw as Record<string, unknown>;
  const unknown = Object.keys(raw).find((key) => !PLAY_KEYS.includes(key));
  if (unknown !== undefined) {
    throw new InvalidParameter(
      'play',
      unknown,
      said('only __names__ are known', { names: PLAY_KEYS.join(', ') })
    );
  }
  const play: { -readonly [Key in keyof StepPlay]: StepPlay[Key] } = {};
  if (probability !== undefined) play.probability = numberWithin('probability', probability, 0, 1);
  if (ratchet !== undefined) play.ratchet = integerWithin('ratchet', ratchet, 1, MAX_RATCHET);
  if (stepTicks !== undefined) play.stepTicks = numberWithin('stepTicks', stepTicks, 1, MAX_DURATION_TICKS);
  if (condition !== undefined) {
    readCondition(condition);
    play.condition = (condition as string).trim();
  }
  if (locks !== undefined) play.locks = readLocks(locks);
  return Object.freeze(play);
}

/** Reads the parameters that a step sets. Throws InvalidParameter or OutOfBounds. */
export function readLocks(raw: unknown): Locks {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new InvalidParameter('locks', raw, 'an object of parameter names and values is needed');
  }
  const entries = Object.entries(raw);
  if (entries.length > MAX_LOCKS) {
    throw new InvalidParameter(
      'locks',
      `${entries.length} parameters`,
      said('at most __most__ are allowed', { most: MAX_LOCKS })
    );
  }
  return Object.freeze(
    Object.fromEntries(
      entries.map(([name, value]) => [parameterName(name), parameterValue(`locks.${name}`, value)])
    )
  );
}

/** A copy that nothing can change. */
export function frozenItem(item: PatternItem): PatternItem {
  if (item.type === 'sysex') Object.freeze(item.data);
  return Object.freeze(item);
}

/** Order of what falls on one tick; a parameter moves where a controller does. */
export function rankOf({ type }: PatternItem): number {
  return type === 'parameter' ? RANK.cc : RANK[type];
}

/** Equality over all fields of how two steps are played; nothing at all equals no wish. */
export function stepPlayEquals(a: StepPlay = {}, b: StepPlay = {}): boolean {
  const [left, right] = [a.locks ?? {}, b.locks ?? {}];
  const names = Object.keys(left);
  return (
    a.probability === b.probability &&
    a.ratchet === b.ratchet &&
    a.stepTicks === b.stepTicks &&
    a.condition === b.condition &&
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && left[name] === right[name])
  );
}

function parameterName(name: unknown): string {
  if (typeof name === 'string' && name.trim() !== '' && name.length <= MAX_PARAMETER_LENGTH) return name;
  throw new InvalidParameter(
    'parameter',
    name,
    said('a name of at most __most__ characters is needed', { most: MAX_PARAMETER_LENGTH })
  );
}

function parameterValue(field: string, value: unknown): number | string {
  if (typeof value !== 'string') return numberWithin(field, value, 0, 1);
  if (value !== '' && value.length <= MAX_PARAMETER_LENGTH) return value;
  throw new InvalidParameter(
    field,
    value,
    said('a number from 0 to 1, or a label of at most __most__ characters is needed', {
      most: MAX_PARAMETER_LENGTH
    })
  );
}
