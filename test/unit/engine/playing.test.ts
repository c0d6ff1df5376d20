import assert from 'node:assert/strict';
import { playerOf } from '../../support/pattern-player';
import type { Engine, OutputHandle, Span, TransportHandle } from '../../../nodes/engine';
import { CLOCK, fakeEngine, type FakeEngine, type Heard } from '../../support/fake-engine';

/** A flow of a clock, a pattern and an output, without Node-RED. */
function flow(
  fake: FakeEngine,
  notation: string,
  { port = 'Loopback', id = 'clock', bpm = 120, clockOut = false, offsetMs = 0 } = {}
) {
  const { engine } = fake;
  const output: OutputHandle = engine.openOutput(
    `device ${port}`,
    {
      name: port,
      spec: { mode: 'loopback', port },
      channel: 1,
      output: { offsetMs, usPerByte: 0, controlShare: 0.5 }
    },
    { outputChanged: () => undefined }
  );
  const player = playerOf(notation);
  const spans: Span[] = [];
  const beats: string[] = [];
  const { transport } = engine.openTransport(
    id,
    id,
    {
      ...CLOCK,
      bpm
    },
    {
      span: (span) => {
        spans.push(span);
        if (clockOut) output.lease(transport);
        for (const { payload, at } of player.answer(span))
          output.send(payload, at, { source: 'pattern', enteredMs: engine.now() });
      },
      beat: ({ bar, beat }) => beats.push(`${bar}:${beat}`),
      changed: () => undefined
    }
  );
  fake.advance(10);
  return { transport, output, player, spans, beats };
}

const notes = (heard: Heard[]) =>
  heard.filter(({ bytes }) => bytes[0] < 0xf0).map(({ timeMs, bytes }) => [timeMs, ...bytes]);
const named = (heard: Heard[]) => heard.map(({ bytes }) => bytes.map((byte) => byte.toString(16)).join(' '));

describe('the engine plays', () => {
  it('wakes the worker for what is due soon, not for what it will have seen by itself', () => {
    const fake = fakeEngine();
    const { transport, output } = flow(fake, 'c4');
    transport.start();
    fake.advance(500);
    let rings = 0;
    fake.link.ring = () => void rings++;
    const origin = { source: 'test', enteredMs: fake.engine.now() };
    const note = { type: 'noteOn', note: 60, velocity: 100 } as const;
    const send = (timeMs: number | undefined) => {
      rings = 0;
      output.send(note, timeMs === undefined ? undefined : { timeMs }, origin);
      return rings;
    };
    const nowMs = fake.engine.now();
    assert.equal(send(undefined), 1);
    assert.equal(send(nowMs + 20), 1);
    assert.equal(send(nowMs + 90), 1);
    assert.equal(send(nowMs + 120), 0);
    rings = 0;
    output.lease(transport);
    assert.equal(rings, 1, 'the clock is new there');
    output.lease(transport);
    assert.equal(rings, 1, 'and then only renewed');
  });

  it('wakes for beats and spans, and not for the end of a span', () => {
    const fake = fakeEngine();
    const { transport, spans } = flow(fake, '~');
    transport.start();
    fake.advance(1000);
    const before = spans.length;
    let turns = 0;
    const endMs = fake.engine.now() + 3000;
    for (let nextMs = fake.link.settle(); nextMs <= endMs; nextMs = fake.link.settle()) {
      fake.advance(nextMs - fake.engine.now());
      turns++;
    }
    // Six beats at 120 BPM, some of which come with a span.
    const announced = spans.length - before;
    assert.ok(announced >= 90 && turns <= announced + 7, `${turns} turns for ${announced} spans`);
  });

  it('plays a pattern on the beat, each note with its end', () => {
    const fake = fakeEngine();
    const heard = fake.record('Loopback');
    const { transport, beats } = flow(fake, 'c4 e4 g4 e4');
    transport.start();
    fake.advance(2000);
    const at = notes(heard)[0][0];
    assert.ok(at <= 12, `the first note sounds ${at} ms after the start`);
    assert.deepEqual(
      notes(heard).map(([timeMs, ...bytes]) => [Math.round((timeMs - at) * 1e6) / 1e6, ...bytes]),
      [
        [0, 0x90, 60, 100],
        [400, 0x80, 60, 64],
        [500, 0x90, 64, 100],
        [900, 0x80, 64, 64],
        [1000, 0x90, 67, 100],
        [1400, 0x80, 67, 64],
        [1500, 0x90, 64, 100],
        [1900, 0x80, 64, 64]
      ]
    );
    assert.deepEqual(beats, ['1:1', '1:2', '1:3', '1:4']);
  });

  it('sends Start before the clock that is beat one, and Stop, Song Position and Continue by the rules', () => {
    const fake = fakeEngine();
    const heard = fake.record('Loopback');
    const { transport } = flow(fake, '~', { clockOut: true });
    fake.advance(1100);
    heard.length = 0;
    transport.start();
    fake.advance(500);
    transport.stop();
    fake.advance(100);
    transport.locate(3840);
    fake.advance(1);
    transport.continue();
    fake.advance(200);
    const words = named(heard).filter((word) => word !== 'f8');
    assert.deepEqual(words, ['fa', 'fc', 'f2 10 0', 'f2 10 0', 'fb']);
    const start = heard.findIndex(({ bytes }) => bytes[0] === 0xfa);
    const next = heard.slice(start + 1).find(({ bytes }) => bytes[0] === 0xf8);
    assert.ok(next!.timeMs - heard[start].timeMs >= 1, 'a millisecond lies between Start and its beat');
    const clocks = heard.filter(({ bytes }) => bytes[0] === 0xf8).map(({ timeMs }) => timeMs);
    for (let index = 1; index < clocks.length; index++) {
      assert.ok(
        Math.abs(clocks[index] - clocks[index - 1] - 500 / 24) < 1e-6,
        'the grid runs on through stop and start'
      );
    }
  });

  it('plays on in phase after the main thread was blocked for a second, without a missing clock', () => {
    const fake = fakeEngine();
    const heard = fake.record('Loopback');
    const { transport } = flow(fake, 'c4*8', { clockOut: true });
    fake.advance(1100);
    transport.start();
    fake.advance(1000);
    fake.link.listening = false;
    fake.advance(1000);
    fake.link.listening = true;
    fake.advance(1000);
    const clocks = heard.filter(({ bytes }) => bytes[0] === 0xf8).map(({ timeMs }) => timeMs);
    for (let index = 1; index < clocks.length; index++) {
      assert.ok(Math.abs(clocks[index] - clocks[index - 1] - 500 / 24) < 1e-6);
    }
    const ons = notes(heard)
      .filter(([, status]) => status === 0x90)
      .map(([timeMs]) => timeMs);
    const steps = ons.map((timeMs) => Math.round(((timeMs - ons[0]) / 250) * 1e6) / 1e6);
    assert.ok(
      steps.at(-1)! >= 11 && steps.filter(Number.isInteger).length >= steps.length - 1,
      `came back in phase: ${steps}`
    );
  });

  it('lets two clocks at different tempi drive one pattern and two outputs', () => {
    const fake = fakeEngine();
    const a = fake.record('A');
    const b = fake.record('B');
    const first = flow(fake, 'c4*4', { port: 'A', id: 'one', bpm: 120 });
    const second = flow(fake, 'c4*4', { port: 'B', id: 'two', bpm: 90 });
    first.transport.start();
    second.transport.start();
    fake.advance(3990);
    const ons = (heard: Heard[]) => notes(heard).filter(([, status]) => status === 0x90).length;
    assert.equal(ons(a), 8);
    assert.equal(ons(b), 6);
  });

  it('times what is queued anew when the tempo changes', () => {
    const fake = fakeEngine();
    const heard = fake.record('Loopback');
    const { transport } = flow(fake, 'c4*4');
    transport.start();
    fake.advance(450);
    transport.setBpm(60);
    fake.advance(1000);
    const ons = notes(heard)
      .filter(([, status]) => status === 0x90)
      .map(([timeMs]) => timeMs);
    assert.ok(Math.abs(ons[1] - (460 + (ons[0] + 500 - 460) * 2)) < 1e-6);
  });

  it('goes to another position without a gap: what was announced plays, then the new place', () => {
    const fake = fakeEngine();
    const heard = fake.record('Loopback');
    const { transport } = flow(fake, 'c4 d4 e4 f4');
    transport.start();
    fake.advance(300);
    transport.locate(2880);
    fake.advance(1300);
    const pitches = notes(heard)
      .filter(([, status]) => status === 0x90)
      .map(([, , pitch]) => pitch);
    assert.deepEqual(pitches, [60, 65, 60, 62]);
  });

  it('repeats a loop range without a seam', () => {
    const fake = fakeEngine();
    const heard = fake.record('Loopback');
    const { transport, spans } = flow(fake, 'c4 d4 e4 f4');
    transport.setLoop({ start: 0, end: 1920 });
    transport.start();
    fake.advance(2990);
    const pitches = notes(heard)
      .filter(([, status]) => status === 0x90)
      .map(([, , pitch]) => pitch);
    assert.deepEqual(pitches, [60, 62, 60, 62, 60, 62]);
    const running = spans.filter(({ running: is, primed }) => is || primed);
    const last = running.filter(({ epoch }) => epoch === running.at(-1)!.epoch);
    for (let index = 1; index < last.length; index++) assert.equal(last[index].from, last[index - 1].to);
  });

  it('silences at once what plays when it is stopped, and everything on panic', () => {
    const fake = fakeEngine();
    const heard = fake.record('Loopback');
    const { transport, output } = flow(fake, '[c4,e4,g4]');
    transport.start();
    fake.advance(300);
    heard.length = 0;
    transport.stop();
    fake.advance(0);
    assert.deepEqual(named(heard), ['80 3c 40', '80 40 40', '80 43 40']);
    output.send({ type: 'noteOn', channel: 3, note: 50, velocity: 90 }, undefined, {
      source: 'x',
      enteredMs: 0
    });
    fake.advance(1);
    output.panic();
    fake.advance(1);
    assert.ok(named(heard).includes('82 32 40'));
    assert.ok(named(heard).includes('bf 7b 0'));
  });

  it('sends early what goes to an output with a negative offset', () => {
    const fake = fakeEngine();
    const early = fake.record('early');
    const { transport } = flow(fake, 'c4*4', { port: 'early', offsetMs: -30 });
    const late = fake.record('late');
    const output = (fake.engine as Engine).openOutput(
      'other',
      {
        name: 'late',
        spec: { mode: 'loopback', port: 'late' },
        channel: 1,
        output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
      },
      { outputChanged: () => undefined }
    );
    fake.advance(1);
    const epoch = (transport as TransportHandle).state().continueEpoch;
    output.send(
      { type: 'note', note: 60, velocity: 1, durationTicks: 10 },
      { clock: 'clock', epoch, tick: 960, source: 's' },
      { source: 's', enteredMs: 0 }
    );
    transport.start();
    fake.advance(1000);
    const second = notes(early).filter(([, status]) => status === 0x90)[1];
    assert.ok(Math.abs(notes(late)[0][0] - second[0] - 30) < 1e-6);
  });
});
