// What is thrown by number, not by time: so many random bytes into the reader of MIDI, and so many messages into every
// node. Nothing may be thrown, take long, grow, or sound that nobody sent.
import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { dist } from '../bench/tools.mjs';
import { message } from './inputs.mjs';

export const BYTES = 10_000_000;
export const MESSAGES = 100_000;
/** Messages that are made at once, and how many come of each by exchanging parts: making them is what takes time. */
const CHUNK = 500;
const TIMES = 5;
/** A part of the messages after which caches are full, and growth is looked for. */
const WARM_UP = 0.2;
const BYTES_GROWTH_MB = 4;
const MESSAGES_GROWTH_MB = 24;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

/** MB of the heap that are in use. */
function inUse() {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function assertFlat(before, limit) {
  const grown = inUse() - before;
  if (grown > limit) throw new Error(`${grown.toFixed(1)} MB more are in use, ${limit} are allowed`);
  return `${grown.toFixed(1)} MB more in use`;
}

/** Random bytes by xorshift32 (Marsaglia 2003), the same for the same seed. */
function* portions(count, seed) {
  let state = seed | 0 || 1;
  const bytes = new Uint8Array(4096);
  for (let left = count; left > 0; left -= bytes.length) {
    for (let at = 0; at < bytes.length; at++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      // Half of them data: otherwise hardly any message gets whole.
      bytes[at] = (state >>> 9) & (state & 0x80 ? 0x7f : 0xff);
    }
    yield left < bytes.length ? bytes.subarray(0, left) : bytes;
  }
}

/** Whether three bytes are a note, on or off. */
const isNote = (status) => status >> 4 === 8 || status >> 4 === 9;

/** Notes of a stream of bytes as the standard has them, by a reader that knows nothing else: the one that it is held against. */
class Notes {
  running = 0;
  first = -1;
  take(byte, heard) {
    if (byte >= 0xf8) return;
    if (byte >= 0x80) {
      this.running = isNote(byte) ? byte : 0;
      this.first = -1;
    } else if (this.running > 0) {
      if (this.first < 0) this.first = byte;
      else {
        heard(this.running, this.first, byte);
        this.first = -1;
      }
    }
  }
}

/** Random bytes into the reader: its notes are exactly those that are there. Returns what to say about it. */
export function readBytes(count, seed) {
  const { ByteStream } = dist('music/byte-stream.js');
  const { inputEvent } = dist('music/bytes.js');
  const expected = [];
  let [messages, faults, notes] = [0, 0, 0];
  const stream = new ByteStream({
    message: (bytes) => {
      messages++;
      inputEvent(bytes);
      if (!isNote(bytes[0])) return;
      const wanted = expected.shift();
      if (bytes.length !== 3 || wanted !== (bytes[0] << 16) + (bytes[1] << 8) + bytes[2])
        throw new Error(`a phantom note: ${[...bytes].join(' ')}`);
      notes++;
    },
    malformed: () => faults++
  });
  const reference = new Notes();
  let before;
  for (const bytes of portions(count, seed)) {
    for (const byte of bytes)
      reference.take(byte, (status, note, velocity) =>
        expected.push((status << 16) + (note << 8) + velocity)
      );
    stream.take(bytes);
    if (expected.length > 0) throw new Error(`${expected.length} notes were not read`);
    before ??= inUse();
  }
  const grown = assertFlat(before, BYTES_GROWTH_MB);
  return `${count} bytes: ${messages} messages, ${notes} of them notes, ${faults} faults; ${grown}`;
}

/** Messages, with the topic, the payload, the stamp and the parts of any of them. */
function recombined(messages, random) {
  const some = () => messages[Math.floor(random() * messages.length)];
  return Array.from({ length: messages.length * TIMES }, () => {
    const msg = {};
    for (const key of ['topic', 'payload', 'at', 'parts']) {
      const from = some();
      if (key in from) msg[key] = from[key];
    }
    return msg;
  });
}

/** Random messages, each into every node. `give` hands over some and throws where that goes wrong. */
export async function floodNodes(count, seed, give) {
  let state = seed || 1;
  const random = () => (state = (state * 16807) % 2147483647) / 2147483647;
  // Almost every message is refused, and what led to that is not of interest.
  Error.stackTraceLimit = 3;
  let before;
  for (let from = 0; from < count; from += CHUNK * TIMES) {
    await give(recombined(fc.sample(message, { seed: seed + from, numRuns: CHUNK }), random));
    if (from >= count * WARM_UP) before ??= inUse();
  }
  const grown = assertFlat(before, MESSAGES_GROWTH_MB);
  return `${count} messages into every node; ${grown}`;
}
