import { encodeEvent, MAX_SHORT_BYTES } from '../music/bytes';
import type { MusicEvent } from '../music/event';
import type { ParameterReader, Unit } from '../music/thinning/parameters';
import type { At } from '../engine';
import { readMessage, type Stamped } from '../palette/messages';
import type { Msg } from './throttle';

/** A part of a message: it passes, or it is a value of a stream. */
export interface Part {
  msg: Msg;
  stream: string | undefined;
  at: At | undefined;
  role?: Unit<Stamped>['role'];
}

/** What passes as it is though it is no event. */
const PASSING: ReadonlySet<unknown> = new Set(['span', 'beat', 'parameter', 'statistics']);

/**
 * Divides a message into what is thinned and what is not; a message without anything to thin stays whole, and one with
 * nothing but numbers of a parameter waits for their data. Undefined where it is a control. All of it is checked before
 * anything is returned. Throws InvalidParameter or OutOfBounds.
 * @param channel 1–16, for events that name none
 */
export function partsOf(
  msg: Msg,
  nowMs: number,
  channel: number,
  parameters: ParameterReader
): Part[] | undefined {
  const { payload } = msg;
  const whole: Part = { msg, stream: undefined, at: undefined };
  if (isPassing(payload) || (Array.isArray(payload) && payload.some(isPassing))) return [whole];
  const events = readMessage(msg, nowMs);
  if (events === undefined) return undefined;
  const units = parameters.unitsOf(events, ({ event }) => event, channel);
  const all = units.flatMap((unit) => unit.events);
  const isSame = all.length === events.length && events.every(({ event }, index) => all[index] === event);
  if (isSame && units.every(({ stream }) => stream === undefined)) return [whole];
  if (isSame && units.length === 1)
    return [{ msg, stream: units[0].stream, at: events[0].at, role: units[0].role }];
  const areBytes =
    payload instanceof Uint8Array || (Array.isArray(payload) && typeof payload[0] === 'number');
  return units.map((unit) => part(msg, unit, areBytes, channel));
}

function isPassing(payload: unknown): boolean {
  const item = payload as { type?: unknown; payload?: { type?: unknown } | null } | null | undefined;
  return PASSING.has(item?.type) || PASSING.has(item?.payload?.type);
}

/** A message of its own for a part of one; bytes stay bytes. */
function part(
  msg: Msg,
  { events, item: { at }, stream, role }: Unit<Stamped>,
  areBytes: boolean,
  channel: number
): Part {
  const stamped: Msg = { ...msg };
  delete stamped.at;
  if (at !== undefined) stamped.at = at;
  if (areBytes) return { msg: { ...stamped, payload: bytesOf(events, channel) }, stream, at, role };
  const payload = events.length === 1 ? events[0] : events;
  return { msg: { ...stamped, topic: events[0].type, payload }, stream, at, role };
}

function bytesOf(events: readonly MusicEvent[], channel: number): Buffer {
  return Buffer.concat(
    events.map((event) => {
      const bytes = Buffer.alloc(event.type === 'sysex' ? event.data.length + 2 : MAX_SHORT_BYTES);
      return bytes.subarray(0, encodeEvent(event, channel, bytes));
    })
  );
}
