import { InvalidParameter, integerWithin, numberWithin } from './errors';

/** Resolution of musical time. 960 divides by 3, 5 and 64, and leaves 40 ticks to each MIDI clock. */
export const TICKS_PER_QUARTER = 960;
/** MIDI clock runs at 24 pulses per quarter note (MIDI 1.0). */
export const TICKS_PER_CLOCK = TICKS_PER_QUARTER / 24;
/** Song Position counts sixteenths, six MIDI clocks each (MIDI 1.0). */
export const TICKS_PER_SIXTEENTH = TICKS_PER_QUARTER / 4;
/** The shortest beat of a time signature. */
export const TICKS_PER_32ND = TICKS_PER_QUARTER / 8;

/** Channels count from 1 to 16; left out, the device's own channel is meant. */
interface OnChannel {
  channel?: number;
}

/** A whole note; the engine makes both ends. `durationTicks` needs a stamp in ticks, `durationMs` needs none. */
export interface NoteEvent extends OnChannel {
  type: 'note';
  note: number;
  velocity: number;
  durationTicks?: number;
  durationMs?: number;
}
export interface NoteOnEvent extends OnChannel {
  type: 'noteOn';
  note: number;
  velocity: number;
}
export interface NoteOffEvent extends OnChannel {
  type: 'noteOff';
  note: number;
  velocity: number;
}
export interface ControlChangeEvent extends OnChannel {
  type: 'cc';
  controller: number;
  value: number;
}
/** A pair of controllers, `controller` (0–31) for the high seven bits and `controller + 32` for the low ones. */
export interface ControlChange14Event extends OnChannel {
  type: 'cc14';
  controller: number;
  value: number;
}
/** A (non-)registered parameter: four control changes that are never torn apart. `order` is that of CC 6 and 38. */
export interface ParameterEvent extends OnChannel {
  type: 'nrpn' | 'rpn';
  parameter: number;
  value: number;
  order?: 'msbFirst' | 'lsbFirst';
}
/** `bank` 0–16383 is sent ahead as CC 0 and CC 32. */
export interface ProgramEvent extends OnChannel {
  type: 'program';
  program: number;
  bank?: number;
}
export interface PitchBendEvent extends OnChannel {
  type: 'pitchBend';
  value: number;
}
export interface PressureEvent extends OnChannel {
  type: 'pressure';
  value: number;
}
export interface PolyPressureEvent extends OnChannel {
  type: 'polyPressure';
  note: number;
  value: number;
}
/** `data` is what stands between F0 and F7. */
export interface SysexEvent {
  type: 'sysex';
  data: number[];
}
/** A byte to send; it never drives a clock node. */
export interface RealtimeEvent {
  type: 'start' | 'continue' | 'stop' | 'clock';
}
/** `position` counts sixteenths from the start of the song. */
export interface SongPositionEvent {
  type: 'songPosition';
  position: number;
}

export type MusicEvent =
  | NoteEvent
  | NoteOnEvent
  | NoteOffEvent
  | ControlChangeEvent
  | ControlChange14Event
  | ParameterEvent
  | ProgramEvent
  | PitchBendEvent
  | PressureEvent
  | PolyPressureEvent
  | SysexEvent
  | RealtimeEvent
  | SongPositionEvent;

export type EventType = MusicEvent['type'];

/** Longest sysex, in bytes between F0 and F7. A bank of 32 voices of a DX7 has 4102, the dump of a sampler many more. */
export const MAX_SYSEX_BYTES = 65_536;

/** Longest note, in ticks (about 1000 bars of 4/4) and in milliseconds (one hour). */
export const MAX_DURATION_TICKS = 4_000_000;
export const MAX_DURATION_MS = 3_600_000;

type Fields = Record<string, unknown>;

const seven = (name: string) => (fields: Fields) => ({ [name]: integerWithin(name, fields[name], 0, 127) });
const fourteen = (name: string) => (fields: Fields) => ({
  [name]: integerWithin(name, fields[name], 0, 16383)
});

function velocity(fields: Fields): Fields {
  return {
    velocity: fields.velocity === undefined ? 100 : integerWithin('velocity', fields.velocity, 1, 127)
  };
}

function offVelocity(fields: Fields): Fields {
  return {
    velocity: fields.velocity === undefined ? 64 : integerWithin('velocity', fields.velocity, 0, 127)
  };
}

function duration(fields: Fields): Fields {
  const { durationTicks, durationMs } = fields;
  if ((durationTicks === undefined) === (durationMs === undefined)) {
    throw new InvalidParameter('note', fields, 'it needs a durationTicks or a durationMs, and not both');
  }
  return durationTicks !== undefined
    ? { durationTicks: numberWithin('durationTicks', durationTicks, 0, MAX_DURATION_TICKS) }
    : { durationMs: numberWithin('durationMs', durationMs, 0, MAX_DURATION_MS) };
}

function parameterOrder(fields: Fields): Fields {
  const { order } = fields;
  if (order === undefined) return {};
  if (order !== 'msbFirst' && order !== 'lsbFirst') {
    throw new InvalidParameter('order', order, "'msbFirst' or 'lsbFirst' is needed");
  }
  return { order };
}

function bank(fields: Fields): Fields {
  return fields.bank === undefined ? {} : { bank: integerWithin('bank', fields.bank, 0, 16383) };
}

function sysexData(fields: Fields): Fields {
  const data = fields.data;
  if (!Array.isArray(data) && !ArrayBuffer.isView(data)) {
    throw new InvalidParameter('data', data, 'an array of bytes from 0 to 127 is needed');
  }
  const bytes = Array.from(data as ArrayLike<unknown>);
  if (bytes.length > MAX_SYSEX_BYTES) {
    throw new InvalidParameter(
      'data',
      `${bytes.length} bytes`,
      `at most ${MAX_SYSEX_BYTES} bytes are allowed`
    );
  }
  bytes.forEach((byte, index) => integerWithin(`data[${index}]`, byte, 0, 127));
  return { data: bytes };
}

/** What each type is made of: the fields are read in this order, and nothing else is taken over. */
const FIELDS: Readonly<Record<EventType, readonly ((fields: Fields) => Fields)[]>> = {
  note: [seven('note'), velocity, duration],
  noteOn: [seven('note'), velocity],
  noteOff: [seven('note'), offVelocity],
  cc: [seven('controller'), seven('value')],
  cc14: [
    (fields) => ({ controller: integerWithin('controller', fields.controller, 0, 31) }),
    fourteen('value')
  ],
  nrpn: [fourteen('parameter'), fourteen('value'), parameterOrder],
  rpn: [fourteen('parameter'), fourteen('value'), parameterOrder],
  program: [seven('program'), bank],
  pitchBend: [(fields) => ({ value: integerWithin('value', fields.value, -8192, 8191) })],
  pressure: [seven('value')],
  polyPressure: [seven('note'), seven('value')],
  sysex: [sysexData],
  start: [],
  continue: [],
  stop: [],
  clock: [],
  songPosition: [fourteen('position')]
};

const WITHOUT_CHANNEL: ReadonlySet<string> = new Set([
  'sysex',
  'start',
  'continue',
  'stop',
  'clock',
  'songPosition'
]);

/** Every event type, in the order of the documentation. */
export const EVENT_TYPES = Object.keys(FIELDS) as readonly EventType[];

/** Whether a message's `payload.type` names an event (and not a span, a beat or a control). */
export function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && Object.hasOwn(FIELDS, type);
}

/**
 * Reads an event from outside: a fresh object with just the fields of its type, every one checked.
 * Numbers must be numbers already; a missing velocity is 100 (64 for a note-off).
 * Throws InvalidParameter or OutOfBounds naming the field.
 */
export function readEvent(payload: unknown): MusicEvent {
  if (typeof payload !== 'object' || payload === null) {
    throw new InvalidParameter('event', payload, 'an object with a type is needed');
  }
  const fields = payload as Fields;
  if (!isEventType(fields.type)) {
    throw new InvalidParameter('type', fields.type, `one of ${EVENT_TYPES.join(', ')} is needed`);
  }
  const event: Fields = { type: fields.type };
  if (fields.channel !== undefined && !WITHOUT_CHANNEL.has(fields.type)) {
    event.channel = integerWithin('channel', fields.channel, 1, 16);
  }
  for (const read of FIELDS[fields.type]) Object.assign(event, read(fields));
  return event as unknown as MusicEvent;
}

/**
 * Order of what falls on one tick of one port. Transport comes first so that a slave is armed when its clock
 * comes; offs before ons so that a repeated pitch sounds; controllers and programs share a rank, because bank
 * and parameter sequences must keep the order in which they were written.
 */
export const RANK: Readonly<Record<EventType, number>> = {
  stop: 0,
  songPosition: 0,
  continue: 0,
  start: 0,
  clock: 1,
  noteOff: 2,
  cc: 3,
  cc14: 3,
  nrpn: 3,
  rpn: 3,
  program: 3,
  pitchBend: 4,
  pressure: 4,
  polyPressure: 4,
  note: 5,
  noteOn: 5,
  sysex: 6
};

/** An event in its place: `time` in any one unit (ticks or ms), `ordinal` the order in which it was given. */
export interface Placed {
  time: number;
  ordinal: number;
  event: MusicEvent;
}

/** Total order of events on a port: time, then rank, then insertion. */
export function comparePlaced(a: Placed, b: Placed): number {
  return a.time - b.time || RANK[a.event.type] - RANK[b.event.type] || a.ordinal - b.ordinal;
}

/** Equality over every field, place and insertion order included: two notes that differ in velocity are two notes. */
export function placedEquals(a: Placed, b: Placed): boolean {
  return a.time === b.time && a.ordinal === b.ordinal && eventEquals(a.event, b.event);
}

/** Equality over all fields of two events. */
export function eventEquals(a: { readonly type: string }, b: { readonly type: string }): boolean {
  const left = a as unknown as Fields;
  const right = b as unknown as Fields;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => {
    const value = left[key];
    const other = right[key];
    if (Array.isArray(value) && Array.isArray(other)) {
      return value.length === other.length && value.every((item, index) => item === other[index]);
    }
    return Object.hasOwn(right, key) && value === other;
  });
}
