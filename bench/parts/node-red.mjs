// A Node-RED in this process in which our package is installed as it is built here.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { root, sleep } from '../tools.mjs';

export const TAB = { id: 'tab', type: 'tab', label: 'bench' };

export const RED = createRequire(import.meta.url)('node-red');

/** @param options `admin` for one that answers the admin routes through `server`; the benchmarks need none */
export async function startNodeRed({ admin = false, server = createServer() } = {}) {
  const userDir = mkdtempSync(join(tmpdir(), 'phasor-bench-'));
  mkdirSync(join(userDir, 'node_modules', '@phasor-midi'), { recursive: true });
  symlinkSync(root, join(userDir, 'node_modules', '@phasor-midi', 'node-red-phasor'), 'junction');
  process.once('exit', () => rmSync(userDir, { recursive: true, force: true }));
  // Neither the engine nor a server that does not listen keeps a process alive.
  setInterval(() => undefined, 1000);
  RED.init(server, {
    userDir,
    ...(!admin && { httpAdminRoot: false }),
    httpNodeRoot: false,
    credentialSecret: false,
    phasorDriver: 'none',
    logging: { console: { level: 'off' } },
    telemetry: { enabled: false, updateNotification: false }
  });
  await RED.start();
  // The start of the first, empty flows may still be under way.
  await sleep(500);
}

/** Deploys nodes on one tab and waits until the last of them is there. */
export async function deploy(nodes, deploymentType = 'full') {
  const placed = nodes.map((node) =>
    node.type === 'phasor-device' ? node : { z: 'tab', x: 1, y: 1, ...node }
  );
  await RED.runtime.flows.setFlows({ deploymentType, flows: { flows: [TAB, ...placed] } });
  while (nodes.length > 0 && RED.nodes.getNode(nodes.at(-1).id) == null) await sleep(10);
}
