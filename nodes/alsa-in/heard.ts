import { inputEvent, type InputEvent } from '../music/bytes';
import type { NoteEvent } from '../music/event';
import { HeldNotes } from '../music/held-notes';
import { passes } from '../music/midi-filter';
import type { InputSettings } from './input-config';

/** What goes on the wire for one message: the event, its bytes, and when it arrived in engine time. */
export interface HeardMessage {
  topic: string;
  payload: InputEvent;
  bytes: Buffer;
  timeMs: number;
}

/** Makes messages of what a port hears: filtered, with keys held and let go made into whole notes where asked for. */
export class Hearing {
  private readonly held = new HeldNotes();

  constructor(private readonly settings: InputSettings) {}

  /** Takes one complete MIDI message; returns what it gives, which may be nothing. */
  take(bytes: Uint8Array, timeMs: number): HeardMessage[] {
    if (!passes(this.settings.filter, bytes[0], bytes[1] ?? 0)) return [];
    const event = inputEvent(bytes);
    if (!this.settings.wholeNotes || (event.type !== 'noteOn' && event.type !== 'noteOff'))
      return [messageOf(event, Buffer.from(bytes), timeMs)];
    const { type, note, velocity } = event;
    const channel = event.channel as number;
    const whole =
      type === 'noteOn'
        ? this.held.press(channel, note, velocity, timeMs)
        : this.held.release(channel, note, timeMs);
    return whole === undefined ? [] : [noteMessage(whole, timeMs)];
  }

  /** The port is gone: what is held ends now. */
  letGo(timeMs: number): HeardMessage[] {
    return this.held.releaseAll(timeMs).map((note) => noteMessage(note, timeMs));
  }
}

function messageOf(payload: InputEvent, bytes: Buffer, timeMs: number): HeardMessage {
  return { topic: payload.type, payload, bytes, timeMs };
}

/** A whole note began when its key went down. Its bytes are those of its beginning. */
function noteMessage(note: NoteEvent, endMs: number): HeardMessage {
  const bytes = Buffer.of(0x90 | ((note.channel as number) - 1), note.note, note.velocity);
  return messageOf(note, bytes, endMs - (note.durationMs as number));
}
