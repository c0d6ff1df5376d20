import { ByteStream } from '../../nodes/music/byte-stream';

/** The bytes of a generator whose state is one number (xorshift32, Marsaglia 2003): the same for the same seed. */
export function fillRandom(bytes: Uint8Array, seed: number): number {
  let state = seed | 0 || 1;
  for (let at = 0; at < bytes.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 11;
  }
  return state;
}

/** Lets a stream read `count` random bytes in portions of random length; every message is shown to `check`. */
export function readRandomBytes(count: number, seed: number, check: (bytes: Uint8Array) => void) {
  let messages = 0;
  let faults = 0;
  const stream = new ByteStream({
    message: (bytes) => {
      messages++;
      check(bytes);
    },
    malformed: () => faults++
  });
  const bytes = new Uint8Array(1024);
  let state = seed;
  for (let left = count; left > 0;) {
    state = fillRandom(bytes, state);
    const length = Math.min(left, 1 + (state & 1023));
    stream.take(bytes, length);
    left -= length;
  }
  return { messages, faults };
}
