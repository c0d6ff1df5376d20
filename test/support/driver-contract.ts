import assert from 'node:assert/strict';
import { PhasorError } from '../../nodes/engine/errors';
import {
  SendResult,
  type Direction,
  type DriverSink,
  type MidiDriver
} from '../../nodes/engine/ports/driver';

/** A driver with what the contract needs around it. */
export interface DriverRig {
  driver: MidiDriver;
  /** Name of a port that can be opened for output. */
  out: string;
  /** Name of a port at which everything arrives that is sent to `out`; for drivers that receive. */
  loop?: string;
  /** Ports live in this process: they come into being when they are opened, and nobody looks at the bytes. */
  inProcess?: boolean;
}

/** One message that arrived, with a copy of its bytes. */
export interface Received {
  handle: number;
  timeMs: number;
  bytes: number[];
}

/** One of each kind of message there is, but sysex. */
export const MESSAGES: readonly (readonly number[])[] = [
  [0x90, 60, 100],
  [0x80, 60, 64],
  [0x9f, 127, 1],
  [0x90, 60, 0],
  [0xa3, 60, 1],
  [0xb0, 7, 127],
  [0xb0, 0, 1],
  [0xb0, 32, 2],
  [0xc5, 127],
  [0xd6, 0],
  [0xe0, 0, 0],
  [0xe1, 0, 64],
  [0xe2, 127, 127],
  [0xf1, 0x35],
  [0xf2, 127, 127],
  [0xf3, 3],
  [0xf6],
  [0xf8],
  [0xfa],
  [0xfb],
  [0xfc],
  [0xfe]
];

/** Bytes that are not one complete message. */
export const MALFORMED: readonly (readonly number[])[] = [
  [],
  [0x90],
  [0x90, 60],
  [0x90, 60, 128],
  [0x90, 0x90, 60],
  [0x90, 60, 100, 61],
  [0xc0, 5, 5],
  [0x3c, 0x64],
  [0xf0, 1, 0x90, 2, 0xf7],
  [0xf0, 1, 0xf7, 2],
  [0xf2, 1],
  [0xf4],
  [0xf5],
  [0xf7],
  [0xf8, 0xf8],
  [0xf9],
  [0xfd]
];

/** Sends an array of numbers as one message. */
export function send(driver: MidiDriver, handle: number, message: readonly number[]): number {
  return driver.send(handle, Uint8Array.from(message), message.length);
}

const nothing = (): void => {};

/** To whom nothing matters that a driver tells. */
export const DEAF: DriverSink = {
  receive: nothing,
  inputLost: nothing,
  gone: nothing,
  portsChanged: nothing
};

/** Polls until `enough` of what arrived or for `limitMs`, and returns all of it. Blocks, as the engine's loop does. */
export function collect(
  driver: MidiDriver,
  enough: (received: readonly Received[]) => boolean,
  limitMs = 2000
): Received[] {
  const received: Received[] = [];
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const sink = {
    ...DEAF,
    receive(handle: number, timeMs: number, bytes: Uint8Array, length: number): void {
      received.push({ handle, timeMs, bytes: Array.from(bytes.subarray(0, length)) });
    }
  };
  const endMs = performance.now() + limitMs;
  for (;;) {
    driver.poll(sink);
    if (enough(received) || performance.now() > endMs) return received;
    Atomics.wait(nap, 0, 0, 1);
  }
}

/** Waits for `bytes` bytes and returns what arrived as one array. */
export function collectBytes(driver: MidiDriver, bytes: number): number[] {
  const count = (received: readonly Received[]): number =>
    received.reduce((sum, message) => sum + message.bytes.length, 0);
  return collect(driver, (received) => count(received) >= bytes).flatMap((message) => message.bytes);
}

/** What every driver must do, graded by what it says it can. */
export function describeDriverContract(name: string, create: () => DriverRig): void {
  describe(`the contract of drivers: ${name}`, () => {
    let rig: DriverRig;
    let driver: MidiDriver;

    beforeEach(() => {
      rig = create();
      driver = rig.driver;
    });
    afterEach(() => driver.dispose());

    /** The input that everything comes back on; skips the test for drivers that do not receive. */
    function openLoop(context: Mocha.Context): number {
      if (!driver.can.receives || !rig.loop) context.skip();
      return driver.open(rig.loop, 'in', 'contract in');
    }

    it('says its name', () => {
      assert.equal(driver.name, name);
    });

    it('lists ports under unique names without numbers of the system', () => {
      const ports = driver.list();
      const names = ports.map((port) => `${port.direction} ${port.name}`);
      assert.equal(new Set(names).size, names.length, names.join(', '));
      assert.ok(names.includes(`out ${rig.out}`), names.join(', '));
      if (rig.loop) assert.ok(names.includes(`in ${rig.loop}`), names.join(', '));
      for (const port of ports) {
        assert.doesNotMatch(port.name, / \d+:\d+$/);
        assert.ok(['hardware', 'software', 'through', 'loopback'].includes(port.kind), port.kind);
        assert.ok(driver.can.receives || port.direction === 'out');
      }
    });

    it('does not list ports of its own', function () {
      if (rig.inProcess) this.skip();
      const before = driver.list();
      const handle = driver.open(rig.out, 'out', 'contract label');
      if (driver.can.virtualPorts) driver.openVirtual('contract virtual', 'out');
      const added = driver.list().filter((port) => !before.some((known) => known.name === port.name));
      assert.deepEqual(
        added.filter((port) => port.direction === 'out'),
        []
      );
      driver.close(handle);
    });

    it('opens a port once, and again after it was closed', () => {
      const handle = driver.open(rig.out, 'out', 'contract out');
      assert.ok(Number.isInteger(handle) && handle >= 0);
      assert.throws(() => driver.open(rig.out, 'out', 'contract out'), hasCode('PortUnavailable'));
      driver.close(handle);
      driver.close(driver.open(rig.out, 'out', 'contract out'));
    });

    it('keeps handles small over many openings', () => {
      for (let i = 0; i < 50; i++) {
        const handle = driver.open(rig.out, 'out', 'contract out');
        assert.ok(handle < 16, String(handle));
        driver.close(handle);
      }
    });

    it('tells which ports there are when one is not found', function () {
      if (rig.inProcess) this.skip();
      for (const direction of ['in', 'out'] as Direction[]) {
        if (direction === 'in' && !driver.can.receives) continue;
        assert.throws(
          () => driver.open('no such port', direction, 'contract'),
          (error: unknown) => {
            hasCode('PortNotFound')(error);
            const expected = direction === 'in' ? rig.loop : rig.out;
            return expected === undefined || (error as Error).message.includes(expected);
          }
        );
      }
    });

    it('refuses inputs where it cannot receive', function () {
      if (driver.can.receives) this.skip();
      assert.throws(() => driver.open(rig.out, 'in', 'contract'), hasCode('PortUnavailable'));
    });

    it('opens virtual ports where it can, and says so where it cannot', () => {
      if (!driver.can.virtualPorts) {
        assert.throws(() => driver.openVirtual('contract virtual', 'out'), PhasorError);
        return;
      }
      const handle = driver.openVirtual('contract virtual', 'out');
      assert.equal(send(driver, handle, [0x90, 60, 100]), SendResult.ok);
      driver.close(handle);
    });

    it('takes every kind of message', () => {
      const handle = driver.open(rig.out, 'out', 'contract out');
      for (const message of MESSAGES)
        assert.equal(send(driver, handle, message), SendResult.ok, String(message));
    });

    it('delivers every message whole and in order', function () {
      const loop = openLoop(this);
      const handle = driver.open(rig.out, 'out', 'contract out');
      for (const message of MESSAGES) send(driver, handle, message);
      const received = collect(driver, (messages) => messages.length >= MESSAGES.length);
      assert.deepEqual(
        received.map((message) => message.bytes),
        MESSAGES
      );
      for (const message of received) assert.equal(message.handle, loop);
    });

    it('looks at the bytes at once and only as far as told', function () {
      openLoop(this);
      const handle = driver.open(rig.out, 'out', 'contract out');
      const bytes = Uint8Array.from([0xc0, 5, 99, 99]);
      driver.send(handle, bytes, 2);
      bytes.fill(0);
      assert.deepEqual(collectBytes(driver, 2), [0xc0, 5]);
    });

    it('stamps input with engine time between sending and reading', function () {
      openLoop(this);
      const handle = driver.open(rig.out, 'out', 'contract out');
      const beforeMs = performance.now();
      send(driver, handle, [0xf8]);
      const afterMs = performance.now();
      const nap = new Int32Array(new SharedArrayBuffer(4));
      Atomics.wait(nap, 0, 0, 30);
      const [message] = collect(driver, (messages) => messages.length > 0);
      const readMs = performance.now();
      const slackMs = 2; // an emulated machine reads its clocks that far apart
      assert.ok(message.timeMs > beforeMs - slackMs, `${message.timeMs} is before ${beforeMs}`);
      assert.ok(message.timeMs <= readMs, `${message.timeMs} is after ${readMs}`);
      if (driver.can.stampsInput)
        assert.ok(message.timeMs < afterMs + 15, `${message.timeMs} is when it was read`);
    });

    it('carries a sysex, in one or in pieces with a clock in between', function () {
      openLoop(this);
      const handle = driver.open(rig.out, 'out', 'contract out');
      const sysex = [0xf0, ...Array.from({ length: 998 }, (_, i) => i % 128), 0xf7];
      assert.equal(send(driver, handle, sysex), SendResult.ok);
      assert.deepEqual(collectBytes(driver, sysex.length), sysex);

      assert.equal(send(driver, handle, sysex.slice(0, 100)), SendResult.ok);
      assert.equal(send(driver, handle, [0xf8]), SendResult.ok);
      assert.equal(send(driver, handle, sysex.slice(100)), SendResult.ok);
      assert.deepEqual(collectBytes(driver, sysex.length + 1), [
        ...sysex.slice(0, 100),
        0xf8,
        ...sysex.slice(100)
      ]);
    });

    it('refuses what is not a message, and goes on', function () {
      if (!driver.can.reportsSendErrors || rig.inProcess) this.skip();
      const handle = driver.open(rig.out, 'out', 'contract out');
      for (const bytes of MALFORMED) {
        assert.equal(send(driver, handle, bytes), SendResult.refused, `[${bytes}]`);
      }
      assert.equal(send(driver, handle, [0x90, 60, 100]), SendResult.ok);
    });

    it('tells that a closed port is gone', () => {
      const handle = driver.open(rig.out, 'out', 'contract out');
      driver.close(handle);
      assert.equal(send(driver, handle, [0x90, 60, 100]), SendResult.gone);
      assert.equal(send(driver, 9999, [0x90, 60, 100]), SendResult.gone);
      driver.close(handle); // once more does no harm
    });
  });
}

/** For `assert.throws`: an error of our family with this code and a message that says something. */
function hasCode(code: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof PhasorError, String(error));
    assert.equal(error.code, code);
    assert.ok(error.message.length > 10);
    return true;
  };
}
