import assert from 'node:assert/strict';
import sinon from 'sinon';
import type { EngineSettings } from '../../../nodes/engine';
import { Feed, LEASE_MS, type News } from '../../../nodes/sidebar/feed';
import { ClockMap } from '../../../nodes/sidebar/editor/listening';
import { meter } from '../../../nodes/music/meter';
import { CLOCK, fakeEngine } from '../../support/fake-engine';

const FROM = { source: 'test', enteredMs: 0 };

describe('what the sidebar is told', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => clock.restore());

  function rig(settings: Partial<EngineSettings> = {}) {
    const fake = fakeEngine(settings);
    const output = fake.engine.openOutput(
      'synth',
      {
        name: 'synth',
        spec: { mode: 'loopback', port: 'A' },
        channel: 1,
        output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
      },
      { outputChanged: () => undefined }
    );
    const { transport } = fake.engine.openTransport('clock', 'my clock', CLOCK, {
      span: () => undefined,
      beat: () => undefined,
      changed: () => undefined
    });
    fake.advance(1);
    const news: News[] = [];
    const feed = new Feed({
      engine: () => fake.engine,
      publish: (each) => news.push(structuredClone(each)),
      now: () => clock.now
    });
    const pass = (ms: number) => {
      for (let at = 0; at < ms; at += 10) {
        fake.advance(10);
        clock.tick(10);
      }
    };
    return { fake, output, transport, news, feed, pass };
  }

  it('comes while somebody looks, 20 times a second, and ends by itself', () => {
    const { news, feed, pass } = rig();
    pass(200);
    assert.equal(news.length, 0);
    feed.look();
    pass(1000);
    assert.equal(news.length, 20);
    assert.equal(news.filter(({ slow }) => slow !== undefined).length, 2);
    feed.look();
    pass(LEASE_MS + 200);
    const { length } = news;
    assert.ok(length <= 20 + LEASE_MS / 50 + 1);
    pass(1000);
    assert.equal(news.length, length);
    feed.look();
    pass(100);
    assert.equal(news.length, length + 2);
    feed.stop();
  });

  for (const feedbackHz of [1, 30, 60]) {
    it(`comes ${feedbackHz} times a second where the settings say so, and holds as much of a flood`, () => {
      const { output, news, feed, pass } = rig({ feedbackHz });
      feed.look();
      pass(1100);
      news.length = 0;
      for (let count = 0; count < 100; count++)
        output.send({ type: 'pressure', value: count }, undefined, FROM);
      pass(5000);
      const aSecond = news.length / 5;
      assert.ok(aSecond > feedbackHz * 0.97 - 1 && aSecond <= feedbackHz + 1, String(aSecond));
      assert.equal(news[0].periodMs, Math.ceil(1000 / feedbackHz));
      const slow = news.filter((each) => each.slow !== undefined).length;
      assert.ok(Math.abs(slow - 5 * Math.min(2, feedbackHz)) <= 1, String(slow));
      assert.equal(
        news.reduce((sum, { sent, more }) => sum + sent.length + more, 0),
        100
      );
      feed.stop();
    });
  }

  it('holds where the clocks are and what was sent', () => {
    const { output, transport, news, feed, pass } = rig();
    feed.look();
    pass(60);
    transport.start();
    output.send({ type: 'noteOn', channel: 2, note: 60, velocity: 90 }, undefined, FROM);
    pass(1000);
    const sent = news.flatMap((each) => each.sent);
    assert.deepEqual(
      sent.map(([id, , ...bytes]) => [id, ...bytes]),
      [['synth', 0x91, 60, 90]]
    );
    const [{ id, name, running, bpm, position }] = news.at(-1)!.transports;
    assert.deepEqual([id, name, running, Math.round(bpm)], ['clock', 'my clock', true, 120]);
    assert.ok(position > 1700 && position < 2000, `${position}`);
    const slow = news.flatMap((each) => each.slow ?? []).at(-1)!;
    assert.equal(
      slow.outputs[0].histogram.reduce((sum, [, count]) => sum + count, 0),
      1
    );
    assert.ok(['ok', 'degraded'].includes(slow.health.state));
    feed.stop();
  });

  it('holds where bars count from, and where a clock stands', () => {
    const { transport, news, feed, pass } = rig();
    feed.look();
    transport.start();
    pass(500);
    transport.setMeter(meter(3, 4));
    pass(2000);
    const last = () => news.at(-1)!.transports[0];
    const { beatsPerBar, barPosition, bar } = last();
    assert.deepEqual([beatsPerBar, barPosition, bar], [3, 3840, 2]);
    transport.stop();
    pass(60);
    const { position } = last();
    pass(1000);
    assert.deepEqual([last().position, last().barPosition, last().bar], [position, 3840, 2]);
    assert.equal(position, transport.state().stoppedPosition);
    feed.stop();
  });

  it('holds what arrives, without MIDI clock', () => {
    const { fake, output, news, feed, pass } = rig();
    fake.engine.listen('A', () => undefined);
    feed.look();
    pass(60);
    output.send({ type: 'noteOn', channel: 1, note: 64, velocity: 90 }, undefined, FROM);
    output.send({ type: 'clock' }, undefined, FROM);
    pass(100);
    assert.deepEqual(
      news.flatMap(({ received }) => received).map(([port, , ...bytes]) => [port, ...bytes]),
      [['A', 0x90, 64, 90]]
    );
    feed.stop();
  });

  it('leaves out what would be too much, and counts it', () => {
    const { output, news, feed, pass } = rig();
    feed.look();
    pass(60);
    for (let value = 0; value < 600; value++) {
      output.send({ type: 'pressure', channel: 1, value: value % 128 }, undefined, FROM);
    }
    pass(100);
    const given = news.reduce((sum, { sent, more }) => sum + sent.length + more, 0);
    assert.equal(given, 600);
    assert.ok(news.every(({ sent }) => sent.length <= 400));
    feed.stop();
  });
});

describe("the page's idea of engine time", () => {
  it('follows the news that came fastest', () => {
    const map = new ClockMap();
    // The engine is 1000 ms ahead; ways of 40, 5 and 90 ms.
    for (const [leftMs, wayMs] of [
      [2000, 40],
      [2050, 5],
      [2100, 90]
    ]) {
      map.learn(leftMs, leftMs - 1000 + wayMs);
    }
    assert.ok(Math.abs(map.toPageMs(3000) - 2005) < 0.1);
  });

  it('begins anew with another engine', () => {
    const map = new ClockMap();
    map.learn(100_000, 500);
    map.learn(20, 1000);
    assert.equal(map.toPageMs(20), 1000);
  });
});
