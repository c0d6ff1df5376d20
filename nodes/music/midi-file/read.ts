/** Standard MIDI Files → events of ours. */
import { inputEvent, parseMessages } from '../bytes';
import { MAX_SYSEX_BYTES, TICKS_PER_QUARTER, type MusicEvent, type NoteEvent } from '../event';
import { BEAT_UNITS, MAX_BEATS_PER_BAR } from '../meter';
import type { PatternEvent } from '../pattern';
import { readFrame } from './frame';
import type { MidiFile, MidiTrack, SignatureMark, TempoMark } from './model';
import { SIGNATURE, TEMPO, TRACK_NAME, TrackWalk, type TrackListener } from './track-walk';

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const BEGIN_OF_SYSEX = 0xf0;
const END_OF_SYSEX = 0xf7;
const KEYS = 16 * 128;
const NONE = -1;
/** What an escape may carry, beside parts of a sysex: these have no other place in a file. */
const ESCAPED: ReadonlySet<string> = new Set(['start', 'continue', 'stop', 'clock', 'songPosition']);

/**
 * Reads a Standard MIDI File of type 0, 1 or 2. Throws MalformedMidiFile, with the offset, for bytes that are none,
 * for time in SMPTE frames, and for more than 16 MiB or a million events.
 *
 * Positions and durations are `ticks · 960 / ticksPerQuarter`, the nearest float64, never rounded to a whole tick.
 * A note-off ends the oldest note of its key and channel that sounds; one that ends nothing is passed over, and a
 * note without one lasts to the end of its track. The velocity of a note-off is not kept.
 */
export function readMidiFile(bytes: Uint8Array): MidiFile {
  const { format, ticksPerQuarter, tracks: places } = readFrame(bytes);
  const walk = new TrackWalk(bytes);
  const tracks = places.map(({ from, to }) => {
    const reader = new TrackReader(ticksPerQuarter);
    return reader.track(walk.walk(from, to, reader));
  });
  const lengthTicks = tracks.reduce((longest, track) => Math.max(longest, track.lengthTicks), 0);
  return { format, ticksPerQuarter, tracks, lengthTicks };
}

/** Takes what a walk over a track tells and makes whole notes of it. */
class TrackReader implements TrackListener {
  private name = '';
  private channels = 0;
  private leftOut = 0;
  private sysex: { position: number; bytes: number[] } | undefined;
  private readonly events: PatternEvent[] = [];
  private readonly tempos: TempoMark[] = [];
  private readonly signatures: SignatureMark[] = [];
  /** Each note with the tick of its beginning and the number of the next that waits for the same note-off. */
  private readonly notes: NoteEvent[] = [];
  private readonly beginTicks: number[] = [];
  private readonly next: number[] = [];
  /** Numbers of the notes that sound, by channel and key. */
  private readonly oldest = new Int32Array(KEYS).fill(NONE);
  private readonly newest = new Int32Array(KEYS).fill(NONE);

  constructor(private readonly ticksPerQuarter: number) {}

  /** What was told, of a track that ends at a tick. */
  track(endTick: number): MidiTrack {
    if (this.sysex !== undefined) this.leftOut++;
    for (const first of this.oldest)
      for (let note = first; note !== NONE; note = this.next[note]) this.end(note, endTick);
    return {
      name: this.name,
      channels: Array.from({ length: 16 }, (_, index) => index + 1).filter(
        (channel) => (this.channels >> channel) & 1
      ),
      notes: this.notes.length,
      lengthTicks: this.ticks(endTick),
      events: this.events,
      tempos: this.tempos,
      signatures: this.signatures,
      leftOut: this.leftOut
    };
  }

  message(tick: number, status: number, first: number, second: number): void {
    const kind = status & 0xf0;
    const key = (status & 0x0f) * 128 + first;
    if (kind === NOTE_ON && second > 0) {
      this.begin(tick, key, second);
    } else if (kind === NOTE_ON || kind === NOTE_OFF) {
      const note = this.oldest[key];
      if (note === NONE) return;
      this.oldest[key] = this.next[note];
      this.end(note, tick);
    } else {
      this.channels |= 2 << (status & 0x0f);
      this.add(tick, inputEvent([status, first, second]) as MusicEvent);
    }
  }

  packet(tick: number, status: number, data: Uint8Array): void {
    if (status === BEGIN_OF_SYSEX) {
      if (this.sysex !== undefined) this.leftOut++;
      this.sysex = { position: this.ticks(tick), bytes: [] };
    }
    if (this.sysex === undefined) this.escape(tick, data);
    else this.continueSysex(data);
  }

  meta(tick: number, type: number, data: Uint8Array): void {
    if (type === TRACK_NAME && this.name === '') this.name = textOf(data);
    if (type === TEMPO) {
      const microsecondsPerQuarter = (data[0] << 16) | (data[1] << 8) | data[2];
      const bpm = 60_000_000 / microsecondsPerQuarter;
      this.tempos.push({ position: this.ticks(tick), microsecondsPerQuarter, bpm });
    }
    if (type === SIGNATURE) this.signature(tick, data[0], 2 ** data[1]);
  }

  private begin(tick: number, key: number, velocity: number): void {
    const channel = (key >> 7) + 1;
    this.channels |= 1 << channel;
    const event: NoteEvent = { type: 'note', channel, note: key & 127, velocity, durationTicks: 0 };
    const note = this.notes.push(event) - 1;
    this.beginTicks.push(tick);
    this.next.push(NONE);
    if (this.oldest[key] === NONE) this.oldest[key] = note;
    else this.next[this.newest[key]] = note;
    this.newest[key] = note;
    this.add(tick, event);
  }

  private end(note: number, tick: number): void {
    this.notes[note].durationTicks = this.ticks(tick - this.beginTicks[note]);
  }

  /** A sysex may come in several packets; the one that ends in F7 is the last. */
  private continueSysex(data: Uint8Array): void {
    const { bytes, position } = this.sysex!;
    // What is too long to be sent is not kept either, however many packets it has.
    for (const byte of data) if (bytes.length <= MAX_SYSEX_BYTES + 1) bytes.push(byte);
    if (data[data.length - 1] !== END_OF_SYSEX) return;
    this.sysex = undefined;
    const whole = bytes.slice(0, -1);
    if (whole.length > MAX_SYSEX_BYTES || whole.some((byte) => byte > 127)) this.leftOut++;
    else this.events.push({ position, event: { type: 'sysex', data: whole } });
  }

  private escape(tick: number, data: Uint8Array): void {
    let events: MusicEvent[] = [];
    try {
      events = parseMessages(data).filter(({ type }) => ESCAPED.has(type));
    } catch {
      // Anything may be escaped; what we cannot play is counted.
    }
    if (events.length === 0) this.leftOut++;
    for (const event of events) this.add(tick, event);
  }

  /** One that no clock of ours can have is passed over. */
  private signature(tick: number, beatsPerBar: number, beatUnit: number): void {
    if (beatsPerBar < 1 || beatsPerBar > MAX_BEATS_PER_BAR || !BEAT_UNITS.includes(beatUnit as never)) return;
    this.signatures.push({ position: this.ticks(tick), beatsPerBar, beatUnit });
  }

  private add(tick: number, event: MusicEvent): void {
    this.events.push({ position: this.ticks(tick), event });
  }

  private ticks(fileTicks: number): number {
    return (fileTicks * TICKS_PER_QUARTER) / this.ticksPerQuarter;
  }
}

/** Most files of today mean UTF-8, older ones Latin-1. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim();
  } catch {
    return new TextDecoder('latin1').decode(bytes).trim();
  }
}
