import type { Node, NodeAPI } from 'node-red';
import {
  acquireEngine,
  readSettings,
  type Engine,
  type EngineLease,
  type EngineReport,
  type Health
} from '../engine';
import { shorten, StatusLine } from './node';
import { inWords } from './words';

const greeted = new WeakSet<Engine>();

/**
 * A node's hold on the engine, with Node-RED's settings and log behind it. Throws Internal where another version of
 * this package started the engine: the node cannot be made, and its status says so.
 */
export function leaseEngine(RED: NodeAPI, node?: Node): EngineLease {
  const lease = acquire(RED, node);
  if (!greeted.has(lease.engine)) {
    greeted.add(lease.engine);
    greet(RED, lease.engine);
  }
  return lease;
}

function acquire(RED: NodeAPI, node?: Node): EngineLease {
  try {
    return acquireEngine(() =>
      readSettings(RED.settings as unknown as Record<string, unknown>, (complaint) =>
        RED.log.warn(`[phasor] ${complaint}`)
      )
    );
  } catch (error) {
    if (node !== undefined) new StatusLine(node).show('red', 'ring', shorten(inWords(RED._, error)));
    throw error;
  }
}

/** Tells once what the engine runs on, and from then on what goes wrong in it. */
function greet(RED: NodeAPI, engine: Engine): void {
  engine.on('failed', (error: Error) => RED.log.error(`[phasor] ${error.message}`));
  engine.on('restarted', (error: Error) => RED.log.warn(`[phasor] ${error.message}`));
  engine.on('fault', (error: Error) => RED.log.error(`[phasor] ${error.message}`));
  engine.on('ports', () => RED.log.debug(`[phasor] ${portsNow(engine.report())}`));
  engine.on('health', (health: Health) => RED.log.debug(`[phasor] ${healthNow(health)}`));
  const stopped = (event: { id: string; payload?: { state?: string; deploy?: boolean } }) => {
    // Flows that are stopped, other than by a deploy, do not come back: their notes end now.
    if (event.id === 'runtime-state' && event.payload?.state === 'stop' && !event.payload.deploy)
      engine.endGrace();
  };
  RED.events.on('runtime-event', stopped);
  engine.once('disposed', () => RED.events.off('runtime-event', stopped));
  void engine.ready().then((report) => {
    for (const line of startReport(report)) RED.log.info(`[phasor] ${line}`);
  });
}

function portsNow({ driver, ports }: EngineReport): string {
  const told = ports.map(({ name, direction, kind }) => `${name} (${direction}, ${kind})`);
  return `ports of ${driver} and loopback: ${told.join(', ') || 'none'}`;
}

function healthNow({ state, complaints }: Health): string {
  return [`health: ${state}`, ...complaints.map(({ why, todo }) => `${why}; ${todo}`)].join('; ');
}

/** What somebody who starts Node-RED wants to know, one sentence a line. */
export function startReport({ driver, priority, ports, refused }: EngineReport): string[] {
  const outputs = ports.filter(({ direction, kind }) => direction === 'out' && kind !== 'loopback');
  const lines =
    outputs.length > 0
      ? [`MIDI ports (${driver}): ${outputs.map(({ name }) => name).join(', ')}`, ...refused]
      : [`no MIDI ports; music goes to the loopback port (${refused.join('; ') || `driver ${driver}`})`];
  const ordinary = priority.granted === 'nice' ? `nice ${priority.priority}` : 'ordinary priority';
  const granted =
    priority.granted === 'fifo'
      ? `realtime priority ${priority.priority} granted`
      : `realtime priority not granted (${ordinary})`;
  return [...lines, priority.advice === '' ? granted : `${granted}. ${priority.advice}`];
}
