/**
 * MIDI bytes ↔ events, after the MIDI 1.0 Detailed Specification: a status byte (0x80–0xff), then data bytes
 * (0x00–0x7f); high nibble of a channel message is its kind, low nibble its channel counted from 0; 14-bit
 * values travel in two data bytes of seven bits.
 */
import { InvalidParameter, describe } from './errors';
import { MAX_SYSEX_BYTES, type MusicEvent } from './event';

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const POLY_PRESSURE = 0xa0;
const CONTROL_CHANGE = 0xb0;
const PROGRAM_CHANGE = 0xc0;
const PRESSURE = 0xd0;
const PITCH_BEND = 0xe0;
const SYSEX = 0xf0;
const SONG_POSITION = 0xf2;
const END_OF_SYSEX = 0xf7;
const CLOCK = 0xf8;
const START = 0xfa;
const CONTINUE = 0xfb;
const STOP = 0xfc;
const ACTIVE_SENSING = 0xfe;

/** Controllers with a meaning of their own (MIDI 1.0, table of controller numbers). */
const BANK_MSB = 0;
const BANK_LSB = 32;
const DATA_ENTRY_MSB = 6;
const DATA_ENTRY_LSB = 38;
const NRPN_LSB = 98;
const NRPN_MSB = 99;
const RPN_LSB = 100;
const RPN_MSB = 101;

/** No event but sysex takes more bytes than this; a sysex takes its data and two. */
export const MAX_SHORT_BYTES = 12;

/** Bytes of the channel messages 8n–En, and of the system messages F0–FF; 0: sysex, its end, undefined. */
const CHANNEL_LENGTHS = [3, 3, 3, 3, 2, 2, 3];
const SYSTEM_LENGTHS = [0, 2, 3, 2, 0, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 1];

/**
 * Length in bytes (1, 2 or 3) of the message that a status byte begins; 0 for a sysex, whose length is open,
 * and for what begins no message: data bytes, F7, undefined statuses.
 */
export function messageLength(status: number): number {
  if (!(status >= NOTE_OFF && status <= 0xff)) return 0;
  return status < SYSEX ? CHANNEL_LENGTHS[(status >> 4) - 8] : SYSTEM_LENGTHS[status & 0x0f];
}

/**
 * Writes the complete messages of one event (without running status) to `out` from `offset` on and returns how
 * many bytes they took: at most MAX_SHORT_BYTES, for sysex `data.length + 2`; `out` must have that room.
 * `channel` (1–16) holds where the event names none. A `note` gives its note-on; its end is the caller's to
 * send. The event is taken as valid (see readEvent), and nothing is allocated.
 */
export function encodeEvent(event: MusicEvent, channel: number, out: Uint8Array, offset = 0): number {
  switch (event.type) {
    case 'note':
    case 'noteOn':
      return put3(out, offset, NOTE_ON | nibble(event.channel, channel), event.note, event.velocity);
    case 'noteOff':
      return put3(out, offset, NOTE_OFF | nibble(event.channel, channel), event.note, event.velocity);
    case 'polyPressure':
      return put3(out, offset, POLY_PRESSURE | nibble(event.channel, channel), event.note, event.value);
    case 'cc':
      return put3(
        out,
        offset,
        CONTROL_CHANGE | nibble(event.channel, channel),
        event.controller,
        event.value
      );
    case 'cc14': {
      const status = CONTROL_CHANGE | nibble(event.channel, channel);
      put3(out, offset, status, event.controller, event.value >> 7);
      return 3 + put3(out, offset + 3, status, event.controller + 32, event.value & 0x7f);
    }
    case 'rpn':
    case 'nrpn': {
      const status = CONTROL_CHANGE | nibble(event.channel, channel);
      const registered = event.type === 'rpn';
      const lsbFirst = event.order === 'lsbFirst';
      put3(out, offset, status, registered ? RPN_MSB : NRPN_MSB, event.parameter >> 7);
      put3(out, offset + 3, status, registered ? RPN_LSB : NRPN_LSB, event.parameter & 0x7f);
      put3(out, offset + (lsbFirst ? 9 : 6), status, DATA_ENTRY_MSB, event.value >> 7);
      put3(out, offset + (lsbFirst ? 6 : 9), status, DATA_ENTRY_LSB, event.value & 0x7f);
      return 12;
    }
    case 'program': {
      const low = nibble(event.channel, channel);
      let length = 0;
      if (event.bank !== undefined) {
        length += put3(out, offset, CONTROL_CHANGE | low, BANK_MSB, event.bank >> 7);
        length += put3(out, offset + 3, CONTROL_CHANGE | low, BANK_LSB, event.bank & 0x7f);
      }
      out[offset + length] = PROGRAM_CHANGE | low;
      out[offset + length + 1] = event.program;
      return length + 2;
    }
    case 'pressure':
      out[offset] = PRESSURE | nibble(event.channel, channel);
      out[offset + 1] = event.value;
      return 2;
    case 'pitchBend': {
      const value = event.value + 8192;
      return put3(out, offset, PITCH_BEND | nibble(event.channel, channel), value & 0x7f, value >> 7);
    }
    case 'songPosition':
      return put3(out, offset, SONG_POSITION, event.position & 0x7f, event.position >> 7);
    case 'sysex': {
      const { data } = event;
      out[offset] = SYSEX;
      for (let index = 0; index < data.length; index++) out[offset + 1 + index] = data[index];
      out[offset + 1 + data.length] = END_OF_SYSEX;
      return data.length + 2;
    }
    case 'clock':
      return put1(out, offset, CLOCK);
    case 'start':
      return put1(out, offset, START);
    case 'continue':
      return put1(out, offset, CONTINUE);
    case 'stop':
      return put1(out, offset, STOP);
  }
}

function nibble(own: number | undefined, fallback: number): number {
  return ((own ?? fallback) - 1) & 0x0f;
}

function put1(out: Uint8Array, offset: number, status: number): number {
  out[offset] = status;
  return 1;
}

function put3(out: Uint8Array, offset: number, status: number, first: number, second: number): number {
  out[offset] = status;
  out[offset + 1] = first;
  out[offset + 2] = second;
  return 3;
}

/** Bytes that are no MIDI. `position` counts from 0 and is that of the byte the `reason` speaks of. */
export class MalformedBytes extends InvalidParameter {
  constructor(
    readonly position: number,
    byte: unknown,
    problem: string
  ) {
    super('bytes', byte, `byte ${position} (${hex(byte)}): ${problem}`);
    this.message = `bytes: ${this.reason}`;
  }
}

function hex(byte: unknown): string {
  return isByte(byte) ? `0x${byte.toString(16).padStart(2, '0')}` : describe(byte);
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xff;
}

/** How each kind of channel message is called, and the event that it makes of its one or two data bytes. */
const CHANNEL_MESSAGES: Readonly<
  Record<number, { name: string; read: (channel: number, first: number, second: number) => MusicEvent }>
> = {
  [NOTE_OFF]: {
    name: 'note-off',
    read: (channel, note, velocity) => ({ type: 'noteOff', channel, note, velocity })
  },
  // A note-on of velocity 0 is a note-off (MIDI 1.0): running status can then carry both ends of a note.
  [NOTE_ON]: {
    name: 'note-on',
    read: (channel, note, velocity) => ({ type: velocity ? 'noteOn' : 'noteOff', channel, note, velocity })
  },
  [POLY_PRESSURE]: {
    name: 'poly pressure',
    read: (channel, note, value) => ({ type: 'polyPressure', channel, note, value })
  },
  [CONTROL_CHANGE]: {
    name: 'control change',
    read: (channel, controller, value) => ({ type: 'cc', channel, controller, value })
  },
  [PROGRAM_CHANGE]: {
    name: 'program change',
    read: (channel, program) => ({ type: 'program', channel, program })
  },
  [PRESSURE]: {
    name: 'channel pressure',
    read: (channel, value) => ({ type: 'pressure', channel, value })
  },
  [PITCH_BEND]: {
    name: 'pitch bend',
    read: (channel, low, high) => ({ type: 'pitchBend', channel, value: low + (high << 7) - 8192 })
  }
};

const REALTIME_EVENTS: Readonly<Record<number, 'clock' | 'start' | 'continue' | 'stop'>> = {
  [CLOCK]: 'clock',
  [START]: 'start',
  [CONTINUE]: 'continue',
  [STOP]: 'stop'
};

/**
 * Reads an array or Buffer of one or more complete MIDI messages, in order, each event with its channel 1–16.
 * Running status holds within the array; realtime bytes may stand anywhere, also inside a sysex (and come out
 * ahead of the message that they interrupt). Controllers stay single `cc` events. Active sensing (FE) is
 * dropped: it only says that a cable is alive. System reset (FF), time code, song select and tune request are
 * refused: there is no event for them. Anything malformed or cut short throws MalformedBytes; no event of such
 * an array is played.
 */
export function parseMessages(bytes: ArrayLike<number>): MusicEvent[] {
  const events: MusicEvent[] = [];
  let index = 0;
  let runningStatus = 0;

  /** Deals with a realtime byte at the index and returns whether there was one. */
  function realtime(): boolean {
    const byte = bytes[index];
    if (!isByte(byte)) throw new MalformedBytes(index, byte, 'a whole number from 0 to 255 is needed');
    if (byte < CLOCK) return false;
    const type = REALTIME_EVENTS[byte];
    if (type) events.push({ type });
    else if (byte !== ACTIVE_SENSING) throw new MalformedBytes(index, byte, 'this message is not supported');
    index++;
    return true;
  }

  /** The data bytes from the index on, until `count` are there or a status byte ends them. */
  function data(count: number): number[] {
    const found: number[] = [];
    while (found.length < count && index < bytes.length) {
      if (realtime()) continue;
      if (bytes[index] >= 0x80) break;
      found.push(bytes[index++]);
    }
    return found;
  }

  function exactly(count: number, name: string, position: number): number[] {
    const found = data(count);
    if (found.length === count) return found;
    const needs = count === 1 ? 'one data byte' : 'two data bytes';
    const there = found.length === 0 ? 'none is' : 'one is';
    throw new MalformedBytes(position, bytes[position], `${name} needs ${needs}, ${there} there`);
  }

  if (bytes.length === 0) throw new MalformedBytes(0, undefined, 'at least one message is needed');
  while (index < bytes.length) {
    if (realtime()) continue;
    const position = index;
    const byte = bytes[position];
    if (byte >= 0x80) index++;
    if (byte === SYSEX) {
      const body = data(MAX_SYSEX_BYTES);
      while (index < bytes.length && realtime());
      if (index === bytes.length) throw new MalformedBytes(position, byte, 'this sysex has no end (0xf7)');
      if (bytes[index] < 0x80) {
        throw new MalformedBytes(index, bytes[index], `a sysex holds at most ${MAX_SYSEX_BYTES} data bytes`);
      }
      if (bytes[index] !== END_OF_SYSEX) {
        throw new MalformedBytes(index, bytes[index], 'a status byte stands inside a sysex');
      }
      index++;
      events.push({ type: 'sysex', data: body });
      runningStatus = 0;
    } else if (byte === SONG_POSITION) {
      const [low, high] = exactly(2, 'song position', position);
      events.push({ type: 'songPosition', position: low + (high << 7) });
      runningStatus = 0;
    } else if (byte > SYSEX) {
      throw new MalformedBytes(
        position,
        byte,
        byte === END_OF_SYSEX ? 'a sysex ends here that did not begin' : 'this message is not supported'
      );
    } else {
      if (byte >= 0x80) runningStatus = byte;
      else if (runningStatus === 0) {
        throw new MalformedBytes(position, byte, 'a data byte, but no status byte stands before it');
      }
      const { name, read } = CHANNEL_MESSAGES[runningStatus & 0xf0];
      const [first, second] = exactly(messageLength(runningStatus) - 1, name, position);
      events.push(read((runningStatus & 0x0f) + 1, first, second));
    }
  }
  return events;
}

/** What arrives beside the events that can be sent: messages that only inform. */
export type SystemNotice =
  { type: 'timeCode' | 'songSelect'; value: number } | { type: 'tuneRequest' | 'activeSensing' | 'reset' };

/** What one message that arrived says. */
export type InputEvent = MusicEvent | SystemNotice;

const NOTICES: Readonly<Record<number, SystemNotice['type']>> = {
  [0xf1]: 'timeCode',
  [0xf3]: 'songSelect',
  [0xf6]: 'tuneRequest',
  [ACTIVE_SENSING]: 'activeSensing',
  [0xff]: 'reset'
};

/** The event of one complete message, as {@link ByteStream} gives it; a sysex may be longer than one that is sent. */
export function inputEvent(message: ArrayLike<number>): InputEvent {
  const [status, first, second] = [message[0], message[1], message[2]];
  if (status < SYSEX) return CHANNEL_MESSAGES[status & 0xf0].read((status & 0x0f) + 1, first, second);
  if (status === SYSEX) return { type: 'sysex', data: Array.from(message).slice(1, -1) };
  if (status === SONG_POSITION) return { type: 'songPosition', position: first + (second << 7) };
  const type = REALTIME_EVENTS[status];
  if (type) return { type };
  const notice = NOTICES[status];
  return (message.length > 1 ? { type: notice, value: first } : { type: notice }) as SystemNotice;
}
