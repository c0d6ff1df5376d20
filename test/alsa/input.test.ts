import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { FOLLOW_DEFAULTS, LoopTest, type Engine } from '../../nodes/engine';
import { meter } from '../../nodes/music/meter';
import { DRUMS, DRUMS_BPM, startDrums } from './drums';
import { repeatAfterStandstill } from './standstill';
import {
  GADGET,
  GADGET_INSIDE,
  hasUsbMidi,
  needSequencer,
  startEngine,
  THROUGH,
  until,
  usbMidi
} from './support';

describe('inputs on a real sequencer', function () {
  this.timeout(120_000);
  repeatAfterStandstill(this);
  let engine: Engine;
  let drums: ChildProcess | undefined;

  before(function () {
    needSequencer(this);
  });

  beforeEach(async () => {
    engine = startEngine();
    await engine.ready();
  });

  afterEach(async () => {
    drums?.kill('SIGKILL');
    drums = undefined;
    await engine.dispose();
  });

  it('follow another program: lock, begin at the pulse after its Start, beat by beat in phase, stop', async () => {
    const beats: number[] = [];
    const { transport } = engine.openTransport(
      'follower',
      'follower',
      {
        bpm: 90,
        meter: meter(4, 4),
        lookaheadMs: 300,
        clockWhileStopped: true,
        sendStartStop: true,
        sendSongPosition: true
      },
      { span: () => true, beat: ({ timeMs }) => beats.push(timeMs), changed: () => undefined }
    );
    const pulses: number[] = [];
    let started = Infinity;
    const spec = { mode: 'name', port: DRUMS } as const;
    const listener = {
      inputChanged: () => undefined,
      received: ([status]: Uint8Array, timeMs: number) => {
        if (status === 0xfa) started = pulses.length;
        if (status === 0xf8) pulses.push(timeMs);
      }
    };
    const input = engine.openInput('drums', { name: 'drums', spec, beside: '' }, listener);
    engine.follow(transport, input, FOLLOW_DEFAULTS);
    drums = startDrums();
    await until('the port is found', () => input.status.state === 'open');
    await until('it locks', () => transport.followReport().state === 'locked', 20_000);
    await until('it plays ten beats', () => beats.length >= 10, 20_000);
    const errors = beats.map((ms, beat) => ms - pulses[started + beat * 24]).sort((a, b) => a - b);
    const { bpm, jitterMs } = transport.followReport();
    console.log(
      `        beats off by ${errors[5].toFixed(2)} ms (p50), jitter of the pulses ${jitterMs.toFixed(2)} ms`
    );
    assert.ok(Math.abs(errors[5]) < 3, errors.join(' '));
    assert.ok(Math.abs(bpm - DRUMS_BPM) < 2, String(bpm));
    await until('it stops', () => !transport.state().running, 30_000);
  });

  it('hear the way from a port back to them, which is measured', async () => {
    const spec = { mode: 'name', port: THROUGH } as const;
    const output = { offsetMs: 0, usPerByte: 100, controlShare: 0.5 };
    const figures = await new LoopTest(engine, {
      openOutput: (told) => engine.openOutput('loop', { name: 'loop', spec, channel: 16, output }, told),
      closeOutput: (told, removed) => engine.closeOutput('loop', told, removed),
      openInput: (told) => engine.openInput('loop', { name: 'loop', spec, beside: '' }, told),
      closeInput: (told, removed) => engine.closeInput('loop', told, removed)
    }).run();
    const { port, input, sent, lost, p50Ms, p99Ms, maxMs, offsetMs, exact } = figures;
    console.log(`        ${sent} messages: p50 ${p50Ms}, p99 ${p99Ms}, longest ${maxMs} ms`);
    assert.deepEqual([port, input, sent, lost, exact], [THROUGH, THROUGH, 100, 0, true]);
    assert.ok(p50Ms >= 0 && p50Ms < 5, String(p50Ms));
    assert.ok(Math.abs(offsetMs + p50Ms) <= 0.05 + 1e-9, `${offsetMs} for ${p50Ms}`);
  });

  it('come back after each of 100 unplugs, and so does what is played', async function () {
    if (!hasUsbMidi()) this.skip();
    this.timeout(400_000);
    usbMidi('plug');
    const heard: number[] = [];
    const states: string[] = [];
    const input = engine.openInput(
      'gadget',
      { name: 'gadget', spec: { mode: 'name', port: GADGET }, beside: '' },
      { inputChanged: ({ state }) => states.push(state), received: (bytes) => heard.push(bytes[0]) }
    );
    const open = (id: string, port: string) =>
      engine.openOutput(
        id,
        {
          name: id,
          spec: { mode: 'name', port },
          channel: 1,
          output: { offsetMs: 0, usPerByte: 100, controlShare: 0.5 }
        },
        { outputChanged: () => undefined }
      );
    const out = open('to-gadget', GADGET);
    const inside = open('inside', GADGET_INSIDE);
    const send = (to: typeof out, note: number) =>
      to.send({ type: 'noteOn', note, velocity: 100 }, undefined, {
        source: 'test',
        enteredMs: engine.now()
      });
    const lostMs: number[] = [];
    const memory = () => process.memoryUsage().rss / 2 ** 20;
    let before = 0;
    for (let round = 0; round < 100; round++) {
      await until('the gadget is open', () =>
        [input, out, inside].every(({ status }) => status.state === 'open')
      );
      const count = heard.length;
      send(out, 60);
      send(inside, 61);
      await until('it is heard', () => heard.length > count);
      usbMidi('unplug');
      const atMs = performance.now();
      await until('it is gone', () => input.status.state === 'missing' && out.status.state === 'missing');
      lostMs.push(performance.now() - atMs);
      if (round === 10) before = memory();
      usbMidi('plug');
    }
    await until('it is back', () => out.status.state === 'open' && input.status.state === 'open');
    lostMs.sort((a, b) => a - b);
    console.log(`        gone after ${lostMs[50].toFixed(0)} ms (p50), ${lostMs[99].toFixed(0)} ms at most`);
    assert.ok(lostMs[50] < 200, String(lostMs[50]));
    assert.ok(memory() - before < 40, `${before.toFixed(0)} to ${memory().toFixed(0)} MB`);
    assert.equal(engine.soundingNotes(), 0);
    usbMidi('unplug');
  });
});
