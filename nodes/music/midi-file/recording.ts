import { ByteStream } from '../byte-stream';
import { inputEvent } from '../bytes';
import { isEventType, MAX_SYSEX_BYTES, type MusicEvent } from '../event';
import type { PatternEvent } from '../pattern';
import { ticksIn } from '../tempo';
import { writeMidiFile } from './write';

/** Most messages of one recording: several hours of a busy piece. */
export const MAX_RECORDED_MESSAGES = 100_000;
/** Most bytes of them; long sysex fill it before the messages are counted up. */
export const MAX_RECORDED_BYTES = 4 * 1024 * 1024;
/** Ticks per quarter note of the file: at 120 BPM 52 µs each, finer than a byte takes on a MIDI cable. */
const TICKS_PER_QUARTER_OF_FILE = 9600;

/**
 * Messages as they were sent, by the clock on the wall: the first begins the file. Its tempo only says how the times
 * are written down. Takes no more than is stated above.
 */
export class Recording {
  private readonly events: PatternEvent[] = [];
  private readonly stream = new ByteStream(
    { message: (bytes) => this.take(bytes), malformed: () => undefined },
    MAX_SYSEX_BYTES + 2
  );
  private timeMs = 0;
  private firstMs: number | undefined;
  private bytes = 0;

  /** @param bpm 1–999 */
  constructor(private readonly bpm: number) {}

  get messages(): number {
    return this.events.length;
  }

  /** No more is taken. */
  get isFull(): boolean {
    return this.events.length >= MAX_RECORDED_MESSAGES || this.bytes >= MAX_RECORDED_BYTES;
  }

  /** Takes a message, or a part of a long one, that was sent at a time. */
  add(bytes: Uint8Array, timeMs: number): void {
    if (this.isFull) return;
    this.timeMs = timeMs;
    this.bytes += bytes.length;
    this.stream.take(bytes);
  }

  /** As a MIDI file of type 0. */
  toMidiFile(name: string): Uint8Array {
    return writeMidiFile({
      events: this.events,
      lengthTicks: this.events.at(-1)?.position ?? 0,
      name,
      bpm: this.bpm,
      tempos: [
        {
          position: 0,
          bpm: this.bpm,
          microsecondsPerQuarter: Math.min(Math.round(60_000_000 / this.bpm), 0xffffff)
        }
      ],
      ticksPerQuarter: TICKS_PER_QUARTER_OF_FILE
    });
  }

  private take(message: Uint8Array): void {
    const event = inputEvent(message);
    if (!isEventType(event.type)) return;
    this.firstMs ??= this.timeMs;
    const position = Math.max(0, ticksIn(this.timeMs - this.firstMs, this.bpm));
    this.events.push({ position, event: event as MusicEvent });
  }
}
