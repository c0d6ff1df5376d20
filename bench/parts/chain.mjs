// A Node-RED in this process, with chains of our nodes, or of core nodes that are given as many messages, or at rest.
// Tells how much CPU time the main thread takes, and the worker.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { dist, root, sleep } from '../tools.mjs';
import { SCHED_FIFO } from './engine.mjs';

const { flow, patterns, seconds, spansPerS, notesPerS } = JSON.parse(process.argv[2]);

const require = createRequire(import.meta.url);
const RED = require('node-red');
const userDir = mkdtempSync(join(tmpdir(), 'phasor-bench-'));
mkdirSync(join(userDir, 'node_modules', '@phasor-midi'), { recursive: true });
symlinkSync(root, join(userDir, 'node_modules', '@phasor-midi', 'node-red-phasor'), 'junction');
process.once('exit', () => rmSync(userDir, { recursive: true, force: true }));

// Neither the engine nor a server that does not listen keeps a process alive.
setInterval(() => undefined, 1000);
RED.init(createServer(), {
  userDir,
  httpAdminRoot: false,
  httpNodeRoot: false,
  credentialSecret: false,
  phasorDriver: 'none',
  logging: { console: { level: 'off' } },
  telemetry: { enabled: false, updateNotification: false }
});

const numbers = Array.from({ length: patterns }, (_, index) => index);
const ids = (name) => numbers.map((index) => `${name}${index}`);
const on = (node) => ({ z: 'tab', x: 1, y: 1, ...node });

const device = {
  id: 'device',
  type: 'phasor-device',
  name: 'bench',
  portMode: 'loopback',
  port: 'bench',
  wire: 'none'
};
const clock = (extra) =>
  on({ id: 'clock', type: 'phasor-clock', name: 'bench', bpm: 120, wires: [ids('pattern'), []], ...extra });

const chain = (index) => [
  on({
    id: `pattern${index}`,
    type: 'phasor-pattern',
    notation: 'c4*16',
    cycleBeats: 4,
    channel: index + 1,
    wires: [[`profile${index}`]]
  }),
  on({
    id: `profile${index}`,
    type: 'phasor-cc-profile',
    profile: 'generic_analog',
    wires: [[`throttle${index}`], []]
  }),
  on({
    id: `throttle${index}`,
    type: 'phasor-throttle',
    throttleMs: 10,
    device: 'device',
    second: 'statistics',
    rate: 4,
    wires: [[`out${index}`], []]
  }),
  on({ id: `out${index}`, type: 'phasor-alsa-out', device: 'device', wires: [] })
];

const func = (id, code, wires, outputs = 1) =>
  on({ id, type: 'function', func: code, outputs, initialize: '', finalize: '', libs: [], wires });
const change = (id, to, wires) =>
  on({ id, type: 'change', rules: [{ t: 'set', p: to, pt: 'msg', to: 'bench', tot: 'str' }], wires });
/** Notes come as often as a pattern has them, spread over the spans. */
const coreChain = (index) => [
  func(
    `pattern${index}`,
    `const owed = (context.get('owed') || 0) + ${(notesPerS ?? 0) / (spansPerS ?? 1)};
     context.set('owed', owed % 1);
     const notes = [];
     for (let n = 1; n <= owed; n++) {
       notes.push({ topic: 'note', payload: { type: 'note', note: 60, velocity: 100, durationTicks: 192 }, at: { tick: n } });
     }
     return [notes];`,
    [[`profile${index}`]]
  ),
  change(`profile${index}`, 'topic', [[`throttle${index}`]]),
  on({
    id: `throttle${index}`,
    type: 'switch',
    property: 'payload.type',
    propertyType: 'msg',
    rules: [{ t: 'eq', v: 'note', vt: 'str' }],
    checkall: 'true',
    repair: false,
    outputs: 1,
    wires: [[`out${index}`]]
  }),
  func(`out${index}`, 'return null;', [], 0)
];

const FLOWS = {
  rest: () => [device, clock({ wires: [[], []] })],
  ours: () => [device, clock({ autostart: true }), ...numbers.flatMap(chain)],
  core: () => [
    device,
    clock({ wires: [[], []] }),
    change('feed', 'topic', [ids('pattern')]),
    ...numbers.flatMap(coreChain)
  ]
};

await RED.start();
await RED.runtime.flows.setFlows({
  deploymentType: 'full',
  flows: { flows: [{ id: 'tab', type: 'tab', label: 'bench' }, ...FLOWS[flow]()] }
});
while (RED.nodes.getNode('clock') == null) await sleep(10);
const engine = dist('engine').runningEngine();
const { priority } = await engine.ready();

let spans = 0;
const watch = engine.onHorizon((horizon) => {
  if (horizon.type === 'announced' && horizon.toTick > horizon.fromTick) spans++;
});
let fed = 0;
if (flow === 'core') {
  const startMs = performance.now();
  setInterval(() => {
    for (; fed < ((performance.now() - startMs) / 1000) * spansPerS; fed++) {
      const payload = {
        type: 'span',
        clock: 'clock',
        epoch: 1,
        from: 0,
        to: 60,
        position: 0,
        timeMs: 0,
        bpm: 120
      };
      const rest = { beatsPerBar: 4, beatUnit: 4, running: true, primed: false, replay: false };
      RED.nodes.getNode('feed').receive({ topic: 'span', payload: { ...payload, ...rest } });
    }
  }, 5);
}

/** CPU time of the main thread, in ms. */
const mainCpuMs = () =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
/** The worker's thread: the one with realtime priority, or with the nice value that it got instead. */
function workerTask() {
  const tasks = readdirSync('/proc/self/task').filter((task) => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return priority.granted === 'nice' ? Number(stat[16]) === priority.priority : stat[38] === SCHED_FIFO;
  });
  return tasks.length === 1 ? `/proc/self/task/${tasks[0]}` : undefined;
}
const worker = workerTask();
/** CPU time of the worker, in ms. */
const workerCpuMs = () =>
  worker === undefined ? NaN : Number(readFileSync(`${worker}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
/** How often the worker has gone to sleep. */
const sleeps = () =>
  worker === undefined
    ? NaN
    : Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`${worker}/status`, 'utf8'))[1]);
const sent = () => engine.outputReports().reduce((sum, { counters }) => sum + (counters?.sent ?? 0), 0);
const read = () => ({
  main: mainCpuMs(),
  worker: workerCpuMs(),
  sleeps: sleeps(),
  sent: sent(),
  spans,
  fed,
  ms: performance.now()
});

await sleep(2000);
const before = read();
await sleep(seconds * 1000);
const after = read();
watch.stop();
const perS = (key) => ((after[key] - before[key]) / (after.ms - before.ms)) * 1000;
console.log(
  JSON.stringify({
    nodeRed: RED.version(),
    granted: priority.granted,
    priority: priority.priority,
    mainMsPerS: perS('main'),
    workerMsPerS: perS('worker'),
    wakesPerS: perS('sleeps'),
    spansPerS: flow === 'core' ? perS('fed') : perS('spans'),
    // A note is two messages.
    notesPerS: flow === 'core' ? notesPerS * patterns : perS('sent') / 2
  })
);
await RED.stop();
process.exit(0);
