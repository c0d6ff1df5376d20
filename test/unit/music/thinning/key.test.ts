import assert from 'node:assert/strict';
import { encodeEvent, parseMessages } from '../../../../nodes/music/bytes';
import type { MusicEvent } from '../../../../nodes/music/event';
import { streamOf, unitsOf } from '../../../../nodes/music/thinning/key';

const cc = (controller: number, value = 1, channel?: number): MusicEvent => ({
  type: 'cc',
  controller,
  value,
  ...(channel === undefined ? {} : { channel })
});
const units = (...events: MusicEvent[]) =>
  unitsOf(events, (event) => event, 1).map(({ events: { length }, stream }) => [length, stream]);

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

  it('takes a parameter that comes as control changes for one, as the event of its own', () => {
    for (const type of ['nrpn', 'rpn'] as const) {
      for (const order of ['msbFirst', 'lsbFirst'] as const) {
        const bytes = new Uint8Array(12);
        const event = { type, parameter: 1234, value: 99, order, channel: 2 };
        encodeEvent(event, 1, bytes);
        assert.deepEqual(units(...parseMessages(bytes)), [[4, streamOf(event, 1)]]);
      }
    }
    const short = [cc(98, 5), cc(99, 1), cc(6)];
    assert.deepEqual(units(...short, cc(74)), [
      [3, `1 nrpn ${128 + 5}`],
      [1, '1 cc 74']
    ]);
  });

  it('leaves what is no whole sequence as it is', () => {
    assert.deepEqual(units(cc(99), cc(6)), [
      [1, undefined],
      [1, undefined]
    ]);
    assert.equal(units(cc(99), cc(98), cc(6, 1, 2)).length, 3);
    assert.equal(units(cc(101, 127), cc(100, 127), cc(6)).length, 3);
    assert.equal(units(cc(99), cc(100), cc(6)).length, 3);
  });
});
