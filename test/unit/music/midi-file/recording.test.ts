import assert from 'node:assert/strict';
import { readMidiFile, Recording } from '../../../../nodes/music/midi-file';
import { MAX_RECORDED_BYTES, MAX_RECORDED_MESSAGES } from '../../../../nodes/music/midi-file/recording';

describe('a recording of what was sent', () => {
  it('counts from its first message and joins the parts of a sysex', () => {
    const recording = new Recording(120);
    recording.add(Uint8Array.of(0x90, 60, 100), 1000);
    recording.add(Uint8Array.of(0xf0, 1, 2), 1250);
    recording.add(Uint8Array.of(3, 0xf7), 1250.1);
    recording.add(Uint8Array.of(0x80, 60, 0), 1500);
    const { events, tempos } = readMidiFile(recording.toMidiFile('take')).tracks[0];
    assert.deepEqual(events[0].event, {
      type: 'note',
      channel: 1,
      note: 60,
      velocity: 100,
      durationTicks: 960
    });
    assert.deepEqual(events[1].event, { type: 'sysex', data: [1, 2, 3] });
    assert.ok(Math.abs(events[1].position - 480.2) < 0.06);
    assert.equal(tempos[0].bpm, 120);
  });

  it('is bounded', () => {
    const many = new Recording(120);
    for (let index = 0; index < MAX_RECORDED_MESSAGES + 10; index++) many.add(Uint8Array.of(0xfa), index);
    assert.ok(many.isFull);
    assert.equal(many.messages, MAX_RECORDED_MESSAGES);
    const large = new Recording(120);
    const part = new Uint8Array(4096).fill(1);
    for (let bytes = 0; bytes < 2 * MAX_RECORDED_BYTES; bytes += part.length) large.add(part, 0);
    assert.ok(large.isFull);
    assert.ok(readMidiFile(large.toMidiFile('')));
  });
});
