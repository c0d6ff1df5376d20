import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { Library } from '../../nodes/cc-profile/library';
import { Profiler } from '../../nodes/cc-profile/profiler';
import { resendOnReturn } from '../../nodes/cc-profile/reports';
import type { Engine } from '../../nodes/engine';
import type { MusicEvent } from '../../nodes/music/event';
import { assertInPhase } from './in-phase';
import { repeatAfterStandstill } from './standstill';
import {
  CLOCK,
  Example,
  GADGET,
  GADGET_INSIDE,
  hasUsbMidi,
  Listener,
  needSequencer,
  Out,
  pitches,
  run,
  startEngine,
  startInTime,
  until,
  usbMidi
} from './support';

const UNPLUGS = 9;
/** The switch behind `usb-midi`: written to without a shell around it, which takes a while in an emulator. */
const SWITCH = '/sys/kernel/config/usb_gadget/phasor/UDC';

const middle = (numbers: number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

describe('a device that is unplugged and comes back', function () {
  this.timeout(120_000);
  repeatAfterStandstill(this);
  const listeners: Listener[] = [];
  let engine: Engine;
  let example: Example;

  before(function () {
    needSequencer(this);
    if (!hasUsbMidi()) this.skip();
  });

  beforeEach(async () => {
    engine = startEngine();
    example = new Example(engine);
    await engine.ready();
    usbMidi('plug');
  });

  afterEach(async () => {
    await engine.dispose();
    for (const listener of listeners.splice(0)) await listener.end();
    usbMidi('unplug');
  });

  async function listen(source: string): Promise<Listener> {
    const listener = new Listener(source);
    listeners.push(listener);
    return listener.ready();
  }

  /** Listens inside the device, which is there before the device is. */
  async function listenInside(): Promise<Listener> {
    const [client] = GADGET_INSIDE.split(':');
    await until(`${client} is there`, () => run('aconnect', '-l').includes(`'${client}'`));
    return listen(client);
  }

  /** Holds back what the flow sends to an out until somebody listens at the other end. */
  function gate({ handle }: Out): { open(): void } {
    const [lease, send] = [handle.lease.bind(handle), handle.send.bind(handle)];
    let isOpen = false;
    handle.lease = (transport) => isOpen && lease(transport);
    handle.send = (...values) => isOpen && send(...values);
    return { open: () => (isOpen = true) };
  }

  it('is shown in red within 200 ms', async () => {
    const out = example.to('out', { mode: 'name', port: GADGET });
    const system = await listen('0:1');
    const [sinceUnplugged, sinceAnnounced]: number[][] = [[], []];
    for (let round = 0; round < UNPLUGS; round++) {
      await out.becomes('open', GADGET);
      const client = /client (\d+): 'MIDI Gadget'/.exec(run('aconnect', '-l'))?.[1] ?? assert.fail();
      const announced = () =>
        system.others.find(({ text }) => text.endsWith(` ${client}:0`) && /Port exit/.test(text));
      system.others.length = 0;
      const startMs = performance.now();
      const done = writeFile(SWITCH, '\n');
      const missingMs = await out.becomes('missing');
      await done;
      await until('the system has announced it', () => announced() !== undefined);
      sinceUnplugged.push(missingMs - startMs);
      sinceAnnounced.push(missingMs - (announced()?.timeMs ?? NaN));
      usbMidi('plug');
    }
    const figures = (all: number[]) =>
      `${middle(all).toFixed(0)} ms (p50), ${Math.max(...all).toFixed(0)} ms (most)`;
    console.log(
      `        after the plug was pulled: ${figures(sinceUnplugged)}; after others knew of it: ${figures(sinceAnnounced)}`
    );
    assert.ok(middle(sinceUnplugged) < 200, sinceUnplugged.join(' '));
    assert.ok(middle(sinceAnnounced) < 100, sinceAnnounced.join(' '));
  });

  it('is set as it was: bank and program, controllers and parameters, and nothing of it twice', async () => {
    const out = new Out(engine, 'device', { mode: 'name', port: GADGET }, { restores: true });
    const heard: string[] = [];
    const input = engine.openInput(
      'inside',
      { name: 'inside', spec: { mode: 'name', port: GADGET_INSIDE }, beside: '' },
      { inputChanged: () => undefined, received: (bytes) => heard.push([...bytes].join(' ')) }
    );
    const isOpen = () => input.status.state === 'open';
    await out.becomes('open');
    await until('its inside is open', isOpen);
    const given: MusicEvent[] = [
      { type: 'cc', controller: 74, value: 20 },
      { type: 'cc', controller: 64, value: 127 },
      { type: 'program', program: 5, bank: 129 },
      { type: 'nrpn', parameter: 130, value: 256 },
      { type: 'cc', controller: 74, value: 21 },
      { type: 'cc', controller: 64, value: 0 }
    ];
    for (const event of given) out.handle.send(event, undefined, { source: 'test', enteredMs: engine.now() });
    await until('it is heard', () => heard.includes('176 64 0'));
    for (let round = 0; round < 2; round++) {
      usbMidi('unplug');
      await out.becomes('missing');
      await until('its inside is gone', () => !isOpen());
      heard.length = 0;
      usbMidi('plug');
      await out.becomes('open', GADGET);
      await until('all is heard', () => heard.length >= 10);
      assert.deepEqual(heard, [
        ...['176 0 1', '176 32 1', '192 5', '176 74 21'],
        ...['176 99 1', '176 98 2', '176 6 2', '176 38 0', '176 99 1', '176 98 2']
      ]);
    }
  });

  it('is told again what a cc profile set, also while it was gone', async () => {
    const heard: string[] = [];
    const input = engine.openInput(
      'inside',
      { name: 'inside', spec: { mode: 'name', port: GADGET_INSIDE }, beside: '' },
      { inputChanged: () => undefined, received: (bytes) => heard.push([...bytes].join(' ')) }
    );
    const out = new Out(engine, 'device', { mode: 'name', port: GADGET });
    const play = (messages: readonly object[]) => {
      for (const { payload } of messages as { payload: MusicEvent }[])
        out.handle.send(payload, undefined, { source: 'profile', enteredMs: engine.now() });
    };
    const host = {
      id: 'profile',
      engine,
      library: new Library(undefined),
      send: play,
      tell: () => assert.fail(),
      changed: () => undefined,
      warn: assert.fail
    };
    const kept = { values: new Map(), chosen: undefined, config: '' };
    const profiler = new Profiler(host, {}, 'generic_analog', kept);
    out.handle.attach(resendOnReturn(() => profiler.resend()));
    await out.becomes('open');
    await until('its inside is open', () => input.status.state === 'open');
    play(profiler.take({ topic: 'cutoff', payload: 0.5 }).events);
    play(profiler.take({ topic: 'resonance', payload: 1 }).events);
    await until('it is heard', () => heard.length >= 2);
    const before = [...heard];
    usbMidi('unplug');
    await out.becomes('missing');
    const whileGone = profiler.take({ topic: 'cutoff', payload: 1 }).events;
    assert.throws(() => play(whileGone), /MIDI Gadget/);
    await until('its inside is gone', () => input.status.state === 'missing');
    heard.length = 0;
    usbMidi('plug');
    await until('all is heard', () => heard.length >= 2);
    assert.deepEqual(before, ['176 74 32', '176 71 127']);
    assert.deepEqual(heard, ['176 74 127', '176 71 127']);
  });

  it('is led in anew by Song Position and Continue, and is where the music is', async () => {
    const out = example.to('out', { mode: 'name', port: GADGET });
    await out.becomes('open');
    const before = await listenInside();
    await startInTime(example, before);
    await until('it is played', () => pitches(before.messages).length >= 2);
    usbMidi('unplug');
    await out.becomes('missing');
    const beyond = gate(out);
    usbMidi('plug');
    await out.becomes('open', GADGET);
    const again = await listenInside();
    beyond.open();
    await until('it plays on', () => pitches(again.messages).length >= 5);
    const words = again.messages
      .filter(([status]) => status > 0xf0 && status !== CLOCK)
      .map(([status]) => status.toString(16));
    // A machine that stood still leads its slaves in once more.
    assert.match(words.join(' '), /^f2 fb( fc f2 fb)*$/);
    assert.ok(assertInPhase(again.events) >= 3);
  });
});
