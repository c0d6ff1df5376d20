import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InvalidParameter, OutOfBounds } from '../../../nodes/music/errors';
import { fileText, readFileChoice } from '../../../nodes/pattern/file-choice';

describe('the text that names a file', () => {
  it('says what of it is played', () => {
    assert.deepEqual(readFileChoice('a.mid'), { name: 'a.mid' });
    assert.deepEqual(readFileChoice(' My song (2).MIDI '), { name: 'My song (2).MIDI' });
    assert.deepEqual(readFileChoice('a.mid track 2 channel 10'), { name: 'a.mid', track: 2, channel: 10 });
    assert.deepEqual(readFileChoice('a.json channel 3'), { name: 'a.json', channel: 3 });
    assert.deepEqual(readFileChoice('a track 1.mid track Lead Synth'), {
      name: 'a track 1.mid',
      track: 'Lead Synth'
    });
    assert.deepEqual(readFileChoice('Message track 1'), { name: 'message', track: 1 });
  });

  it('is refused where it names none', () => {
    for (const text of ['', 'song', 'a.mid trak 2', 'a.mid channel ten', 'track 2', 'a.wav'])
      assert.throws(() => readFileChoice(text), InvalidParameter, text);
    assert.throws(() => readFileChoice('a.mid channel 17'), OutOfBounds);
  });

  it('is written as it is read', () => {
    const choice = fc.record(
      {
        name: fc.constantFrom('a.mid', 'b c.json', 'message', 'x channel 2.midi'),
        track: fc.oneof(fc.nat(99), fc.constantFrom('Bass', 'Lead Synth')),
        channel: fc.integer({ min: 1, max: 16 })
      },
      { requiredKeys: ['name'] }
    );
    fc.assert(
      fc.property(choice, (choice) => assert.deepEqual(readFileChoice(fileText(choice)), { ...choice })),
      { numRuns: 100 }
    );
  });
});
