import assert from 'node:assert/strict';
import type { MusicEvent } from '../../../../nodes/music/event';
import { streamOf } from '../../../../nodes/music/thinning/key';

const cc = (controller: number, value = 1, channel?: number): MusicEvent => ({
  type: 'cc',
  controller,
  value,
  ...(channel === undefined ? {} : { channel })
});

describe('what is thinned', () => {
  it('is controllers and parameters, but none of which every message counts', () => {
    const kept = Array.from({ length: 128 }, (_, controller) => controller).filter(
      (controller) => streamOf(cc(controller), 1) === undefined
    );
    const modes = Array.from({ length: 8 }, (_, index) => 120 + index);
    assert.deepEqual(kept, [0, 6, 32, 38, 64, 66, 96, 97, 98, 99, 100, 101, ...modes]);
    for (const event of [
      { type: 'note', note: 60, velocity: 1, durationMs: 1 },
      { type: 'noteOff', note: 60, velocity: 1 },
      { type: 'program', program: 1, bank: 3 },
      { type: 'pitchBend', value: 3 },
      { type: 'start' },
      { type: 'cc14', controller: 0, value: 3 }
    ] as MusicEvent[])
      assert.equal(streamOf(event, 1), undefined, event.type);
  });

  it('is told apart by channel and number; the channel of the device where none is named', () => {
    assert.equal(streamOf(cc(74), 3), streamOf(cc(74, 9, 3), 5));
    assert.notEqual(streamOf(cc(74), 3), streamOf(cc(74), 4));
    const nrpn = { type: 'nrpn', parameter: 7, value: 1 } as const;
    assert.notEqual(streamOf(nrpn, 1), streamOf({ ...nrpn, type: 'rpn' }, 1));
  });
});
