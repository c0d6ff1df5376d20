import { encodeEvent } from '../../music/bytes';
import { RANK, type MusicEvent } from '../../music/event';
import { RecordRing } from './ring';

/**
 * What the records of the two rings mean. Events travel as finished MIDI bytes with a stamp, so that the worker
 * never interprets music; only what decides about order and queueing is kept beside them.
 */

/** Kinds of record from the main thread to the worker. */
export const enum Inbound {
  event = 0,
  /** A command waits on the message port: taken here, it keeps its place among the events. */
  command = 1,
  /** Keeps the MIDI clock of a transport running on an output for some more heartbeats. */
  lease = 2,
  /** Bytes that arrived at an input which lives in the main thread: `route` is its number, `flags` their length. */
  input = 3
}

/** Kinds of record from the worker to the main thread. */
export const enum Outbound {
  span = 0,
  beat = 1,
  input = 2,
  /** The primed spans of a transport are void; new ones follow. */
  unprimed = 3,
  /** The lease of a port's MIDI clock ran out. */
  leaseEnded = 4,
  /** What was handed over to a port; laid out as an input record. */
  sent = 5,
  /** What a transport follows is in another state, or off. */
  followed = 6
}

/** How the queue treats an event. */
export const enum Kind {
  /** Starts a note. With a duration, its slot becomes the note's off. */
  noteOn = 1,
  noteOff = 2,
  /** A controller whose values may be thinned to the latest. */
  softControl = 3,
  /** Anything that sets state and must keep its place: programs, parameters, bank, bend, pressure. */
  firmControl = 4,
  /** Start, stop, clock …: passes everything. */
  realtime = 5,
  sysex = 6
}

/** Bits of an event's `flags`. */
export const Flag = {
  kindMask: 0xf,
  rankShift: 4,
  lengthShift: 8,
  /** `time` is a run tick of `transport`; otherwise engine time in ms. */
  ticks: 1 << 12,
  hasDuration: 1 << 13,
  durationInTicks: 1 << 14,
  /** An answer to a replayed span: dropped where the same event is queued or was sent. */
  replay: 1 << 15,
  /** No stamp: as soon as possible. */
  immediate: 1 << 16
} as const;

/** Places of an event record's doubles and integers. Integers start behind the four doubles. */
export const EventField = {
  time: 0,
  duration: 1,
  source: 2,
  enteredMs: 3,
  /** ints */
  kind: 8,
  flags: 9,
  /** output in the low half, transport + 1 in the high half (0: none) */
  route: 10,
  epoch: 11,
  ordinal: 12,
  bytes: 13
} as const;

/** Longest event that travels in a record; only sysex is longer and takes the slow lane. */
export const MAX_RECORD_BYTES = 12;

/** Where an event goes and where it comes from, as numbers. */
export interface EventAddress {
  output: number;
  /** −1 without a transport */
  transport: number;
  epoch: number;
  /** Run tick, or engine time in ms, or undefined for "as soon as possible". */
  time: number | undefined;
  source: number;
  ordinal: number;
  replay: boolean;
  /** When the node was given the message, in engine time. */
  enteredMs: number;
}

/**
 * Controllers that are neither thinned nor overtaken: what carries a sequence (bank, data entry, parameter numbers),
 * the pedals that hold notes, and the channel mode messages.
 */
export function isFirmController(controller: number): boolean {
  if (controller >= 96) return controller <= 101 || controller >= 120;
  return FIRM_CONTROLLERS.has(controller);
}

const FIRM_CONTROLLERS: ReadonlySet<number> = new Set([0, 32, 6, 38, 64, 66]);

function kindOf(event: MusicEvent): Kind {
  switch (event.type) {
    case 'note':
    case 'noteOn':
      return Kind.noteOn;
    case 'noteOff':
      return Kind.noteOff;
    case 'cc':
      return isFirmController(event.controller) ? Kind.firmControl : Kind.softControl;
    case 'sysex':
      return Kind.sysex;
    case 'start':
    case 'continue':
    case 'stop':
    case 'clock':
    case 'songPosition':
      return Kind.realtime;
    default:
      return Kind.firmControl;
  }
}

const scratch = new Uint8Array(MAX_RECORD_BYTES);

/**
 * Writes an event into a claimed record.
 * @param channel the device's channel, for events without one
 * @param sysexId names the bytes that took the slow lane, for sysex only
 */
export function writeEvent(
  ring: RecordRing,
  record: number,
  event: MusicEvent,
  channel: number,
  address: EventAddress,
  sysexId = 0
): void {
  const { doubles, ints } = ring;
  const double = RecordRing.double(record);
  const int = RecordRing.int(record);
  let flags = kindOf(event) | (RANK[event.type] << Flag.rankShift);
  let duration = 0;
  if (event.type === 'note') {
    flags |= Flag.hasDuration;
    if (event.durationTicks !== undefined) {
      flags |= Flag.durationInTicks;
      duration = event.durationTicks;
    } else {
      duration = event.durationMs as number;
    }
  }
  if (address.transport >= 0) flags |= Flag.ticks;
  else if (address.time === undefined) flags |= Flag.immediate;
  if (address.replay) flags |= Flag.replay;

  doubles[double + EventField.time] = address.time ?? address.enteredMs;
  doubles[double + EventField.duration] = duration;
  doubles[double + EventField.source] = address.source;
  doubles[double + EventField.enteredMs] = address.enteredMs;
  ints[int + EventField.kind] = Inbound.event;
  ints[int + EventField.route] = address.output | ((address.transport + 1) << 16);
  ints[int + EventField.epoch] = address.epoch;
  ints[int + EventField.ordinal] = address.ordinal;
  if (event.type === 'sysex') {
    ints[int + EventField.bytes] = sysexId;
    ints[int + EventField.bytes + 1] = 0;
    ints[int + EventField.bytes + 2] = 0;
  } else {
    scratch.fill(0);
    flags |= encodeEvent(event, channel, scratch) << Flag.lengthShift;
    for (let word = 0; word < 3; word++) {
      const at = word * 4;
      ints[int + EventField.bytes + word] =
        scratch[at] | (scratch[at + 1] << 8) | (scratch[at + 2] << 16) | (scratch[at + 3] << 24);
    }
  }
  ints[int + EventField.flags] = flags;
}

/** Writes a piece of what arrived, from a byte on, into a claimed record: MAX_RECORD_BYTES at most. */
export function writeInput(
  ring: RecordRing,
  record: number,
  input: number,
  timeMs: number,
  bytes: Uint8Array,
  from: number
): void {
  const { doubles, ints } = ring;
  const int = RecordRing.int(record);
  const length = Math.min(MAX_RECORD_BYTES, bytes.length - from);
  doubles[RecordRing.double(record) + EventField.time] = timeMs;
  ints[int + EventField.kind] = Inbound.input;
  ints[int + EventField.flags] = length;
  ints[int + EventField.route] = input;
  for (let word = 0; word < MAX_RECORD_BYTES / 4; word++) ints[int + EventField.bytes + word] = 0;
  for (let at = 0; at < length; at++)
    ints[int + EventField.bytes + (at >> 2)] |= bytes[from + at] << ((at & 3) * 8);
}

/**
 * Places of a span record. Of the meter the beats of a bar are in the lowest byte, the beat unit in the next one.
 */
export const SpanField = {
  from: 0,
  to: 1,
  position: 2,
  timeMs: 3,
  /** float32 would do, but a double keeps what the user set */
  bpm: 4,
  /** ints */
  kind: 10,
  transport: 11,
  epoch: 12,
  /** with {@link SpanFlag}s in the bytes above it */
  meter: 13,
  /** in 32nd notes: no beat is shorter, so every bar line is on one, and days of song fit */
  barPosition: 14,
  /** counts from 1 */
  bar: 15
} as const;

export const SpanFlag = { running: 1 << 16, primed: 1 << 17 } as const;

/** Places of a beat record. `bar` and `beat` count from 1. */
export const BeatField = {
  position: 0,
  timeMs: 1,
  bpm: 2,
  kind: 10,
  transport: 11,
  epoch: 12,
  bar: 13,
  beat: 14,
  beatsPerBar: 15
} as const;

/** Places of an input record: up to 24 bytes of one message, longer sysex takes several records. */
export const InputField = {
  timeMs: 0,
  bytes: 1,
  maxBytes: 24,
  kind: 10,
  port: 11,
  length: 12,
  /** 1 where something before it was lost: it goes on with nothing that came before. */
  afterLoss: 13
} as const;

/** Copies the bytes of an input record, or of one that was sent. Returns how many. */
export function copyMessage(ring: RecordRing, record: number, into: Uint8Array): number {
  const length = ring.ints[RecordRing.int(record) + InputField.length];
  const words = (RecordRing.double(record) + InputField.bytes) * 2;
  for (let at = 0; at < length; at++) into[at] = ring.ints[words + (at >> 2)] >> ((at & 3) * 8);
  return length;
}

/** Every outbound record carries its kind and its subject at the same place. */
export const OutboundField = { kind: 10, subject: 11 } as const;

/**
 * A node id as a number that fits a record: two 32-bit FNV-1a hashes, 53 bits of them. Stateless, so ids from
 * messages cannot fill a table; with thousands of ids a collision has odds of one in a billion.
 */
export function sourceNumber(id: string): number {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (let index = 0; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (index + 1), 0x01000193);
  }
  return (high & 0x1fffff) * 0x100000000 + (low >>> 0);
}
