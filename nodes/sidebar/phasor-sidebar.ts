import type { NodeAPI } from 'node-red';
import { runningEngine } from '../engine';
import { Feed } from './feed';

/** What a clock in the sidebar may be told; the clock node itself reads and refuses it. */
const MAX_BODY_BYTES = 1000;

/** The sidebar: what plays, on which ports, how tight, and what it sounds like. */
export = (RED: NodeAPI): void => {
  const { httpAdmin, auth, comms } = RED as NodeAPI & {
    comms: { publish(topic: string, data: unknown, retain: boolean): void };
  };
  const feed = new Feed({
    engine: runningEngine,
    publish: (news) => comms.publish('phasor/feed', news, false),
    now: () => performance.now()
  });

  // A sidebar that looks comes back here again and again; one that is hidden does not.
  httpAdmin.post('/phasor/look', auth.needsPermission('phasor.read'), (_request, response) => {
    feed.look();
    response.status(204).end();
  });

  httpAdmin.post('/phasor/clock/:id', auth.needsPermission('phasor.write'), (request, response) => {
    const { id } = request.params as { id: string };
    const payload: unknown = (request.body as { payload?: unknown } | undefined)?.payload;
    const node = RED.nodes.getNode(id);
    if (node?.type !== 'phasor-clock') {
      response.status(404).json({ message: 'no such clock runs' });
    } else if (payload === undefined || JSON.stringify(payload).length > MAX_BODY_BYTES) {
      response.status(400).json({ message: 'a payload is needed, as the clock node takes it' });
    } else {
      node.receive({ payload } as never);
      response.status(204).end();
    }
  });

  httpAdmin.post('/phasor/panic', auth.needsPermission('phasor.write'), (_request, response) => {
    runningEngine()?.panic();
    response.status(204).end();
  });

  (
    RED as unknown as { plugins: { registerPlugin(id: string, definition: object): void } }
  ).plugins.registerPlugin('phasor-sidebar', { type: 'phasor-sidebar' });
};
