import assert from 'node:assert/strict';
import type { Heard } from '../support/fake-engine';
import { endFlow, parts, runFlow, type Flow } from '../support/node-helper';

const NOTATIONS = ['c3*16', 'e3(3,8) e3(5,8)', '[g3,b3] ~ <g3 d4> ~', 'c5? d5*2 e5*3 f5|a5'];

/** Four patterns at 140 BPM, with MIDI clock. `marker` changes nothing that is heard. */
function quartet(marker = 0): Flow {
  const patterns = NOTATIONS.map((notation, index) => ({
    ...parts.pattern([['out']], { notation, channel: index + 1, gate: 50 }),
    id: `pattern${index}`
  }));
  return [
    parts.device(),
    parts.clock([['out', ...patterns.map(({ id }) => id)], []], { bpm: 140 }),
    ...patterns,
    parts.out(),
    { id: 'comment', type: 'helper', name: `version ${marker}`, wires: [] }
  ];
}

/** What was heard, with the moment of each message from the first note on, in ns that rounding cannot touch. */
function score(heard: Heard[]): string[] {
  const first = heard.find(({ bytes }) => bytes[0] < 0xf0)!.timeMs;
  return heard
    .filter(({ timeMs }) => timeMs >= first)
    .map(({ timeMs, bytes }) => `${((timeMs - first) * 1000).toFixed(0)} ${bytes.join(' ')}`)
    .sort();
}

/** Plays for twelve seconds, with deploys in between. */
async function perform(deploys: { atMs: number; type: 'full' | 'flows' | 'nodes' }[]): Promise<string[]> {
  const flow = await runFlow(quartet());
  const heard = flow.record('synth');
  let now = 0;
  for (const [index, { atMs, type }] of deploys.entries()) {
    await flow.run(atMs - now);
    now = atMs;
    await flow.redeploy(quartet(index + 1), type);
  }
  await flow.run(12_000 - now);
  await endFlow();
  // The first moments differ in how soon a first deploy is answered; both have settled after half a second.
  return score(heard.filter(({ timeMs }) => timeMs > 500));
}

/** Pseudo-random moments, the same in each run. */
function moments(count: number): { atMs: number; type: 'full' | 'flows' | 'nodes' }[] {
  let seed = 1;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const types = ['full', 'flows', 'nodes'] as const;
  return Array.from({ length: count }, () => ({
    atMs: 600 + Math.floor(random() * 10_000),
    type: types[Math.floor(random() * 3)]
  })).sort((a, b) => a.atMs - b.atMs);
}

describe('deploys while music plays', function () {
  this.timeout(60_000);

  it('change nothing that is heard, note for note and clock for clock, at 50 random moments', async () => {
    const undisturbed = await perform([]);
    const deployed = await perform(moments(50));
    assert.ok(undisturbed.length > 500);
    assert.deepEqual(deployed, undisturbed);
  });

  it('end what a removed pattern plays, and nothing else', async () => {
    const flow = await runFlow(quartet());
    const heard = flow.record('synth');
    await flow.run(3000);
    await flow.redeploy(
      quartet().filter(({ id }) => id !== 'pattern0'),
      'flows'
    );
    heard.length = 0;
    await flow.run(3000);
    const channels = new Set(
      heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90).map(({ bytes }) => bytes[0] & 0xf)
    );
    assert.deepEqual([...channels].sort(), [1, 2, 3]);
    await endFlow();
  });

  it('end the music of a removed clock at once', async () => {
    const flow = await runFlow(quartet());
    const heard = flow.record('synth');
    await flow.run(3000);
    await flow.redeploy(
      quartet().filter(({ id }) => id !== 'clock'),
      'full'
    );
    await flow.run(20);
    heard.length = 0;
    await flow.run(3000);
    assert.deepEqual(heard, []);
    assert.equal(flow.engine.soundingNotes(), 0);
    await endFlow();
  });
});
