import assert from 'node:assert/strict';
import { constants, getPriority } from 'node:os';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  INBOX,
  loadNative,
  monotonicOffsetMs,
  NATIVE_ABI,
  type NativeAddon
} from '../../nodes/engine/thread/native';
import { NativeDoorbell, NativeWaiter } from '../../nodes/engine/thread/native-waiter';
import { requestPriority } from '../../nodes/engine/thread/priority';

const { EBADF, ESRCH } = constants.errno;

/** Runs a script in a worker that has the addon as `native`, and returns the first message that it posts. */
async function inWorker<T>(path: string, script: string, workerData: unknown = undefined): Promise<T> {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const native = require(${JSON.stringify(path)});
    ${script}`;
  const worker = new Worker(code, { eval: true, workerData });
  try {
    return await new Promise<T>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
  } finally {
    await worker.terminate();
  }
}

describe('the native addon', () => {
  let native: NativeAddon;
  let path: string;

  before(function () {
    const load = loadNative();
    if (!load.addon) return this.skip();
    native = load.addon;
    path = load.path;
  });

  it('is of the version that its loader needs', () => {
    assert.equal(native.abi, NATIVE_ABI);
  });

  it('answers any wrong argument with a TypeError', () => {
    const shared = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes);
    const wrong: [keyof NativeAddon, ...unknown[]][] = [
      ['requestRealtime', 0],
      ['requestRealtime', 100],
      ['createWaiter', 0, new Float64Array(2)], // not shared
      ['createWaiter', 0, new Float64Array(shared(32))], // too short
      ['createWaiter', 0, new BigInt64Array(shared(40))],
      ['createWaiter', 0, new DataView(shared(40))],
      ['readClock', new Float64Array(1)],
      ['readClock', new Float32Array(shared(8))],
      ['readClock', shared(8)],
      ['openSequencer', 'name', new Uint8Array(1024)],
      ['openSequencer', 'name', new Uint8Array(shared(INBOX.bytes))],
      ['openSequencer', 'name', new Uint8Array(shared(1024), 4)], // not aligned
      ['openSequencer', 5, new Uint8Array(shared(1024))],
      ['createPort', 0, 'name', 1],
      ['createPort', 0, Symbol('name'), true],
      ['send', 0, 0, [0xf8], 1],
      ['send', 0, 0, new Int8Array(1), 1],
      ['send', 0, 0, new Uint8Array(3), 4],
      ['send', 0, 0, new Uint8Array(3), -1],
      ['send', 0, 0, Buffer.alloc(0), 1]
    ];
    const junk = [undefined, null, '1', 1.5, NaN, Infinity, 2 ** 31, {}, [], () => 1, Symbol('x'), 1n, true];
    const numbered: (keyof NativeAddon)[] = [
      'requestRealtime',
      'demote',
      'closeDoorbell',
      'ring',
      'createWaiter'
    ];
    numbered.push(
      'watch',
      'wait',
      'closeWaiter',
      'closeSequencer',
      'sequencerInfo',
      'listPorts',
      'createPort'
    );
    numbered.push('deletePort', 'connect', 'disconnect', 'isGone', 'send', 'receive');
    for (const name of numbered) for (const value of junk) wrong.push([name, value]);
    for (const value of junk)
      wrong.push(['connect', 0, 0, 0, value], ['send', 0, 0, new Uint8Array(1), value]);
    for (const [name, ...values] of wrong) {
      const call = native[name] as unknown as (...values: unknown[]) => unknown;
      assert.throws(() => call(...values), TypeError, `${name}(${values.map(String).join(', ')})`);
    }
  });

  it('does not read memory that was given away', () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    assert.throws(() => native.send(0, 0, bytes, 3), TypeError);
  });

  it('answers handles that are not open with EBADF', () => {
    for (const handle of [-2, -1, 7, 8, 1000, 2 ** 31 - 1, -(2 ** 31)]) {
      assert.equal(native.ring(handle), -EBADF);
      assert.equal(native.closeDoorbell(handle), -EBADF);
      assert.equal(native.wait(handle), -EBADF);
      assert.equal(native.now(handle), -EBADF);
      assert.equal(native.watch(handle, -1), -EBADF);
      assert.equal(native.closeWaiter(handle), -EBADF);
      assert.equal(native.receive(handle), -EBADF);
      assert.equal(native.listPorts(handle), -EBADF);
      assert.equal(native.sequencerInfo(handle), -EBADF);
      assert.equal(native.send(handle, 0, Uint8Array.of(0xf8), 1), -EBADF);
      assert.equal(native.closeSequencer(handle), -EBADF);
    }
  });

  describe('clock, doorbell and waiter', () => {
    it('knows the distance of engine time to the clock of the kernel', () => {
      const offsets = Array.from({ length: 5 }, () => monotonicOffsetMs(native));
      assert.ok(Math.max(...offsets) - Math.min(...offsets) < 0.5, offsets.join(', '));
      const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
      const monotonicMs = performance.now() + offsets[0];
      assert.ok(monotonicMs < uptimeMs + 100); // the uptime counts suspends too
    });

    it('has the time of performance.now()', () => {
      const bell = new NativeDoorbell(native);
      const waiter = new NativeWaiter(native, bell.number);
      for (let i = 0; i < 1000; i++) {
        const before = performance.now();
        const now = waiter.now();
        const after = performance.now();
        assert.ok(now > before - 0.1 && now < after + 0.1, `${now} is not between ${before} and ${after}`);
      }
      waiter.dispose();
      bell.dispose();
    });

    it('sleeps until the deadline, never shorter', () => {
      const bell = new NativeDoorbell(native);
      const waiter = new NativeWaiter(native, bell.number);
      for (const sleepMs of [0, 0.3, 1, 5, 20]) {
        const deadlineMs = waiter.now() + sleepMs;
        waiter.wait(deadlineMs);
        const lateMs = waiter.now() - deadlineMs;
        assert.ok(lateMs >= 0 && lateMs < 500, `${lateMs} ms after a deadline in ${sleepMs} ms`);
      }
      waiter.dispose();
      bell.dispose();
    });

    it('is back early where something is to be sent, and then stays awake until that moment', () => {
      const bell = new NativeDoorbell(native);
      const waiter = new NativeWaiter(native, bell.number);
      const wakesBefore = (sendInMs: number): boolean => {
        const sendMs = waiter.now() + sendInMs;
        waiter.wait(sendMs, sendMs);
        return waiter.now() < sendMs;
      };
      // Without a lead, and where nothing is to be sent, the deadline holds.
      assert.equal(wakesBefore(2), false);
      waiter.wakeEarly(1);
      const deadlineMs = waiter.now() + 2;
      waiter.wait(deadlineMs);
      assert.ok(waiter.now() >= deadlineMs);
      // A thread of ordinary priority may be late by more than the lead, but not each time.
      let early = 0;
      for (let round = 0; round < 50; round++) early += wakesBefore(2) ? 1 : 0;
      assert.ok(early > 0, 'never early');
      for (let round = 0; round < 50; round++) assert.equal(wakesBefore(0.5), false);
      waiter.dispose();
      bell.dispose();
    });

    it('is back early less often where there is so much to send that it would hardly sleep', () => {
      const bell = new NativeDoorbell(native);
      const waiter = new NativeWaiter(native, bell.number);
      waiter.wakeEarly(1);
      let early = 0;
      for (let round = 0; round < 200; round++) {
        const sendMs = waiter.now() + 1.2;
        waiter.wait(sendMs, sendMs);
        if (waiter.now() < sendMs) early++;
        while (waiter.now() < sendMs) waiter.wait(sendMs, sendMs);
      }
      // Five at once from what was saved up, and an eighth of 1.2 ms for each round.
      assert.ok(early < 80, `${early} of 200`);
      waiter.dispose();
      bell.dispose();
    });

    it('comes back within its longest wait, whatever the deadline', () => {
      const bell = new NativeDoorbell(native);
      const waiter = new NativeWaiter(native, bell.number);
      for (const deadlineMs of [Infinity, NaN, 1e300, waiter.now() + 3600e3]) {
        const startMs = waiter.now();
        waiter.wait(deadlineMs);
        const sleptMs = waiter.now() - startMs;
        assert.ok(sleptMs > 45 && sleptMs < 1000, `${sleptMs} ms for ${deadlineMs}`);
      }
      for (const deadlineMs of [-Infinity, 0, -1e300]) {
        const startMs = waiter.now();
        waiter.wait(deadlineMs);
        assert.ok(waiter.now() - startMs < 45);
      }
      waiter.dispose();
      bell.dispose();
    });

    it('misses no ring: one before the wait ends it at once, and only that one', () => {
      const doorbell = native.createDoorbell();
      const cells = new Float64Array(new SharedArrayBuffer(40));
      const waiter = native.createWaiter(doorbell, cells);
      cells[0] = Infinity;
      native.ring(doorbell);
      native.ring(doorbell);
      assert.equal(native.wait(waiter), 1);
      assert.equal(native.wait(waiter), 0);
      native.closeWaiter(waiter);
      native.closeDoorbell(doorbell);
    });

    it('is rung by another thread', async () => {
      const bell = new NativeDoorbell(native);
      const script = `
        const cells = new Float64Array(new SharedArrayBuffer(40));
        const waiter = native.createWaiter(workerData, cells);
        cells[0] = Infinity;
        let woken = 0;
        for (let i = 0; i < 200 && !woken; i++) woken = native.wait(waiter);
        parentPort.postMessage(woken);`;
      setTimeout(() => bell.ring(), 120);
      assert.equal(await inWorker(path, script, bell.number), 1);
      bell.dispose();
    });

    it('does not write to whatever has the descriptor of a closed doorbell', () => {
      const doorbell = native.createDoorbell();
      assert.equal(native.closeDoorbell(doorbell), 0);
      assert.equal(native.ring(doorbell), -EBADF);
      assert.equal(native.closeDoorbell(doorbell), -EBADF);
    });

    it('ends with its worker, even in the middle of a wait', async () => {
      const script = `
        const cells = new Float64Array(new SharedArrayBuffer(40));
        const waiter = native.createWaiter(native.createDoorbell(), cells);
        cells[0] = Infinity;
        const turn = () => native.wait(waiter); // V8 looks for a termination where a function begins
        parentPort.postMessage('waiting');
        for (;;) turn();`;
      const startMs = performance.now();
      for (let i = 0; i < 3; i++) assert.equal(await inWorker(path, script), 'waiting');
      assert.ok(performance.now() - startMs < 10_000);
    });

    it('runs out of handles without harm', () => {
      const cells = new Float64Array(new SharedArrayBuffer(40));
      const doorbell = native.createDoorbell();
      const waiters: number[] = [];
      for (let waiter = 0; (waiter = native.createWaiter(doorbell, cells)) >= 0;) waiters.push(waiter);
      assert.ok(waiters.length > 0);
      for (const waiter of waiters) assert.equal(native.closeWaiter(waiter), 0);
      assert.equal(native.closeDoorbell(doorbell), 0);
      assert.equal(native.createWaiter(doorbell, cells), -EBADF);
      const bells: number[] = [];
      for (let bell = 0; (bell = native.createDoorbell()) >= 0;) bells.push(bell);
      assert.ok(bells.length > 0);
      for (const bell of bells) assert.equal(native.closeDoorbell(bell), 0);
    });
  });

  describe('scheduling', () => {
    it('reports what the thread got, and it is so', async () => {
      const script = `
        const grant = native.requestRealtime(20);
        const stat = require('node:fs').readFileSync('/proc/self/task/' + grant.tid + '/stat', 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        parentPort.postMessage({ grant, nice: +fields[16], priority: +fields[37], policy: +fields[38] });`;
      const { grant, nice, priority, policy } = await inWorker<{
        grant: ReturnType<NativeAddon['requestRealtime']>;
        nice: number;
        priority: number;
        policy: number;
      }>(path, script);
      if (grant.policy === 'fifo') {
        assert.equal(policy, 1); // SCHED_FIFO; the reset flag is not shown here
        assert.equal(priority, grant.priority);
        assert.ok(priority >= 1 && priority <= 20);
      } else {
        assert.equal(policy, 0);
        assert.notEqual(grant.reason, '');
        if (grant.policy === 'nice') assert.equal(nice, grant.priority);
      }
    });

    it('takes the priority from another thread', async () => {
      const script = `
        const grant = native.requestRealtime(20);
        const { readFileSync } = require('node:fs');
        const policyOf = () => {
          const stat = readFileSync('/proc/self/task/' + grant.tid + '/stat', 'utf8');
          return +stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38];
        };
        const cell = new Int32Array(workerData);
        Atomics.store(cell, 0, grant.tid);
        Atomics.notify(cell, 0);
        for (let i = 0; i < 100 && policyOf() !== 0; i++) Atomics.wait(cell, 1, 0, 20);
        parentPort.postMessage(policyOf());`;
      const memory = new SharedArrayBuffer(8);
      const cell = new Int32Array(memory);
      const done = inWorker<number>(path, script, memory);
      for (let i = 0; i < 500 && Atomics.load(cell, 0) === 0; i++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.equal(native.demote(Atomics.load(cell, 0)), 0);
      assert.equal(await done, 0);
    });

    it('demotes threads of this process only', () => {
      for (const tid of [-1, 0, 1, 2 ** 31 - 1]) assert.equal(native.demote(tid), -ESRCH);
    });

    it('comes with advice where something is missing', () => {
      const none = {
        ...native,
        requestRealtime: () => ({ policy: 'none', priority: 0, tid: 1, reason: 'not permitted' })
      };
      const less = {
        ...native,
        requestRealtime: () => ({ policy: 'fifo', priority: 40, tid: 1, reason: 'lower' })
      };
      const full = {
        ...native,
        requestRealtime: () => ({ policy: 'fifo', priority: 70, tid: 1, reason: '' })
      };
      assert.match(requestPriority(70, none as NativeAddon).advice, /rtprio|RTPRIO/);
      assert.match(requestPriority(70, less as NativeAddon).advice, /70/);
      assert.equal(requestPriority(70, full as NativeAddon).advice, '');
    });
  });

  it('has a sequencer, or the reason why not', () => {
    const result = native.openSequencer('Phasor test', new Uint8Array(new SharedArrayBuffer(1024)));
    if (existsSync('/dev/snd/seq')) {
      assert.ok(result >= 0, String(result));
      assert.equal(native.closeSequencer(result), 0);
    } else {
      assert.equal(result, -constants.errno.ENOENT);
    }
  });
});

describe('without the native addon', () => {
  it('a nice value is tried and the missing addon named', async () => {
    const niceBefore = getPriority();
    const worker = new Worker(
      `const { requestPriority } = require(${JSON.stringify(join(__dirname, '../../nodes/engine/thread/priority.js'))});
       require('node:worker_threads').parentPort.postMessage(requestPriority(70, undefined));`,
      { eval: true }
    );
    const report = await new Promise<ReturnType<typeof requestPriority>>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    assert.notEqual(report.granted, 'fifo');
    assert.notEqual(report.advice, '');
    assert.equal(getPriority(), niceBefore); // it was the worker's own thread
  });
});
