import { InvalidParameter, integerWithin, numberWithin } from '../music/errors';

/** Where an event stands in time, as it travels on a wire. */
export type At = MusicalAt | TimedAt;

/** A place in the run time of a clock. */
export interface MusicalAt {
  clock: string;
  epoch: number;
  /** Run tick within the epoch. */
  tick: number;
  /** Id of the node that made the event, and its number within that node's answer. */
  source?: string;
  ordinal?: number;
  /** Set on answers to a replayed span. */
  replay?: boolean;
  /** See Engine.currentTake: what was made before its maker took it back is void. */
  take?: number;
}

/** A place in engine time. */
export interface TimedAt {
  timeMs: number;
  source?: string;
  ordinal?: number;
  replay?: boolean;
}

/** How far ahead of now an event may be stamped in ms; longer waits are a delay node's business. */
const MAX_AHEAD_MS = 3_600_000;

const MAX_EPOCH = 2 ** 31 - 1;

/** Reads a stamp from outside; undefined means "as soon as possible". Throws InvalidParameter or OutOfBounds. */
export function readAt(value: unknown, nowMs: number): At | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object')
    throw new InvalidParameter(
      'at',
      value,
      'an object with clock, epoch and tick, or with timeMs, is needed'
    );
  const { clock, epoch, tick, timeMs, source, ordinal, replay, take } = value as Record<string, unknown>;
  const origin = {
    source: source === undefined ? undefined : text('at.source', source),
    ordinal: ordinal === undefined ? undefined : integerWithin('at.ordinal', ordinal, 0, 0x7fffffff),
    replay: replay === true
  };
  if (timeMs !== undefined && clock === undefined) {
    return { timeMs: numberWithin('at.timeMs', timeMs, -Number.MAX_VALUE, nowMs + MAX_AHEAD_MS), ...origin };
  }
  return {
    clock: text('at.clock', clock),
    epoch: integerWithin('at.epoch', epoch, 0, MAX_EPOCH),
    tick: numberWithin('at.tick', tick, -(2 ** 40), 2 ** 40),
    ...origin,
    ...(take !== undefined && { take: integerWithin('at.take', take, 0, Number.MAX_SAFE_INTEGER) })
  };
}

function text(name: string, value: unknown): string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 200) {
    throw new InvalidParameter(name, value, 'a node id is needed');
  }
  return value;
}
