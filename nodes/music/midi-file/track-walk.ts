/**
 * A walk over the events of one track, after the Standard MIDI Files 1.0 specification: delta times of one to four
 * bytes, each before an event; channel messages with running status, sysex and escapes with a length, meta events.
 *
 * Read here and not by a library: those that there are make an object of each event, take whatever is there for one,
 * and tell nobody where they stood.
 */
import { said, type Words } from '../words';
import { messageLength } from '../bytes';
import { MAX_PATTERN_EVENTS } from '../pattern-json';
import { MalformedMidiFile } from './errors';

/** What is told of a track, in its order; `tick` counts from its beginning, in the ticks of the file. */
export interface TrackListener {
  /** A channel message; `second` is 0 where the message has but one data byte. */
  message(tick: number, status: number, first: number, second: number): void;
  /** F0 begins a sysex, F7 goes on with one, or escapes any bytes. `data` is a view of the file. */
  packet(tick: number, status: 0xf0 | 0xf7, data: Uint8Array): void;
  /** A meta event whose length is right where it has to be; `data` is a view of the file. */
  meta(tick: number, type: number, data: Uint8Array): void;
}

export const TRACK_NAME = 0x03;
export const TEMPO = 0x51;
export const SIGNATURE = 0x58;
const END_OF_TRACK = 0x2f;

const META = 0xff;
const SYSEX = 0xf0;
const ESCAPE = 0xf7;
/** Lengths that meta events must have to be understood. */
const META_LENGTHS: Readonly<Record<number, readonly number[]>> = {
  [END_OF_TRACK]: [0],
  [TEMPO]: [3],
  [SIGNATURE]: [2, 4]
};

/** Walks over tracks, up to MAX_PATTERN_EVENTS events in all of them. */
export class TrackWalk {
  private at = 0;
  private end = 0;
  private events = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /**
   * Tells `listener` what the track between two offsets holds, up to its end event; what follows that is passed over.
   * Returns the tick at which the track ends. Throws MalformedMidiFile with the offset of what is wrong.
   */
  walk(from: number, to: number, listener: TrackListener): number {
    const { bytes } = this;
    this.at = from;
    this.end = to;
    let tick = 0;
    let runningStatus = 0;
    while (this.at < to) {
      tick += this.number();
      if (++this.events > MAX_PATTERN_EVENTS)
        this.refuse(
          said('more than __most__ events are more than can be read', { most: MAX_PATTERN_EVENTS })
        );
      if (this.at >= to) this.refuse('the track ends where an event belongs');
      const status = bytes[this.at];
      if (status < SYSEX) {
        if (status >= 0x80) {
          runningStatus = status;
          this.at++;
        } else if (runningStatus === 0) this.refuse('a data byte, but no status byte stands before it');
        const first = this.data();
        listener.message(tick, runningStatus, first, messageLength(runningStatus) === 3 ? this.data() : 0);
      } else if (status === META) {
        this.at++;
        if (this.meta(tick, listener)) return tick;
      } else if (status === SYSEX || status === ESCAPE) {
        this.at++;
        listener.packet(tick, status, this.take(this.number()));
      } else {
        this.refuse(said('__byte__ begins no event of a file', { byte: `0x${status.toString(16)}` }));
      }
    }
    return tick;
  }

  /** A number of one to four bytes with seven bits each. */
  private number(): number {
    const start = this.at;
    let value = 0;
    for (;;) {
      if (this.at >= this.end) this.refuse('the track ends within a number');
      if (this.at - start === 4) this.refuse('a number of more than four bytes', start);
      const byte = this.bytes[this.at++];
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return value;
    }
  }

  private data(): number {
    if (this.at >= this.end) this.refuse('the track ends within an event');
    if (this.bytes[this.at] >= 0x80) this.refuse('a status byte, where a data byte is needed');
    return this.bytes[this.at++];
  }

  /** Reads a meta event; returns whether it ends the track. */
  private meta(tick: number, listener: TrackListener): boolean {
    const start = this.at;
    if (this.at >= this.end) this.refuse('the track ends within an event');
    const type = this.bytes[this.at++];
    const length = this.number();
    const lengths = META_LENGTHS[type];
    if (lengths !== undefined && !lengths.includes(length)) {
      this.refuse(
        said('meta event __type__ of __length__ bytes; __lengths__ are needed', {
          type: `0x${type.toString(16)}`,
          length,
          lengths: lengths.join(' / ')
        }),
        start
      );
    }
    const data = this.take(length);
    if (type === TEMPO && data[0] + data[1] + data[2] === 0)
      this.refuse('a tempo of 0 microseconds to the quarter note', this.at - 3);
    listener.meta(tick, type, data);
    return type === END_OF_TRACK;
  }

  private take(length: number): Uint8Array {
    if (this.at + length > this.end)
      this.refuse(
        said('__length__ bytes should follow, and the track ends after __left__', {
          length,
          left: this.end - this.at
        })
      );
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private refuse(problem: Words, offset = this.at): never {
    throw new MalformedMidiFile(offset, problem);
  }
}
