import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import WebSocket from 'ws';

/** Tests run compiled, below build/. */
export const ROOT = join(__dirname, '..', '..', '..');
export const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  name: string;
  'node-red': { nodes: Record<string, string> };
};

/** Another Node.js and another Node-RED to test with, where they are named; see scripts/test.mjs. */
const NODE = process.env.PHASOR_TEST_NODE ?? process.execPath;
const NODE_RED = process.env.PHASOR_TEST_NODE_RED ?? join(ROOT, 'node_modules', 'node-red');

export const { version: NODE_RED_VERSION } = JSON.parse(
  readFileSync(join(NODE_RED, 'package.json'), 'utf8')
) as { version: string };

/** An emulated machine takes its time for everything. */
const PATIENCE = process.env.PHASOR_GUEST === undefined ? 1 : 5;
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 20_000;
/** Messages that a failure shows. */
const LAST_SHOWN = 30;
const MIDI_CLOCK = 0xf8;
const LISTENING = /(http:\/\/127\.0\.0\.1:\d+\/)/;
/** In each language that the editor is tested in. */
const STARTED = / (Started (modified )?(flows|nodes)|Flows sind gestartet|フローを開始しました)/g;

export interface FlowNode {
  id: string;
  type: string;
  [key: string]: unknown;
}

export interface NodeStatus {
  fill?: string;
  shape?: string;
  text?: string;
}

/** A message that a tap heard, in engine time. */
export interface Heard {
  bytes: number[];
  timeMs: number;
}

/** The tap node for a loopback port, to be deployed beside a flow. */
export function tap(port: string): FlowNode {
  return { id: `tap-${port.toLowerCase()}`, type: 'test-tap', z: 'taps', port, x: 100, y: 100, wires: [] };
}

/** The tab that taps stand on. */
export const TAPS: FlowNode = { id: 'taps', type: 'tab', label: 'taps', disabled: false };

/**
 * A real Node-RED in a process and a user directory of its own, with this package as it is built. It uses no MIDI
 * but the loopback ports, whatever is plugged into the machine, unless the settings say otherwise.
 */
export class NodeRed {
  /** Last status of each node. */
  readonly statuses = new Map<string, NodeStatus>();
  /** Payloads that debug nodes showed, in order. */
  readonly debug: { id: string; text: string }[] = [];
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly userDir: string,
    /** Resolves with the exit code when it has ended, however that came. */
    readonly ended: Promise<number | null>
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
  }

  /** Number of the process. */
  get pid(): number {
    return this.child.pid as number;
  }

  /** The editor's address, with a slash at its end. */
  url = '';
  private comms: WebSocket | undefined;

  /**
   * Starts one and waits until its flows run.
   * @param installed whether this package is there from the beginning
   * @param env variables of its environment, beside ours
   */
  static async start(
    settings: Readonly<Record<string, unknown>> = {},
    { installed = true, env = {} }: { installed?: boolean; env?: Readonly<Record<string, string>> } = {}
  ): Promise<NodeRed> {
    const userDir = makeUserDir(settings, installed);
    const child = spawn(NODE, [join(NODE_RED, 'red.js'), '--userDir', userDir], {
      cwd: userDir,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env }
    });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const nodeRed = new NodeRed(child, userDir, ended);
    try {
      const runs = () => nodeRed.starts() > 0 && LISTENING.test(nodeRed.output);
      await nodeRed.until('Node-RED runs', runs, START_LIMIT_MS);
      nodeRed.url = LISTENING.exec(nodeRed.output)?.[1] ?? assert.fail(`no address in:\n${nodeRed.output}`);
      await nodeRed.connect();
    } catch (error) {
      await nodeRed.stop();
      throw error;
    }
    return nodeRed;
  }

  /** Everything that Node-RED has written. */
  get log(): string {
    return this.output;
  }

  /** Replaces all flows, as the Deploy button does, and waits until they run. */
  async deploy(flows: readonly FlowNode[], type: 'full' | 'nodes' | 'flows' = 'full'): Promise<void> {
    this.debug.length = 0;
    const before = this.starts();
    await this.request('POST', 'flows', flows, { 'Node-RED-Deployment-Type': type });
    await this.until('the flows run', () => this.starts() > before);
  }

  /** Presses the button of an inject node. */
  async inject(id: string): Promise<void> {
    await this.request('POST', `inject/${id}`);
  }

  /** The JSON (or text) that an admin route answers with. */
  async get(route: string, accept = 'application/json'): Promise<unknown> {
    return this.request('GET', route, undefined, { accept });
  }

  async request(
    method: string,
    route: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {}
  ): Promise<unknown> {
    const answer = await fetch(new URL(route, this.url), {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body)
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${route}: ${answer.status} ${text}\n${this.output}`);
    return answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
  }

  /** What a tap has heard since the last deploy. */
  async heard(port: string): Promise<Heard[]> {
    return (await this.get(`test-tap/${port}`)) as Heard[];
  }

  /** Waits until a tap has heard what is asked for, and returns all of it. */
  async hear(port: string, enough: (heard: Heard[]) => boolean, limitMs = 10_000): Promise<Heard[]> {
    let heard: Heard[] = [];
    const met = async () => enough((heard = await this.heard(port)));
    await this.until(`${port} is played to`, met, limitMs).catch((error: Error) => {
      const music = heard.filter(({ bytes }) => bytes[0] !== MIDI_CLOCK).slice(-LAST_SHOWN);
      assert.fail(`${error.message}\nlast heard, without clocks: ${JSON.stringify(music)}`);
    });
    return heard;
  }

  /** Waits until a condition holds; fails with what Node-RED wrote. */
  async until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
    const endMs = performance.now() + PATIENCE * limitMs;
    while (!(await condition())) {
      assert.ok(this.child.exitCode === null, `Node-RED has ended while waiting: ${what}\n${this.output}`);
      assert.ok(performance.now() < endMs, `${what}: not within ${PATIENCE * limitMs} ms\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Stops it as Ctrl-C does, removes its user directory, and returns its exit code. */
  async stop(): Promise<number | null> {
    this.comms?.terminate();
    this.child.kill('SIGINT');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    const code = await this.ended;
    clearTimeout(killer);
    rmSync(this.userDir, { recursive: true, force: true });
    return code;
  }

  /** The answer to a deploy comes before the flows have changed; the log tells when they have. */
  private starts(): number {
    return this.output.match(STARTED)?.length ?? 0;
  }

  private async connect(): Promise<void> {
    const comms = new WebSocket(`${this.url.replace('http', 'ws')}comms`);
    this.comms = comms;
    await new Promise((resolve, reject) => comms.once('open', resolve).once('error', reject));
    comms.on('message', (data: unknown) => {
      for (const { topic, data: news } of [JSON.parse(String(data))].flat() as {
        topic?: string;
        data: never;
      }[]) {
        if (topic === undefined) continue; // about permissions
        if (topic.startsWith('status/')) this.statuses.set(topic.slice('status/'.length), news);
        if (topic === 'debug') this.debug.push({ id: news['id'], text: String(news['msg']) });
      }
    });
    for (const subscribe of ['status/#', 'debug']) comms.send(JSON.stringify({ subscribe }));
  }
}

function makeUserDir(settings: Readonly<Record<string, unknown>>, installed: boolean): string {
  const userDir = mkdtempSync(join(tmpdir(), 'phasor-node-red-'));
  const modules = join(userDir, 'node_modules');
  mkdirSync(dirname(join(modules, PACKAGE.name)), { recursive: true });
  if (installed) {
    symlinkSync(ROOT, join(modules, PACKAGE.name), 'junction');
    symlinkSync(join(ROOT, 'test', 'runtime', 'tap'), join(modules, 'node-red-test-tap'), 'junction');
  }
  const all = {
    uiHost: '127.0.0.1',
    uiPort: 0,
    credentialSecret: false,
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false, palette: { catalogues: [] } },
    phasorDriver: 'none',
    ...settings
  };
  writeFileSync(join(userDir, 'settings.js'), `module.exports = ${JSON.stringify(all)};\n`);
  writeFileSync(join(userDir, 'flows.json'), '[]');
  return userDir;
}
