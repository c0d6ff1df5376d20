import assert from 'node:assert/strict';
import type { DeviceConfig, LoopEnds, LoopFailure, LoopFigures } from '../../../nodes/engine';
import { LOOP_TEST_MS, LoopTest, LoopTestFailed } from '../../../nodes/engine/loop-test';
import { Cable } from '../../support/cable';
import { fakeEngine } from '../../support/fake-engine';

const PRESSURE = 0xa2;
const CHANNEL = 3;

/** A device whose port OUT leads over a cable to its input IN. */
function rig(delayMs: (bytes: readonly number[]) => number | undefined, { out = 'OUT', input = 'IN' } = {}) {
  const cable = new Cable(['OUT', 'IN'], 'IN', delayMs);
  const fake = fakeEngine({ graceMs: 60_000 }, cable);
  cable.now = () => fake.engine.now();
  const spec = (port: string) => ({ mode: 'name', port }) as const;
  const config = (port: string): DeviceConfig => ({
    name: 'synth',
    spec: spec(port),
    channel: CHANNEL,
    output: { offsetMs: 30, usPerByte: 100, controlShare: 0.5 }
  });
  const { engine } = fake;
  const ends: LoopEnds = {
    openOutput: (listener) => engine.openOutput('device', config(out), listener),
    closeOutput: (listener, removed) => engine.closeOutput('device', listener, removed),
    openInput: (listener) =>
      engine.openInput('device', { name: 'synth', spec: spec(input), beside: '' }, listener),
    closeInput: (listener, removed) => engine.closeInput('device', listener, removed)
  };
  const test = new LoopTest(engine, ends);
  const result: { figures?: LoopFigures; failure?: LoopFailure; message?: string } = {};
  const ended = test.run().then(
    (figures) => (result.figures = figures),
    ({ failure, message }: LoopTestFailed) => Object.assign(result, { failure, message })
  );
  const run = async (ms: number) => {
    for (let left = ms; left > 0; left--) fake.advance(1);
    await Promise.race([ended, new Promise(setImmediate)]);
  };
  const sent = () => cable.heard('OUT').map(({ bytes }) => bytes);
  /** What the engine still does for the measurement. */
  const assertLetGo = async () => {
    const before = sent().length;
    await run(1000);
    assert.equal(sent().length, before, 'nothing is sent any more');
    engine.endGrace();
    fake.advance(10);
    assert.equal(cable.openHandles, 0);
    assert.equal(fake.link.core['monitor'].on, false);
  };
  return { ...fake, engine, cable, test, result, run, sent, ends, config, assertLetGo };
}

const always = () => 2;

describe('a loop from a port over a cable to its input', () => {
  it('is measured with messages that no instrument answers to, and proposes the offset', async () => {
    // 2.0, 2.1 … 2.9 ms; two are lost, and one is very late.
    const { result, run, sent, assertLetGo } = rig(([, , value]) =>
      value === 7 || value === 50 ? undefined : value === 99 ? 41 : 2 + (value % 10) / 10
    );
    await run(LOOP_TEST_MS);
    const { figures } = result;
    assert.ok(figures, result.message);
    const { port, input, lost, p99Ms, p50Ms, maxMs, offsetMs, exact } = figures;
    assert.deepEqual([port, input, figures.sent, lost, exact], ['OUT', 'IN', 100, 2, true]);
    assert.deepEqual([p50Ms, p99Ms, maxMs, offsetMs], [2.4, 41, 41, -2.4]);
    assert.deepEqual(
      sent(),
      Array.from({ length: 100 }, (_, index) => [PRESSURE, 0, index + 1])
    );
    await assertLetGo();
  });

  it('takes no other message for one of its own', async () => {
    const { result, run, cable } = rig(() => undefined);
    await run(200);
    const { length } = cable.heard('OUT');
    for (const bytes of [
      [PRESSURE, 0, 0],
      [PRESSURE, 0, length + 1],
      [PRESSURE, 1, 1],
      [0xa0, 0, 1],
      [0x92, 0, 1]
    ])
      cable.arrive('IN', bytes);
    await run(LOOP_TEST_MS);
    assert.equal(result.failure, 'silent');
  });

  it('tells soon that nothing comes back', async () => {
    const { result, run, sent, assertLetGo } = rig(() => undefined);
    await run(2000);
    assert.equal(result.failure, 'silent');
    assert.match(result.message!, /nothing of \d+ messages came back/);
    assert.ok(sent().length < 50, `${sent().length} were sent for nothing`);
    await assertLetGo();
  });

  for (const [end, missing] of [
    ['port', { out: 'NOWHERE' }],
    ['input', { input: 'NOWHERE' }]
  ] as const) {
    it(`tells that the ${end} is missing, and sends nothing`, async () => {
      const { result, run, sent, assertLetGo } = rig(always, missing);
      await run(10);
      assert.equal(result.failure, end);
      assert.match(result.message!, /no MIDI port "NOWHERE"; there are: /);
      assert.deepEqual(sent(), []);
      await assertLetGo();
    });
  }

  it('waits for ports that open, but not for ever', async () => {
    const { result, run, cable, link } = rig(always);
    link.listening = false;
    cable.refuses = true;
    await run(1000);
    assert.deepEqual(result, {});
    link.listening = true;
    await run(1100);
    assert.equal(result.failure, 'port');
    assert.match(result.message!, /another program holds it/);
  });

  it('is over when its cable is pulled, or when a deploy moves its port', async () => {
    for (const disturb of [
      ({ cable }: ReturnType<typeof rig>) => cable.unplug('OUT'),
      ({ engine, config }: ReturnType<typeof rig>) =>
        void engine.openOutput('device', config('IN'), { outputChanged: () => undefined })
    ]) {
      const test = rig(always);
      await test.run(1000);
      disturb(test);
      await test.run(100);
      assert.equal(test.result.failure, 'interrupted');
    }
  });

  it('is over when the worker ends, and when the engine does', async () => {
    const one = rig(always);
    await one.run(1000);
    one.link.crash(new Error('test'), true);
    await one.run(100);
    assert.equal(one.result.failure, 'interrupted');
    for (const [afterMs, failure] of [
      [0, 'stopped'],
      [1000, 'interrupted']
    ] as const) {
      const other = rig(always);
      await other.run(afterMs);
      await other.engine.dispose();
      await other.run(1);
      assert.equal(other.result.failure, failure);
    }
  });

  it('is over when nobody wants to know, and leaves nothing behind', async () => {
    const { result, run, test, assertLetGo } = rig(always);
    await run(1000);
    test.stop();
    test.stop();
    await run(1);
    assert.equal(result.failure, 'stopped');
    await assertLetGo();
  });

  it('takes a bounded time where the worker hangs in the middle', async () => {
    const { result, run, link } = rig(always);
    await run(1000);
    // The main thread goes on alone: what it gives is taken much later.
    link.settle = () => Infinity;
    await run(LOOP_TEST_MS);
    assert.ok(result.figures!.lost > 50);
  });
});
