import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCable, soundingAfter } from '../support/faults';
import { NodeRed, type FlowNode } from '../support/node-red';
import { chordFlow } from '../support/chord-flow';

/** SIGKILL is none of them: it ends a process without a word to it, and nothing can be done there. */
const WAYS = ['exit', 'throw', 'reject', 'sigint', 'sigterm', 'dispose', 'panic', 'release', 'close'];

/** Runs the fixture until it has ended; returns what it printed. */
async function endBy(way: string, cable: string, port: string): Promise<string> {
  const child = spawn(process.execPath, [join(__dirname, 'exit-fixture.js'), way, cable, port], {
    stdio: ['ignore', 'pipe', 'pipe']
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await once(child, 'exit');
  return printed;
}

describe('the end of what plays', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'phasor-exit-'));
  after(() => rmSync(folder, { recursive: true }));

  for (const way of WAYS) {
    it(`by ${way} leaves no note on at the port`, async () => {
      const cable = join(folder, way);
      assert.equal(await endBy(way, cable, 'synth'), 'sounding: 4\nsounding at the end: 0\n');
      const sent = readCable(cable);
      assert.equal(sent.filter(({ bytes }) => bytes[0] === 0x90).length, 3);
      assert.deepEqual(soundingAfter(sent), []);
    });
  }

  describe('in Node-RED', () => {
    let nodeRed: NodeRed;
    let cable: string;
    const sounding = () => soundingAfter(readCable(cable));

    /** Starts the flow and lets it sound. */
    async function play(): Promise<FlowNode[]> {
      cable = join(folder, `node-red-${Math.random()}`);
      nodeRed = await NodeRed.start({ testCable: cable, runtimeState: { enabled: true, ui: false } });
      const flow = chordFlow({ portMode: 'loopback', port: 'synth' });
      await nodeRed.deploy(flow);
      await nodeRed.until('the engine runs', async () => {
        const { outputs } = (await nodeRed.get('phasor/status')) as { outputs?: { state: string }[] };
        return outputs?.[0]?.state === 'open';
      });
      await nodeRed.inject('chord');
      await nodeRed.inject('start');
      await nodeRed.until('it sounds', () => sounding().length >= 5);
      return flow;
    }
    const silent = () => nodeRed.until('it is silent', () => sounding().length === 0, 10_000);

    it('by stopping the clock ends what the clock plays, and by panic the rest', async () => {
      await play();
      await nodeRed.inject('stop');
      await nodeRed.until('the pattern is silent', () => sounding().length === 4);
      await nodeRed.inject('panic');
      await silent();
      assert.equal(await nodeRed.stop(), 0);
    });

    it('by stopping the flows', async () => {
      await play();
      await nodeRed.request('POST', 'flows/state', { state: 'stop' });
      await silent();
      await nodeRed.stop();
    });

    it('by taking the nodes out of the flow', async () => {
      const flow = await play();
      await nodeRed.deploy(flow.filter(({ type }) => !type.startsWith('phasor-')));
      await silent();
      await nodeRed.stop();
    });

    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      it(`by ${signal}`, async () => {
        await play();
        process.kill(nodeRed.pid, signal);
        await nodeRed.ended;
        assert.deepEqual(sounding(), []);
        await nodeRed.stop();
      });
    }

    for (const button of ['throw', 'exit']) {
      it(`by somebody else's node, which does ${button}`, async () => {
        await play();
        await nodeRed.inject(button);
        await nodeRed.ended;
        assert.deepEqual(sounding(), []);
        await nodeRed.stop();
      });
    }
  });
});
