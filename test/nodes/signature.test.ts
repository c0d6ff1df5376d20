import assert from 'node:assert/strict';
import type { Beat } from '../../nodes/engine';
import type { Heard } from '../support/fake-engine';
import { endFlow, parts, runFlow, type RunningFlow } from '../support/node-helper';

const ons = (heard: Heard[]) => heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90);

/** A rule by which a pattern goes up a semitone with each bar. */
const UP = JSON.stringify({ rules: [{ what: 'transpose', amount: 1, when: { on: 'bar', every: 1 } }] });

/** Eighths on a clock that has gone from one signature to another. */
async function changed(from: string, to: string, extra: object = {}) {
  const flow = await runFlow([
    parts.device(),
    parts.device({ id: 'drums', name: 'wood', port: 'clicks' }),
    parts.clock([['pattern'], ['beats']], { signature: from, clicks: 'always', clickDevice: 'drums' }),
    parts.pattern([['out']], { notation: 'c4', cycleBeats: 0.5, quantum: 'none', ...extra }),
    parts.out(),
    parts.helper('beats')
  ]);
  const told = flow.collect('beats');
  const heard = { synth: flow.record('synth'), clicks: flow.record('clicks') };
  await flow.run(1000);
  flow.node('clock').receive({ payload: { signature: to } });
  await flow.run(5000);
  const beats = () => told.map(({ payload }) => payload as Beat).filter(({ type }) => type === 'beat');
  assert.equal(new Set(beats().map(({ beatsPerBar }) => beatsPerBar)).size, 2);
  return { flow, heard, beats };
}

/** The beat that sounds at a time. */
function beatAt(beats: Beat[], timeMs: number): Beat | undefined {
  return beats.find((beat) => Math.abs(beat.timeMs - timeMs) < 2);
}

async function tell(flow: RunningFlow, id: string, payload: unknown, when: string): Promise<void> {
  flow.node(id).receive({ payload, when });
  await flow.run(2600);
}

for (const [from, to] of [
  ['4/4', '3/4'],
  ['7/8', '4/4']
]) {
  describe(`a flow whose signature goes from ${from} to ${to}`, () => {
    afterEach(endFlow);

    it('has its clicks and accents on the beats', async () => {
      const { heard, beats } = await changed(from, to);
      const clicks = ons(heard.clicks);
      assert.ok(clicks.length > 9);
      assert.deepEqual(
        clicks.map(({ bytes, timeMs }) => [bytes[1], beatAt(beats(), timeMs) !== undefined]),
        beats().map(({ beat }) => [beat === 1 ? 76 : 77, true])
      );
    });

    it('lets patterns change on its bars and beats', async () => {
      const { flow, heard, beats } = await changed(from, to);
      await flow.run(330);
      const asked = flow.engine.now();
      await tell(flow, 'pattern', { transpose: 12 }, 'bar');
      const higher = ons(heard.synth).find(({ bytes }) => bytes[1] === 72)!;
      assert.equal(beatAt(beats(), higher.timeMs)?.beat, 1);
      const lines = beats().filter(({ beat, timeMs }) => beat === 1 && timeMs > asked + 40);
      assert.ok(Math.abs(lines[0].timeMs - higher.timeMs) < 2, 'the next bar');
      await tell(flow, 'pattern', { transpose: 24 }, 'beat');
      assert.ok(beatAt(beats(), ons(heard.synth).find(({ bytes }) => bytes[1] === 84)!.timeMs));
    });

    it('lets rules act with its bars', async () => {
      const { flow, heard, beats } = await changed(from, to, { mutates: true, mutation: UP });
      await flow.run(3000);
      const notes = ons(heard.synth);
      const moved = notes.filter(({ bytes }, index) => index > 0 && bytes[1] !== notes[index - 1].bytes[1]);
      const lines = beats().filter(({ beat }, index) => beat === 1 && index > 0);
      assert.deepEqual(
        moved.map(({ timeMs }) => beatAt(beats(), timeMs)?.bar),
        lines.map(({ bar }) => bar)
      );
      assert.ok(moved.length >= 4);
    });
  });
}
