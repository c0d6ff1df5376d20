/** Standard MIDI Files in and out. */
export { MalformedMidiFile } from './errors';
export type { MidiFile, MidiTrack, SignatureMark, TempoMark } from './model';
export { readMidiFile } from './read';
export { Recording } from './recording';
export { MAX_MIDI_FILE_BYTES } from './frame';
export { patternFromMidi, type MidiChoice, type MidiPart } from './to-pattern';
export { writeMidiFile, type MidiFileContent } from './write';
