import assert from 'node:assert/strict';
import type { MusicEvent } from '../../../nodes/music/event';
import { meter } from '../../../nodes/music/meter';
import type { Health } from '../../../nodes/engine';
import { fakeEngine, type FakeEngine } from '../../support/fake-engine';

const SPEC = { mode: 'loopback', port: 'synth' } as const;
const WIRE = { offsetMs: 0, usPerByte: 0, controlShare: 1 };

function rig(settings = {}) {
  const fake = fakeEngine(settings);
  const changes: string[] = [];
  fake.engine.on('health', ({ state, complaints }: Health) =>
    changes.push([state, ...complaints.map(({ code }) => code)].join(' '))
  );
  const output = fake.engine.openOutput(
    'device',
    { name: 'synth', spec: SPEC, channel: 1, output: WIRE },
    { outputChanged: () => undefined }
  );
  fake.advance(20);
  return Object.assign(fake, { output, changes });
}

/** Seconds go by, each with its look. */
function watch({ engine, advance }: FakeEngine, seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    advance(1000);
    engine.watchHealth();
  }
}

describe('health', () => {
  const on: MusicEvent = { type: 'noteOn', note: 60, velocity: 1 };

  it('is ok, since it began', () => {
    const fake = rig();
    watch(fake, 3);
    const { state, sinceMs, since, complaints } = fake.engine.health();
    assert.deepEqual([state, sinceMs, complaints], ['ok', 0, []]);
    assert.ok(Number.isFinite(Date.parse(since)));
    assert.deepEqual(fake.changes, []);
  });

  it('is degraded by what is dropped, says since when, why and what to do, and is ok again in time', () => {
    const fake = rig({ healthWindowMs: 10_000 });
    watch(fake, 5);
    const late = { timeMs: fake.engine.now() - 500 };
    for (let count = 0; count < 3; count++)
      fake.output.send(on, late, { source: 'test', enteredMs: fake.engine.now() });
    watch(fake, 3);
    const { state, sinceMs, complaints } = fake.engine.health();
    assert.deepEqual([state, sinceMs], ['degraded', 6020]);
    assert.equal(complaints.length, 1);
    const { code, subject, why, todo } = complaints[0];
    assert.deepEqual([code, subject, complaints[0].sinceMs], ['dropped', 'synth', 6020]);
    assert.match(why, /3 event\(s\) came too late/);
    assert.match(todo, /lookahead/);
    watch(fake, 12);
    assert.equal(fake.engine.health().state, 'ok');
    assert.deepEqual(fake.changes, ['degraded dropped', 'ok']);
  });

  it('counts restarts of the last minute, as many as the settings allow, and then is failed', () => {
    const fake = rig({ restartsPerMinute: 1 });
    fake.link.crash(new Error('a fault'), true);
    fake.advance(20);
    assert.equal(fake.engine.health().complaints[0].code, 'restarted');
    watch(fake, 61);
    assert.equal(fake.engine.health().state, 'ok');
    fake.link.crash(new Error('a fault'), true);
    fake.advance(20);
    fake.link.crash(new Error('a fault'), true);
    const { state, complaints } = fake.engine.health();
    assert.deepEqual([state, complaints[0].todo], ['failed', 'restart Node-RED']);
    assert.deepEqual(fake.changes, ['degraded restarted', 'ok', 'degraded restarted', 'failed failed']);
  });

  it('fails at the first crash where the policy is to stop', () => {
    const fake = rig({ recovery: { ...fakeEngine().engine.settings.recovery, Internal: 'stop' } });
    fake.link.crash(new Error('a fault'), true);
    assert.equal(fake.engine.health().state, 'failed');
  });

  it('tells of a port that is not there', () => {
    const fake = rig();
    fake.engine.openOutput(
      'other',
      { name: 'other', spec: { mode: 'name', port: 'nowhere' }, channel: 1, output: WIRE },
      { outputChanged: () => undefined }
    );
    watch(fake, 1);
    const [{ code, why }] = fake.engine.health().complaints;
    assert.equal(code, 'noPort');
    assert.match(why, /nowhere/);
  });

  it('tells of events that came before the port was open, unless a clock would ask for them again', () => {
    const fake = rig();
    const { engine, output } = fake;
    const controls = { clockWhileStopped: false, sendStartStop: true, sendSongPosition: true };
    const clock = { bpm: 120, meter: meter(4, 4), lookaheadMs: 100, ...controls };
    const listener = { span: () => undefined, beat: () => undefined, changed: () => undefined };
    const { transport } = engine.openTransport('clock', 'clock', clock, listener);
    fake.link.crash(new Error('a fault'), true);
    const origin = { source: 'test', enteredMs: 0 };
    output.send(on, undefined, origin);
    output.send(on, { timeMs: 30 }, origin);
    output.send(on, { clock: transport.id, epoch: 0, tick: 0 }, origin);
    watch(fake, 1);
    assert.equal(output.status.state, 'open');
    const complaint = engine.health().complaints.find(({ code }) => code === 'unsent');
    assert.match(complaint?.why ?? '', /synth: 2 event\(s\) came before the port was open/);
    assert.match(complaint?.todo ?? '', /wait until the status shows the port/);
  });

  it('tells of notes that leave late', () => {
    const fake = rig({ lateWarningMs: 5 });
    fake.output.send(on, { timeMs: fake.engine.now() - 20 }, { source: 'test', enteredMs: 0 });
    watch(fake, 1);
    assert.deepEqual(
      fake.engine.health().complaints.map(({ code }) => code),
      ['late']
    );
  });
});

describe('recovery', () => {
  const recovery = fakeEngine().engine.settings.recovery;

  it('that is to stop silences a port that overflows', () => {
    const fake = rig({ maxPendingEvents: 16, recovery: { ...recovery, BufferOverrun: 'stop' } });
    const heard = fake.record('synth');
    const origin = { source: 'test', enteredMs: 0 };
    fake.output.send({ type: 'noteOn', note: 1, velocity: 1 }, undefined, origin);
    for (let pitch = 0; pitch < 30; pitch++)
      fake.output.send({ type: 'noteOn', note: pitch, velocity: 1 }, { timeMs: 5000 }, origin);
    fake.advance(10);
    fake.engine.watchHealth();
    fake.advance(6000);
    assert.equal(heard.filter(({ bytes }) => bytes[0] === 0x90).length, 1);
    assert.equal(fake.engine.soundingNotes(), 0);
  });

  it('a worker that is given up leaves no note on', () => {
    const fake = rig({ restartsPerMinute: 0 });
    fake.output.send({ type: 'noteOn', note: 60, velocity: 1 }, undefined, { source: 'test', enteredMs: 0 });
    fake.advance(10);
    const failed = fake.link;
    failed.crash(new Error('a fault'), false);
    const { link } = fake;
    assert.notEqual(link, failed);
    const sent: number[][] = [];
    const { loopback } = (link.core as unknown as { host: { drivers: { loopback: { send: unknown } } } }).host
      .drivers;
    loopback.send = (_handle: number, bytes: Uint8Array, length: number) =>
      sent.push([...bytes.subarray(0, length)]) && 0;
    link.advance(50);
    assert.deepEqual(sent, [[0x80, 60, 64]]);
    assert.equal(fake.output.status.state, 'missing');
    assert.equal(fake.engine.report().state, 'failed');
  });
});
