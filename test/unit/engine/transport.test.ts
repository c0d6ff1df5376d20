import assert from 'node:assert/strict';
import { meter } from '../../../nodes/music/meter';
import type { Beat, Span } from '../../../nodes/engine';
import { clockRig } from '../../support/clock-rig';
import { fakeEngine } from '../../support/fake-engine';

function setUp(config: Parameters<typeof clockRig>[1] = {}) {
  const fake = fakeEngine();
  const rig = clockRig(fake, config);
  return { fake, ...rig };
}

const names = (beats: Beat[]) => beats.map(({ bar, beat }) => `${bar}:${beat}`);
const primed = (spans: Span[], epoch: number) => spans.filter((span) => span.primed && span.epoch === epoch);

function assertContiguous(spans: Span[]): void {
  assert.ok(spans.length > 1);
  for (let index = 1; index < spans.length; index++) assert.equal(spans[index].from, spans[index - 1].to);
}

describe('transport', () => {
  it('announces ahead of time what a continue and what a start would play', () => {
    const { fake, transport, spans } = setUp();
    transport.locate(5000);
    fake.advance(0);
    const { continueEpoch, startEpoch } = transport.state();
    for (const [epoch, position] of [
      [continueEpoch, 5000],
      [startEpoch, 0]
    ]) {
      const ahead = primed(spans, epoch);
      assertContiguous(ahead);
      assert.equal(ahead[0].position, position);
      assert.ok(ahead.at(-1)!.to - ahead[0].from >= 288, '150 ms at 120 BPM');
      assert.ok(ahead.every(({ timeMs, running }) => timeMs === null && !running));
    }
  });

  it('goes on, once started, where it had announced to', () => {
    for (const position of [0, 1000, 333.333]) {
      const { fake, transport, spans } = setUp();
      transport.locate(position);
      fake.advance(0);
      const { continueEpoch } = transport.state();
      transport.continue();
      fake.advance(500);
      assertContiguous(spans.filter(({ epoch }) => epoch === continueEpoch));
    }
  });

  it('announces more when the tempo rises before it starts', () => {
    const { fake, transport, spans } = setUp();
    transport.setBpm(480);
    fake.advance(0);
    const ahead = primed(spans, transport.state().startEpoch);
    assertContiguous(ahead);
    assert.ok(ahead.at(-1)!.to >= 4 * 288);
  });

  it('stands where it stood when it is stopped before it sounds', () => {
    const { fake, transport, beats } = setUp();
    transport.locate(960);
    transport.continue();
    transport.stop();
    fake.advance(100);
    assert.equal(transport.state().stoppedPosition, 960);
    transport.start();
    transport.stop();
    fake.advance(100);
    assert.equal(transport.state().stoppedPosition, 0);
    assert.deepEqual(beats, []);
  });

  it('stands where it was told to go when it is stopped before it got there', () => {
    for (let waitMs = 0; waitMs < 150; waitMs += 7) {
      const { fake, transport } = setUp();
      transport.start();
      fake.advance(300);
      transport.locate(7749);
      fake.advance(waitMs);
      transport.stop();
      fake.advance(0);
      assert.equal(transport.state().stoppedPosition, 7749, `after ${waitMs} ms`);
    }
  });

  it('knows where it is after a stall that was longer than the lookahead', () => {
    const { fake, transport, beats } = setUp();
    transport.start();
    fake.advance(501);
    fake.link.waiter.nowMs += 2000;
    transport.stop();
    fake.advance(0);
    assert.ok(Math.abs(transport.state().stoppedPosition - 4800) < 1e-3);
    assert.deepEqual(names(beats), ['1:1', '1:2', '1:3', '1:4', '2:1', '2:2']);
  });

  it('takes the last of many locates, and knows the epoch that sounds however many are to come', () => {
    const { fake, transport, spans } = setUp({ bpm: 999, lookaheadMs: 1500 });
    transport.start();
    fake.advance(100);
    for (let index = 0; index < 40; index++) {
      transport.locate(index * 4000);
      fake.advance(31);
    }
    const epochs = new Set(spans.filter(({ running }) => running).map(({ epoch }) => epoch));
    assert.ok(epochs.size > 30);
    assert.equal([...epochs][0], transport.state().epoch, 'the first still sounds');
    assert.ok(transport.timeOf(transport.state().epoch, 0)! < 10);
    fake.advance(2000);
    transport.stop();
    fake.advance(0);
    assert.ok(transport.state().stoppedPosition > 39 * 4000);
  });

  it('plays from the start when it is started while it plays, and does not mind a continue', () => {
    const { fake, transport, beats } = setUp();
    transport.start();
    fake.advance(1600);
    transport.continue();
    transport.start();
    fake.advance(700);
    assert.deepEqual(names(beats), ['1:1', '1:2', '1:3', '1:4', '1:1', '1:2']);
    assert.ok(beats[4].epoch > beats[3].epoch);
  });

  it('repeats a loop that is shorter than the lookahead', () => {
    const { fake, transport, spans } = setUp();
    transport.setLoop({ start: 120, end: 180 });
    transport.start();
    fake.advance(1000);
    const { epoch } = transport.state();
    const announced = spans.filter((span) => span.epoch === epoch);
    assertContiguous(announced);
    assert.ok(announced.every(({ position, from, to }) => position + to - from <= 180));
    assert.ok(announced.slice(10).every(({ position }) => position >= 120));
  });

  it('plays on where a loop is set behind it, and turns back where it is set around it', () => {
    const { fake, transport, spans } = setUp();
    transport.locate(3840);
    transport.continue();
    fake.advance(100);
    transport.setLoop({ start: 0, end: 1920 });
    fake.advance(1000);
    assert.ok(spans.at(-1)!.position > 5000);
    transport.setLoop({ start: 3840, end: 7680 });
    fake.advance(1500);
    assert.ok(spans.at(-1)!.position < 5760);
  });

  it('changes the signature on a bar line, and counts bars on', () => {
    const { fake, transport, beats, spans } = setUp();
    transport.start();
    fake.advance(700);
    transport.setMeter(meter(3, 8));
    fake.advance(2200);
    assert.deepEqual(names(beats), ['1:1', '1:2', '1:3', '1:4', '2:1', '2:2', '2:3', '3:1']);
    for (const { position, from, to, beatUnit } of spans) {
      assert.ok(beatUnit === 8 ? position >= 3840 : position + to - from <= 3840 || position >= 3840);
    }
  });

  it('counts bars from the start of the song once a loop has gone back before the change of signature', () => {
    const { fake, transport, beats } = setUp();
    transport.setLoop({ start: 0, end: 7680 });
    transport.start();
    fake.advance(700);
    transport.setMeter(meter(3, 4));
    fake.advance(4000 + 2100);
    assert.deepEqual(names(beats), [
      ...['1:1', '1:2', '1:3', '1:4', '2:1', '2:2', '2:3', '3:1'],
      ...['1:1', '1:2', '1:3', '2:1', '2:2', '2:3']
    ]);
  });

  it('keeps spans short where the tempo falls steeply', () => {
    const { fake, transport, spans } = setUp({ bpm: 999, lookaheadMs: 20 });
    transport.start();
    fake.advance(300);
    spans.length = 0;
    transport.ramp(1, { beats: 1 });
    fake.advance(3000);
    const lengths = spans.map((span) => transport.timeOf(span.epoch, span.to)! - span.timeMs!);
    assert.ok(lengths.length > 50);
    assert.ok(
      lengths.every((ms) => ms >= 20 && ms <= 40),
      `${lengths}`
    );
  });

  it('says once a second that it stands', () => {
    const { fake, transport, spans } = setUp();
    fake.advance(5500);
    const here = spans.filter((span) => !span.primed);
    assert.equal(here.length, 5);
    assert.ok(here.every(({ from, to, running }) => from === to && !running));
    transport.start();
    fake.advance(5500);
    assert.equal(spans.filter(({ from, to }) => from === to).length, 5);
  });

  it('tells another lookahead at once', () => {
    const { fake, transport, spans } = setUp({ lookaheadMs: 50 });
    transport.start();
    fake.advance(500);
    const base = {
      bpm: 120,
      meter: meter(4, 4),
      clockWhileStopped: true,
      sendStartStop: true,
      sendSongPosition: true
    };
    transport.configure({ ...base, lookaheadMs: 400 }, '');
    fake.advance(0);
    const { epoch, to } = spans.at(-1)!;
    assert.ok(transport.timeOf(epoch, to)! >= fake.link.now() + 400);
  });
});
