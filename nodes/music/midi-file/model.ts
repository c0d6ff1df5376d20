import type { PatternEvent } from '../pattern';

/** A tempo and the position, in ticks at 960 to the quarter note, from which it holds. */
export interface TempoMark {
  readonly position: number;
  /** As written: 1 to 16777215. */
  readonly microsecondsPerQuarter: number;
  readonly bpm: number;
}

/** A time signature and from where it holds. */
export interface SignatureMark {
  readonly position: number;
  readonly beatsPerBar: number;
  readonly beatUnit: number;
}

/** One track: its events at 960 ticks to the quarter note, notes whole, each with its channel. */
export interface MidiTrack {
  /** '' where the file names none. */
  readonly name: string;
  /** Channels with events, ascending from 1 to 16. */
  readonly channels: readonly number[];
  readonly notes: number;
  /** Where the track ends, in ticks. */
  readonly lengthTicks: number;
  /** In the order of the file; a note stands where it begins. Not frozen in themselves before they are in a pattern. */
  readonly events: readonly PatternEvent[];
  readonly tempos: readonly TempoMark[];
  readonly signatures: readonly SignatureMark[];
  /** What cannot be played: sysex that are too long or broken, messages that we do not know. */
  readonly leftOut: number;
}

export interface MidiFile {
  /** 0: one track; 1: tracks that play together; 2: tracks that are pieces of their own. */
  readonly format: 0 | 1 | 2;
  /** As in the file. */
  readonly ticksPerQuarter: number;
  readonly tracks: readonly MidiTrack[];
  /** The end of the longest track, in ticks at 960 to the quarter note. */
  readonly lengthTicks: number;
}
