// Sixteenths that go on while the flow is deployed again and again: the largest gap between two notes.
import { percentiles, dist, sleep } from '../tools.mjs';
import { deploy, RED, startNodeRed } from './node-red.mjs';

const { deploys, how } = JSON.parse(process.argv[2]);
const BPM = 125;
const STEP_MS = 120;
const PAUSE_MS = 700;

const flow = (velocity) => [
  {
    id: 'device',
    type: 'phasor-device',
    name: 'bench',
    portMode: 'loopback',
    port: 'bench',
    wire: 'none'
  },
  { id: 'clock', type: 'phasor-clock', name: 'bench', bpm: BPM, autostart: true, wires: [['pattern'], []] },
  {
    id: 'pattern',
    type: 'phasor-pattern',
    notation: 'c4*16',
    velocity,
    quantum: 'none',
    wires: [['out'], []]
  },
  { id: 'out', type: 'phasor-alsa-out', device: 'device', wires: [] }
];
await startNodeRed();
await deploy(flow(100));
const engine = dist('engine').runningEngine();
const { granted, priority } = (await engine.ready()).priority;
const notesMs = [];
engine.listen('bench', (bytes, timeMs) => bytes[0] >> 4 === 9 && bytes[2] > 0 && notesMs.push(timeMs));
await sleep(2000);
notesMs.length = 0;
const took = [];
for (let turn = 0; turn < deploys; turn++) {
  await sleep(PAUSE_MS + Math.random() * STEP_MS);
  if (how === 'none') continue;
  const startedMs = performance.now();
  // Another velocity, so that there is something to deploy.
  await deploy(flow(90 + (turn % 20)), how);
  took.push(performance.now() - startedMs);
}
await sleep(500);
const gaps = notesMs.slice(1).map((timeMs, index) => timeMs - notesMs[index]);
const lengthMs = notesMs.at(-1) - notesMs[0];
console.log(
  JSON.stringify({
    nodeRed: RED.version(),
    granted,
    priority,
    notes: notesMs.length,
    expected: Math.round(lengthMs / STEP_MS) + 1,
    gapErrorMs: Math.max(...gaps.map((gap) => gap - STEP_MS)),
    error: percentiles(gaps.map((gap) => Math.abs(gap - STEP_MS))),
    deployMs: took.length > 0 ? percentiles(took) : undefined
  })
);
process.exit(0);
