/** What of a MIDI file is played. */
import { said } from '../words';
import { InvalidParameter, OutOfBounds, integerWithin } from '../errors';
import { meter, nextBarLine, type Meter } from '../meter';
import { MAX_CYCLE_TICKS, patternFromOwnEvents, type EventPattern, type PatternEvent } from '../pattern';
import { pairAcrossTracks } from './pairing';
import type { MidiFile, MidiTrack, SignatureMark, TempoMark } from './model';

export interface MidiChoice {
  /** Number of a track from 1, or its name; left out, all tracks of a file whose tracks play together. */
  readonly track?: number | string;
  /** Events of this channel only, 1–16, so no sysex; left out, all of them. */
  readonly channel?: number;
}

/** A part of a file, ready to be played, and what stands beside its events. */
export interface MidiPart {
  readonly pattern: EventPattern;
  readonly tempos: readonly TempoMark[];
  readonly signatures: readonly SignatureMark[];
}

/**
 * The chosen part of a file as a pattern. Its cycle is the whole file, up to the next bar line in the file's time
 * signature, whatever is chosen: parts of one file stay together. Throws InvalidParameter where the choice holds
 * nothing, or for a file of type 2 without a track, and OutOfBounds where the file is longer than a pattern can be.
 */
export function patternFromMidi(file: MidiFile, choice: MidiChoice = {}): MidiPart {
  const tracks = choice.track === undefined ? together(file) : [trackOf(file, choice.track)];
  // Tracks of type 2 have a time of their own; otherwise the first holds tempo and signature for all.
  const timed = file.format === 2 ? tracks : file.tracks;
  const tempos = timed.flatMap((track) => track.tempos).sort(byPosition);
  const signatures = timed.flatMap((track) => track.signatures).sort(byPosition);
  const endTicks = file.format === 2 ? tracks[0].lengthTicks : file.lengthTicks;
  let events = tracks.length === 1 ? tracks[0].events : merged(tracks, file.ticksPerQuarter);
  if (choice.channel !== undefined) {
    const channel = integerWithin('channel', choice.channel, 1, 16);
    events = events.filter(({ event }) => (event as { channel?: number }).channel === channel);
  }
  if (events.length === 0 && (choice.track !== undefined || choice.channel !== undefined)) {
    throw new InvalidParameter('file', choice, 'this part of the file holds no events');
  }
  const pattern = patternFromOwnEvents(events, cycleOf(events, endTicks, signatures));
  return { pattern, tempos, signatures };
}

function merged(tracks: readonly MidiTrack[], ticksPerQuarter: number): readonly PatternEvent[] {
  const events = tracks.flatMap((track) => track.events).sort(byPosition);
  return pairAcrossTracks(events, ticksPerQuarter);
}

function together({ format, tracks }: MidiFile): readonly MidiTrack[] {
  if (format === 2 && tracks.length > 1) {
    throw new InvalidParameter(
      'track',
      undefined,
      said('the tracks of this file (type 2) do not play together: choose one, 1 to __count__', {
        count: tracks.length
      })
    );
  }
  return tracks;
}

function trackOf({ tracks }: MidiFile, choice: number | string): MidiTrack {
  const named = tracks.find(({ name }) => name !== '' && name === choice);
  if (named !== undefined) return named;
  const number = typeof choice === 'string' && /^\s*\d+\s*$/.test(choice) ? Number(choice) : choice;
  if (typeof number === 'string') {
    const names = tracks.map(({ name }) => name).filter(Boolean);
    throw new InvalidParameter(
      'track',
      choice,
      names.length > 0
        ? said('one of __names__, or a number from 1 to __count__ is needed', {
            names: names.slice(0, 16).join(', '),
            count: tracks.length
          })
        : said('a number from 1 to __count__ is needed, since no track has a name', { count: tracks.length })
    );
  }
  return tracks[integerWithin('track', number, 1, tracks.length) - 1];
}

/** A file that ends so little behind a bar line ends on it. */
const ROUNDING_TICKS = 1e-6;

/** From 0 to the first bar line that has everything before it. */
function cycleOf(
  events: readonly PatternEvent[],
  endTicks: number,
  signatures: readonly SignatureMark[]
): number {
  if (endTicks > MAX_CYCLE_TICKS)
    throw new OutOfBounds('length of the MIDI file in ticks', endTicks, 0, MAX_CYCLE_TICKS);
  let lastTick = 0;
  for (const { position } of events) if (position > lastTick) lastTick = position;
  const counting = meterAt(signatures, endTicks);
  let end = nextBarLine(counting, Math.max(0, endTicks - ROUNDING_TICKS));
  if (end <= lastTick) end = nextBarLine(counting, lastTick + 1);
  if (end === 0) end = nextBarLine(counting, 1);
  return Math.max(Math.min(end, MAX_CYCLE_TICKS), lastTick + 1);
}

/** The meter in which the end is counted: the last that is set before it. */
function meterAt(signatures: readonly SignatureMark[], endTicks: number): Meter {
  const last = signatures.filter(({ position }) => position < endTicks || position === 0).pop();
  return last === undefined ? meter(4, 4) : meter(last.beatsPerBar, last.beatUnit, last.position);
}

function byPosition(a: { position: number }, b: { position: number }): number {
  return a.position - b.position;
}
