import { encodeEvent, MAX_SHORT_BYTES } from '../music/bytes';
import { unitsOf, type Unit } from '../music/thinning/key';
import type { At } from '../engine';
import { readMessage, type Stamped } from '../palette/messages';
import type { Msg } from './throttle';

/** A part of a message: it passes, or it is a value of a stream. */
export interface Part {
  msg: Msg;
  stream: string | undefined;
  at: At | undefined;
}

/** What passes as it is though it is no event. */
const PASSING: ReadonlySet<unknown> = new Set(['span', 'beat', 'parameter', 'statistics']);

/**
 * Divides a message into what is thinned and what is not; a message without anything to thin stays whole. Undefined
 * where it is a control. All of it is checked before anything is returned. Throws InvalidParameter or OutOfBounds.
 * @param channel 1–16, for events that name none
 */
export function partsOf(msg: Msg, nowMs: number, channel: number): Part[] | undefined {
  const { payload } = msg;
  const whole: Part = { msg, stream: undefined, at: undefined };
  if (isPassing(payload) || (Array.isArray(payload) && payload.some(isPassing))) return [whole];
  const events = readMessage(msg, nowMs);
  if (events === undefined) return undefined;
  const units = unitsOf(events, ({ event }) => event, channel);
  if (units.every(({ stream }) => stream === undefined)) return [whole];
  if (units.length === 1) return [{ msg, stream: units[0].stream, at: events[0].at }];
  const areBytes =
    payload instanceof Uint8Array || (Array.isArray(payload) && typeof payload[0] === 'number');
  return units.map((unit) => part(msg, unit, areBytes, channel));
}

function isPassing(payload: unknown): boolean {
  const item = payload as { type?: unknown; payload?: { type?: unknown } | null } | null | undefined;
  return PASSING.has(item?.type) || PASSING.has(item?.payload?.type);
}

/** A message of its own for a part of one; bytes stay bytes. */
function part(msg: Msg, { events, stream }: Unit<Stamped>, areBytes: boolean, channel: number): Part {
  const { at } = events[events.length - 1];
  const stamped: Msg = { ...msg };
  delete stamped.at;
  if (at !== undefined) stamped.at = at;
  if (areBytes) return { msg: { ...stamped, payload: bytesOf(events, channel) }, stream, at };
  const [{ event }] = events;
  const payload = events.length === 1 ? event : events.map((each) => each.event);
  return { msg: { ...stamped, topic: event.type, payload }, stream, at };
}

function bytesOf(events: readonly Stamped[], channel: number): Buffer {
  return Buffer.concat(
    events.map(({ event }) => {
      const bytes = Buffer.alloc(event.type === 'sysex' ? event.data.length + 2 : MAX_SHORT_BYTES);
      return bytes.subarray(0, encodeEvent(event, channel, bytes));
    })
  );
}
