// Messages without a stamp: from the call on the main thread (t0) until the worker hands them to the driver (t3) and
// until they are heard on the main thread again (t4). In turns with it: the same way there and back by postMessage.
import { setInterval } from 'node:timers';
import { Worker } from 'node:worker_threads';
import { percentiles, sleep } from '../tools.mjs';
import { openNull, startEngine } from './engine.mjs';

const { seconds } = JSON.parse(process.argv[2]);
const PAUSE_MS = 5;
const WARM_UP = 200;
const count = Math.round((seconds * 1000) / (PAUSE_MS * 2)) + WARM_UP;

setInterval(() => undefined, 1000);
const { engine, granted, priority, waiter } = await startEngine();
let heard;
engine.listen('pong', (_, timeMs) => heard(timeMs));
const { output } = await openNull(engine, 'pong');
await sleep(200);

const echo = new Worker(
  'const { parentPort } = require("node:worker_threads"); parentPort.on("message", () => parentPort.postMessage(performance.now()));',
  { eval: true }
);
echo.on('message', (timeMs) => heard(timeMs));

const ways = {
  engine: (nowMs) =>
    output.send({ type: 'cc', channel: 1, controller: 20, value: 64 }, undefined, {
      source: 'ping',
      enteredMs: nowMs
    }),
  postMessage: () => echo.postMessage(0)
};
const there = { engine: new Float64Array(count), postMessage: new Float64Array(count) };
const back = { engine: new Float64Array(count), postMessage: new Float64Array(count) };
for (let turn = 0; turn < count; turn++) {
  for (const way of ['engine', 'postMessage']) {
    await sleep(PAUSE_MS * (0.5 + Math.random()));
    const reply = new Promise((resolve) => (heard = resolve));
    const startMs = performance.now();
    ways[way](startMs);
    there[way][turn] = (await reply) - startMs;
    back[way][turn] = performance.now() - startMs;
  }
}
const cut = (values) => percentiles(values.subarray(WARM_UP));
console.log(
  JSON.stringify({
    granted,
    priority,
    waiter,
    engine: { there: cut(there.engine), back: cut(back.engine) },
    postMessage: { there: cut(there.postMessage), back: cut(back.postMessage) }
  })
);
await engine.dispose();
process.exit(0);
