import { OutOfBounds } from './errors';
import { readEvent, type MusicEvent } from './event';

/** More fields than any event has. */
const MAX_FIELDS = 16;

/**
 * Reads an event as `readEvent` does, but a number beyond its range becomes the nearest that is allowed. Throws
 * InvalidParameter for what is no number, and OutOfBounds within a list.
 */
export function readClamped(payload: unknown): MusicEvent {
  let fields = payload;
  for (let tries = 0; tries < MAX_FIELDS; tries++) {
    try {
      return readEvent(fields);
    } catch (error) {
      if (!(error instanceof OutOfBounds) || !Object.hasOwn(fields as object, error.parameter)) throw error;
      const { parameter, value, min, max } = error;
      fields = { ...(fields as object), [parameter]: Math.min(max, Math.max(min, value)) };
    }
  }
  return readEvent(fields);
}
