// A Node-RED in this process, with a cc profile node and an alsa out that plays to a loopback port. Messages are given
// to one and the other in turns; the port tells when the worker sent them.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { dist, percentiles, root, sleep } from '../tools.mjs';

const { seconds } = JSON.parse(process.argv[2]);
const PAUSE_MS = 3;
const WARM_UP = 100;
const SIX = ['cutoff', 'resonance', 'attack', 'decay', 'release', 'lfo_amount'];

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
await RED.start();
await RED.runtime.flows.setFlows({
  deploymentType: 'full',
  flows: {
    flows: [
      { id: 'tab', type: 'tab', label: 'bench' },
      {
        id: 'device',
        type: 'phasor-device',
        name: 'bench',
        portMode: 'loopback',
        port: 'bench',
        wire: 'none'
      },
      {
        id: 'profile',
        type: 'phasor-cc-profile',
        z: 'tab',
        profile: 'generic_analog',
        x: 1,
        y: 1,
        wires: [['out'], []]
      },
      { id: 'out', type: 'phasor-alsa-out', z: 'tab', device: 'device', x: 2, y: 2, wires: [] }
    ]
  }
});
// The start of the first, empty flows may still be under way.
while (RED.nodes.getNode('out') == null) await sleep(10);

const engine = dist('engine').runningEngine();
const { priority } = await engine.ready();
let heard = () => {};
engine.listen('bench', (bytes, timeMs) => heard(bytes, timeMs));
await sleep(300);

/** Each way: the node that is given a message, and the message; the last control change of it is awaited. */
const WAYS = {
  event: {
    node: 'out',
    controls: 1,
    payload: (value) => ({ type: 'cc', channel: 1, controller: 74, value: Math.round(value * 127) })
  },
  parameter: { node: 'profile', controls: 1, topic: 'cutoff', payload: (value) => value },
  six: {
    node: 'profile',
    controls: 6,
    payload: (value) => Object.fromEntries(SIX.map((name) => [name, value]))
  }
};
const count = Math.round((seconds * 1000) / (PAUSE_MS * 3 * 1.2)) + WARM_UP;
const taken = Object.fromEntries(Object.keys(WAYS).map((way) => [way, new Float64Array(count)]));
for (let turn = 0; turn < count; turn++) {
  for (const [way, { node, controls, topic, payload }] of Object.entries(WAYS)) {
    await sleep(PAUSE_MS * (0.5 + Math.random()));
    const sent = new Promise((resolve) => {
      let left = controls;
      heard = (bytes, timeMs) => {
        if (bytes[0] >> 4 === 0xb && --left === 0) resolve(timeMs);
      };
    });
    const startMs = performance.now();
    RED.nodes.getNode(node).receive({ topic, payload: payload(Math.random()) });
    taken[way][turn] = (await sent) - startMs;
  }
}
console.log(
  JSON.stringify({
    nodeRed: RED.version(),
    granted: priority.granted,
    priority: priority.priority,
    ...Object.fromEntries(Object.entries(taken).map(([way, ms]) => [way, percentiles(ms.subarray(WARM_UP))]))
  })
);
await RED.stop();
process.exit(0);
