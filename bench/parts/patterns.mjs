// A Node-RED in this process with so many patterns on one clock, and as many function nodes that are given spans like
// the clock's and send the same messages. Both end in a function node that counts. They play in turns.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { dist, root, sleep } from '../tools.mjs';

const { count, rounds, seconds } = JSON.parse(process.argv[2]);
const BPM = 300;
const SPAN_MS = 30;
const STEP_TICKS = 240;
const SETTLE_MS = 500;

const require = createRequire(import.meta.url);
const RED = require('node-red');
const userDir = mkdtempSync(join(tmpdir(), 'phasor-bench-'));
mkdirSync(join(userDir, 'node_modules', '@phasor-midi'), { recursive: true });
symlinkSync(root, join(userDir, 'node_modules', '@phasor-midi', 'node-red-phasor'), 'junction');
process.once('exit', () => rmSync(userDir, { recursive: true, force: true }));

/** The messages of a pattern for a span, and nothing else. */
const SAME = `
const { clock, epoch, from, to } = msg.payload;
const messages = [];
for (let tick = Math.ceil(from / ${STEP_TICKS}) * ${STEP_TICKS}; tick < to; tick += ${STEP_TICKS}) {
  messages.push({
    topic: 'note',
    payload: { type: 'note', note: 60, velocity: 100, durationTicks: 192 },
    at: { clock, epoch, tick, source: node.id, ordinal: messages.length }
  });
}
return [messages];`;
const func = (id, code, wires) => ({
  id,
  type: 'function',
  z: 'tab',
  func: code,
  outputs: wires.length,
  libs: [],
  x: 1,
  y: 1,
  wires
});
const ids = (name) => Array.from({ length: count }, (_, index) => `${name}${index}`);
const counter = { events: 0 };

setInterval(() => undefined, 1000);
RED.init(createServer(), {
  userDir,
  httpAdminRoot: false,
  httpNodeRoot: false,
  credentialSecret: false,
  phasorDriver: 'none',
  functionGlobalContext: { counter },
  logging: { console: { level: 'off' } },
  telemetry: { enabled: false, updateNotification: false }
});
await RED.start();
await RED.runtime.flows.setFlows({
  deploymentType: 'full',
  flows: {
    flows: [
      { id: 'tab', type: 'tab', label: 'bench' },
      { id: 'clock', type: 'phasor-clock', z: 'tab', bpm: BPM, x: 1, y: 1, wires: [ids('pattern'), []] },
      ...ids('pattern').map((id) => ({
        id,
        type: 'phasor-pattern',
        z: 'tab',
        notation: 'c4*64',
        cycleBeats: 16,
        x: 1,
        y: 1,
        wires: [['sink'], []]
      })),
      func('spans', 'return msg;', [ids('same')]),
      ...ids('same').map((id) => func(id, SAME, [['sink']])),
      func('sink', "global.get('counter').events++;", [])
    ]
  }
});
while (RED.nodes.getNode('clock') == null) await sleep(10);
await dist('engine').runningEngine().ready();
await sleep(SETTLE_MS);

const send = (id, payload) => RED.nodes.getNode(id).receive({ payload });

/** Spans in real time, as a clock of this tempo announces them. */
function playFunctions() {
  const startMs = performance.now();
  let from = 0;
  const timer = setInterval(() => {
    for (const endMs = performance.now() - startMs; from * (60_000 / BPM / 960) < endMs;) {
      const to = from + (SPAN_MS * BPM * 960) / 60_000;
      send('spans', { type: 'span', clock: 'clock', epoch: 1, from, to, position: from, running: true });
      from = to;
    }
  }, SPAN_MS);
  return () => clearInterval(timer);
}

function playPatterns() {
  send('clock', 'start');
  return () => send('clock', 'stop');
}

async function measure(play) {
  const stop = play();
  await sleep(SETTLE_MS);
  const before = performance.eventLoopUtilization();
  const startMs = performance.now();
  counter.events = 0;
  await sleep(seconds * 1000);
  const { active } = performance.eventLoopUtilization(before);
  const lengthMs = performance.now() - startMs;
  const { events } = counter;
  stop();
  await sleep(SETTLE_MS);
  return {
    eventsPerS: (events / lengthMs) * 1000,
    usPerEvent: (active * 1000) / events,
    busyPercent: (active / lengthMs) * 100
  };
}

const measured = [];
for (let round = 0; round < rounds; round++) {
  measured.push({ patterns: await measure(playPatterns), functions: await measure(playFunctions) });
}
console.log(JSON.stringify({ nodeRed: RED.version(), rounds: measured }));
await RED.stop();
process.exit(0);
