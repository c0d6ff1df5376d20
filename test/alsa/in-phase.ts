import assert from 'node:assert/strict';
import { MidiSlave } from '../support/midi-slave';
import { EXAMPLE_PITCHES, isOn } from './support';

const TICKS_PER_BEAT = 960;
const TICKS_PER_CLOCK = 40;
/** Pulses that a machine which stood still for a moment sends at once, so that a note between them comes after. */
const BEHIND = 5;

/**
 * A slave that goes by Start, Continue, Song Position and pulses is where the notes of the first example are: a pulse that is
 * missing, or one too many, puts it elsewhere. Returns how many notes it heard while it played.
 */
export function assertInPhase(heard: readonly { bytes: number[]; timeMs: number }[]): number {
  const slave = new MidiSlave(-Infinity); // when a line was read says nothing of the lead that it was given
  let notes = 0;
  for (const event of heard) {
    slave.take(event);
    if (!isOn(event.bytes) || !slave.isPlaying) continue;
    const beat = Math.floor(slave.position / TICKS_PER_BEAT);
    const behind = slave.position - beat * TICKS_PER_BEAT;
    assert.equal(event.bytes[1], EXAMPLE_PITCHES[beat % EXAMPLE_PITCHES.length], `beat ${beat}`);
    assert.ok(behind <= BEHIND * TICKS_PER_CLOCK, `${behind} ticks behind beat ${beat}`);
    notes++;
  }
  return notes;
}
