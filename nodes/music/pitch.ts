/**
 * Pitch by name: notes, drums, scales, chords. A note is a MIDI number, 60 is C4. Names that are not known give
 * undefined; the caller knows where the name stood and raises the error.
 */

/** Octave of a note written without one. */
export const DEFAULT_OCTAVE = 4;

const SEMITONES: Readonly<Record<string, number>> = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 };
const SHARP_NAMES = ['c', 'c#', 'd', 'd#', 'e', 'f', 'f#', 'g', 'g#', 'a', 'a#', 'b'];
const NOTE_NAME = /^([a-g])(#{1,2}|b{1,2})?(-?\d{1,2})?$/i;

/** `c4` → 60, `Eb3` → 51, `f##5`, `bbb2`, `c-1` → 0, `c` → 60; undefined if it is no note from 0 to 127. */
export function noteNumber(name: string): number | undefined {
  const match = NOTE_NAME.exec(name);
  if (!match) return undefined;
  const [, letter, accidental = '', octave = DEFAULT_OCTAVE] = match;
  const shift = accidental.startsWith('#') ? accidental.length : -accidental.length;
  return inRange((Number(octave) + 1) * 12 + SEMITONES[letter.toLowerCase()] + shift);
}

/** 60 → `c4`, 61 → `c#4`, 0 → `c-1`. */
export function noteName(note: number): string {
  return `${SHARP_NAMES[note % 12]}${Math.floor(note / 12) - 1}`;
}

/** The number itself if it is a MIDI note, 0–127 and whole. */
export function inRange(note: number): number | undefined {
  return Number.isInteger(note) && note >= 0 && note <= 127 ? note : undefined;
}

/** Drum names that live coders use, at their places in the General MIDI percussion map. */
export const DRUMS: Readonly<Record<string, number>> = Object.freeze({
  bd: 36,
  kick: 36,
  rim: 37,
  rs: 37,
  sd: 38,
  sn: 38,
  snare: 38,
  cp: 39,
  clap: 39,
  hh: 42,
  ph: 44,
  oh: 46,
  lt: 45,
  mt: 47,
  ht: 50,
  cr: 49,
  cy: 49,
  crash: 49,
  rd: 51,
  ride: 51,
  bell: 53,
  tb: 54,
  splash: 55,
  cb: 56,
  hb: 60,
  lb: 61,
  hc: 63,
  lc: 64,
  ag: 67,
  sh: 70,
  cl: 75,
  wb: 76,
  tri: 81
});

/** `bd` → 36, in any case. */
export function drumNote(name: string): number | undefined {
  return lookUp(DRUMS, name.toLowerCase());
}

/** Semitones above the root, one octave each. */
export const SCALES: Readonly<Record<string, readonly number[]>> = freezeAll({
  major: [0, 2, 4, 5, 7, 9, 11],
  ionian: [0, 2, 4, 5, 7, 9, 11],
  dorian: [0, 2, 3, 5, 7, 9, 10],
  phrygian: [0, 1, 3, 5, 7, 8, 10],
  lydian: [0, 2, 4, 6, 7, 9, 11],
  mixolydian: [0, 2, 4, 5, 7, 9, 10],
  minor: [0, 2, 3, 5, 7, 8, 10],
  aeolian: [0, 2, 3, 5, 7, 8, 10],
  locrian: [0, 1, 3, 5, 6, 8, 10],
  'harmonic minor': [0, 2, 3, 5, 7, 8, 11],
  'melodic minor': [0, 2, 3, 5, 7, 9, 11],
  'harmonic major': [0, 2, 4, 5, 7, 8, 11],
  'phrygian dominant': [0, 1, 4, 5, 7, 8, 10],
  'hungarian minor': [0, 2, 3, 6, 7, 8, 11],
  pentatonic: [0, 2, 4, 7, 9],
  'major pentatonic': [0, 2, 4, 7, 9],
  'minor pentatonic': [0, 3, 5, 7, 10],
  blues: [0, 3, 5, 6, 7, 10],
  'whole tone': [0, 2, 4, 6, 8, 10],
  diminished: [0, 2, 3, 5, 6, 8, 9, 11],
  hirajoshi: [0, 2, 3, 7, 8],
  'in sen': [0, 1, 5, 7, 10],
  chromatic: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
});

const SCALE_KEYS = keysBy(SCALES, plain);

/** A scale on its root: `root` a MIDI note, `intervals` in semitones above it. */
export interface Scale {
  readonly root: number;
  readonly intervals: readonly number[];
}

/** `c4 minor`, `eb:minor pentatonic`, `F#3 wholeTone`: a root and, after a space or a colon, a name from SCALES. */
export function scaleNamed(text: string): Scale | undefined {
  const match = /^\s*([^\s:]+)[\s:]+(.+)$/s.exec(text);
  const root = match && noteNumber(match[1]);
  const key = match && lookUp(SCALE_KEYS, plain(match[2]));
  return root != null && key ? Object.freeze({ root, intervals: SCALES[key] }) : undefined;
}

/**
 * The note of a scale degree, 0 being the root: root + interval + 12 per octave. Negative degrees go down from
 * the root. The result may lie outside 0–127.
 */
export function degreeNote(scale: Scale, degree: number): number {
  const { root, intervals } = scale;
  const octave = Math.floor(degree / intervals.length);
  return root + intervals[degree - octave * intervals.length] + 12 * octave;
}

/** Semitones above the root. */
export const CHORDS: Readonly<Record<string, readonly number[]>> = freezeAll({
  maj: [0, 4, 7],
  major: [0, 4, 7],
  M: [0, 4, 7],
  m: [0, 3, 7],
  min: [0, 3, 7],
  minor: [0, 3, 7],
  dim: [0, 3, 6],
  diminished: [0, 3, 6],
  aug: [0, 4, 8],
  sus2: [0, 2, 7],
  sus4: [0, 5, 7],
  '5': [0, 7],
  '6': [0, 4, 7, 9],
  m6: [0, 3, 7, 9],
  min6: [0, 3, 7, 9],
  minor6: [0, 3, 7, 9],
  '7': [0, 4, 7, 10],
  dom7: [0, 4, 7, 10],
  maj7: [0, 4, 7, 11],
  M7: [0, 4, 7, 11],
  major7: [0, 4, 7, 11],
  m7: [0, 3, 7, 10],
  min7: [0, 3, 7, 10],
  minor7: [0, 3, 7, 10],
  mM7: [0, 3, 7, 11],
  dim7: [0, 3, 6, 9],
  m7b5: [0, 3, 6, 10],
  aug7: [0, 4, 8, 10],
  '7sus4': [0, 5, 7, 10],
  add9: [0, 4, 7, 14],
  madd9: [0, 3, 7, 14],
  '69': [0, 4, 7, 9, 14],
  '9': [0, 4, 7, 10, 14],
  maj9: [0, 4, 7, 11, 14],
  major9: [0, 4, 7, 11, 14],
  m9: [0, 3, 7, 10, 14],
  min9: [0, 3, 7, 10, 14],
  minor9: [0, 3, 7, 10, 14],
  '7b9': [0, 4, 7, 10, 13],
  '11': [0, 4, 7, 10, 14, 17],
  m11: [0, 3, 7, 10, 14, 17],
  '13': [0, 4, 7, 10, 14, 21]
});

/** `maj7` → [0, 4, 7, 11]; case counts, as in `m7` and `M7`. */
export function chordIntervals(name: string): readonly number[] | undefined {
  return lookUp(CHORDS, name);
}

/** A table's own entry; names like `constructor` are not in it. */
function lookUp<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

function keysBy(table: object, key: (name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.keys(table).map((name) => [key(name), name]));
}

function freezeAll<T extends Record<string, readonly number[]>>(table: T): Readonly<T> {
  Object.values(table).forEach((intervals) => Object.freeze(intervals));
  return Object.freeze(table);
}
