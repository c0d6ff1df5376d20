import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Health } from '../../nodes/engine';
import { readCable, soundingAfter } from '../support/faults';
import { NodeRed, PACKAGE, ROOT, type FlowNode } from '../support/node-red';
import { assertUndisturbed, lastRun, notesOf, quartet } from '../support/quartet';

const DEPLOYS = 100;
const WARM_UP = 10;

interface Usage {
  threads: number;
  files: number;
  residentMb: number;
}

/** What the process holds, as the kernel counts it. */
function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    threads: readdirSync(`/proc/${pid}/task`).length,
    files: readdirSync(`/proc/${pid}/fd`).length,
    residentMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  };
}

describe('a hundred deploys', function () {
  this.timeout(120_000);
  before(function () {
    if (process.platform === 'linux') return;
    console.log('skipped: counting threads and files needs /proc, which only Linux has');
    this.skip();
  });

  it('leave threads, files and memory as they were, and the music playing', async () => {
    const example = JSON.parse(
      readFileSync(join(ROOT, 'examples', '01 - First beat.json'), 'utf8')
    ) as FlowNode[];
    const nodeRed = await NodeRed.start();
    try {
      for (let count = 0; count < WARM_UP; count++) await nodeRed.deploy(example);
      const before = usageOf(nodeRed.pid);
      for (let count = 0; count < DEPLOYS; count++) await nodeRed.deploy(example);
      const after = usageOf(nodeRed.pid);
      assert.ok(Math.abs(after.threads - before.threads) <= 1, JSON.stringify({ before, after }));
      assert.ok(after.files <= before.files + 2, JSON.stringify({ before, after }));
      assert.ok(after.residentMb < before.residentMb + 40, JSON.stringify({ before, after }));
      const { outputs, health } = (await nodeRed.get('phasor/status')) as {
        outputs: { counters: { sent: number; pending: number } }[];
        health: { state: string };
      };
      assert.equal(outputs.length, 1);
      assert.ok(outputs[0].counters.sent > 100 && outputs[0].counters.pending < 50);
      assert.notEqual(health.state, 'failed');
    } finally {
      await nodeRed.stop();
    }
  });
});

const KINDS = ['full', 'flows', 'nodes'] as const;
const MOMENTS = 50;
const STOP = 0xfc;
const LOOPBACK = { portMode: 'loopback', port: 'synth' };
/** More than a deploy takes on a machine that does other things too. */
const LOOKAHEAD_MS = 1000;

interface Status {
  outputs: { state: string; counters: Record<string, number> }[];
  transports: { missedMs: number }[];
  health: Health;
}

describe('deploys of a quartet, read at the port', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'phasor-deploys-'));
  let nodeRed: NodeRed;
  let cable: string;
  let runs = 0;

  /** Starts Node-RED and the quartet. */
  async function play(lookaheadMs = LOOKAHEAD_MS): Promise<void> {
    cable = join(folder, `cable-${runs++}`);
    nodeRed = await NodeRed.start({ testCable: cable });
    await nodeRed.deploy(flow(0, lookaheadMs));
    await nodeRed.until('it is open', async () => (await status()).outputs?.[0]?.state === 'open');
    // The first lookahead has been answered by then, so that all parts begin with the start.
    await pause(200);
    await nodeRed.inject('start');
    await nodeRed.until('it plays', () => notesOf(heard()).every((count) => count > 0));
  }

  const flow = (version: number, lookaheadMs = LOOKAHEAD_MS) => quartet(LOOPBACK, { version, lookaheadMs });
  const status = async () => (await nodeRed.get('phasor/status')) as Status;
  const heard = () => readCable(cable).map(({ bytes }) => bytes);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  /** Lets the parts play on for some bars, counted by the one that is named; returns what is heard meanwhile. */
  const listen = async (bars: number, part = 1) => {
    const before = heard().length;
    const enough = () => notesOf(heard().slice(before))[part] > bars * [16, 3, 3, 8][part];
    await nodeRed.until('they play on', enough, 20_000);
    return heard().slice(before);
  };
  const parts = (messages: readonly number[][]) =>
    notesOf(messages).flatMap((count, part) => (count > 0 ? [part] : []));

  afterEach(async () => {
    await nodeRed.stop();
  });
  after(() => rmSync(folder, { recursive: true }));

  it(`change nothing, note for note and F8 for F8, at ${MOMENTS} random moments`, async () => {
    await play();
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    for (let version = 1; version <= MOMENTS; version++) {
      await pause(random() * 300);
      await nodeRed.deploy(flow(version), KINDS[version % KINDS.length]);
    }
    await listen(1);
    await nodeRed.inject('stop');
    await nodeRed.until('it stops', () => heard().some(([status]) => status === STOP));
    const run = lastRun(heard());
    assertUndisturbed(run);
    const { transports } = await status();
    assert.equal(transports[0].missedMs, 0);
    console.log(`        ${notesOf(run).join(', ')} notes of the four parts`);
  });

  it('that take longer than the lookahead are silent for that long, which is counted and told', async () => {
    await play(100);
    await listen(1);
    const slow = { id: 'slow', type: 'test-culprit', z: 'quartet', deed: 'dawdle', x: 9, y: 9, wires: [] };
    const before = heard().length;
    await nodeRed.deploy([...flow(1, 100), slow], 'full');
    const after = await listen(2);
    // Every pulse came, and the music is where it would be.
    const run = lastRun(heard());
    const pulses = run.filter(([status]) => status === 0xf8).length;
    const [sixteenths] = notesOf(run);
    const lost = Math.floor((pulses - 1) / 6) + 1 - sixteenths;
    assert.ok(lost >= 3, `${lost} sixteenths were lost`);
    assert.deepEqual(parts(after), [0, 1, 2, 3]);
    const { transports, outputs } = await status();
    const { missedMs } = transports[0];
    const { droppedLate, clocksSkipped } = outputs[0].counters;
    // Spans that come to an end before anybody hears of them are counted as time; the answers to others come too late.
    assert.ok(missedMs > 300 || droppedLate >= lost, `${missedMs} ms and ${droppedLate} notes are counted`);
    assert.equal(clocksSkipped, 0);
    await nodeRed.until('health is bad', async () => (await status()).health.state === 'degraded');
    const codes = (await status()).health.complaints.map(({ code }) => code);
    assert.ok(codes.includes('silence') || codes.includes('dropped'), codes.join());
    assert.match(nodeRed.log, /went by before the flow was there|too late/);
    console.log(
      `        ${lost} of the sixteenths lost; ${missedMs.toFixed(0)} ms and ${droppedLate} notes counted`
    );
    assert.ok(heard().length > before);
  });

  it('that take out, add, rewire and change nodes do that, and leave the others alone', async () => {
    await play();
    const without = (id: string) => flow(0).filter((node) => node.id !== id);
    await nodeRed.deploy(without('pattern0'), 'nodes');
    assert.deepEqual(parts(await listen(2)), [1, 2, 3]);
    await nodeRed.deploy(flow(0), 'nodes');
    await listen(2);
    assert.deepEqual(parts(await listen(1)), [0, 1, 2, 3]);
    const cut = flow(0).map((node) => (node.id === 'pattern2' ? { ...node, wires: [[]] } : node));
    await nodeRed.deploy(cut, 'flows');
    await listen(2);
    assert.deepEqual(parts(await listen(2)), [0, 1, 3]);
    const moved = flow(0).map((node) => (node.id === 'pattern2' ? { ...node, channel: 9 } : node));
    await nodeRed.deploy(moved, 'nodes');
    await listen(2);
    const ninth = (await listen(1)).filter(([status]) => status === 0x98);
    assert.ok(ninth.length >= 3);
    await nodeRed.deploy(
      flow(0).map((node) => (node.id === 'box' ? { ...node, out: [] } : node)),
      'full'
    );
    await listen(2);
    assert.deepEqual(parts(await listen(1)), [0, 1, 2]);
    const elsewhere = flow(0).map((node) => (node.id === 'device' ? { ...node, offsetMs: 20 } : node));
    await nodeRed.deploy(elsewhere, 'nodes');
    await listen(2);
    assert.deepEqual(parts(await listen(1)), [0, 1, 2, 3]);
    await nodeRed.inject('stop');
    await nodeRed.until('it stops', () => heard().some(([status]) => status === STOP));
    assert.doesNotMatch(nodeRed.log, /\[error\]/);
  });

  it('of the palette leave no note on, and the music can be played again', async () => {
    await play();
    const module = `nodes/${PACKAGE.name}`;
    await assert.rejects(nodeRed.request('PUT', module, { enabled: false }), /in use/);
    await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'empty' }]);
    await nodeRed.until('it is silent', () => soundingAfter(readCable(cable)).length === 0);
    await nodeRed.request('PUT', module, { enabled: false });
    await nodeRed.request('PUT', module, { enabled: true });
    await nodeRed.deploy(flow(1));
    await nodeRed.until('it is open', async () => (await status()).outputs?.[0]?.state === 'open');
    await nodeRed.inject('start');
    assert.deepEqual(parts(await listen(1)), [0, 1, 2, 3]);
  });
});

describe('another version of the palette in the same process', function () {
  this.timeout(60_000);

  it('says that Node-RED is to be restarted, and breaks nothing', async () => {
    const nodeRed = await NodeRed.start({ testOtherVersion: true });
    try {
      await nodeRed.deploy(quartet(LOOPBACK));
      await nodeRed.until('it is said', () =>
        /restart Node-RED: version 0\.0\.0 of the engine is running/.test(nodeRed.log)
      );
      for (const id of ['clock', 'pattern0', 'out'])
        await nodeRed.until(`${id} shows it`, () =>
          (nodeRed.statuses.get(id)?.text ?? '').startsWith('restart Node-RED')
        );
      await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'empty' }]);
    } finally {
      assert.equal(await nodeRed.stop(), 0);
    }
  });
});
