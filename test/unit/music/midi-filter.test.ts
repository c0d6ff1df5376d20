import assert from 'node:assert/strict';
import { HeldNotes } from '../../../nodes/music/held-notes';
import {
  ALL_CHANNELS,
  FULL_RANGE,
  kindOfStatus,
  MessageKind,
  passes,
  readChannels,
  readRange
} from '../../../nodes/music/midi-filter';

describe('filters of MIDI messages', () => {
  it('know the kind of every status', () => {
    const { notes, controllers, programs, bends, pressures, sysex, transport, clock, others } = MessageKind;
    const kinds: [number, number][] = [
      [0x85, notes],
      [0x9f, notes],
      [0xa0, pressures],
      [0xb1, controllers],
      [0xc0, programs],
      [0xd3, pressures],
      [0xe0, bends],
      [0xf0, sysex],
      [0xf1, others],
      [0xf2, transport],
      [0xf3, others],
      [0xf4, 0],
      [0xf6, others],
      [0xf8, clock],
      [0xf9, 0],
      [0xfa, transport],
      [0xfb, transport],
      [0xfc, transport],
      [0xfd, 0],
      [0xfe, others],
      [0xff, others],
      [0x7f, 0]
    ];
    for (const [status, kind] of kinds) assert.equal(kindOfStatus(status), kind, status.toString(16));
  });

  it('let through what is in their ranges', () => {
    const filter = {
      kinds: 511,
      channels: readChannels('c', '2'),
      notes: { low: 60, high: 72 },
      controllers: { low: 1, high: 1 }
    };
    const passed = [
      [0x91, 60],
      [0x81, 72],
      [0x91, 59],
      [0x90, 60],
      [0xa1, 73],
      [0xb1, 1],
      [0xb1, 2],
      [0xc1, 99],
      [0xf8, 0]
    ].map(([status, first]) => passes(filter, status, first));
    assert.deepEqual(passed, [true, true, false, false, false, true, false, true, true]);
  });

  it('read channels and ranges', () => {
    assert.equal(readChannels('c', ''), ALL_CHANNELS);
    assert.equal(readChannels('c', ' 1, 3-5 ,16'), 0b1000000000011101);
    for (const wrong of ['0', '17', '5-3', 'x', '1-', '1 2'])
      assert.throws(() => readChannels('c', wrong), /channels from 1 to 16/);
    assert.equal(readRange('n', '', true), FULL_RANGE);
    assert.deepEqual(readRange('n', 'c3-c5', true), { low: 48, high: 72 });
    assert.deepEqual(readRange('n', 'c-1 - g9', true), { low: 0, high: 127 });
    assert.deepEqual(readRange('n', '36 - 60', true), { low: 36, high: 60 });
    assert.deepEqual(readRange('n', 'f#3', true), { low: 54, high: 54 });
    assert.deepEqual(readRange('n', '7', false), { low: 7, high: 7 });
    for (const wrong of ['c5-c3', '128', 'x', '1,2', '-'])
      assert.throws(() => readRange('n', wrong, true), /a range from 0 to 127/);
    assert.throws(() => readRange('n', 'c3', false), /a range/);
  });
});

describe('held notes', () => {
  it('end when their key comes up, is pressed again, or nothing more will be heard', () => {
    const held = new HeldNotes();
    assert.equal(held.press(1, 60, 100, 10), undefined);
    assert.equal(held.release(2, 60, 11), undefined);
    assert.deepEqual(held.press(1, 60, 90, 30), {
      type: 'note',
      channel: 1,
      note: 60,
      velocity: 100,
      durationMs: 20
    });
    assert.deepEqual(held.release(1, 60, 40), {
      type: 'note',
      channel: 1,
      note: 60,
      velocity: 90,
      durationMs: 10
    });
    held.press(16, 127, 1, 50);
    assert.deepEqual(held.releaseAll(60), [
      { type: 'note', channel: 16, note: 127, velocity: 1, durationMs: 10 }
    ]);
    assert.equal(held.size, 0);
  });
});
