import assert from 'node:assert/strict';
import sinon from 'sinon';
import { type InputConfig, type InputStatus, type PortSpec } from '../../../nodes/engine';
import { DeltaStamps } from '../../../nodes/engine/ports/delta-stamps';
import type { PortInfo } from '../../../nodes/engine/ports/driver';
import { FOLLOW_DEFAULTS } from '../../../nodes/engine/core/follow/following';
import { ALL_CHANNELS, FULL_RANGE } from '../../../nodes/music/midi-filter';
import { resolveInput } from '../../../nodes/engine/port-spec';
import { LIST_MS } from '../../../nodes/engine/core/core';
import { CLOCK, fakeEngine, type FakeEngine } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';

const named = (port: string): PortSpec => ({ mode: 'name', port });

/** An input of an engine, with all that was told of it. */
function openInput(fake: FakeEngine, spec: PortSpec, id = 'keys') {
  const statuses: InputStatus[] = [];
  const received: { bytes: number[]; timeMs: number }[] = [];
  const faults: string[] = [];
  const listener = {
    inputChanged: (status: InputStatus) => statuses.push(status),
    received: (bytes: Uint8Array, timeMs: number) => received.push({ bytes: [...bytes], timeMs }),
    malformed: (fault: string) => faults.push(fault)
  };
  const config: InputConfig = { name: id, spec, beside: '' };
  const input = fake.engine.openInput(id, config, listener);
  fake.advance(0);
  return { input, statuses, received, faults, listener, states: () => statuses.map(({ state }) => state) };
}

/** An engine with interfaces on its clock. */
function rig(...names: string[]) {
  const hardware = new FakeHardware(names);
  const fake = fakeEngine({}, hardware);
  hardware.now = () => fake.engine.now();
  return { hardware, fake };
}

describe('the inputs of the engine', () => {
  it('hear what arrives at a port, with its time, and share the port', () => {
    const { hardware, fake } = rig('Keys');
    const one = openInput(fake, named('Keys'));
    const two = openInput(fake, named('Keys'), 'other');
    assert.equal(hardware.opened, 1);
    assert.deepEqual(two.input.status, { state: 'open', port: 'Keys', kind: 'hardware' });
    fake.advance(100);
    hardware.arrive('Keys', [0x90, 60, 100], 99.25);
    fake.advance(1);
    for (const { received } of [one, two])
      assert.deepEqual(received, [{ bytes: [0x90, 60, 100], timeMs: 99.25 }]);
    fake.engine.closeInput('keys', one.listener, true);
    hardware.arrive('Keys', [0xf8]);
    fake.advance(1);
    assert.equal(two.received.length, 2);
    fake.engine.closeInput('other', two.listener, true);
    fake.advance(1);
    assert.equal(hardware.openHandles, 0);
  });

  it('close when the last that needs them goes: a clock that follows, or a route', () => {
    const timers = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { hardware, fake } = rig('Keys', 'Synth');
    const listener = { span: () => undefined, beat: () => undefined, changed: () => undefined };
    const keys = openInput(fake, named('Keys'));
    const outListener = { outputChanged: () => undefined };
    const synth = fake.engine.openOutput(
      'synth',
      {
        name: 'synth',
        spec: named('Synth'),
        channel: 1,
        output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
      },
      outListener
    );
    const { transport } = fake.engine.openTransport('clock', 'clock', CLOCK, listener);
    fake.engine.follow(transport, keys.input, FOLLOW_DEFAULTS);
    const filter = { kinds: 0, channels: ALL_CHANNELS, notes: FULL_RANGE, controllers: FULL_RANGE };
    fake.engine.openThru('thru', keys.input, synth, { filter, channel: 0 }, { thruLooped: () => undefined });
    fake.advance(1);
    assert.equal(hardware.openHandles, 2);
    fake.engine.closeInput('keys', keys.listener, true);
    fake.engine.closeOutput('synth', outListener, true);
    fake.advance(1);
    assert.equal(hardware.openHandles, 2);
    fake.engine.closeThru('thru', true);
    timers.tick(10_000);
    fake.advance(1);
    assert.equal(hardware.openHandles, 1);
    fake.engine.closeTransport('clock', listener, true);
    timers.tick(10_000);
    fake.advance(1);
    assert.equal(hardware.openHandles, 0);
    timers.restore();
  });

  it('join a sysex, let a clock pass inside it, and count what is no MIDI', () => {
    const { hardware, fake } = rig('Keys');
    const { input, received, faults } = openInput(fake, named('Keys'));
    const sysex = [0xf0, ...new Array<number>(600).fill(5), 0xf7];
    hardware.arrive('Keys', sysex.slice(0, 256), 1);
    hardware.arrive('Keys', [0xf8], 2);
    hardware.arrive('Keys', sysex.slice(256), 3);
    hardware.arrive('Keys', [0x90, 60], 4);
    hardware.arrive('Keys', [0x80, 60, 64], 5);
    fake.advance(1);
    assert.deepEqual(received, [
      { bytes: [0xf8], timeMs: 2 },
      { bytes: sysex, timeMs: 3 },
      { bytes: [0x80, 60, 64], timeMs: 5 }
    ]);
    assert.deepEqual(faults, ['cutShort']);
    assert.equal(input.malformed, 1);
  });

  it('lose a port that goes and find it when it comes back, under its stable name', () => {
    const { hardware, fake } = rig('Keys', 'Other');
    const { input, received, states } = openInput(fake, named('Keys'));
    hardware.unplug('Keys');
    fake.advance(LIST_MS);
    assert.equal(input.status.state, 'missing');
    assert.match((input.status as { error: Error }).error.message, /"Keys" is gone/);
    assert.equal(hardware.openHandles, 0);
    hardware.plug('Keys');
    fake.advance(LIST_MS);
    hardware.arrive('Keys', [0xfa]);
    fake.advance(1);
    assert.equal(received.length, 1);
    assert.deepEqual(states(), ['open', 'missing', 'open']);
  });

  it('lose a port that was away and is back before anybody looked, and find the new one', () => {
    const { hardware, fake } = rig('Keys');
    const { received, states } = openInput(fake, named('Keys'));
    const other = openInput(fake, named('Keys'), 'other');
    hardware.unplug('Keys');
    hardware.plug('Keys');
    fake.advance(LIST_MS);
    hardware.arrive('Keys', [0xfa]);
    fake.advance(1);
    assert.deepEqual(states(), ['open', 'missing', 'open']);
    assert.deepEqual(other.states(), ['open', 'missing', 'open']);
    assert.equal(received.length, 1);
    assert.equal(other.received.length, 1);
    assert.equal(hardware.openHandles, 1);
  });

  it('and outputs of a port that goes leave nothing of it behind, and count what waited', () => {
    const { hardware, fake } = rig('Synth');
    const listener = { outputChanged: () => undefined };
    const output = { offsetMs: 0, usPerByte: 0, controlShare: 0.5 };
    const device = { name: 'synth', spec: named('Synth'), channel: 1, output };
    const synth = fake.engine.openOutput('synth', device, listener);
    fake.advance(1);
    const origin = { source: 'test', enteredMs: fake.engine.now() };
    const timeMs = fake.engine.now() + 1000;
    synth.send({ type: 'note', note: 60, velocity: 100, durationMs: 5000 }, undefined, origin);
    fake.advance(1);
    synth.send({ type: 'note', note: 61, velocity: 100, durationMs: 5 }, { timeMs }, origin);
    synth.send({ type: 'sysex', data: new Array<number>(9000).fill(1) }, { timeMs }, origin);
    fake.advance(1);
    for (let round = 0; round < 1000; round++) {
      hardware.unplug('Synth');
      hardware.plug('Synth');
      fake.advance(LIST_MS);
      const sysex = { type: 'sysex', data: new Array<number>(9000).fill(1) } as const;
      synth.send(
        sysex,
        { timeMs: fake.engine.now() + 1000 },
        { source: 'test', enteredMs: fake.engine.now() }
      );
      fake.advance(1);
    }
    const [{ stranded, counters }] = fake.engine.outputReports();
    assert.equal(stranded, 2 + 999);
    assert.equal(counters?.droppedFull, 0, 'the store of sysex is not full of what is gone');
    assert.equal(counters?.pending, 1);
    assert.equal(fake.engine.soundingNotes(), 0);
    fake.advance(2000);
    const pieces = Math.ceil(9002 / 256);
    assert.equal(hardware.heard('Synth').length, 1 + pieces, 'the first note, and the last sysex');
  });

  it('join nothing across a hole: where nobody reads, the rest of a sysex is not taken for all of it', () => {
    const { hardware, fake } = rig('Keys');
    const { received, faults } = openInput(fake, named('Keys'));
    hardware.arrive('Keys', [0xf0, 1, 2]);
    fake.advance(1);
    hardware.loseInput();
    hardware.arrive('Keys', [5, 6, 0xf7]);
    hardware.arrive('Keys', [0x90, 60, 1]);
    fake.advance(1);
    assert.deepEqual(
      received.map(({ bytes }) => bytes),
      [[0x90, 60, 1]]
    );
    assert.deepEqual(faults, ['strayData', 'strayEnd']);
    assert.equal(fake.engine.report().lostInputs, 1);
    fake.engine.watchHealth();
    assert.deepEqual(
      fake.engine.health().complaints.map(({ code }) => code),
      ['inputLost']
    );
  });

  it('leave room for what plays, however much arrives while the main thread is blocked', async () => {
    const { hardware, fake } = rig('Keys');
    const { received, faults } = openInput(fake, named('Keys'));
    const listener = { span: () => undefined, beat: () => undefined, changed: () => undefined };
    const { transport } = fake.engine.openTransport('clock', 'clock', CLOCK, listener);
    transport.start();
    fake.advance(10);
    fake.link.listening = false;
    const dump = [0xf0, ...new Array<number>(60).fill(7)];
    for (let round = 0; round < 5000; round++) {
      hardware.arrive('Keys', dump);
      fake.advance(1);
    }
    fake.link.listening = true;
    fake.advance(1);
    // It takes a part of them per turn.
    for (let turns = 0; turns < 10; turns++) await new Promise(setImmediate);
    hardware.arrive('Keys', [7, 0xf7]);
    fake.advance(1);
    const { lostRecords, lostInputs } = fake.engine.report();
    assert.equal(lostRecords, 0);
    assert.ok(lostInputs > 1000);
    assert.deepEqual(received, [], 'nothing with a hole in it');
    assert.equal(faults.at(-1), 'strayEnd');
  });

  it('say that a port is missing, and which there are', () => {
    const { fake } = rig('Keys');
    const { input } = openInput(fake, named('Piano'));
    assert.equal(input.status.state, 'missing');
    assert.match((input.status as { error: Error }).error.message, /no MIDI port "Piano"; there are: Keys/);
  });

  it('try again where a port refuses', async () => {
    const { hardware, fake } = rig('Keys');
    hardware.refuses = true;
    const { input } = openInput(fake, named('Keys'));
    assert.match((input.status as { error: Error }).error.message, /another program holds it/);
    hardware.refuses = false;
    await new Promise((resolve) => setTimeout(resolve, 130));
    fake.advance(1);
    assert.equal(input.status.state, 'open');
  });

  it('are opened again in a new core, and what had begun is forgotten', () => {
    const { hardware, fake } = rig('Keys');
    const { received } = openInput(fake, named('Keys'));
    hardware.arrive('Keys', [0xf0, 1, 2]);
    fake.advance(1);
    fake.link.crash(new Error('on purpose'), true);
    fake.advance(1);
    hardware.arrive('Keys', [3, 0xf7]);
    hardware.arrive('Keys', [0x90, 60, 1]);
    fake.advance(1);
    assert.deepEqual(
      received.map(({ bytes }) => bytes),
      [[0x90, 60, 1]]
    );
  });

  it('of loopback hear what is played in this process', () => {
    const { fake } = rig();
    const { received } = openInput(fake, { mode: 'loopback', port: 'A' });
    const output = { offsetMs: 0, usPerByte: 0, controlShare: 1 };
    const out = fake.engine.openOutput(
      'out',
      { name: 'A', spec: { mode: 'loopback', port: 'A' }, channel: 1, output },
      { outputChanged: () => undefined }
    );
    out.send({ type: 'clock' }, undefined, { source: 'x', enteredMs: 0 });
    fake.advance(1);
    assert.deepEqual(
      received.map(({ bytes }) => bytes),
      [[0xf8]]
    );
  });
});

describe('how a device finds its input', () => {
  const info = (name: string, kind: PortInfo['kind'], direction: PortInfo['direction'] = 'in'): PortInfo => ({
    name,
    kind,
    direction
  });
  const ports = [
    info('Loopback', 'loopback'),
    info('Midi Through', 'through'),
    info('Out only', 'hardware', 'out'),
    info('Keys', 'hardware'),
    info('Synth', 'hardware')
  ];
  const hardware = (name: string) => ({ driver: 'hardware', name, virtual: false });

  it('auto: beside its output, else the first hardware; never what is played inside', () => {
    assert.deepEqual(resolveInput({ mode: 'auto', port: '' }, ports, 'Synth'), hardware('Synth'));
    assert.deepEqual(resolveInput({ mode: 'auto', port: '' }, ports, 'Out only'), hardware('Keys'));
    assert.deepEqual(resolveInput({ mode: 'auto', port: '' }, ports), hardware('Keys'));
    assert.equal(resolveInput({ mode: 'auto', port: '' }, ports.slice(0, 3)), undefined);
  });

  it('by name or pattern, and never an output or a loopback port', () => {
    assert.deepEqual(resolveInput(named('Midi Through'), ports), hardware('Midi Through'));
    assert.equal(resolveInput(named('Out only'), ports), undefined);
    assert.equal(resolveInput(named('Loopback'), ports), undefined);
    assert.deepEqual(resolveInput({ mode: 'pattern', port: 'k*' }, ports), hardware('Keys'));
  });
});

describe('stamps from differences', () => {
  it('are those of the kernel, but for the fastest way through, however busy the thread was', () => {
    const stamps = new DeltaStamps();
    const errors: number[] = [];
    let handedMs = 0;
    for (let beat = 0; beat < 200; beat++) {
      const arrivedMs = 1000 + beat * 20;
      // Up to 15 ms late, now and then at once; never overtaking.
      handedMs = Math.max(handedMs, arrivedMs + (beat % 7 === 0 ? 0.1 : (beat * 37) % 15));
      const stamp = stamps.stamp(beat === 0 ? 0 : 20, handedMs);
      assert.ok(stamp <= handedMs);
      errors.push(Math.abs(stamp - arrivedMs));
    }
    assert.ok(Math.max(...errors) < 0.2, String(Math.max(...errors)));
  });

  it('follow a clock that drifts, and start anew after a long silence', () => {
    const stamps = new DeltaStamps();
    let stamp = 0;
    for (let beat = 0; beat < 1000; beat++)
      stamp = stamps.stamp(beat === 0 ? 0 : 20 * (1 - 30e-6), beat * 20);
    assert.ok(Math.abs(stamp - 999 * 20) < 1, String(stamp - 999 * 20));
    assert.equal(stamps.stamp(5, 200_000), 200_000);
    assert.equal(stamps.stamp(NaN, 200_010), 200_010);
  });
});
