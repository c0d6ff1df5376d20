import type { NoteEvent } from './event';

interface Held {
  timeMs: number;
  velocity: number;
}

/** Makes whole notes of keys that go down and come up. Holds at most every note of every channel. */
export class HeldNotes {
  private readonly held = new Map<number, Held>();

  /** Keys that are down. */
  get size(): number {
    return this.held.size;
  }

  /** A key goes down. Returns the note that it ends: the same key, whose end was not heard. */
  press(channel: number, note: number, velocity: number, timeMs: number): NoteEvent | undefined {
    const before = this.release(channel, note, timeMs);
    this.held.set(keyOf(channel, note), { timeMs, velocity });
    return before;
  }

  /** A key comes up. Returns its note; undefined where nothing was heard of its beginning. */
  release(channel: number, note: number, timeMs: number): NoteEvent | undefined {
    const key = keyOf(channel, note);
    const held = this.held.get(key);
    if (held === undefined) return undefined;
    this.held.delete(key);
    const durationMs = Math.max(0, timeMs - held.timeMs);
    return { type: 'note', channel, note, velocity: held.velocity, durationMs };
  }

  /** Nothing more will be heard of what is down: it ends now. */
  releaseAll(timeMs: number): NoteEvent[] {
    return [...this.held.keys()].map((key) => this.release((key >> 7) + 1, key & 127, timeMs) as NoteEvent);
  }
}

function keyOf(channel: number, note: number): number {
  return ((channel - 1) << 7) | note;
}
