// Eight patterns at 300 BPM with MIDI clock, for PHASOR_SOAK_MINUTES (1 unless told), while flows are deployed every 20 s
// and the main thread is blocked again and again, for less than the lookahead. What has to hold:
// - every note that an undisturbed run has, in its order, each with its end; every pulse of MIDI clock; none left on
// - memory is flat: after a third of the run, the straight line through what is in use after a garbage collection rises by
//   less than HEAP_MB (heap) and RESIDENT_MB (the process, as the system counts it) until the end
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCable, soundingAfter } from '../support/faults';
import { NodeRed, type FlowNode } from '../support/node-red';
import { assertUndisturbed, lastRun, notesOf, quartet } from '../support/quartet';

const MINUTES = Number(process.env.PHASOR_SOAK_MINUTES ?? 1);
const PLAYERS = 8;
const BPM = 300;
/** More than a block and a deploy take together on a machine that does other things too. */
const LOOKAHEAD_MS = 2000;
const DEPLOY_MS = 20_000;
const SAMPLE_MS = 4000;
/** Blocks take 100 ms to so long. */
const BLOCK_MS = 400;
const WARM_UP = 1 / 3;
const HEAP_MB = 8;
const RESIDENT_MB = 40;
/** Pulses that a machine which stood still for 200 ms owes. */
const BEHIND = 24;
const KINDS = ['full', 'flows', 'nodes'] as const;
const [START, STOP, CLOCK] = [0xfa, 0xfc, 0xf8];

interface Status {
  outputs: { counters: Record<string, number>; latency?: { lateness: { p99Ms: number; maxMs: number } } }[];
  transports: { missedMs: number }[];
  health: { state: string };
}

interface Sample {
  timeMs: number;
  heapMb: number;
  residentMb: number;
}

/** What a line through values rises by from the first to the last of them (least squares). */
function rise(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [x, y] = [mean(({ timeMs }) => timeMs), mean(value)];
  const slope =
    samples.reduce((sum, sample) => sum + (sample.timeMs - x) * (value(sample) - y), 0) /
    samples.reduce((sum, { timeMs }) => sum + (timeMs - x) ** 2, 0);
  return slope * (samples[samples.length - 1].timeMs - samples[0].timeMs);
}

/** A button that blocks the main thread for a while, each time another. */
function blocker(): FlowNode[] {
  const at = { z: 'quartet', x: 50, y: 900 };
  return [
    {
      ...at,
      id: 'block',
      type: 'inject',
      props: [{ p: 'payload' }],
      payload: '',
      payloadType: 'date',
      repeat: '',
      once: false,
      wires: [['busy']]
    },
    {
      ...at,
      id: 'busy',
      type: 'function',
      func: `const end = Date.now() + 100 + Math.random() * ${BLOCK_MS - 100}; while (Date.now() < end);`,
      outputs: 0,
      libs: [],
      wires: []
    }
  ];
}

describe(`eight patterns at ${BPM} BPM, deploys and blocks, for ${MINUTES} min`, function () {
  this.timeout(MINUTES * 60_000 + 180_000);
  const folder = mkdtempSync(join(tmpdir(), 'phasor-soak-'));
  const cable = join(folder, 'cable');
  let nodeRed: NodeRed;

  before(async () => {
    // The worker writes down what it sends, and a disk may stand still for longer than a worker may.
    nodeRed = await NodeRed.start({ testCable: cable, phasorHangMs: 10_000 });
  });
  after(async () => {
    await nodeRed?.stop();
    rmSync(folder, { recursive: true });
  });

  const flow = (version: number) => [
    ...quartet(
      { portMode: 'loopback', port: 'synth' },
      { version, lookaheadMs: LOOKAHEAD_MS, bpm: BPM, players: PLAYERS }
    ),
    ...blocker()
  ];
  const status = async () => (await nodeRed.get('phasor/status')) as Status;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  async function sample(startMs: number): Promise<Sample> {
    const { heapUsed, rss } = (await nodeRed.get('test-memory')) as { heapUsed: number; rss: number };
    return { timeMs: performance.now() - startMs, heapMb: heapUsed / 2 ** 20, residentMb: rss / 2 ** 20 };
  }

  it('lose no note and no pulse, leave none on, and memory is flat', async () => {
    await nodeRed.deploy(flow(0));
    await nodeRed.until('the port is open', async () => {
      const { outputs } = (await status()) as { outputs: { state?: string }[] };
      return outputs?.[0]?.state === 'open';
    });
    await pause(LOOKAHEAD_MS); // what is primed stands ready
    await nodeRed.inject('start');
    const startMs = performance.now();
    const endMs = startMs + MINUTES * 60_000;
    const samples: Sample[] = [];
    let seed = 7;
    const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    let [deploys, blocks] = [0, 0];
    for (let nextMs = startMs + DEPLOY_MS / 2; performance.now() < endMs;) {
      if (performance.now() >= nextMs) {
        nextMs += DEPLOY_MS;
        await nodeRed.deploy(flow(++deploys), KINDS[deploys % KINDS.length]);
      }
      await nodeRed.inject('block');
      blocks++;
      await pause(500 + 2000 * random());
      if (performance.now() - startMs >= samples.length * SAMPLE_MS) samples.push(await sample(startMs));
    }
    const { outputs, transports, health } = await status();
    await nodeRed.inject('stop');
    const messages = () => readCable(cable).map(({ bytes }) => bytes);
    await nodeRed.until('it stops', () => messages().some(([first]) => first === STOP));
    await nodeRed.deploy([]);
    await nodeRed.until('all is released', () => soundingAfter(readCable(cable)).length === 0);

    const odd = messages().filter(([first]) => first >= 0xf0 && first !== CLOCK);
    assert.deepEqual(odd, [[START], [STOP]], `transport was sent otherwise\n${nodeRed.log}`);
    const run = lastRun(messages());
    const { pulses, lacking } = assertUndisturbed(run, { players: PLAYERS, behind: BEHIND });
    const times = readCable(cable).flatMap(({ bytes, timeMs }) => (bytes[0] === CLOCK ? [timeMs] : []));
    const longestMs = times.reduce((most, ms, at) => Math.max(most, at > 0 ? ms - times[at - 1] : 0), 0);
    const settled = samples.filter(({ timeMs }) => timeMs >= WARM_UP * MINUTES * 60_000);
    const heapMb = rise(settled, (each) => each.heapMb);
    const residentMb = rise(settled, (each) => each.residentMb);
    const { counters, latency } = outputs[0];
    const notes = notesOf(run, PLAYERS);
    const shown = (of: (each: Sample) => number) =>
      `${of(settled[0]).toFixed(1)} → ${of(settled[settled.length - 1]).toFixed(1)} MB`;
    for (const line of [
      `${notes.reduce((sum, count) => sum + count, 0)} notes (${notes.join(', ')}), ${pulses} pulses, ` +
        `${deploys} deploys, ${blocks} blocks`,
      `lateness p99 ${latency?.lateness.p99Ms.toFixed(2)} ms, at most ${latency?.lateness.maxMs.toFixed(2)} ms; ` +
        `longest way between two pulses ${longestMs.toFixed(1)} ms of ${(2500 / BPM).toFixed(1)}`,
      `heap ${shown((each) => each.heapMb)}, line rises ${heapMb.toFixed(2)} MB of ${HEAP_MB}; resident ` +
        `${shown((each) => each.residentMb)}, ${residentMb.toFixed(2)} MB of ${RESIDENT_MB}`,
      `health ${health.state}`
    ])
      console.log(`        ${line}`);
    assert.equal(lacking, 0, 'players lack notes at the end');
    const expected = ((performance.now() - startMs) / 60_000) * BPM * 24;
    assert.ok(pulses > (MINUTES * BPM * 24 * 99) / 100 && pulses <= expected + 24, `${pulses} pulses`);
    assert.equal(transports[0].missedMs, 0);
    const { clocksSkipped, droppedLate, droppedFull } = counters;
    assert.deepEqual([clocksSkipped, droppedLate, droppedFull], [0, 0, 0]);
    assert.ok(heapMb < HEAP_MB, `the heap grows by ${heapMb.toFixed(1)} MB`);
    assert.ok(residentMb < RESIDENT_MB, `the process grows by ${residentMb.toFixed(1)} MB`);
  });
});
