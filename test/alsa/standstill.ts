import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** So often a test is run in all where the machine stood still each time. */
const RUNS = 3;

/** Notes the longest that an ordinary thread had to wait beyond its 2 ms, in a thread of its own. */
const WITNESS = `
  const { worst, pause } = require('node:worker_threads').workerData;
  for (let dueMs = performance.now() + 2; ; dueMs = performance.now() + 2) {
    Atomics.wait(pause, 0, 0, dueMs - performance.now());
    worst[0] = Math.max(worst[0], performance.now() - dueMs);
  }
`;

/**
 * Lets the tests of the suite around it run again after a failure, if the machine stood still meanwhile for longer
 * than `limitMs`: an emulated one does so now and then, for longer than any sequencer can make up for. Says so each
 * time. Where the machine went on, a failure is final.
 */
export function repeatAfterStandstill(suite: Mocha.Suite, limitMs = 40): void {
  const worst = new Float64Array(new SharedArrayBuffer(8));
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let witness: Worker | undefined;
  suite.retries(RUNS - 1);

  before(async () => {
    witness = new Worker(WITNESS, { eval: true, workerData: { worst, pause } });
    await once(witness, 'online');
    witness.unref();
  });

  after(() => witness?.terminate());

  beforeEach(function () {
    const test = this.currentTest as Mocha.Test;
    const body = test.fn as () => unknown;
    test.fn = async function () {
      worst[0] = 0;
      try {
        await body.call(this);
      } catch (error) {
        const stoodMs = Math.round(worst[0]);
        if (stoodMs <= limitMs) test.retries(0);
        else console.log(`        failed while the machine stood still for ${stoodMs} ms: ${String(error)}`);
        throw error;
      } finally {
        test.fn = body as Mocha.AsyncFunc; // a second run begins from here
      }
    };
  });
}
