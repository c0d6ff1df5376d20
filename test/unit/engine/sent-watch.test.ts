import assert from 'node:assert/strict';
import { fakeEngine, type Heard } from '../../support/fake-engine';

const FROM = { source: 'test', enteredMs: 0 };

function rig() {
  const fake = fakeEngine();
  const open = (id: string, port: string) =>
    fake.engine.openOutput(
      id,
      {
        name: id,
        spec: { mode: 'loopback', port },
        channel: 1,
        output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
      },
      { outputChanged: () => undefined }
    );
  const first = open('first', 'A');
  open('second', 'A');
  const third = open('third', 'B');
  fake.advance(1);
  const seen: (Heard & { output: string })[] = [];
  const stop = fake.engine.watchSent((output, bytes, timeMs) =>
    seen.push({ output, bytes: [...bytes], timeMs })
  );
  fake.advance(1);
  return { fake, first, third, seen, stop };
}

describe('what is sent can be watched', () => {
  it('message by message, with the device and the time, and without MIDI clock', () => {
    const { fake, first, third, seen, stop } = rig();
    first.send({ type: 'note', channel: 1, note: 60, velocity: 100, durationMs: 50 }, undefined, FROM);
    first.send({ type: 'clock' }, undefined, FROM);
    third.send({ type: 'sysex', data: Array.from({ length: 40 }, (_, index) => index) }, undefined, FROM);
    fake.advance(100);
    assert.deepEqual(
      seen.map(({ output, bytes }) => [output, ...bytes.slice(0, 3)]),
      [
        ['first', 0x90, 60, 100],
        ['third', 0xf0, 0, 1],
        ['third', 23, 24, 25],
        ['first', 0x80, 60, 64]
      ]
    );
    assert.ok(Math.abs(seen[3].timeMs - seen[0].timeMs - 50) < 1);
    stop();
    fake.advance(1);
    first.send({ type: 'cc', channel: 1, controller: 1, value: 1 }, undefined, FROM);
    fake.advance(10);
    assert.equal(seen.length, 4);
  });

  it('of devices that share a port as of one', () => {
    const { fake } = rig();
    assert.ok(fake.engine.sharePort('first', 'second'));
    assert.ok(!fake.engine.sharePort('first', 'third'));
    assert.ok(fake.engine.sharePort('nobody', 'nobody'));
  });

  it('also in the worker that takes over after a crash', () => {
    const { fake, first, seen } = rig();
    fake.link.crash(new Error('test'), true);
    fake.advance(10);
    first.send({ type: 'cc', channel: 1, controller: 1, value: 1 }, undefined, FROM);
    fake.advance(10);
    assert.deepEqual(seen.map(({ bytes }) => bytes).at(-1), [0xb0, 1, 1]);
  });
});
