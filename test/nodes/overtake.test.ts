import assert from 'node:assert/strict';
import { endFlow, parts, runFlow, settle, type Flow } from '../support/node-helper';
import type { Heard } from '../support/fake-engine';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const isOn = ({ bytes }: Heard) => (bytes[0] & 0xf0) === 0x90;
const EVERY_MS = 31.25;

/** Notes pass two function nodes on their way to the out. */
const flowOf = (extra: object): Flow => [
  parts.device(),
  parts.clock([['pattern'], []]),
  parts.pattern([['slow'], []], { quantum: 'none', ...extra }),
  { id: 'slow', type: 'function', func: 'return msg;', outputs: 1, wires: [['slower']] },
  { id: 'slower', type: 'function', func: 'return msg;', outputs: 1, wires: [['out']] },
  parts.out()
];

describe('a change while events are on the wires', () => {
  afterEach(endFlow);

  async function assertOnce(hops: number, messages: object[], steps: number): Promise<void> {
    const flow = await runFlow(flowOf({ notation: 'c4*64', noteLength: 60 }));
    const heard = flow.record('synth');
    await flow.run(500);
    const arrived = flow.collect('pattern');
    for (let step = 0; step < steps; step++) {
      // A span has just been announced.
      const known = arrived.length;
      while (arrived.length === known) {
        flow.advance(1);
        await turn();
      }
      for (let hop = 1; hop < hops; hop++) await turn();
      for (const msg of messages) flow.node('pattern').receive(msg);
      await settle();
    }
    await flow.run(300);
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(100);
    const ons = heard.filter(isOn);
    assert.ok(ons.length > 15);
    ons.forEach(({ timeMs }, index) =>
      assert.ok(
        Math.abs(timeMs - ons[0].timeMs - index * EVERY_MS) < 0.01,
        `note ${index}, ${hops} hops away, is at ${timeMs - ons[0].timeMs} ms`
      )
    );
    await endFlow();
  }

  it('takes back those too, wherever they are', async () => {
    for (let hops = 1; hops <= 4; hops++) {
      const messages = [{ payload: { transpose: 12, when: 'now' } }];
      await assertOnce(hops, messages, 3);
    }
  });

  it('takes back what the change before it has just sent', async () => {
    const messages = [1, 2, 3].map((transpose) => ({ payload: { transpose, when: 'now' } }));
    await assertOnce(1, messages, 3);
  });
});
