// A real Node-RED in this process with every node of ours: whatever message comes and whatever its admin routes are
// asked, nothing is thrown that nobody catches, nothing takes long, and no note is left hanging.
import fc from 'fast-check';
import { createServer } from 'node:http';
import { deploy, RED, startNodeRed } from '../bench/parts/node-red.mjs';
import { dist, sleep } from '../bench/tools.mjs';
import { message, text, value } from './inputs.mjs';

const SOON_MS = 2000;
/** Messages that are given before the event loop has its turn. */
const AT_ONCE = 8;
const FLOW = [
  { id: 'device', type: 'phasor-device', name: 'fuzz', portMode: 'loopback', port: 'fuzz', wire: 'none' },
  { id: 'clock', type: 'phasor-clock', name: 'fuzz', bpm: 120, autostart: true, wires: [['pattern'], []] },
  { id: 'pattern', type: 'phasor-pattern', notation: 'c4 e4 g4 e4', wires: [['profile'], []] },
  { id: 'profile', type: 'phasor-cc-profile', profile: 'generic_analog', wires: [['throttle'], []] },
  { id: 'throttle', type: 'phasor-throttle', device: 'device', wires: [['out'], []] },
  { id: 'in', type: 'phasor-alsa-in', device: 'device', wires: [[], []] },
  { id: 'out', type: 'phasor-alsa-out', device: 'device', wires: [] }
];
const TARGETS = ['clock', 'pattern', 'profile', 'throttle', 'in', 'out'];
const PATHS = [
  ...[
    'ports',
    'status',
    'health',
    'look',
    'panic',
    'files',
    'files/patterns',
    'files/profiles',
    'cc-profiles'
  ],
  ...[
    'cc-profiles/read',
    'cc-profiles/write',
    'cc-profiles/save',
    'cc-profiles/heard',
    'clock/clock',
    'pattern/pattern'
  ],
  ...['pattern/pattern/playing', 'pattern/pattern/audition', 'cc-profiles/generic_analog']
];

/** Starts Node-RED; gives the properties, and what ends it and tells whether notes hang. */
export async function nodes() {
  const uncaught = [];
  process.on('uncaughtException', (error) => uncaught.push(error));
  process.on('unhandledRejection', (error) => uncaught.push(error));
  const server = createServer((request, response) => RED.httpAdmin(request, response));
  await startNodeRed({ admin: true, server });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/phasor/`;
  await deploy(FLOW);
  const engine = dist('engine').runningEngine();
  await engine.ready();
  const sounding = new Set();
  let begun = 0;
  engine.listen('fuzz', (bytes) => {
    const voice = `${bytes[0] & 0xf} ${bytes[1]}`;
    const isOn = bytes[0] >> 4 === 9 && bytes[2] > 0;
    if (isOn) begun++;
    if (isOn) sounding.add(voice);
    else if (bytes[0] >> 4 === 8 || bytes[0] >> 4 === 9) sounding.delete(voice);
  });

  const healthy = (startedMs) => {
    const tookMs = performance.now() - startedMs;
    if (uncaught.length > 0) throw uncaught.splice(0)[0];
    if (tookMs > SOON_MS) throw new Error(`it took ${tookMs.toFixed(0)} ms`);
    if (engine.report().state !== 'ok') throw new Error(`the engine is ${engine.report().state}`);
  };
  const turns = async () => {
    for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  const messages = fc.asyncProperty(
    fc.array(fc.tuple(fc.constantFrom(...TARGETS), message), { minLength: 1, maxLength: 8 }),
    async (sent) => {
      const startedMs = performance.now();
      for (const [target, msg] of sent) RED.nodes.getNode(target).receive({ ...msg });
      await turns();
      healthy(startedMs);
    }
  );

  /** Gives messages to every node, a few at a time. */
  async function give(all) {
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const startedMs = performance.now();
      for (const msg of all.slice(from, from + AT_ONCE))
        for (const target of TARGETS) RED.nodes.getNode(target).receive({ ...msg });
      await turns();
      healthy(startedMs);
    }
  }

  const path = fc.oneof(
    fc.constantFrom(...PATHS),
    fc.tuple(fc.constantFrom(...PATHS), text).map(([known, more]) => `${known}/${more}`)
  );
  const body = fc.oneof(
    value,
    fc.record(
      { id: text, text, format: text, profile: value, pattern: value, topic: text, payload: value },
      { requiredKeys: [] }
    )
  );
  const routes = fc.asyncProperty(
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    path,
    fc.constantFrom('application/json', 'application/octet-stream', 'text/plain'),
    body,
    async (method, place, type, content) => {
      const startedMs = performance.now();
      const response = await fetch(
        url + place.split('/').map(encodeURIComponent).join('/').replace(/%2E/gi, '.'),
        {
          method,
          headers: { 'content-type': type },
          body: method === 'GET' ? undefined : asText(content)
        }
      );
      const answer = await response.text();
      if (response.status >= 500)
        throw new Error(`${method} ${place}: ${response.status} ${answer.slice(0, 300)}`);
      healthy(startedMs);
    }
  );

  /** Stops all; throws where something sounds on, or begins to. */
  async function end() {
    const give = (id, payload) => RED.nodes.getNode(id).receive({ payload });
    give('clock', 'stop');
    give('out', 'panic');
    await sleep(1000);
    const left = [...sounding];
    const before = begun;
    await sleep(1000);
    const phantoms = begun - before;
    await deploy([]);
    await RED.stop();
    server.closeAllConnections();
    server.close();
    if (phantoms > 0) throw new Error(`${phantoms} notes began after stop and panic`);
    if (left.length > 0) throw new Error(`notes that hang after stop and panic: ${left.join(', ')}`);
  }
  return { messages, routes, give, end };
}

/** JSON that Node-RED's own parser takes; what it refuses never comes to us. */
function asText(content) {
  const isObject = typeof content === 'object' && content !== null && !ArrayBuffer.isView(content);
  return JSON.stringify(isObject ? content : { text: content });
}
