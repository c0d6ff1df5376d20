/** Events of ours → a Standard MIDI File of type 0. */
import { encodeEvent, MAX_SHORT_BYTES, messageLength } from '../bytes';
import { numberWithin } from '../errors';
import { MAX_SYSEX_BYTES, TICKS_PER_QUARTER, type MusicEvent } from '../event';
import { lcm } from '../fraction';
import type { PatternEvent } from '../pattern';
import { MAX_BPM, MIN_BPM, ticksIn } from '../tempo';
import type { SignatureMark, TempoMark } from './model';

export interface MidiFileContent {
  /** In any order; parameter moves have no place in a MIDI file and are left out. */
  readonly events: readonly PatternEvent[];
  /** Where the file ends, in ticks at 960 to the quarter note; later where a note lasts longer. */
  readonly lengthTicks: number;
  /** Name of the track. */
  readonly name?: string;
  readonly tempos?: readonly TempoMark[];
  readonly signatures?: readonly SignatureMark[];
  /** For events that name none, 1–16; 1 where it is left out. */
  readonly channel?: number;
  /** Tempo by which lengths in milliseconds become ticks, 1–999; 120 where it is left out. */
  readonly bpm?: number;
  /** Of the file, 1–32767; where it is left out, as many as it takes. */
  readonly ticksPerQuarter?: number;
}

/** A file holds its ticks per quarter note in 15 bits. */
const MAX_TICKS_PER_QUARTER = 32_767;
/** Delta times of four bytes. */
const MAX_DELTA = 0x0fffffff;
const NOTE_OFF_VELOCITY = 64;

/**
 * The bytes of a file. Its ticks per quarter note are 960, or as many as it takes to hold every position and length
 * exactly; where not even 32767 do, each is rounded to the nearest of 960. So what was read from a file is written
 * as it was: reading it again gives the same events.
 */
export function writeMidiFile(content: MidiFileContent): Uint8Array {
  const { events, tempos = [], signatures = [], name = '', channel = 1, bpm = 120 } = content;
  numberWithin('bpm', bpm, MIN_BPM, MAX_BPM);
  const ppq = content.ticksPerQuarter ?? ticksPerQuarterFor(content);
  const toFile = (ticks: number) => Math.round((ticks * ppq) / TICKS_PER_QUARTER);

  const track = new Track();
  if (name !== '') track.meta(0, 0x03, new TextEncoder().encode(name));
  for (const { position, microsecondsPerQuarter: us } of tempos)
    track.meta(toFile(position), 0x51, [us >> 16, (us >> 8) & 0xff, us & 0xff]);
  for (const { position, beatsPerBar, beatUnit } of signatures) {
    // Clicks of the metronome in MIDI clocks, and 32nd notes to the quarter note.
    track.meta(toFile(position), 0x58, [beatsPerBar, Math.log2(beatUnit), 96 / beatUnit, 8]);
  }
  for (const { position, event } of events) {
    if (event.type === 'parameter') continue;
    const tick = toFile(position);
    track.event(tick, event, channel);
    if (event.type !== 'note') continue;
    const durationTicks = event.durationTicks ?? ticksIn(event.durationMs ?? 0, bpm);
    track.noteOff(tick, toFile(durationTicks), event.channel ?? channel, event.note);
  }
  // Never behind a bar line that it stands on, where a reader would count a bar more.
  return file(ppq, track.bytes(Math.floor((content.lengthTicks * ppq) / TICKS_PER_QUARTER)));
}

function file(ppq: number, track: Uint8Array): Uint8Array {
  const out = new Uint8Array(22 + track.length);
  const view = new DataView(out.buffer);
  out.set([0x4d, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 0, 0, 1]);
  view.setUint16(12, ppq);
  out.set([0x4d, 0x54, 0x72, 0x6b], 14);
  view.setUint32(18, track.length);
  out.set(track, 22);
  return out;
}

/** Order of what falls on one tick: ends of earlier notes, marks, events as given, ends of notes without a length. */
const enum Order {
  end,
  mark,
  event
}

/** A piece of a track: a tick, its order there, and bytes of the shared buffer. */
interface Piece {
  readonly tick: number;
  readonly order: Order;
  readonly from: number;
  readonly to: number;
}

class Track {
  private readonly out = new ByteBuffer();
  private readonly pieces: Piece[] = [];
  private readonly scratch = new Uint8Array(Math.max(MAX_SHORT_BYTES, MAX_SYSEX_BYTES + 2));

  meta(tick: number, type: number, data: ArrayLike<number>): void {
    this.piece(tick, Order.mark, () => {
      this.out.put(0xff, type);
      this.out.number(data.length);
      this.out.all(data, 0, data.length);
    });
  }

  /** An event of several messages becomes as many, one directly after the other. */
  event(tick: number, event: MusicEvent, channel: number): void {
    const length = encodeEvent(event, channel, this.scratch);
    const status = this.scratch[0];
    if (status < 0xf0) {
      for (let at = 0; at < length;) {
        const size = messageLength(this.scratch[at]);
        this.message(tick, at, at + size);
        at += size;
      }
      return;
    }
    this.piece(tick, Order.event, () => {
      // A sysex keeps its F7; other system messages are escaped whole.
      const isSysex = status === 0xf0;
      this.out.put(isSysex ? 0xf0 : 0xf7);
      this.out.number(isSysex ? length - 1 : length);
      this.out.all(this.scratch, isSysex ? 1 : 0, length);
    });
  }

  noteOff(tick: number, duration: number, channel: number, note: number): void {
    this.scratch[0] = 0x80 | (channel - 1);
    this.scratch[1] = note;
    this.scratch[2] = NOTE_OFF_VELOCITY;
    // The end of a note without a length follows its beginning, which was just written.
    this.message(tick + duration, 0, 3, duration === 0 ? Order.event : Order.end);
  }

  /** The whole track. */
  bytes(endTick: number): Uint8Array {
    const { pieces, out } = this;
    // Sorting is stable: what falls together stays as it was given.
    pieces.sort((a, b) => a.tick - b.tick || a.order - b.order);
    const track = new ByteBuffer();
    let now = 0;
    /** Waits with empty texts where a delta time is too long for its four bytes. */
    const wait = (tick: number) => {
      for (; tick - now > MAX_DELTA; now += MAX_DELTA) {
        track.number(MAX_DELTA);
        track.put(0xff, 0x01, 0);
      }
      track.number(tick - now);
      now = tick;
    };
    for (const { tick, from, to } of pieces) {
      wait(tick);
      track.all(out.view(), from, to);
    }
    wait(Math.max(endTick, now));
    track.put(0xff, 0x2f, 0);
    return track.view();
  }

  private message(tick: number, from: number, to: number, order = Order.event): void {
    const start = this.out.length;
    this.out.all(this.scratch, from, to);
    this.pieces.push({ tick, order, from: start, to: this.out.length });
  }

  private piece(tick: number, order: Order, write: () => void): void {
    const from = this.out.length;
    write();
    this.pieces.push({ tick, order, from, to: this.out.length });
  }
}

/** Bytes that become more; room is doubled when it is used up. */
class ByteBuffer {
  length = 0;
  private room = new Uint8Array(1024);

  put(...bytes: number[]): void {
    this.all(bytes, 0, bytes.length);
  }

  all(bytes: ArrayLike<number>, from: number, to: number): void {
    const needed = this.length + to - from;
    if (needed > this.room.length) {
      const larger = new Uint8Array(Math.max(needed, this.room.length * 2));
      larger.set(this.room);
      this.room = larger;
    }
    for (let at = from; at < to; at++) this.room[this.length++] = bytes[at];
  }

  /** A number in seven bits a byte, the highest first. */
  number(value: number): void {
    for (let shift = 21; shift > 0; shift -= 7)
      if (value >> shift > 0) this.put(0x80 | ((value >> shift) & 0x7f));
    this.put(value & 0x7f);
  }

  view(): Uint8Array {
    return this.room.subarray(0, this.length);
  }
}

/** How far a float64 may be from the fraction that it stands for, in quarter notes: rounding up to a long song. */
const ROUNDING = 1e-11;

/** The fewest ticks per quarter note, 960 if possible or a multiple of it, by which all that happens is at whole ones. */
function ticksPerQuarterFor({ events, tempos = [], signatures = [] }: MidiFileContent): number {
  for (const base of [TICKS_PER_QUARTER, 1]) {
    let ppq = base;
    const fits = (ticks: number): boolean => {
      const quarters = ticks / TICKS_PER_QUARTER;
      if (isWhole(quarters * ppq, ppq)) return true;
      const den = denominatorOf(quarters);
      if (den === undefined) return false;
      ppq = lcm(ppq, den);
      return ppq <= MAX_TICKS_PER_QUARTER;
    };
    const placed = (mark: { position: number }) => fits(mark.position);
    if (
      tempos.every(placed) &&
      signatures.every(placed) &&
      events.every(
        (item) =>
          item.event.type === 'parameter' ||
          (placed(item) && (item.event.type !== 'note' || fits(item.event.durationTicks ?? 0)))
      )
    )
      return ppq;
  }
  return TICKS_PER_QUARTER;
}

function isWhole(value: number, scale: number): boolean {
  return Math.abs(value - Math.round(value)) <= ROUNDING * scale;
}

/**
 * The smallest denominator of a fraction that a number is but for rounding; undefined where that is more than 32767.
 * By the continued fraction of the number, whose convergents are its best approximations.
 */
function denominatorOf(value: number): number | undefined {
  let [before, den] = [0, 1];
  let rest = value;
  while (den <= MAX_TICKS_PER_QUARTER) {
    if (Math.abs(value * den - Math.round(value * den)) <= ROUNDING * den) return den;
    rest = 1 / (rest - Math.floor(rest));
    if (!Number.isFinite(rest)) return undefined;
    [before, den] = [den, Math.floor(rest) * den + before];
  }
  return undefined;
}
