import assert from 'node:assert/strict';
import { patternFromNotation } from '../../../../nodes/music/notation';
import { Performance } from '../../../../nodes/music/player/performance';
import { readPlaySettings, type PlayFields } from '../../../../nodes/music/player/settings';

/** Which of four steps it is at, in each quarter note of two bars. */
function stepsAt(fields: PlayFields, origin = 0): (number | undefined)[] {
  const settings = readPlaySettings({ step: 1, ...fields });
  const performance = new Performance({ patterns: [patternFromNotation('c d e f')], settings });
  return Array.from({ length: 8 }, (_, beat) => {
    const place = performance.placeAt(origin, beat * 960 + 480);
    return place === undefined ? undefined : Math.floor(place / 960);
  });
}

describe('where a performance is in its pattern', () => {
  it('follows its direction, rate, length and launch', () => {
    assert.deepEqual(stepsAt({}), [0, 1, 2, 3, 0, 1, 2, 3]);
    assert.deepEqual(stepsAt({ direction: 'backward' }), [3, 2, 1, 0, 3, 2, 1, 0]);
    assert.deepEqual(stepsAt({ direction: 'pingpong' }), [0, 1, 2, 3, 2, 1, 0, 1]);
    assert.deepEqual(stepsAt({ rate: 2 }), [1, 3, 1, 3, 1, 3, 1, 3]);
    assert.deepEqual(stepsAt({ length: 3 }), [0, 1, 2, 0, 1, 2, 0, 1]);
    assert.deepEqual(stepsAt({}, 960), [undefined, 0, 1, 2, 3, 0, 1, 2]);
  });

  it('is nowhere when its cycles are over, and where its notes are', () => {
    const over = Array.from({ length: 4 }, () => undefined);
    assert.deepEqual(stepsAt({ cycles: 1, ending: 'stop' }), [0, 1, 2, 3, ...over]);
    const settings = readPlaySettings({ step: 1, direction: 'random', seed: 7 });
    const performance = new Performance({ patterns: [patternFromNotation('c d e f')], settings });
    const stretch = { origin: 0, from: -Infinity, to: Infinity };
    const notes = [60, 62, 64, 65];
    for (const { position, event } of performance.play(stretch, 0, 16 * 960)) {
      const place = performance.placeAt(0, position + 1)!;
      assert.equal('note' in event && event.note, notes[Math.floor(place / 960)]);
    }
  });
});
