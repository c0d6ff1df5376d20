import { InvalidParameter } from './errors';
import { noteNumber } from './pitch';

/** Kinds of message that a filter tells apart, each a bit. */
export const MessageKind = {
  notes: 1,
  controllers: 2,
  programs: 4,
  bends: 8,
  pressures: 16,
  sysex: 32,
  /** Start, continue, stop, song position. */
  transport: 64,
  clock: 128,
  /** Time code, song select, tune request, active sensing, reset. */
  others: 256
} as const;
export type MessageKindName = keyof typeof MessageKind;

export const ALL_CHANNELS = 0xffff;

/** A range of numbers from 0 to 127, both ends included. */
export interface DataRange {
  readonly low: number;
  readonly high: number;
}

export const FULL_RANGE: DataRange = Object.freeze({ low: 0, high: 127 });

/** What a filter lets through; plain numbers, so that it can be handed to another thread. */
export interface FilterSettings {
  /** Bits of {@link MessageKind}. */
  readonly kinds: number;
  /** Bit n is channel n + 1; messages without a channel always pass. */
  readonly channels: number;
  readonly notes: DataRange;
  readonly controllers: DataRange;
}

/** Kinds of the channel messages 8n–En, and of F0–FF. */
const { notes, controllers, programs, bends, pressures, sysex, transport, clock, others } = MessageKind;
const CHANNEL_KINDS = [notes, notes, pressures, controllers, programs, pressures, bends];
const SYSTEM_KINDS = [
  sysex, others, transport, others, 0, 0, others, sysex,
  clock, 0, transport, transport, transport, 0, others, others
]; // prettier-ignore

/** The kind of the message that a status byte begins; 0 for none. */
export function kindOfStatus(status: number): number {
  if (status < 0x80) return 0;
  return status < 0xf0 ? CHANNEL_KINDS[(status >> 4) - 8] : SYSTEM_KINDS[status & 0x0f];
}

/**
 * Whether a filter lets a message through, by its status and first data byte. The range of notes holds for notes and
 * their pressure, that of controllers for controllers. Allocates nothing.
 */
export function passes(filter: FilterSettings, status: number, first: number): boolean {
  const kind = kindOfStatus(status);
  if ((filter.kinds & kind) === 0) return false;
  if (status >= 0xf0) return true;
  if (((filter.channels >> (status & 0x0f)) & 1) === 0) return false;
  const high = status & 0xf0;
  if (high <= 0xa0) return first >= filter.notes.low && first <= filter.notes.high;
  return high !== 0xb0 || (first >= filter.controllers.low && first <= filter.controllers.high);
}

/** Reads channels such as "1, 3-5"; blank means all. Throws InvalidParameter. */
export function readChannels(name: string, text: unknown): number {
  const parts = readParts(text);
  if (parts.length === 0) return ALL_CHANNELS;
  let mask = 0;
  for (const part of parts) {
    const [, from, to] = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(part) ?? [];
    const [low, high] = [Number(from), Number(to ?? from)];
    if (!(low >= 1 && high <= 16 && low <= high))
      throw new InvalidParameter(name, text, 'channels from 1 to 16 are needed, as in 1, 3-5');
    for (let channel = low; channel <= high; channel++) mask |= 1 << (channel - 1);
  }
  return mask;
}

/**
 * Reads a range such as "36-60" or, of notes, "c3-c5"; one value is a range of itself, blank means all of it. Throws
 * InvalidParameter.
 */
export function readRange(name: string, text: unknown, ofNotes: boolean): DataRange {
  const [part, more] = readParts(text);
  if (part === undefined) return FULL_RANGE;
  const [from, to = from] = more === undefined ? splitRange(part) : [''];
  const low = readEnd(from, ofNotes);
  const high = readEnd(to, ofNotes);
  if (!(low >= 0 && high <= 127 && low <= high)) {
    const example = ofNotes ? 'as in c3-c5 or 36-60' : 'as in 1 or 20-31';
    throw new InvalidParameter(name, text, `a range from 0 to 127 is needed, ${example}`);
  }
  return { low, high };
}

function readParts(text: unknown): string[] {
  return String(text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const END = '([a-g][#b]*(?:-?\\d{1,2})?|\\d{1,3})';
const ONE = new RegExp(`^${END}$`, 'i');
const RANGE = new RegExp(`^${END}\\s*-\\s*${END}$`, 'i');

/** Both ends of a range, or the one value; the octave of a note may be negative, so its minus is not that of the range. */
function splitRange(part: string): string[] {
  return (ONE.exec(part) ?? RANGE.exec(part) ?? ['', '']).slice(1);
}

function readEnd(text: string, isNote: boolean): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  return (isNote ? noteNumber(text) : undefined) ?? NaN;
}
