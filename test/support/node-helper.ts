import helper from 'node-red-node-test-helper';
import type { NodeInitializer } from 'node-red';
import { DEFAULT_SETTINGS, disposeEngine, installEngine, type RecoveryPolicy } from '../../nodes/engine';
import { fakeEngine, type FakeEngine } from './fake-engine';
import throttle = require('../../nodes/throttle/phasor-throttle');
import ccProfile = require('../../nodes/cc-profile/phasor-cc-profile');
import clock = require('../../nodes/clock/phasor-clock');
import device = require('../../nodes/device/phasor-device');
import pattern = require('../../nodes/pattern/phasor-pattern');
import alsaIn = require('../../nodes/alsa-in/phasor-alsa-in');
import alsaOut = require('../../nodes/alsa-out/phasor-alsa-out');

helper.init(require.resolve('node-red'));

/** Core nodes that flows use beside ours. */
const core = [require('@node-red/nodes/core/function/10-function.js') as NodeInitializer];

const ALL = [
  device,
  clock,
  pattern,
  ccProfile,
  throttle,
  alsaIn,
  alsaOut,
  ...core
] as unknown as NodeInitializer[];

/** Where Node-RED keeps its files, for the flows that are loaded from now on; undefined: nowhere. */
export function setUserDir(userDir: string | undefined): void {
  helper.settings({ userDir } as never);
}

export type Flow = Record<string, unknown>[];

/** A node as a test sees it. */
export interface LoadedNode {
  id: string;
  receive(msg: unknown): void;
  on(event: string, listener: (msg: never) => void): void;
  /** A spy that all nodes share. */
  status: { args: [Status][]; thisValues: unknown[] };
}

export interface Status {
  fill: string;
  shape: string;
  text: string;
}

/** A flow that runs on an engine in fake time. */
export interface RunningFlow extends FakeEngine {
  node(id: string): LoadedNode;
  /** What a node shows last. */
  status(id: string): Status;
  /** Messages that arrived at a node of type `helper`, as they come. */
  collect(id: string): Record<string, unknown>[];
  /** Lets time go by, with the wires taking their turns in between. */
  run(ms: number): Promise<void>;
  /** Deploys another version of the flow; `type` is full (the default), flows or nodes. */
  redeploy(flow: Flow, type?: 'full' | 'flows' | 'nodes'): Promise<void>;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Lets all wires deliver what is under way. */
export async function settle(): Promise<void> {
  for (let hop = 0; hop < 8; hop++) await turn();
}

/** What Node-RED has logged since the flow was loaded. */
export function logged(): { level: number; msg: string }[] {
  const spy = helper.log() as unknown as { args: [{ level: number; msg: string }][] };
  return spy.args.map(([entry]) => entry);
}

/** Loads a flow. Fails where a node of it could not be made. */
export async function runFlow(flow: Flow, recovery: Partial<RecoveryPolicy> = {}): Promise<RunningFlow> {
  const policy = { ...DEFAULT_SETTINGS.recovery, ...recovery };
  const fake = fakeEngine({ graceMs: 60_000, recovery: policy });
  installEngine(fake.engine);
  await load(flow);
  const run = async (ms: number) => {
    for (let left = ms; left > 0; left -= 5) {
      fake.advance(Math.min(5, left));
      await settle();
    }
  };
  await settle();
  return {
    ...fake,
    run,
    node: (id) => helper.getNode(id) as unknown as LoadedNode,
    status: (id) => {
      const node = helper.getNode(id) as unknown as LoadedNode;
      const { args, thisValues } = node.status;
      return args[thisValues.lastIndexOf(node)][0];
    },
    collect: (id) => {
      const messages: Record<string, unknown>[] = [];
      (helper.getNode(id) as unknown as LoadedNode).on('input', (msg: Record<string, unknown>) =>
        messages.push(msg)
      );
      return messages;
    },
    redeploy: async (next, type = 'full') => {
      await helper.setFlows(place(next), type);
      await settle();
    }
  };
}

function place(flow: Flow): never {
  const placed = flow.map((node) =>
    node.type === 'phasor-device' ? node : { x: 0, y: 0, z: 'tab', ...node }
  );
  return [{ id: 'tab', type: 'tab' }, ...placed] as never;
}

async function load(flow: Flow): Promise<void> {
  await helper.load(ALL, place(flow));
  for (const { id } of flow) {
    if (helper.getNode(id as string) === null) throw new Error(`node ${String(id)} was not made`);
  }
}

/** Ends the flow and its engine. */
export async function endFlow(): Promise<void> {
  await helper.unload();
  await disposeEngine();
}

/** The parts of most flows: a clock that plays a pattern to a loopback port. */
export const parts = {
  device: (extra = {}) => ({
    id: 'device',
    type: 'phasor-device',
    name: 'synth',
    portMode: 'loopback',
    port: 'synth',
    wire: 'none',
    ...extra
  }),
  clock: (wires: string[][], extra = {}) => ({
    id: 'clock',
    type: 'phasor-clock',
    name: 'main',
    bpm: 120,
    autostart: true,
    wires,
    ...extra
  }),
  pattern: (wires: string[][], extra = {}) => ({
    id: 'pattern',
    type: 'phasor-pattern',
    notation: 'c4 e4 g4 e4',
    wires,
    ...extra
  }),
  throttle: (wires: string[][], extra = {}) => ({
    id: 'throttle',
    type: 'phasor-throttle',
    throttleMs: 10,
    device: 'device',
    second: 'held',
    wires,
    ...extra
  }),
  ccProfile: (wires: string[][], extra = {}) => ({
    id: 'profile',
    type: 'phasor-cc-profile',
    profile: 'generic_analog',
    wires,
    ...extra
  }),
  out: (extra = {}) => ({ id: 'out', type: 'phasor-alsa-out', device: 'device', ...extra }),
  catch: (wires: string[][]) => ({ id: 'catcher', type: 'catch', wires, scope: null }),
  helper: (id: string) => ({ id, type: 'helper', wires: [] })
};
