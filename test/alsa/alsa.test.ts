import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { AlsaDriver } from '../../nodes/engine/ports/alsa';
import { SendResult } from '../../nodes/engine/ports/driver';
import { loadRtMidi, RtMidiDriver } from '../../nodes/engine/ports/rtmidi';
import type { NativeAddon } from '../../nodes/engine/thread/native';
import { NativeDoorbell, NativeWaiter } from '../../nodes/engine/thread/native-waiter';
import { collect, DEAF, describeDriverContract, MALFORMED, MESSAGES, send } from '../support/driver-contract';
import {
  createAlsa,
  GADGET,
  GADGET_INSIDE,
  hasUsbMidi,
  Listener,
  midiFile,
  names,
  needSequencer,
  run,
  sleep,
  THROUGH,
  until,
  usbMidi
} from './support';

const NOTE = [0x90, 60, 100];

/** Polls until the set of ports changed and returns whether it did in time. */
async function portsChanged(driver: AlsaDriver, limitMs: number): Promise<boolean> {
  let changed = false;
  const sink = { ...DEAF, portsChanged: (): void => void (changed = true) };
  for (const endMs = performance.now() + limitMs; !changed && performance.now() < endMs; await sleep(2)) {
    driver.poll(sink);
  }
  return changed;
}

/** Forgets the changes that earlier tests have made. */
function settle(driver: AlsaDriver): void {
  collect(driver, () => false, 50);
}

describe('on a real sequencer', function () {
  this.timeout(60_000);
  let native: NativeAddon;

  before(function () {
    native = needSequencer(this);
  });

  describeDriverContract('alsa', () => ({ driver: createAlsa(), out: THROUGH, loop: THROUGH }));

  describeDriverContract('rtmidi', () => {
    const load = loadRtMidi();
    assert.ok(load.module, 'reason' in load ? load.reason : '');
    return { driver: new RtMidiDriver(load.module), out: THROUGH };
  });

  describe('the ALSA driver', () => {
    let driver: AlsaDriver;
    const listeners: Listener[] = [];

    async function listen(source?: string): Promise<Listener> {
      const listener = new Listener(source);
      listeners.push(listener);
      return listener.ready();
    }

    beforeEach(() => {
      driver = new AlsaDriver(native);
    });
    afterEach(async () => {
      driver.dispose();
      for (const listener of listeners.splice(0)) await listener.end();
    });

    it('is one client with ports under the names we give', () => {
      driver.open(THROUGH, 'out', 'Bass: notes');
      driver.open(THROUGH, 'in', 'Clock from outside');
      driver.openVirtual('Take this', 'out');
      const connections = run('aconnect', '-l');
      assert.equal(connections.match(/'Phasor'/g)?.length, 1, connections);
      for (const label of ['Bass: notes', 'Clock from outside', 'Take this']) {
        assert.match(connections, new RegExp(`\\d+ '${label} *'`));
      }
      assert.doesNotMatch(connections, /announce *'\n(?!\tConnecting)/); // only the System port of that name is seen
    });

    it('takes another client name, and cuts what is too long between two characters', () => {
      driver.dispose();
      driver = new AlsaDriver(native, 'Zweiter');
      driver.openVirtual('ä'.repeat(60), 'out');
      assert.match(run('aconnect', '-l'), /'Zweiter'.*\n +0 'ä{31}'/);
    });

    it('lets another program hear every message byte for byte', async () => {
      const listener = await listen();
      const handle = driver.open('aseqdump:aseqdump', 'out', 'to aseqdump');
      const sysex = [0xf0, 0x7e, 0x7f, 6, 1, 0xf7];
      for (const message of [...MESSAGES, sysex]) assert.equal(send(driver, handle, message), SendResult.ok);
      await until('aseqdump heard all', () => listener.messages.length > MESSAGES.length);
      assert.deepEqual(listener.messages, [...MESSAGES, sysex]);
    });

    it('numbers twins, and opens the one that is meant', async () => {
      const first = await listen();
      const second = await listen();
      assert.ok(names(driver, 'out').includes('aseqdump:aseqdump'));
      const toSecond = driver.open('aseqdump:aseqdump #2', 'out', 'second');
      send(driver, toSecond, NOTE);
      await until('one heard it', () => first.messages.length + second.messages.length > 0);
      assert.deepEqual([first.messages, second.messages], [[], [NOTE]]);
      // The first goes: the second keeps its number, and who comes next takes the place of the first.
      await first.end();
      const twins = () => names(driver, 'out').filter((name) => name.startsWith('aseqdump:'));
      await until('the first is gone', () => twins().length === 1);
      assert.deepEqual(twins(), ['aseqdump:aseqdump #2']);
      assert.equal(send(driver, toSecond, NOTE), SendResult.ok);
      const third = await listen();
      await until('the third is there', () => twins().includes('aseqdump:aseqdump'));
      send(driver, driver.open('aseqdump:aseqdump', 'out', 'first'), NOTE);
      await until('both heard it', () => third.messages.length + second.messages.length === 3);
      assert.deepEqual([third.messages, second.messages], [[NOTE], [NOTE, NOTE]]);
    });

    it('has virtual ports that other programs connect to', async () => {
      const out = driver.openVirtual('Notes of ours', 'out');
      const listener = await listen(`Phasor:${out}`);
      assert.equal(send(driver, out, NOTE), SendResult.ok);
      await until('aseqdump heard it', () => listener.messages.length > 0);
      assert.deepEqual(listener.messages, [NOTE]);

      const handle = driver.openVirtual('Send to us', 'in');
      const file = join(mkdtempSync(join(tmpdir(), 'phasor-')), 'two.mid');
      writeFileSync(file, midiFile([NOTE, [0x80, 60, 0]], 10));
      run('aplaymidi', '-p', `Phasor:${handle}`, '-d', '0', file);
      const received = collect(driver, (messages) => messages.length >= 2);
      assert.deepEqual(
        received.slice(0, 2).map((message) => [message.handle, ...message.bytes]),
        [
          [handle, ...NOTE],
          [handle, 0x80, 60, 0]
        ]
      );
    });

    it('stamps input when it arrives, however late it is read', async () => {
      const handle = driver.openVirtual('Stamped', 'in');
      const notes = Array.from({ length: 24 }, (_, i) => [0x90, 40 + i, 1]);
      const file = join(mkdtempSync(join(tmpdir(), 'phasor-')), 'even.mid');
      writeFileSync(file, midiFile(notes, 12)); // at 120 BPM one each 62.5 ms
      const player = spawn('aplaymidi', ['-p', `Phasor:${handle}`, '-d', '0', file]);
      await new Promise((resolve) => player.once('exit', resolve)); // nothing is read before the last note
      const received = collect(driver, (messages) => messages.length >= notes.length).slice(0, notes.length);
      const gapsMs = received.slice(1).map((message, i) => message.timeMs - received[i].timeMs);
      // Half of them: the machine may have stood still once. Stamped as they are read, none would be 62.5 ms.
      const offMs = gapsMs.map((gapMs) => Math.abs(gapMs - 62.5)).sort((a, b) => a - b);
      const [middleMs, worstMs] = [offMs[offMs.length >> 1], offMs[offMs.length - 1]];
      console.log(
        `        intervals are off by ${middleMs.toFixed(2)} ms (p50), ${worstMs.toFixed(2)} ms (most), HR timer: ${driver.hrtimer}`
      );
      assert.ok(middleMs < 5, gapsMs.map((gapMs) => gapMs.toFixed(1)).join(' '));
    });

    it('tells of programs that come and go', async () => {
      settle(driver);
      const listener = await listen();
      assert.ok(await portsChanged(driver, 5000));
      assert.ok(names(driver, 'out').includes('aseqdump:aseqdump'));
      settle(driver);
      await listener.end();
      assert.ok(await portsChanged(driver, 5000));
      assert.ok(!names(driver, 'out').includes('aseqdump:aseqdump'));
      settle(driver);
      driver.close(driver.open(THROUGH, 'out', 'ours')); // our own ports are no news
      assert.equal(await portsChanged(driver, 100), false);
    });

    it('tells which of its handles are dead, also where the port is back before it looks', () => {
      const other = new AlsaDriver(native, 'Peer');
      after(() => other.dispose());
      let theirs = (['in', 'out'] as const).map((direction) => other.openVirtual(direction, direction));
      const open = () => [driver.open('Peer:in', 'out', 'to'), driver.open('Peer:out', 'in', 'from')];
      let ours = open();
      const told: (number | 'changed')[] = [];
      const sink = {
        ...DEAF,
        gone: (handle: number): void => void told.push(handle),
        portsChanged: (): void => void told.push('changed')
      };
      driver.poll(sink);
      told.length = 0;
      const before = theirs;
      for (const handle of theirs) other.close(handle);
      theirs = (['in', 'out'] as const).map((direction) => other.openVirtual(direction, direction));
      assert.deepEqual(theirs, before, 'under the same numbers');
      driver.poll(sink);
      assert.deepEqual(told, [...ours, 'changed']);
      driver.poll(sink);
      assert.equal(told.length, 3, 'once');
      assert.equal(send(driver, ours[0], NOTE), SendResult.gone);
      for (const handle of ours) driver.close(handle);
      ours = open();
      assert.equal(send(driver, ours[0], NOTE), SendResult.ok);
      send(other, theirs[1], NOTE);
      const heard = collect(driver, (messages) => messages.length > 0);
      assert.deepEqual(
        heard.map(({ handle, bytes }) => [handle, ...bytes]),
        [[ours[1], ...NOTE]]
      );
    });

    it('wakes a waiter for input and for changes', async () => {
      const bell = new NativeDoorbell(native);
      const waiter = new NativeWaiter(native, bell.number);
      waiter.watch(driver.sequencer);
      driver.open(THROUGH, 'in', 'in');
      const out = driver.open(THROUGH, 'out', 'out');
      settle(driver);
      send(driver, out, NOTE);
      const startMs = waiter.now();
      waiter.wait(startMs + 1000);
      assert.ok(waiter.now() - startMs < 45);
      assert.equal(collect(driver, (messages) => messages.length > 0).length, 1);
      driver.dispose(); // a waiter outlives the driver it watched
      waiter.wait(waiter.now() + 5);
      waiter.dispose();
      bell.dispose();
      driver = new AlsaDriver(native);
    });

    it('reports a reader that has stopped, and serves the others', async () => {
      const stuck = await listen();
      const fine = await listen();
      const toStuck = driver.open('aseqdump:aseqdump', 'out', 'stuck');
      const toFine = driver.open('aseqdump:aseqdump #2', 'out', 'fine');
      stuck.stall();
      const results = new Map<number, number>();
      for (let i = 0; i < 1000; i++) {
        const result = send(driver, toStuck, [0xb0, 1, i % 128]);
        results.set(result, (results.get(result) ?? 0) + 1);
        if (i % 10 === 0) {
          assert.equal(send(driver, toFine, [0xb0, 2, (i / 10) % 128]), SendResult.ok);
          await sleep(1);
        }
      }
      assert.deepEqual([...results.keys()], [SendResult.ok, SendResult.full]);
      await until('the other heard all', () => fine.messages.length >= 100);
      stuck.resume();
      await until('the first reads again', () => send(driver, toStuck, NOTE) === SendResult.ok);
    });

    it('reports a program that went away as gone, once it is known', async () => {
      const listener = await listen();
      const handle = driver.open('aseqdump:aseqdump', 'out', 'out');
      await listener.end();
      assert.ok(await portsChanged(driver, 5000));
      assert.equal(send(driver, handle, NOTE), SendResult.gone);
    });

    it('tells of input that nobody read in time, and goes on', () => {
      driver.open(THROUGH, 'in', 'in');
      const out = driver.open(THROUGH, 'out', 'out');
      for (let i = 0; i < 3000; i++) send(driver, out, [0xb0, 1, i % 128]);
      let losses = 0;
      for (let polls = 0; polls < 100; polls++)
        driver.poll({ ...DEAF, inputLost: (): void => void losses++ });
      assert.ok(losses > 0);
      send(driver, out, NOTE);
      const received = collect(driver, (messages) => messages.length > 0);
      assert.deepEqual(received[0].bytes, NOTE);
    });

    it('leaves no client behind when its worker ends in whatever way', async () => {
      const path = require.resolve('../../nodes/engine/thread/native.js');
      const endings = ['for (;;) turn();', 'process.exit(0);', 'throw new Error("meant");'];
      for (const [i, ending] of endings.entries()) {
        const name = `Ending ${i}`;
        const worker = new Worker(
          `const { addon } = require(${JSON.stringify(path)}).loadNative();
           const { AlsaDriver } = require(${JSON.stringify(require.resolve('../../nodes/engine/ports/alsa.js'))});
           const driver = new AlsaDriver(addon, ${JSON.stringify(name)});
           const handle = driver.open(${JSON.stringify(THROUGH)}, 'out', 'out');
           const bytes = Uint8Array.of(0xfe);
           const turn = () => driver.send(handle, bytes, 1);
           const { parentPort } = require('node:worker_threads');
           parentPort.once('message', () => { ${ending} });
           parentPort.postMessage('open');`,
          { eval: true }
        );
        worker.on('error', () => {});
        const ended = new Promise((resolve) => worker.once('exit', resolve));
        await new Promise((resolve) => worker.once('message', resolve));
        assert.match(run('aconnect', '-l'), new RegExp(name));
        worker.postMessage('end');
        if (i === 0) {
          await sleep(300);
          await worker.terminate();
        }
        await ended;
        await until('the client is gone', () => !run('aconnect', '-l').includes(name));
      }
    });

    it('says what to do where the device is not permitted', function () {
      const script = `
        const { addon } = require(${JSON.stringify(require.resolve('../../nodes/engine/thread/native.js'))}).loadNative();
        const { AlsaDriver } = require(${JSON.stringify(require.resolve('../../nodes/engine/ports/alsa.js'))});
        try { new AlsaDriver(addon); } catch (error) { console.log(error.code, error.message); }`;
      if (process.getuid?.() !== 0) this.skip();
      const { stdout } = spawnSync(
        'setpriv',
        ['--reuid=65534', '--clear-groups', process.execPath, '-e', script],
        {
          encoding: 'utf8'
        }
      );
      assert.match(stdout, /PortUnavailable .*group "audio"/);
    });

    it('allocates nothing on the way of a message', () => {
      const bytes = Uint8Array.from(NOTE);
      const out = driver.open(THROUGH, 'out', 'out');
      driver.open(THROUGH, 'in', 'in');
      const turns = (count: number): void => {
        for (let i = 0; i < count; i++) {
          driver.send(out, bytes, 3);
          driver.poll(DEAF);
        }
      };
      turns(20_000); // until it is compiled
      let smallest = Infinity;
      for (let round = 0; round < 5; round++) {
        const before = getHeapStatistics().used_heap_size;
        turns(10_000);
        const used = (getHeapStatistics().used_heap_size - before) / 10_000;
        if (used >= 0) smallest = Math.min(smallest, used); // less than nothing: it was collected in between
      }
      console.log(`        ${smallest.toFixed(2)} bytes per message sent and received`);
      assert.ok(smallest < 24, `${smallest} bytes`);
    });

    describe('a USB device', function () {
      beforeEach(async function () {
        if (!hasUsbMidi()) return this.skip();
        usbMidi('plug');
        await until('the device is there', () => names(driver, 'out').includes(GADGET));
      });

      it('is known as hardware', () => {
        const port = driver.list().find((candidate) => candidate.name === GADGET);
        assert.equal(port?.kind, 'hardware');
      });

      it('is played while it is there, gone when it is pulled, and played again when it is back', async () => {
        let inside = driver.open(GADGET_INSIDE, 'in', 'inside of the device');
        const through = driver.open(THROUGH, 'out', 'not concerned');
        let device = driver.open(GADGET, 'out', 'to the device');
        const chord = [NOTE, [0x90, 64, 100], [0x80, 60, 0], [0x80, 64, 0]];
        const play = (): number[][] => {
          for (const message of chord) assert.equal(send(driver, device, message), SendResult.ok);
          const received = collect(
            driver,
            (messages) => messages.filter((m) => m.handle === inside).length >= 4
          );
          return received.filter((message) => message.handle === inside).map((message) => message.bytes);
        };
        assert.deepEqual(play(), chord);

        settle(driver);
        let startMs = performance.now();
        usbMidi('unplug');
        assert.ok(await portsChanged(driver, 5000));
        console.log(`        unplugged: known after ${(performance.now() - startMs).toFixed(0)} ms`);
        await until('the device is off the list', () => !names(driver, 'out').includes(GADGET));
        await until('sending says so', () => {
          settle(driver);
          return send(driver, device, NOTE) === SendResult.gone;
        });
        assert.equal(send(driver, through, NOTE), SendResult.ok);
        driver.close(device);
        driver.close(inside); // the device loses power

        startMs = performance.now();
        usbMidi('plug');
        await until('the device is back', () => names(driver, 'out').includes(GADGET));
        assert.ok(await portsChanged(driver, 5000));
        console.log(`        plugged in: known after ${(performance.now() - startMs).toFixed(0)} ms`);
        device = driver.open(GADGET, 'out', 'to the device again');
        inside = driver.open(GADGET_INSIDE, 'in', 'inside of the device again');
        assert.deepEqual(play(), chord);
      });

      it('is served beside a reader that has stopped', async () => {
        const stuck = await listen();
        const toStuck = driver.open('aseqdump:aseqdump', 'out', 'stuck');
        const device = driver.open(GADGET, 'out', 'to the device');
        const inside = driver.open(GADGET_INSIDE, 'in', 'inside');
        stuck.stall();
        for (let i = 0; i < 500; i++) send(driver, toStuck, [0xb0, 1, i % 128]);
        assert.equal(send(driver, toStuck, NOTE), SendResult.full);
        assert.equal(send(driver, device, NOTE), SendResult.ok);
        const received = collect(driver, (messages) => messages.length > 0);
        assert.deepEqual(received[0], { ...received[0], handle: inside, bytes: NOTE });
      });
    });
  });

  it('refuses nothing that is valid and lets no junk out, whatever the bytes', () => {
    const driver = new AlsaDriver(native);
    const out = driver.open(THROUGH, 'out', 'out');
    driver.open(THROUGH, 'in', 'in');
    let seed = 1;
    const random = (limit: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % limit;
    };
    let accepted = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = Uint8Array.from({ length: random(8) }, () =>
        random(3) ? random(128) : 128 + random(128)
      );
      const result = driver.send(out, bytes, bytes.length);
      assert.ok(result === SendResult.ok || result === SendResult.refused, `${result} for [${bytes}]`);
      if (result === SendResult.ok) accepted++;
      for (const { bytes: heard } of collect(driver, () => true)) {
        assert.ok(heard.length > 0 && heard.slice(1, -1).every((byte) => byte < 128), `[${heard}]`);
      }
    }
    assert.ok(accepted > 100);
    for (const bytes of MALFORMED) assert.equal(send(driver, out, bytes), SendResult.refused);
    driver.dispose();
  });
});
