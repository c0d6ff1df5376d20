import assert from 'node:assert/strict';
import {
  CHORDS,
  DRUMS,
  SCALES,
  chordIntervals,
  degreeNote,
  drumNote,
  noteName,
  noteNumber,
  scaleNamed
} from '../../../nodes/music/pitch';

describe('pitch', () => {
  it('reads note names, 60 being C4', () => {
    const names: Record<string, number | undefined> = {
      c4: 60, C4: 60, c: 60, eb3: 51, 'f#5': 78, 'Bb-1': 10, 'c-1': 0, g9: 127, 'f##5': 79, bbb2: 45, cb4: 59, 'b#3': 60,
      'g#9': undefined, 'cb-1': undefined, h4: undefined, 'c#b4': undefined, '': undefined, 'c4 ': undefined, c100: undefined
    }; // prettier-ignore
    for (const [name, note] of Object.entries(names)) assert.equal(noteNumber(name), note, name);
    for (let note = 0; note <= 127; note++) assert.equal(noteNumber(noteName(note)), note);
    assert.deepEqual([0, 60, 61, 127].map(noteName), ['c-1', 'c4', 'c#4', 'g9']);
  });

  it('knows drums, chords and scales by name, and nothing else', () => {
    assert.deepEqual(['bd', 'SD', 'hh', 'oh', 'cp', 'cb'].map(drumNote), [36, 38, 42, 46, 39, 56]);
    assert.deepEqual(chordIntervals('maj7'), [0, 4, 7, 11]);
    assert.deepEqual(chordIntervals('m7'), [0, 3, 7, 10]);
    assert.deepEqual(scaleNamed('c4 minor'), { root: 60, intervals: [0, 2, 3, 5, 7, 8, 10] });
    assert.deepEqual(scaleNamed('eb:minor pentatonic'), { root: 63, intervals: [0, 3, 5, 7, 10] });
    assert.deepEqual(scaleNamed('F#3 wholeTone')?.root, 54);
    for (const name of ['constructor', '__proto__', 'toString', '', 'xyz']) {
      assert.equal(drumNote(name), undefined);
      assert.equal(chordIntervals(name), undefined);
      assert.equal(scaleNamed(`c4 ${name}`), undefined);
    }
    for (const text of ['minor', 'c4', '', 'x4 minor', 'c4minor']) assert.equal(scaleNamed(text), undefined);
  });

  it('finds the note of a degree in every octave', () => {
    const scale = scaleNamed('c4 major')!;
    assert.deepEqual(
      [0, 1, 6, 7, 14, -1, -7, -8].map((degree) => degreeNote(scale, degree)),
      [60, 62, 71, 72, 84, 59, 48, 47]
    );
  });

  it('has tables that rise from the root and cannot be changed', () => {
    for (const [name, intervals] of [...Object.entries(SCALES), ...Object.entries(CHORDS)]) {
      assert.equal(intervals[0], 0, name);
      intervals.forEach((interval, index) => assert.ok(index === 0 || interval > intervals[index - 1], name));
      assert.throws(() => (intervals as number[]).push(1), TypeError);
    }
    for (const intervals of Object.values(SCALES)) assert.ok(intervals.at(-1)! < 12);
    for (const note of Object.values(DRUMS)) assert.ok(note >= 35 && note <= 81);
  });
});
