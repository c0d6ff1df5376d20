// Time and memory that one thing takes in a fresh process: the engine, or for comparison a worker that does nothing.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { setInterval } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { root, sleep } from '../tools.mjs';

const { what } = JSON.parse(process.argv[2]);
setInterval(() => undefined, 1000);

/** Resident memory in MB, after what can be collected was. */
async function residentMb() {
  globalThis.gc();
  await sleep(200);
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
}

async function start() {
  if (what === 'worker') {
    const worker = new Worker(
      'require("node:worker_threads").parentPort.postMessage(0); setInterval(() => {}, 1000);',
      {
        eval: true
      }
    );
    await new Promise((resolve) => worker.once('message', resolve));
    return;
  }
  const { Engine, DEFAULT_SETTINGS } = createRequire(import.meta.url)(`${root}/dist/engine/index.js`);
  const { state, error } = await new Engine({ ...DEFAULT_SETTINGS }).ready();
  if (state !== 'ok') throw new Error(error);
}

const before = await residentMb();
const startedMs = performance.now();
await start();
const startMs = performance.now() - startedMs;
console.log(JSON.stringify({ startMs, addedMb: (await residentMb()) - before }));
process.exit(0);
