import assert from 'node:assert/strict';
import { barBeatAt, meter } from '../../../nodes/music/meter';
import { playerOf } from '../../support/pattern-player';
import { fakeEngine, type FakeEngine, type Heard } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';
import { runs } from '../../support/runs';

const CLOCK = { lookaheadMs: 150, clockWhileStopped: true, sendStartStop: true, sendSongPosition: true };

/** A clock that plays a pattern and leads an output. */
function play(fake: FakeEngine): { heard: Heard[]; stop(): void } {
  const { engine } = fake;
  const heard = fake.record('port');
  const wire = { offsetMs: 0, usPerByte: 0, controlShare: 1 };
  const output = engine.openOutput(
    'device',
    { name: 'device', spec: { mode: 'loopback', port: 'port' }, channel: 1, output: wire },
    { outputChanged: () => undefined }
  );
  const player = playerOf('c4*16', 'none');
  const { transport } = engine.openTransport(
    'clock',
    'clock',
    { bpm: 140, meter: meter(4, 4), ...CLOCK },
    {
      span: (span) => {
        if (output.status.state !== 'open') return;
        output.lease(transport);
        for (const { payload, at } of player.answer(span)) {
          output.send(payload, at, { source: 'pattern', enteredMs: engine.now() });
        }
      },
      beat: () => undefined,
      changed: () => undefined
    }
  );
  fake.advance(20);
  transport.start();
  fake.advance(20);
  return { heard, stop: () => transport.stop() };
}

/** How far, in ms, an on is from the grid of sixteenths that the first one began. */
function phaseErrors(heard: Heard[]): number[] {
  const ons = heard.filter(({ bytes }) => bytes[0] === 0x90).map(({ timeMs }) => timeMs);
  const stepMs = 60_000 / 140 / 4;
  return ons.map((ms) => Math.abs(((ms - ons[0] + stepMs / 2) % stepMs) - stepMs / 2));
}

function sounding(heard: Heard[]): number {
  const down = new Set<number>();
  for (const { bytes } of heard) {
    if (bytes[0] === 0x90) down.add(bytes[1]);
    if (bytes[0] === 0x80) down.delete(bytes[1]);
  }
  return down.size;
}

const ROUNDS = runs(200);

describe('a core that ends unasked', () => {
  it('and one after it that ends before it has said a thing leave no note on', () => {
    for (const fails of [0, 1, 2]) {
      const hardware = new FakeHardware(['Synth']);
      const fake = fakeEngine({}, hardware);
      hardware.now = () => fake.engine.now();
      const output = { offsetMs: 0, usPerByte: 0, controlShare: 1 };
      const spec = { mode: 'name', port: 'Synth' } as const;
      const device = { name: 'synth', spec, channel: 1, output };
      const synth = fake.engine.openOutput('synth', device, { outputChanged: () => undefined });
      fake.advance(1);
      for (const note of [60, 61, 62])
        synth.send({ type: 'noteOn', note, velocity: 100 }, undefined, { source: 'test', enteredMs: 0 });
      fake.advance(1);
      const crash = () => {
        hardware.dispose();
        fake.link.crash(new Error('a fault'), false);
      };
      crash();
      // The second ends inside a send: of the first end that it owes, or of a later one.
      hardware.failAfter = fails;
      assert.throws(() => fake.advance(10), /on purpose/);
      crash();
      fake.advance(10);
      const heard = hardware.heard('Synth').map(({ bytes }) => bytes);
      for (const note of [60, 61, 62])
        assert.ok(
          heard.some(([status, first]) => status === 0x80 && first === note),
          `${note} ends, after ${fails}`
        );
      assert.equal(fake.engine.soundingNotes(), 0);
    }
  });

  it(`is followed by another that plays on in phase, at ${ROUNDS} moments, with no note left on`, () => {
    for (let round = 0; round < ROUNDS; round++) {
      const fake = fakeEngine();
      const { heard, stop } = play(fake);
      fake.advance(500 + round * 7.3);
      const crashedMs = fake.engine.now();
      // Every other time the core gets no chance to release its notes.
      fake.link.crash(new Error('a fault'), round % 2 === 0);
      fake.advance(1000);
      const back = heard.find(({ timeMs, bytes }) => timeMs > crashedMs + 1 && bytes[0] === 0x90);
      assert.ok(
        back !== undefined && back.timeMs - crashedMs < 1000,
        `round ${round}: plays again within a second`
      );
      const worst = Math.max(
        ...phaseErrors(heard.filter(({ timeMs }) => timeMs < crashedMs || timeMs > crashedMs + 200))
      );
      assert.ok(worst < 0.01, `round ${round}: ${worst} ms out of phase`);
      stop();
      fake.advance(50);
      assert.equal(sounding(heard), 0, `round ${round}: a note hangs`);
      assert.equal(fake.engine.soundingNotes(), 0);
    }
  });

  it('ends what the old core left on, as soon as the port is open again', () => {
    const fake = fakeEngine();
    const { heard } = play(fake);
    fake.advance(1000);
    const output = fake.engine.openOutput(
      'device',
      {
        name: 'device',
        spec: { mode: 'loopback', port: 'port' },
        channel: 1,
        output: { offsetMs: 0, usPerByte: 0, controlShare: 1 }
      },
      { outputChanged: () => undefined }
    );
    const origin = { source: 'somebody', enteredMs: fake.engine.now() };
    output.send({ type: 'noteOn', channel: 5, note: 40, velocity: 90 }, undefined, origin);
    output.send({ type: 'cc', channel: 5, controller: 64, value: 127 }, undefined, origin);
    fake.advance(10);
    heard.length = 0;
    fake.link.crash(new Error('a fault'), false);
    fake.advance(20);
    const released = heard.filter(({ bytes }) => (bytes[0] & 0xf) === 4).map(({ bytes }) => bytes);
    assert.deepEqual(released, [
      [0x84, 40, 64],
      [0xb4, 64, 0]
    ]);
  });

  it('before it has begun is followed by one that goes on from what the last but one left', () => {
    const fake = fakeEngine();
    const { heard } = play(fake);
    fake.advance(1000);
    const crashedMs = fake.engine.now();
    fake.link.crash(new Error('a fault'), false);
    fake.link.crash(new Error('a fault'), false);
    fake.advance(1000);
    assert.ok(heard.some(({ timeMs, bytes }) => timeMs > crashedMs && bytes[0] === 0x90));
    assert.ok(Math.max(...phaseErrors(heard.filter(({ timeMs }) => timeMs > crashedMs + 200))) < 0.01);
  });

  it('leads slaves in anew', () => {
    const fake = fakeEngine();
    const { heard } = play(fake);
    fake.advance(1000);
    heard.length = 0;
    fake.link.crash(new Error('a fault'), false);
    fake.advance(1000);
    const words = heard.map(({ bytes }) => bytes[0]).filter((byte) => byte >= 0xf0 && byte !== 0xf8);
    assert.deepEqual(words, [0xf2, 0xfb]);
  });

  it('keeps the bars of a song whose signature has changed, also of one that stands', () => {
    for (const stands of [false, true]) {
      const fake = fakeEngine();
      const { stop } = play(fake);
      const transport = fake.engine.transport('clock')!;
      fake.advance(200);
      transport.setMeter(meter(3, 4));
      fake.advance(2500);
      if (stands) stop();
      fake.advance(20);
      fake.link.crash(new Error('a fault'), true);
      fake.advance(20);
      if (stands) transport.continue();
      fake.advance(2000);
      const { position, bar, beat } = transport.lastBeat!;
      assert.ok(position > 3840 + 2880);
      assert.deepEqual(
        { bar, beat, tick: 0 },
        barBeatAt(meter(3, 4, 3840, 1), position),
        stands ? 'stands' : 'runs'
      );
    }
  });

  it('keeps the position of a transport that stands', () => {
    const fake = fakeEngine();
    const { stop } = play(fake);
    fake.advance(700);
    stop();
    fake.advance(20);
    const before = fake.engine.transport('clock')!.state().stoppedPosition;
    fake.link.crash(new Error('a fault'), true);
    fake.advance(20);
    const { running, stoppedPosition } = fake.engine.transport('clock')!.state();
    assert.equal(running, false);
    assert.ok(before > 0);
    assert.equal(stoppedPosition, before);
  });

  it('is given up when it ends a fourth time within a minute, and that is said', () => {
    const fake = fakeEngine();
    play(fake);
    const said: string[] = [];
    fake.engine.on('restarted', (error: Error) => said.push(error.message));
    fake.engine.on('failed', (error: Error) => said.push(error.message));
    for (let times = 0; times < 4; times++) {
      fake.link.crash(new Error('a fault'), true);
      if (times < 3) fake.advance(100);
    }
    assert.equal(said.filter((text) => /was restarted/.test(text)).length, 3);
    assert.match(said[3], /restart Node-RED/);
    assert.equal(fake.engine.report().state, 'failed');
  });
});
