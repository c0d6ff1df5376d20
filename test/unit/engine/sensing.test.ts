import assert from 'node:assert/strict';
import { SendResult } from '../../../nodes/engine/ports/driver';
import type { MusicEvent } from '../../../nodes/music/event';
import { DIN_MS_PER_BYTE, hex, PortRig } from '../../support/din-driver';
import { fakeEngine } from '../../support/fake-engine';
import { FakeHardware } from '../../support/fake-hardware';

const on = (note: number): MusicEvent => ({ type: 'noteOn', note, velocity: 100 });
const HAIR_MS = 1e-6;

describe('Active Sensing', () => {
  /** When it was sent. */
  const sensed = ({ driver }: PortRig) =>
    driver.sent.filter(({ bytes: [status] }) => status === 0xfe).map(({ sentMs }) => sentMs);

  it('is not sent unless it is wanted', () => {
    const rig = new PortRig();
    assert.deepEqual(rig.run(2000), []);
  });

  it('comes at once, and then every 270 ms, whatever else is sent: who is switched on later is told, too', () => {
    const rig = new PortRig();
    rig.port.sense(true, 0);
    rig.give(on(60), { timeMs: 400 });
    rig.run(500);
    rig.port.sendRealtime(0xf8, 1, 500);
    rig.run(700);
    assert.deepEqual(sensed(rig), [0, 270, 540, 810, 1080]);
  });

  it('never lets more than 300 ms pass without a byte, also where the cable is slow and busy', () => {
    const rig = new PortRig({ usPerByte: 320 });
    rig.port.sense(true, 0);
    rig.give({ type: 'sysex', data: new Array<number>(998).fill(1) }, { timeMs: 10 });
    for (let index = 0; index < 50; index++) rig.give(on(index), { timeMs: 1000 + index * 100 });
    rig.run(8000);
    const times = rig.driver.sent.map(({ startMs }) => startMs);
    for (let index = 1; index < times.length; index++) assert.ok(times[index] - times[index - 1] < 300);
  });

  it('holds up a note or a pulse by its one byte at most', () => {
    for (const laterMs of [0, 0.01, 0.1, 0.3]) {
      const rig = new PortRig({ usPerByte: 320 });
      rig.port.sense(true, 0);
      rig.give(on(60), { timeMs: 270 + DIN_MS_PER_BYTE + laterMs });
      rig.run(300);
      const note = rig.driver.sent.find(({ bytes: [status] }) => status === 0x90);
      const waitedMs = (note?.startMs ?? NaN) - (270 + DIN_MS_PER_BYTE + laterMs);
      assert.ok(waitedMs <= DIN_MS_PER_BYTE + HAIR_MS, `${waitedMs} ms`);
    }
    const rig = new PortRig({ usPerByte: 320 });
    rig.port.sense(true, 0);
    rig.run(271);
    rig.port.sendRealtime(0xf8, 1, rig.nowMs);
    assert.deepEqual(
      rig.driver.sent.map(({ bytes }) => hex(bytes)),
      ['fe', 'fe', 'f8']
    );
    const [, , pulse] = rig.driver.sent;
    assert.ok(pulse.startMs - pulse.sentMs <= DIN_MS_PER_BYTE);
  });

  it('goes on at a reader that is full, and ends with the port', () => {
    const rig = new PortRig();
    rig.port.sense(true, 0);
    rig.driver.result = SendResult.full;
    rig.run(1000);
    rig.driver.result = SendResult.ok;
    assert.deepEqual(rig.run(270), ['fe']);
    rig.driver.result = SendResult.gone;
    rig.run(1000);
    assert.ok(rig.port.gone, 'it finds out that the port is gone, also while nothing is played');
    assert.equal(rig.port.nextDeadlineMs(), Infinity);
  });

  it('is sent while one of the devices of a port wants it, and shown to nobody', () => {
    const hardware = new FakeHardware(['Synth']);
    const fake = fakeEngine({}, hardware);
    hardware.now = () => fake.engine.now();
    const shown: number[] = [];
    fake.engine.watchSent((_output, bytes) => shown.push(bytes[0]));
    const listener = { outputChanged: () => undefined };
    const device = (id: string, activeSensing: boolean) =>
      fake.engine.openOutput(
        id,
        {
          name: id,
          spec: { mode: 'name', port: 'Synth' },
          channel: 1,
          output: { offsetMs: 0, usPerByte: 320, controlShare: 0.5, activeSensing }
        },
        listener
      );
    const bytesOf = (ms: number) => {
      const before = hardware.heard('Synth').length;
      fake.advance(ms);
      return hardware
        .heard('Synth')
        .slice(before)
        .map(({ bytes }) => bytes[0]);
    };
    device('one', false);
    assert.deepEqual(bytesOf(1000), []);
    device('two', true);
    assert.deepEqual(bytesOf(820), [0xfe, 0xfe, 0xfe, 0xfe]);
    hardware.unplug('Synth');
    fake.advance(500);
    hardware.plug('Synth');
    assert.deepEqual(bytesOf(820), [0xfe, 0xfe, 0xfe, 0xfe]);
    fake.engine.closeOutput('two', listener, true);
    assert.deepEqual(bytesOf(1000), []);
    assert.deepEqual(shown, []);
  });
});
