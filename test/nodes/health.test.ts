import assert from 'node:assert/strict';
import { endFlow, logged, parts, runFlow, type RunningFlow } from '../support/node-helper';

/** Level of Node-RED's log; `info` (40) and less are shown unless the settings say otherwise. */
const DEBUG = 50;

describe('health in a flow', () => {
  let flow: RunningFlow;

  const start = async () => {
    flow = await runFlow([
      parts.device(),
      parts.clock([['out'], ['sink']]),
      parts.out(),
      { id: 'sink', type: 'helper', wires: [] }
    ]);
    await flow.run(50);
    return flow.collect('sink').filter(({ topic }) => topic === 'health');
  };
  afterEach(endFlow);

  it('is answered by the clock when it is asked for', async () => {
    await start();
    const told = flow.collect('sink');
    flow.node('clock').receive({ payload: 'health' });
    await flow.run(5);
    const { type, state, since, complaints } = told[0].payload as Record<string, unknown>;
    assert.deepEqual([type, state, complaints], ['health', 'ok', []]);
    assert.ok(Number.isFinite(Date.parse(since as string)));
  });

  it('is told by the clock whenever it changes, and shown by the nodes that it concerns', async () => {
    await start();
    const told = flow.collect('sink');
    const states = () =>
      told
        .filter(({ topic }) => topic === 'health')
        .map(({ payload }) => (payload as { state: string }).state);
    assert.equal(flow.status('out').fill, 'blue');
    const late = {
      payload: { type: 'noteOn', note: 60, velocity: 1 },
      at: { timeMs: flow.engine.now() - 500 }
    };
    flow.node('out').receive(late);
    await flow.run(20);
    flow.engine.watchHealth();
    await flow.run(5);
    assert.deepEqual(states(), ['degraded']);
    assert.equal(flow.status('out').fill, 'yellow');
    assert.equal(flow.status('clock').fill, 'grey');
  });

  it('and ports that come and go are logged for whoever asks for details, and for nobody else', async () => {
    await start();
    flow.node('out').receive({
      payload: { type: 'noteOn', note: 60, velocity: 1 },
      at: { timeMs: flow.engine.now() - 500 }
    });
    flow.record('Another');
    await flow.run(100);
    flow.engine.watchHealth();
    await flow.run(5);
    const lines = logged();
    const ports = lines.filter(({ msg }) => /^\[phasor\] ports of none and loopback: .*Another \(/.test(msg));
    const health = lines.filter(({ msg }) => /^\[phasor\] health: degraded; .+; .+/.test(msg));
    assert.ok(ports.length > 0 && health.length > 0, JSON.stringify(lines));
    for (const { level } of [...ports, ...health]) assert.equal(level, DEBUG);
  });

  it('that has failed is red everywhere', async () => {
    await start();
    for (let times = 0; times < 4; times++) {
      flow.link.crash(new Error('a fault'), true);
      await flow.run(20);
    }
    for (const id of ['clock', 'out']) {
      assert.equal(flow.status(id).fill, 'red', id);
      assert.match(flow.status(id).text, /failed|restart/);
    }
  });
});

describe('a number out of its range', () => {
  afterEach(endFlow);
  const note = { payload: { type: 'noteOn', note: 60, velocity: 300, channel: 17 } };

  it('is refused, or made the nearest allowed where the settings say so', async () => {
    for (const [action, expected] of [
      ['drop', []],
      ['clamp', [[0x9f, 60, 127]]]
    ] as const) {
      const flow = await runFlow([parts.device(), parts.out()], { OutOfBounds: action });
      const heard = flow.record('synth');
      await flow.run(50);
      flow.node('out').receive(note);
      await flow.run(10);
      assert.deepEqual(
        heard.map(({ bytes }) => bytes),
        expected
      );
      await endFlow();
    }
  });
});
