import assert from 'node:assert/strict';
import { clockControls } from '../../../nodes/clock/controls';
import { TapTempo } from '../../../nodes/clock/tap';
import type { TransportHandle } from '../../../nodes/engine';
import { meter } from '../../../nodes/music/meter';
import { obey } from '../../../nodes/palette/control';

/** What a transport in 3/4 was told. */
function rig(current = meter(3, 4)) {
  const told: unknown[][] = [];
  const transport = new Proxy({} as TransportHandle, {
    get:
      (_target, name) =>
      (...args: unknown[]) =>
        void told.push([name, ...args])
  });
  let nowMs = 0;
  const controls = clockControls(
    transport,
    new TapTempo(),
    () => nowMs,
    () => current
  );
  const tell = (payload: unknown) => {
    obey(controls, { payload });
    nowMs += 500;
  };
  return { told, tell };
}

describe('what a clock can be told', () => {
  it('is a tempo by taps, from the second on', () => {
    const { told, tell } = rig();
    tell('tap');
    assert.deepEqual(told, []);
    tell('tap');
    assert.deepEqual(told, [['setBpm', 120]]);
  });

  it('is a ramp over beats, bars or time', () => {
    const { told, tell } = rig();
    tell({ ramp: { bpm: 90, beats: 8 } });
    tell({ ramp: { bpm: '90', bars: 2 } });
    tell({ ramp: { bpm: 90, ms: 1500 } });
    assert.deepEqual(told, [
      ['ramp', 90, { beats: 8 }],
      ['ramp', 90, { beats: 6 }],
      ['ramp', 90, { ms: 1500 }]
    ]);
  });

  it('is a position in quarter notes, or a bar and a beat', () => {
    const { told, tell } = rig();
    tell({ position: 2 });
    tell({ position: '3:2' });
    assert.deepEqual(told, [
      ['locate', 1920],
      ['locate', 7 * 960]
    ]);
  });

  it('is a bar as beats tell it, also behind a change of signature', () => {
    // Two bars of 4/4, then 3/4.
    const { told, tell } = rig(meter(3, 4, 7680, 2));
    for (const position of ['3:1', '4:2', '2:1']) tell({ position });
    assert.deepEqual(told, [
      ['locate', 7680],
      ['locate', 7680 + 4 * 960],
      ['locate', 3 * 960]
    ]);
  });

  it('is a loop, or none', () => {
    const { told, tell } = rig();
    tell({ loop: { start: '1:1', end: '2:1' } });
    for (const none of [false, null, 'off']) tell({ loop: none });
    assert.deepEqual(told, [
      ['setLoop', { start: 0, end: 2880 }],
      ['setLoop', undefined],
      ['setLoop', undefined],
      ['setLoop', undefined]
    ]);
  });

  const wrong: [payload: unknown, says: RegExp][] = [
    [{ bpm: 'fast' }, /bpm.*a number is needed/],
    [{ bpm: 0 }, /bpm.*1 to 999/],
    [{ ramp: 90 }, /ramp.*\{bpm, beats\}, \{bpm, bars\} or \{bpm, ms\}/],
    [{ ramp: { bpm: 90 } }, /ramp.*is needed/],
    [{ ramp: { bpm: 90, beats: 4, ms: 100 } }, /ramp.*is needed/],
    [{ ramp: { bpm: 90, ms: -1 } }, /ramp\.ms.*0 to 3600000/],
    [{ ramp: { bpm: 90, bars: 'two' } }, /ramp\.bars/],
    [{ position: '0:1' }, /position.*bars count from 1, beats from 1 to 3/],
    [{ position: '1:4' }, /position.*beats from 1 to 3/],
    [{ position: -1 }, /position: -1 is out of range: 0 to 400000/],
    [{ position: 'end' }, /position.*a number is needed/],
    [{ loop: 4 }, /loop.*\{start, end\} or false/],
    [{ loop: { start: 0 } }, /loop.*\{start, end\} or false/],
    [{ loop: { start: 4, end: 4.01 } }, /loop.*64th/],
    [{ loop: { start: 4, end: 2 } }, /loop.*64th/],
    [{ loop: { start: -4, end: 4 } }, /loop\.start: -4 is out of range/],
    [{ signature: '4/5' }, /beatUnit: 5/]
  ];
  for (const [payload, says] of wrong) {
    it(`is not ${JSON.stringify(payload)}, and nothing is done`, () => {
      const { told, tell } = rig();
      assert.throws(() => tell(payload), { message: says });
      assert.deepEqual(told, []);
    });
  }
});
