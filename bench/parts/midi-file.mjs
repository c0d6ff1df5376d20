// Loads a MIDI file of many events once: `load` "library" or "ours" prints how long that took in this fresh process,
// "memory" how much the patterns of files of different sizes keep.
import { Buffer } from 'node:buffer';
import { createRequire } from 'node:module';
import { dist } from '../tools.mjs';

export const EVENTS = 100_000;

/** Loads the whole file with the library, without anything of ours. */
export function library(bytes) {
  return createRequire(import.meta.url)('midi-file').parseMidi(bytes);
}

export function ours(bytes) {
  const { readMidiFile, patternFromMidi } = dist('music/midi-file/index.js');
  return patternFromMidi(readMidiFile(bytes)).pattern;
}

export function timed(load, bytes) {
  const startedMs = performance.now();
  load(bytes);
  return performance.now() - startedMs;
}

/** What one pattern keeps, by how much the heap grows with eight of them. */
function memoryMb(events) {
  const bytes = file(events);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const kept = Array.from({ length: 8 }, () => ours(bytes));
  globalThis.gc?.();
  return ((process.memoryUsage().heapUsed - before) / kept.length / 1e6).toFixed(1);
}

/** A type-0 file: notes on eight channels, each with its on and off. */
export function file(events = EVENTS) {
  const track = [];
  for (let note = 0; note < events / 2; note++) {
    const [channel, key] = [note % 8, 36 + (note % 48)];
    track.push(note % 3 ? 0 : 96, 0x90 | channel, key, 100);
    const ended = Math.max(0, note - 4);
    track.push(20, 0x80 | (ended % 8), 36 + (ended % 48), 64);
  }
  track.push(0, 0xff, 0x2f, 0);
  const word = (value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const head = [...Buffer.from('MThd'), ...word(6), 0, 0, 0, 1, 3, 192];
  return Buffer.concat([
    Buffer.from(head),
    Buffer.from([...Buffer.from('MTrk'), ...word(track.length)]),
    Buffer.from(track)
  ]);
}

if (process.argv[1]?.endsWith('parts/midi-file.mjs')) {
  const { load } = JSON.parse(process.argv[2]);
  if (load === 'memory') {
    console.log(
      JSON.stringify([25_000, 50_000, 100_000].map((events) => ({ events, mb: memoryMb(events) })))
    );
  } else {
    const run = { library, ours }[load];
    const bytes = file();
    // The code is there before a file is: what is measured is its first run, not reading it from the disk.
    run(file(2));
    console.log(JSON.stringify(timed(run, bytes)));
  }
}
