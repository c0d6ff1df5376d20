// `npm start`: a Node-RED of its own in .node-red/, with this palette and the first example playing.
// Port: PORT, else 1880, else the next free one.
import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  symlinkSync,
  lstatSync,
  writeFileSync,
  readFileSync
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { root, setUp } from './setup.mjs';

const FIRST_EXAMPLE = join(root, 'examples', '01 - First beat.json');
const HOST = '127.0.0.1';
const START_LIMIT_MS = 60_000;

const SETTINGS = `// Settings of the Node-RED that "npm start" runs. Written once; yours to change.
module.exports = {
  // The editor answers on this machine only. Remove the line to open it to the network, and then set adminAuth.
  uiHost: '${HOST}',
  flowFile: 'flows.json',
  flowFilePretty: true,
  credentialSecret: false,
  telemetry: { enabled: false, updateNotification: false },
  // The nodes of this palette stand first.
  editorTheme: { tours: false, palette: { categories: ['phasor', 'subflows', 'common', 'function'] } }
  // phasorPriority: 70,
  // phasorLookaheadMs: 150,
  // phasorLateToleranceMs: 50,
  // phasorMaxPendingEvents: 1000,
};
`;

setUp();
const userDir = makeUserDirectory();
const port = await freePort(Number(process.env.PORT) || 1880);
const editor = `http://${HOST}:${port}/`;
const nodeRed = spawn(
  process.execPath,
  [join(root, 'node_modules', 'node-red', 'red.js'), '--userDir', userDir, '--port', String(port)],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }
);
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // Node-RED silences what sounds and leaves; this process stays until it has.
  process.on(signal, () => {
    stopping = true;
    nodeRed.kill('SIGINT');
  });
}
nodeRed.once('error', (error) => {
  console.error(`Node-RED cannot be started: ${error.message}`);
  process.exit(1);
});
nodeRed.once('exit', (code) => process.exit(stopping ? 0 : (code ?? 1)));

const status = await statusOfEngine();
if (status && !stopping) report(status);

/** .node-red/ with settings, this package linked into it, and the first example where there are no flows yet. */
function makeUserDirectory() {
  const directory = join(root, '.node-red');
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const link = join(directory, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(root, link, 'junction');
  const settings = join(directory, 'settings.js');
  if (!existsSync(settings)) writeFileSync(settings, SETTINGS);
  const flows = join(directory, 'flows.json');
  if (!existsSync(flows)) copyFileSync(FIRST_EXAMPLE, flows);
  return directory;
}

async function freePort(first) {
  for (let candidate = first; candidate < first + 100; candidate++) {
    if (await isFree(candidate)) return candidate;
  }
  console.error(`No port is free from ${first} to ${first + 99}. Choose another one: PORT=3000 npm start`);
  process.exit(1);
}

function isFree(candidate) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(candidate, HOST, () => server.close(() => resolve(true)));
  });
}

/** What the engine says of itself once it runs and its outputs have found their ports; undefined where it does not answer in time. */
async function statusOfEngine() {
  const endMs = performance.now() + START_LIMIT_MS;
  while (performance.now() < endMs && !stopping) {
    try {
      const answer = await fetch(new URL('phasor/status', editor));
      const status = answer.ok ? await answer.json() : undefined;
      const opening = status?.outputs?.some(({ state }) => state === 'opening');
      if (status && status.state !== 'starting' && status.state !== 'stopped' && !opening) return status;
    } catch {
      // Node-RED does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return undefined;
}

function report({ ports = [], outputs = [], priority = {} }) {
  const outs = ports.filter(({ direction, kind }) => direction === 'out' && kind !== 'loopback');
  const names = [...new Set(outs.map(({ name }) => name))];
  const plays = outputs.map((output) => (typeof output === 'string' ? output : output.port));
  const lines = [
    `Editor             ${editor}`,
    `MIDI ports         ${names.join(', ') || 'none found; press Listen in the sidebar of the editor to hear what is played'}`,
    `Music goes to      ${[...new Set(plays)].join(', ') || 'no output yet'}`,
    `Realtime priority  ${priority.granted === 'fifo' ? `granted (${priority.priority})` : 'not granted'}`
  ];
  if (priority.granted !== 'fifo' && priority.advice) lines.push(`                   ${priority.advice}`);
  lines.push('Stop with Ctrl-C.');
  console.log(`\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
}
