import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendResult } from '../../nodes/engine/ports/driver';
import { RtMidiDriver, type RtMidiModule } from '../../nodes/engine/ports/rtmidi';
import { RtMidiInputs, type RtMidiInput } from '../../nodes/engine/ports/rtmidi-input';
import { RtMidiPortWatch, type PortChange } from '../../nodes/engine/ports/rtmidi-watch';
import { describeDriverContract, send } from '../support/driver-contract';

/** A stand-in for RtMidi: its list of ports, and what was sent to which port. */
class FakeMidi implements RtMidiModule {
  ports: string[] = [];
  sent: { port: string; bytes: number[]; buffer: Buffer }[] = [];
  alive = 0;
  readonly Output: RtMidiModule['Output'];

  constructor(...ports: string[]) {
    this.ports = ports;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const midi = this;
    this.Output = class {
      private port = '';
      constructor() {
        midi.alive++;
      }
      getPortCount = (): number => midi.ports.length;
      getPortName = (index: number): string => midi.ports[index] ?? '';
      openPort(index: number): void {
        this.port = midi.ports[index];
      }
      openVirtualPort(name: string): void {
        this.port = name;
      }
      closePort(): void {}
      destroy(): void {
        midi.alive--;
      }
      sendMessage(message: Buffer): void {
        assert.ok(Buffer.isBuffer(message));
        midi.sent.push({ port: this.port, bytes: [...message], buffer: message });
      }
    };
  }
}

const SYNTH = process.platform === 'linux' ? 'Synth:Synth MIDI 1 24:0' : 'Synth:Synth MIDI 1';

describeDriverContract('rtmidi', () => ({
  driver: new RtMidiDriver(new FakeMidi('Another', SYNTH)),
  out: 'Synth:Synth MIDI 1'
}));

describe('the RtMidi driver', () => {
  it('takes the numbers off the names, counts twins, and hides clients of RtMidi', function () {
    if (process.platform !== 'linux') this.skip();
    const midi = new FakeMidi(
      'Synth:A 24:0',
      'RtMidi Input Client:RtMidi Input 129:0',
      'Synth:A 28:0',
      'Synth:A 32:0'
    );
    const driver = new RtMidiDriver(midi);
    const names = driver.list().map((port) => port.name);
    assert.deepEqual(names, ['Synth:A', 'Synth:A #2', 'Synth:A #3']);
    const twin = driver.open('Synth:A #2', 'out', '');
    send(driver, twin, [0xf8]);
    assert.equal(midi.sent[0].port, 'Synth:A 28:0');
    driver.dispose();
  });

  it('sends short messages out of the same few buffers', () => {
    const midi = new FakeMidi('Synth');
    const driver = new RtMidiDriver(midi);
    const handle = driver.open('Synth', 'out', '');
    send(driver, handle, [0x90, 60, 100]);
    send(driver, handle, [0x80, 60, 0]);
    send(driver, handle, [0xc0, 5]);
    assert.deepEqual(
      midi.sent.map((message) => message.bytes),
      [
        [0x90, 60, 100],
        [0x80, 60, 0],
        [0xc0, 5]
      ]
    );
    assert.equal(midi.sent[0].buffer, midi.sent[1].buffer);
    driver.dispose();
  });

  it('puts a sysex together, because RtMidi takes whole ones only', () => {
    const midi = new FakeMidi('Synth');
    const driver = new RtMidiDriver(midi);
    const handle = driver.open('Synth', 'out', '');
    const sysex = [0xf0, ...Array.from({ length: 1000 }, (_, i) => i % 128), 0xf7];
    for (let at = 0; at < sysex.length; at += 256) send(driver, handle, sysex.slice(at, at + 256));
    send(driver, handle, [0xf0, 1]);
    send(driver, handle, [0xf8]);
    send(driver, handle, [2, 0xf7]);
    assert.deepEqual(
      midi.sent.map((message) => message.bytes),
      [sysex, [0xf8], [0xf0, 1, 2, 0xf7]]
    );
    assert.equal(send(driver, handle, [1, 2]), SendResult.refused);
    send(driver, handle, [0xf0]);
    for (let i = 0; i < 70_000 / 250; i++) send(driver, handle, new Array<number>(250).fill(1));
    assert.equal(send(driver, handle, [0xf7]), SendResult.refused); // too long to be meant
    driver.dispose();
  });

  it('gives back what it opened', () => {
    const midi = new FakeMidi('Synth', 'Other');
    const driver = new RtMidiDriver(midi);
    driver.close(driver.open('Synth', 'out', ''));
    driver.open('Other', 'out', '');
    driver.dispose();
    assert.equal(midi.alive, 0);
  });

  it('says why it cannot start', () => {
    const broken: RtMidiModule = {
      Output: class {
        constructor() {
          throw new Error('no sequencer');
        }
      } as unknown as RtMidiModule['Output']
    };
    assert.throws(() => new RtMidiDriver(broken), /no sequencer/);
  });
});

const pause = (ms = 40): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('the watch on the ports of RtMidi', () => {
  it('calls back when the list changed, also when only a name did', async () => {
    const midi = new FakeMidi('A', 'B');
    const changes: PortChange[] = [];
    const watch = new RtMidiPortWatch(
      [() => new midi.Output()],
      (change) => changes.push(change),
      5,
      undefined
    );
    await pause();
    assert.equal(changes.length, 0);
    midi.ports = ['A', 'C'];
    await pause();
    assert.deepEqual(changes, [{ replugged: false }]);
    midi.ports = [];
    await pause();
    assert.equal(changes.length, 2);
    watch.stop();
    assert.equal(midi.alive, 0);
  });

  it('sees a port that was away between two looks by its number, and by the device files', async function () {
    if (process.platform !== 'linux') this.skip();
    const midi = new FakeMidi('Synth:A 24:0');
    const devices = mkdtempSync(join(tmpdir(), 'phasor-devices-'));
    const changes: PortChange[] = [];
    // It would not look by itself for a minute.
    const watch = new RtMidiPortWatch(
      [() => new midi.Output()],
      (change) => changes.push(change),
      60_000,
      devices
    );
    const next = async (count: number): Promise<void> => {
      for (let waited = 0; changes.length < count && waited < 100; waited++) await pause(10);
    };
    try {
      midi.ports = ['Synth:A 25:0'];
      writeFileSync(join(devices, 'midiC1D0'), '');
      await next(1);
      assert.deepEqual(changes, [{ replugged: true }]);
      rmSync(join(devices, 'midiC1D0'));
      await next(2);
      assert.deepEqual(changes, [{ replugged: true }, { replugged: true }]);
      writeFileSync(join(devices, 'timer'), '');
      await pause(100);
      assert.equal(changes.length, 2);
    } finally {
      watch.stop();
      rmSync(devices, { recursive: true });
    }
  });
});

/** An input of RtMidi that a test plays on. */
class FakeInput implements RtMidiInput {
  static readonly open = new Map<string, FakeInput>();
  static ports = ['Keys:Keys MIDI 1', 'RtMidi Output Client:mine'];
  private heard: ((delta: number, message: Uint8Array) => void) | undefined;
  getPortCount = (): number => FakeInput.ports.length;
  getPortName = (index: number): string => FakeInput.ports[index] ?? '';
  ignoreTypes(...types: boolean[]): void {
    assert.deepEqual(types, [false, false, false]);
  }
  openPort(index: number): void {
    FakeInput.open.set(FakeInput.ports[index], this);
  }
  openVirtualPort(name: string): void {
    FakeInput.open.set(name, this);
  }
  closePort(): void {}
  destroy(): void {
    for (const [name, input] of FakeInput.open) if (input === this) FakeInput.open.delete(name);
  }
  on(_event: string, heard: (delta: number, message: Uint8Array) => void): void {
    this.heard = heard;
  }
  removeAllListeners(): void {
    this.heard = undefined;
  }
  play(deltaSeconds: number, ...bytes: number[]): void {
    this.heard?.(deltaSeconds, Uint8Array.from(bytes));
  }
}

describe('the inputs of RtMidi', () => {
  let nowMs = 0;
  const failed: string[] = [];
  const make = () =>
    new RtMidiInputs(
      { Input: FakeInput },
      () => nowMs,
      (error) => failed.push(error.message)
    );

  it('list no clients of RtMidi, and open a port once', () => {
    const inputs = make();
    assert.deepEqual(
      inputs.list().map(({ name, direction }) => [name, direction]),
      [['Keys:Keys MIDI 1', 'in']]
    );
    const close = inputs.listen('Keys:Keys MIDI 1', false, () => undefined);
    assert.throws(() => inputs.listen('Keys:Keys MIDI 1', false, () => undefined), /open already/);
    assert.throws(
      () => inputs.listen('Piano', false, () => undefined),
      /no MIDI port "Piano"; there are: Keys/
    );
    close();
    close();
    assert.equal(FakeInput.open.size, 0);
    inputs.listen('mine too', true, () => undefined)();
    inputs.dispose();
  });

  it('stamp what arrives by its differences, and survive a listener that throws', () => {
    const inputs = make();
    const stamps: number[] = [];
    const close = inputs.listen('Keys:Keys MIDI 1', false, (bytes, timeMs) => {
      stamps.push(timeMs);
      if (bytes[0] === 0xfc) throw new Error('on purpose');
    });
    const keys = FakeInput.open.get('Keys:Keys MIDI 1') as FakeInput;
    nowMs = 1000;
    keys.play(0, 0xf8);
    nowMs = 1035; // 15 ms late
    keys.play(0.02, 0xf8);
    keys.play(0.01, 0xfc);
    assert.deepEqual(stamps.map(Math.round), [1000, 1020, 1030]);
    assert.deepEqual(failed, ['on purpose']);
    close();
    inputs.dispose();
  });
});
