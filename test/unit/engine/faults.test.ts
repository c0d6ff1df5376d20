import assert from 'node:assert/strict';
import { InputHub } from '../../../nodes/engine/input-hub';
import type { Channel } from '../../../nodes/engine/channel';
import type { Command, PortAddress } from '../../../nodes/engine/core/commands';
import { LIST_MS } from '../../../nodes/engine/core/core';
import type { DriverSink, PortInfo } from '../../../nodes/engine/ports/driver';
import { clockRig } from '../../support/clock-rig';
import { CLOCK, fakeEngine } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';

/** Interfaces of a system that answers slowly: the clock goes on while it is asked. */
class SlowHardware extends FakeHardware {
  spend: (ms: number) => void = () => undefined;
  pollMs = 0;
  listMs = 0;
  lists = 0;

  override poll(sink: DriverSink): void {
    super.poll(sink);
    this.spend(this.pollMs);
  }

  override list(): PortInfo[] {
    this.lists++;
    this.spend(this.listMs);
    return super.list();
  }
}

/** An engine over them, with an output to "Synth" that a clock of 120 BPM is wired to. */
function slowRig(usPerByte: number) {
  const hardware = new SlowHardware(['Synth']);
  const fake = fakeEngine({}, hardware);
  hardware.now = () => fake.engine.now();
  hardware.spend = (ms) => {
    fake.link.waiter.nowMs += ms;
    assert.ok(fake.engine.now() < 60_000, 'the loop finds no end: what is due is never sent');
  };
  const config = {
    ...{ name: 'synth', channel: 1, spec: { mode: 'name', port: 'Synth' } as const },
    output: { offsetMs: 0, usPerByte, controlShare: 0.5 }
  };
  const output = fake.engine.openOutput('synth', config, { outputChanged: () => undefined });
  const rig = clockRig(fake, { lookaheadMs: 1000 });
  rig.wired.push(output);
  output.lease(rig.transport);
  rig.transport.start();
  fake.advance(500);
  /** Plays a note each 200 ms and returns how late each is, in ms. */
  const play = (notes: number): number[] => {
    const from = fake.engine.now() + 50;
    const wanted = Array.from({ length: notes }, (_, index) => from + index * 200);
    wanted.forEach((timeMs, note) =>
      output.send({ type: 'noteOn', note, velocity: 9 }, { timeMs }, { source: 'test', enteredMs: from })
    );
    fake.advance(notes * 200 + 200);
    const ons = hardware.heard('Synth').filter(({ bytes }) => bytes[0] === 0x90);
    assert.equal(ons.length, notes);
    return ons.map(({ timeMs }, index) => timeMs - wanted[index]);
  };
  return { hardware, fake, play };
}

describe('faults around the engine', () => {
  for (const usPerByte of [0, 100, 320]) {
    it(`a system that answers slowly makes notes no later than its answers, at ${usPerByte} µs a byte`, () => {
      const { hardware, play } = slowRig(usPerByte);
      hardware.pollMs = 25;
      assert.ok(Math.max(...play(8)) <= 2 * hardware.pollMs);
    });
  }

  it('programs that come and go by the dozen delay nothing but the list of them', () => {
    const { hardware, fake, play } = slowRig(320);
    hardware.lists = 0;
    hardware.listMs = 15;
    const startMs = fake.engine.now();
    let names = 0;
    const poll = hardware.poll.bind(hardware);
    hardware.poll = (sink) => {
      hardware.plug(`Program ${names++}`);
      poll(sink);
    };
    assert.ok(Math.max(...play(8)) <= hardware.listMs);
    assert.ok(names > 100);
    assert.ok(hardware.lists > 10 && hardware.lists <= (fake.engine.now() - startMs) / LIST_MS + 1);
  });

  it('a listener that throws is told as a fault, and the others hear on', () => {
    const fake = fakeEngine();
    const faults: string[] = [];
    fake.engine.on('fault', ({ message }: Error) => faults.push(message));
    const beats: number[] = [];
    const thrower = {
      span: () => undefined,
      beat: () => {
        throw new Error('on purpose');
      },
      changed: () => undefined
    };
    const listener = { ...thrower, beat: ({ beat }: { beat: number }) => beats.push(beat) };
    for (const [id, each] of Object.entries({ bad: thrower, good: listener }))
      fake.engine.openTransport(id, id, CLOCK, each).transport.start();
    fake.advance(1600);
    assert.deepEqual(beats, [1, 2, 3, 4]);
    assert.equal(faults.length, 4);
    assert.match(faults[0], /on purpose/);
  });

  it('an input that lives in this thread goes on when the worker is followed by another', async () => {
    const commands: Command[] = [];
    const passed: number[][] = [];
    const channel = {
      command: (command: Command) => commands.push(command),
      input: (_index: number, bytes: Uint8Array) => passed.push([...bytes])
    } as unknown as Channel;
    let heard: (bytes: Uint8Array, timeMs: number) => void = () => undefined;
    const hub = new InputHub(channel, () => (_address, listener) => {
      heard = listener;
      return () => undefined;
    });
    const address: PortAddress = { driver: 'hardware', name: 'Keys', virtual: false };
    let opened = 0;
    const received: number[][] = [];
    hub.open(address, { opened: () => opened++, received: (bytes) => received.push([...bytes]) });
    await new Promise(setImmediate);
    assert.equal(opened, 1);
    hub.reopen();
    assert.equal(opened, 2, 'who follows by it, or plays through it, says so to the new worker');
    heard(Uint8Array.of(0xfa), 5);
    hub.lost([0]);
    heard(Uint8Array.of(0xfc), 6);
    assert.deepEqual(received, [[0xfa], [0xfc]]);
    assert.deepEqual(passed, received);
    assert.deepEqual(commands, [], 'the worker is not to open it');
  });

  it('a port that is gone is not taken for the one that is opened in its place', () => {
    const hardware = new FakeHardware(['Synth']);
    const fake = fakeEngine({}, hardware);
    hardware.now = () => fake.engine.now();
    const states: string[] = [];
    const config = (offsetMs: number) => ({
      name: 'synth',
      spec: { mode: 'name', port: 'Synth' } as const,
      channel: 1,
      output: { offsetMs, usPerByte: 0, controlShare: 0.5 }
    });
    const listener = { outputChanged: ({ state }: { state: string }) => states.push(state) };
    const output = fake.engine.openOutput('synth', config(0), listener);
    fake.advance(1);
    // The worker notices; before the main thread hears of it, the device is closed and opened again.
    fake.link.listening = false;
    hardware.unplug('Synth');
    hardware.plug('Synth');
    fake.advance(1);
    output.close();
    output.findPort();
    fake.link.listening = true;
    fake.advance(1);
    assert.equal(states.at(-1), 'open');
    assert.equal(hardware.openHandles, 1);
    output.send({ type: 'start' }, undefined, { source: 'test', enteredMs: fake.engine.now() });
    fake.advance(1);
    assert.deepEqual(hardware.heard('Synth').at(-1)?.bytes, [0xfa]);
  });

  it('a clock announces so much earlier as its earliest output needs, and no longer than that is there', () => {
    const fake = fakeEngine();
    const clock = clockRig(fake);
    const aheadMs = () => {
      fake.advance(1000);
      clock.spans.length = 0;
      fake.advance(100);
      return (clock.spans[0].timeMs ?? NaN) - (fake.engine.now() - 100);
    };
    clock.transport.start();
    const usual = aheadMs();
    const listener = { outputChanged: () => undefined };
    const output = { offsetMs: -300, usPerByte: 0, controlShare: 0.5 };
    const spec = { mode: 'loopback', port: 'early' } as const;
    fake.engine.openOutput('early', { name: 'early', spec, channel: 1, output }, listener);
    assert.ok(aheadMs() > usual + 270);
    fake.engine.closeOutput('early', listener, true);
    assert.ok(Math.abs(aheadMs() - usual) < 30);
  });

  it('what a clock played a moment ago is known with any lookahead', () => {
    const fake = fakeEngine();
    const { transport } = clockRig(fake, { lookaheadMs: 5000 });
    transport.setLoop({ start: 0, end: 960 });
    transport.start();
    fake.advance(20_000);
    for (let agoMs = 0; agoMs < 1500; agoMs += 50) {
      const timeMs = fake.engine.now() - agoMs;
      const place = transport.tickOf(transport.state().epoch, timeMs) ?? NaN;
      assert.ok(Math.abs((transport.positionAt(timeMs) ?? NaN) - (place % 960)) < 1e-6, `${agoMs} ms ago`);
    }
  });
});
