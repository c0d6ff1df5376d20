import type { Node, NodeAPI, NodeMessageInFlow, NodeStatusFill, NodeStatusShape } from 'node-red';
import { inWords } from './words';

export type Send = (msg: unknown) => void;

/**
 * Handles a node's messages: what the handler throws goes to the Catch nodes, and every message is settled exactly
 * once. Nothing that was playing stops because of a wrong message.
 */
export function onInput(node: Node, handle: (msg: NodeMessageInFlow, send: Send) => void): void {
  node.on('input', (msg, send, done) => {
    try {
      handle(msg, send as Send);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  });
}

/** Runs on close; `removed` tells that the node is gone for good. */
export function onClose(node: Node, close: (removed: boolean) => void): void {
  node.on('close', (removed: boolean, done: () => void) => {
    close(removed);
    done();
  });
}

/** Who waits for the flows to start: one listener for all, since an emitter warns of more than ten. */
const waiting = new WeakMap<NodeAPI['events'], Set<() => void>>();

function waitersOf({ events }: NodeAPI): Set<() => void> {
  const known = waiting.get(events);
  if (known !== undefined) return known;
  const waiters = new Set<() => void>();
  waiting.set(events, waiters);
  events.on('flows:started', () => {
    const due = [...waiters];
    waiters.clear();
    for (const started of due) started();
  });
  return waiters;
}

/** Calls back when all flows are wired and running, once; nothing that is sent before arrives. */
export function whenStarted(RED: NodeAPI, node: Node, started: () => void): void {
  const waiters = waitersOf(RED);
  waiters.add(started);
  node.on('close', (_removed: boolean, done: () => void) => {
    waiters.delete(started);
    done();
  });
}

/** Shows a status, and only when it differs from the one shown. */
export class StatusLine {
  private shown = '';

  constructor(private readonly node: Node) {}

  show(fill: NodeStatusFill, shape: NodeStatusShape, text: string): void {
    const status = `${fill} ${shape} ${text}`;
    if (status === this.shown) return;
    this.shown = status;
    this.node.status({ fill, shape, text });
  }
}

/** A config that cannot be used: told to the Catch nodes and in the status. */
export function refuseConfig(RED: NodeAPI, node: Node, error: Error): void {
  new StatusLine(node).show('red', 'ring', shorten(inWords(RED._, error)));
  node.error(error.message);
}

/** Status texts are meant to be short. */
export function shorten(text: string, length = 40): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
