// Two sequencers as they are often written, on the main thread, at one event per millisecond: `interval` looks every
// millisecond what is due, `timeout` sets each timer to the next deadline, so that its errors do not add up.
import { clearInterval, setInterval } from 'node:timers';
import { histogram } from '../histogram.mjs';
import { percentiles } from '../tools.mjs';
import { begin } from './loads.mjs';

const { seconds, load, way } = JSON.parse(process.argv[2]);
const STEP_MS = 1;
const WARM_UP = 1000;
const count = seconds * 1000 + WARM_UP;
const lateMs = new Float64Array(count);
const startMs = performance.now() + 10;
let sent = 0;

function sendDue() {
  for (let nowMs; sent < count && (nowMs = performance.now()) >= startMs + sent * STEP_MS; sent++) {
    lateMs[sent] = nowMs - (startMs + sent * STEP_MS);
  }
}

const unload = begin(load);
await new Promise((done) => {
  if (way === 'interval') {
    const timer = setInterval(() => {
      sendDue();
      if (sent < count) return;
      clearInterval(timer);
      done();
    }, STEP_MS);
  } else {
    const next = () => {
      sendDue();
      if (sent === count) done();
      else setTimeout(next, startMs + sent * STEP_MS - performance.now());
    };
    next();
  }
});
unload();
const measured = lateMs.subarray(WARM_UP);
console.log(
  JSON.stringify({
    granted: 'none',
    priority: 0,
    ...percentiles(measured),
    histogram: histogram(measured)
  })
);
