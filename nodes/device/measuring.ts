import type { NodeAPI } from 'node-red';
import { LoopTest, LoopTestFailed, type LoopFigures } from '../engine';
import type { DeviceNode } from '../palette/device';
import { leaseEngine } from '../palette/engine';

/** As much of Express as is needed here. */
interface Response {
  status(code: number): Response;
  json(body: unknown): void;
  on(event: 'close', closed: () => void): void;
}

/** HTTP statuses of what can go wrong; all others are conflicts with how things are now. */
const NOT_FOUND = 404;
const CONFLICT = 409;

/**
 * Serves `POST /phasor/devices/:id/latency`: measures how long messages take from the port of a deployed device to its
 * input, one device at a time, and answers with LoopFigures, or with `{failure, message}`. Whoever goes away ends it.
 */
export function serveMeasuring(RED: NodeAPI): void {
  let running: LoopTest | undefined;

  const measure = async (id: string, response: Response): Promise<LoopFigures> => {
    const device = RED.nodes.getNode(id) as DeviceNode | null;
    if (typeof device?.openInput !== 'function')
      throw new LoopTestFailed('notDeployed', 'the device is not deployed (yet)');
    if (running !== undefined) throw new LoopTestFailed('busy', 'another measurement is running');
    // The device may be deployed away meanwhile.
    const lease = leaseEngine(RED);
    const test = (running = new LoopTest(lease.engine, device));
    response.on('close', test.stop);
    try {
      return await test.run();
    } finally {
      running = undefined;
      lease.release();
    }
  };

  RED.httpAdmin.post(
    '/phasor/devices/:id/latency',
    RED.auth.needsPermission('phasor.write'),
    (request: { params: { id: string } }, response: Response) => {
      measure(request.params.id, response).then(
        (figures) => response.json(figures),
        (error: Error) => {
          const failure = error instanceof LoopTestFailed ? error.failure : 'interrupted';
          const code = failure === 'notDeployed' ? NOT_FOUND : CONFLICT;
          response.status(code).json({ failure, message: error.message });
        }
      );
    }
  );
}
