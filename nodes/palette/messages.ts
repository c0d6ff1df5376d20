import { InvalidParameter, wordsOf } from '../music/errors';
import { parseMessages } from '../music/bytes';
import { isEventType, MAX_SYSEX_BYTES, readEvent, type MusicEvent } from '../music/event';
import { readAt, type At } from '../engine';

/** An event with its stamp, ready to be queued. */
export interface Stamped {
  event: MusicEvent;
  at: At | undefined;
}

type ReadEvent = (payload: unknown) => MusicEvent;

interface Msg {
  payload?: unknown;
  at?: unknown;
}

/** Most events in one batch: more than any port queues by default. */
export const MAX_BATCH = 4096;

/** Most raw bytes in one message: the longest sysex, or a batch of channel messages five times over. */
export const MAX_BYTES = MAX_SYSEX_BYTES + 2;

/**
 * What a message asks to be played: an event, a batch of them, or raw MIDI bytes; undefined when it is none of
 * these. All of it is checked before any of it is returned. Throws InvalidParameter or OutOfBounds.
 * @param read how an event is read: `readEvent`, or `readClamped`, to which no number is out of its range
 */
export function readMessage(msg: Msg, nowMs: number, read: ReadEvent = readEvent): Stamped[] | undefined {
  const { payload } = msg;
  if (Buffer.isBuffer(payload) || payload instanceof Uint8Array) return readBytes(payload, msg, nowMs);
  if (Array.isArray(payload)) return readArray(payload, msg, nowMs, read);
  const type = (payload as { type?: unknown } | null | undefined)?.type;
  if (isEventType(type) || type === 'parameter') return [readOne(payload, msg.at, nowMs, read)];
  return undefined;
}

function readArray(payload: unknown[], msg: Msg, nowMs: number, read: ReadEvent): Stamped[] {
  if (payload.length <= MAX_BYTES && payload.every((item) => typeof item === 'number'))
    return readBytes(payload as number[], msg, nowMs);
  if (payload.length > MAX_BATCH) {
    throw new InvalidParameter(
      'payload',
      `${payload.length} items`,
      `at most ${MAX_BATCH} in one message are allowed`
    );
  }
  // Array.from fills the holes of a sparse array, which are refused like anything else that is no event.
  return Array.from(payload, (item, index) => {
    try {
      const { payload: inner, at } = (item ?? {}) as Msg;
      // An item is a whole message, or an event that may carry a stamp of its own.
      return readOne(inner === undefined ? item : inner, at ?? msg.at, nowMs, read);
    } catch (error) {
      throw new InvalidParameter(`payload[${index}]`, item, wordsOf(error));
    }
  });
}

function readBytes(bytes: ArrayLike<number>, msg: Msg, nowMs: number): Stamped[] {
  if (bytes.length > MAX_BYTES) {
    throw new InvalidParameter(
      'payload',
      `${bytes.length} bytes`,
      `at most ${MAX_BYTES} in one message are allowed`
    );
  }
  const at = readAt(msg.at, nowMs);
  return parseMessages(bytes).map((event) => ({ event, at }));
}

function readOne(payload: unknown, at: unknown, nowMs: number, read: ReadEvent): Stamped {
  const { type, parameter } = (payload ?? {}) as { type?: unknown; parameter?: unknown };
  if (type === 'parameter') {
    throw new InvalidParameter(
      'parameter',
      parameter,
      'only a profile knows its controller: wire it through a cc profile'
    );
  }
  return { event: read(payload), at: readAt(at, nowMs) };
}
