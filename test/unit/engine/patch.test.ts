import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_PARAMETERS, Patch, PATCH_BYTES, SETTINGS } from '../../../nodes/engine/core/patch';
import type { OutputHandle } from '../../../nodes/engine';
import type { MusicEvent } from '../../../nodes/music/event';
import { DIN_MS_PER_BYTE, hex, PortRig } from '../../support/din-driver';
import { fakeEngine } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';

const cc = (controller: number, value: number, channel = 1): MusicEvent => ({
  type: 'cc',
  controller,
  value,
  channel
});
const nrpn = (parameter: number, value: number, rest: object = {}): MusicEvent => ({
  type: 'nrpn',
  parameter,
  value,
  ...rest
});
const on = (note: number): MusicEvent => ({ type: 'noteOn', note, velocity: 100 });

/** All that a patch says, one text a setting. */
function settingsOf(memory: SharedArrayBuffer): string[] {
  const patch = new Patch(memory);
  const settings: string[] = [];
  for (let setting = 0; setting < SETTINGS; setting++) {
    const length = patch.write(setting);
    if (length > 0) settings.push(hex([...patch.message.subarray(0, length)]));
  }
  return settings;
}

/** What is remembered of events that a port was given, and the port. */
function played(...events: MusicEvent[]): string[] {
  const rig = new PortRig();
  const memory = new SharedArrayBuffer(PATCH_BYTES);
  rig.port.remember(memory, 0);
  for (const event of events) {
    rig.give(event);
    rig.run(1);
  }
  return settingsOf(memory);
}

describe('what a port was set to', () => {
  it('is on each channel the last program with its bank, and the last value of each controller', () => {
    const all = played(
      { type: 'program', program: 5, bank: 129 },
      { type: 'program', program: 6, bank: 130, channel: 3 },
      { type: 'program', program: 7, channel: 10 },
      cc(74, 1),
      cc(7, 100),
      cc(74, 2, 2),
      cc(74, 3)
    );
    assert.deepEqual(all, [
      ...['b0 00 01 b0 20 01 c0 05', 'b2 00 01 b2 20 02 c2 06', 'c9 07'],
      ...['b0 07 64', 'b0 4a 03', 'b1 4a 02']
    ]);
  });

  it('has a bank that was chosen for the next program behind the one that is in use', () => {
    assert.deepEqual(played({ type: 'program', program: 5, bank: 1 }, cc(0, 0), cc(32, 2)), [
      'b0 00 00 b0 20 01 c0 05',
      'b0 20 02'
    ]);
  });

  it('has no gestures, pedals that hold, notes, or channel mode messages', () => {
    const all = played(
      { type: 'pitchBend', value: 100 },
      { type: 'pressure', value: 100 },
      ...[64, 66, 69].map((pedal) => cc(pedal, 127)),
      ...[120, 122, 123, 126].map((mode) => cc(mode, 0)),
      on(60),
      { type: 'sysex', data: [1, 2, 3] },
      { type: 'songPosition', position: 4 }
    );
    assert.deepEqual(all, []);
  });

  it('loses what resetting all controllers takes away: modulation and expression', () => {
    assert.deepEqual(played(cc(1, 5), cc(11, 5), cc(7, 5), cc(121, 0)), ['b0 07 05']);
  });

  it('has parameters as a whole, in the order of their bytes, and selects none of them afterwards by accident', () => {
    const all = played(
      nrpn(129, 130),
      nrpn(5, 6, { order: 'lsbFirst' }),
      { type: 'rpn', parameter: 0, value: 256, channel: 2 },
      nrpn(129, 131),
      cc(101, 127, 2),
      cc(100, 127, 2)
    );
    assert.deepEqual(all, [
      'b0 63 01 b0 62 01 b0 06 01 b0 26 03',
      'b0 63 00 b0 62 05 b0 26 06 b0 06 00',
      'b1 65 00 b1 64 00 b1 06 02 b1 26 00',
      'b0 63 01 b0 62 01',
      'b1 65 7f b1 64 7f'
    ]);
  });

  it('has a parameter of which only the coarse byte was sent, and none that was stepped up or down', () => {
    assert.deepEqual(played(cc(99, 1), cc(98, 2), cc(6, 3)), [
      'b0 63 01 b0 62 02 b0 06 03',
      'b0 63 01 b0 62 02'
    ]);
    assert.deepEqual(played(nrpn(1, 2), cc(96, 0)), []);
    assert.deepEqual(played(cc(6, 3), cc(38, 3)), [], 'data for nothing');
    assert.deepEqual(played(cc(101, 127), cc(100, 127), cc(6, 3)), []);
  });

  it('keeps so many parameters and no more, and forgets those that were set first', () => {
    const all = played(...Array.from({ length: MAX_PARAMETERS + 2 }, (_, index) => nrpn(index, 1)));
    const numbers = all.slice(0, -1).map((text) => {
      const bytes = text.split(' ').map((byte) => parseInt(byte, 16));
      return bytes[2] * 128 + bytes[5];
    });
    assert.equal(numbers.length, MAX_PARAMETERS);
    assert.equal(Math.min(...numbers), 2);
    assert.equal(new Set(numbers).size, MAX_PARAMETERS);
  });

  it('sets another instrument to the same, whatever was sent', () => {
    const event = fc.oneof(
      fc
        .tuple(fc.nat(127), fc.nat(127), fc.integer({ min: 1, max: 3 }))
        .map(([c, v, channel]) => cc(c, v, channel)),
      fc.tuple(fc.nat(3), fc.nat(16383)).map(([parameter, value]) => nrpn(parameter, value)),
      fc.nat(127).map((program): MusicEvent => ({ type: 'program', program }))
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        const rig = new PortRig();
        const [first, second] = [new SharedArrayBuffer(PATCH_BYTES), new SharedArrayBuffer(PATCH_BYTES)];
        rig.port.remember(first, 0);
        for (const given of events) rig.give(given);
        rig.run(1);
        const other = new Patch(second);
        for (const setting of settingsOf(first)) {
          const bytes = setting.split(' ').map((byte) => parseInt(byte, 16));
          for (let at = 0; at < bytes.length; at += bytes[at] >> 4 === 0xc ? 2 : 3)
            other.take(bytes[at] | (bytes[at + 1] << 8) | ((bytes[at + 2] ?? 0) << 16));
        }
        assert.deepEqual(settingsOf(second), settingsOf(first));
      }),
      { numRuns: 300 }
    );
  });
});

describe('a port that is set as it was', () => {
  function memoryOf(...events: MusicEvent[]): SharedArrayBuffer {
    const rig = new PortRig();
    const memory = new SharedArrayBuffer(PATCH_BYTES);
    rig.port.remember(memory, 0);
    for (const event of events) rig.give(event);
    rig.run(1);
    return memory;
  }
  const controllers = Array.from({ length: 40 }, (_, index) => cc(index + 70 - (index > 25 ? 56 : 0), 99));

  it('gets programs before any note, the rest in the gaps, and no note or pulse waits for more than one of it', () => {
    const parameters = Array.from({ length: 30 }, (_, index) => nrpn(index, 300));
    const memory = memoryOf({ type: 'program', program: 5, bank: 1 }, ...controllers, ...parameters);
    const rig = new PortRig({ usPerByte: 320 });
    rig.port.remember(memory, 0);
    for (let index = 0; index < 40; index++) rig.give(on(index), { timeMs: index * 10 });
    for (let pulse = 0; pulse < 20; pulse++) {
      rig.run(20);
      rig.port.sendRealtime(0xf8, 1, rig.nowMs);
    }
    rig.run(1000);
    const { sent } = rig.driver;
    assert.deepEqual(rig.heard.slice(0, 4), ['b0 00 00', 'b0 20 01', 'c0 05', '90 00 64']);
    const longestMs = 12 * DIN_MS_PER_BYTE;
    for (const { startMs, bytes } of sent.filter(({ bytes: [status] }) => status === 0x90)) {
      const waitedMs = startMs - bytes[1] * 10;
      assert.ok(waitedMs <= (bytes[1] === 0 ? 8 * DIN_MS_PER_BYTE : longestMs) + 1e-6, `${waitedMs} ms`);
    }
    for (const { startMs, sentMs } of sent.filter(({ bytes: [status] }) => status === 0xf8))
      assert.ok(startMs - sentMs <= 3 * DIN_MS_PER_BYTE + 1e-6);
    assert.equal(sent.filter(({ bytes: [status, number] }) => status === 0xb0 && number === 99).length, 31);
    assert.equal(new Set(rig.heard.filter((text) => text.endsWith(' 63'))).size, 40);
  });

  it('is told nothing that is over, and nothing twice: a value that was set anew meanwhile', () => {
    const rig = new PortRig({ usPerByte: 320 });
    rig.port.remember(memoryOf(...controllers), 0);
    rig.run(5);
    rig.give(cc(95, 77));
    rig.run(1000);
    assert.equal(rig.heard.filter((text) => text.startsWith('b0 5f')).length, 1);
    assert.equal(rig.port.nextDeadlineMs(), Infinity);
  });

  it('takes its time also on a wire without a limit, and yields to nothing that keeps it busy', () => {
    const rig = new PortRig();
    rig.port.remember(memoryOf(...controllers), 0);
    rig.run(10.5);
    assert.equal(rig.heard.length, 10);
    const busy = new PortRig({ usPerByte: 320 });
    busy.port.remember(memoryOf(...controllers), 0);
    for (let ms = 0; ms < 1000; ms++) {
      for (let number = 1; number < 6; number++) busy.give(cc(number, ms % 128, 2));
      busy.run(1);
    }
    assert.equal(new Set(busy.heard.filter((text) => /^b0 .* 63$/.test(text))).size, 40);
  });
});

describe('a device that wants its port set as it was', () => {
  const listener = { outputChanged: () => undefined };

  function rig() {
    const hardware = new FakeHardware(['Synth', 'Other']);
    const fake = fakeEngine({}, hardware);
    hardware.now = () => fake.engine.now();
    fake.advance(1);
    const device = (port = 'Synth', restores = true, id = 'device') => {
      const output = { offsetMs: 0, usPerByte: 0, controlShare: 1, restores };
      const spec = { mode: 'name', port } as const;
      const handle = fake.engine.openOutput(id, { name: id, spec, channel: 1, output }, listener);
      fake.advance(1);
      return handle;
    };
    const send = (to: OutputHandle, ...events: MusicEvent[]) => {
      for (const event of events) to.send(event, undefined, { source: 'x', enteredMs: fake.engine.now() });
      fake.advance(1);
    };
    /** What arrives at a port because of something, but Active Sensing and panics. */
    const heardAfter = (act: () => void, port = 'Synth') => {
      const before = hardware.heard(port).length;
      act();
      fake.advance(100);
      return hardware
        .heard(port)
        .slice(before)
        .map(({ bytes }) => hex(bytes));
    };
    const replug = (port = 'Synth') => {
      hardware.unplug(port);
      fake.advance(50);
      hardware.plug(port);
    };
    return { fake, hardware, device, send, heardAfter, replug };
  }

  const SOUND: MusicEvent[] = [cc(74, 9), { type: 'program', program: 5 }];
  const AGAIN = ['c0 05', 'b0 4a 09'];

  it('has it so after a replug, each time, and after the worker was restarted', () => {
    const { fake, hardware, device, send, heardAfter, replug } = rig();
    send(device(), ...SOUND);
    assert.deepEqual(heardAfter(replug), AGAIN);
    assert.deepEqual(heardAfter(replug), AGAIN);
    for (const released of [true, false])
      assert.deepEqual(
        heardAfter(() => {
          fake.link.crash(new Error('a fault'), released);
          hardware.dispose(); // as the kernel does with what is left of a client
        }),
        AGAIN
      );
  });

  it('has nothing sent again that did not ask for it', () => {
    const { device, send, heardAfter, replug } = rig();
    send(device('Synth', false), ...SOUND);
    assert.deepEqual(heardAfter(replug), []);
  });

  it('forgets it with a deploy that gives it another port, that does not want it, or that removes it', () => {
    const { fake, device, send, heardAfter, replug } = rig();
    send(device(), ...SOUND);
    assert.deepEqual(
      heardAfter(() => device('Other'), 'Other'),
      [],
      'it is of another port'
    );
    assert.deepEqual(
      heardAfter(() => device('Synth')),
      []
    );
    assert.deepEqual(heardAfter(replug), []);
    send(device(), ...SOUND);
    device('Synth', false);
    device('Synth', true);
    assert.deepEqual(heardAfter(replug), []);
    send(device(), ...SOUND);
    fake.engine.closeOutput('device', listener, true);
    assert.deepEqual(
      heardAfter(() => device()),
      []
    );
  });

  it('keeps it over a deploy that changes something else', () => {
    const { fake, device, send, heardAfter, replug } = rig();
    send(device(), ...SOUND);
    fake.engine.closeOutput('device', listener, false);
    assert.deepEqual(
      heardAfter(() => device()),
      []
    );
    assert.deepEqual(heardAfter(replug), AGAIN);
  });

  it('has it sent once where two devices share the port, whichever of them asks for it', () => {
    const { device, send, heardAfter, replug } = rig();
    const one = device('Synth', false, 'one');
    const two = device('Synth', true, 'two');
    device('Synth', true, 'three');
    send(one, SOUND[0]);
    send(two, SOUND[1]);
    assert.deepEqual(heardAfter(replug), AGAIN);
  });
});
