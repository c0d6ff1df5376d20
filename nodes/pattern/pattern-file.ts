import { said } from '../music/words';
import { InvalidParameter } from '../music/errors';
import { TICKS_PER_QUARTER } from '../music/event';
import {
  patternFromMidi,
  readMidiFile,
  type MidiChoice,
  type MidiFile,
  type MidiPart
} from '../music/midi-file';
import { patternFromJson, type NamedPattern } from '../music/pattern-json';

/** A file that can be played: MIDI, or a pattern as JSON. */
export type PatternFile = { readonly midi: MidiFile } | { readonly json: NamedPattern };

/** Reads a file by the extension of its name. Throws MalformedMidiFile, InvalidParameter or OutOfBounds. */
export function readPatternFile(name: string, bytes: Uint8Array): PatternFile {
  if (!/\.json$/i.test(name)) return { midi: readMidiFile(bytes) };
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new InvalidParameter(
      'file',
      name,
      said('JSON is needed (__why__)', { why: (error as Error).message })
    );
  }
  return { json: patternFromJson(raw) };
}

/** What of a file is played. Throws where there is no such part; a pattern has no tracks to choose from. */
export function partOfFile(file: PatternFile, choice: MidiChoice): MidiPart {
  if ('midi' in file) return patternFromMidi(file.midi, choice);
  if (choice.track !== undefined)
    throw new InvalidParameter('track', choice.track, 'a pattern has no tracks; only MIDI files have');
  return { pattern: file.json.pattern, tempos: [], signatures: [] };
}

/** What a file holds, as plain data: for messages and for the dialog. */
export interface FileSummary {
  /** Type of a MIDI file; absent for a pattern. */
  format?: 0 | 1 | 2;
  name?: string;
  lengthTicks: number;
  /** Length in quarter notes. */
  beats: number;
  /** At its beginning, where the file says so. */
  bpm?: number;
  signature?: string;
  tempos?: { position: number; bpm: number }[];
  signatures?: { position: number; beatsPerBar: number; beatUnit: number }[];
  tracks?: { number: number; name: string; channels: number[]; notes: number; events: number }[];
  notes: number;
  /** Events that cannot be played. */
  leftOut?: number;
}

export function summaryOf(file: PatternFile): FileSummary {
  if ('json' in file) {
    const { pattern, name } = file.json;
    const notes = pattern.events.filter(({ event }) => event.type === 'note').length;
    return { ...(name === undefined ? {} : { name }), ...lengthOf(pattern.cycleTicks), notes };
  }
  const { format, tracks, lengthTicks } = file.midi;
  const tempos = tracks.flatMap((track) => track.tempos).map(({ position, bpm }) => ({ position, bpm }));
  const signatures = tracks.flatMap((track) => track.signatures).map((mark) => ({ ...mark }));
  const [tempo] = tempos;
  const [signature] = signatures;
  return {
    format,
    ...lengthOf(lengthTicks),
    ...(tempo === undefined ? {} : { bpm: Math.round(tempo.bpm * 1000) / 1000 }),
    ...(signature === undefined ? {} : { signature: `${signature.beatsPerBar}/${signature.beatUnit}` }),
    tempos,
    signatures,
    tracks: tracks.map(({ name, channels, notes, events }, index) => ({
      number: index + 1,
      name,
      channels: [...channels],
      notes,
      events: events.length
    })),
    notes: tracks.reduce((sum, { notes }) => sum + notes, 0),
    leftOut: tracks.reduce((sum, { leftOut }) => sum + leftOut, 0)
  };
}

function lengthOf(lengthTicks: number): { lengthTicks: number; beats: number } {
  return { lengthTicks, beats: lengthTicks / TICKS_PER_QUARTER };
}
