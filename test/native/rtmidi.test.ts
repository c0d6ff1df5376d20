import assert from 'node:assert/strict';
import { SendResult } from '../../nodes/engine/ports/driver';
import { RtMidiDriver, RtMidiPortWatch, type RtMidiModule } from '../../nodes/engine/ports/rtmidi';
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

describe('the watch on the ports of RtMidi', () => {
  it('calls back when the list changed, also when only a name did', async () => {
    const midi = new FakeMidi('A', 'B');
    let changes = 0;
    const watch = new RtMidiPortWatch(midi, () => changes++, 5);
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 40));
    await pause();
    assert.equal(changes, 0);
    midi.ports = ['A', 'C'];
    await pause();
    assert.equal(changes, 1);
    midi.ports = [];
    await pause();
    assert.equal(changes, 2);
    watch.stop();
    assert.equal(midi.alive, 0);
  });
});
