import assert from 'node:assert/strict';
import { endFlow, parts, runFlow, type Flow } from '../support/node-helper';

const drums = { ...parts.device(), id: 'd-drums', name: 'drums', port: 'drums' };
const ear = {
  ...parts.device(),
  id: 'd-ear',
  name: 'ear',
  portMode: 'auto',
  port: '',
  inputMode: 'loopback',
  inputPort: 'drums'
};

/** One clock that leads over a loopback port, and one that follows it and plays. */
const flowOf = (follow = {}): Flow => [
  drums,
  ear,
  parts.device(),
  { id: 'lead', type: 'phasor-clock', name: 'lead', bpm: 120, wires: [['lead-out'], []] },
  { id: 'lead-out', type: 'phasor-alsa-out', device: 'd-drums' },
  {
    ...parts.clock([['pattern'], ['tidings']]),
    name: 'follower',
    source: 'follow',
    followDevice: 'd-ear',
    ...follow
  },
  parts.pattern([['out']]),
  parts.out(),
  parts.helper('tidings'),
  parts.catch([['errors']]),
  parts.helper('errors')
];

const tell = (payload: unknown) => ({ payload });

describe('a clock that follows another', () => {
  afterEach(endFlow);

  it('is started, led and stopped by it, and tells how that goes', async () => {
    const flow = await runFlow(flowOf());
    const tidings = flow.collect('tidings') as { payload: { type: string; state: string; bpm: number } }[];
    const heard = flow.record('synth');
    const lead = flow.record('drums');
    await flow.run(1500);
    assert.equal(heard.length, 0, 'it has no start of its own');
    assert.match(flow.status('clock').text, /locked/);
    flow.node('lead').receive(tell('start'));
    await flow.run(1980);
    const notes = heard.filter(({ bytes }) => bytes[0] === 0x90);
    assert.deepEqual(
      notes.map(({ bytes }) => bytes[1]),
      [60, 64, 67, 64]
    );
    const from = lead.findIndex(({ bytes }) => bytes[0] === 0xfa);
    const pulses = lead.slice(from).filter(({ bytes }) => bytes[0] === 0xf8);
    notes.forEach(({ timeMs }, beat) => assert.ok(Math.abs(timeMs - pulses[beat * 24].timeMs) < 0.5));
    flow.node('lead').receive(tell('stop'));
    await flow.run(600);
    assert.equal(flow.engine.transport('clock')?.state().running, false);
    const states = tidings
      .filter(({ payload }) => payload.type === 'follow')
      .map(({ payload }) => payload.state);
    assert.deepEqual(states.slice(0, 3), ['waiting', 'locking', 'locked']);
  });

  it("refuses what is its master's, and names it; stops when the wire is cut", async () => {
    const flow = await runFlow(flowOf());
    const errors = flow.collect('errors') as { error: { message: string } }[];
    await flow.run(1500);
    for (const payload of ['start', 'tap', { bpm: 90 }, { position: 4 }])
      flow.node('clock').receive(tell(payload));
    flow.node('clock').receive(tell({ signature: '3/4' }));
    await flow.run(5);
    assert.equal(errors.length, 4);
    assert.match(errors[0].error.message, /follows "ear", which decides that/);
    await flow.redeploy(flowOf().filter(({ id }) => id !== 'lead' && id !== 'lead-out'));
    await flow.run(4000);
    assert.match(flow.status('clock').text, /lost/);
    assert.equal(flow.status('clock').fill, 'red');
  });

  it('goes on by itself when a deploy takes its master away, and needs a device to follow', async () => {
    const flow = await runFlow(flowOf());
    await flow.run(1500);
    flow.node('lead').receive(tell('start'));
    await flow.run(1000);
    await flow.redeploy(flowOf({ source: 'internal' }));
    const heard = flow.record('synth');
    flow.node('lead').receive(tell('stop'));
    await flow.run(2000);
    assert.ok(heard.filter(({ bytes }) => bytes[0] === 0x90).length >= 3);
    await flow.redeploy(flowOf({ followDevice: '' }));
    assert.match(flow.status('clock').text, /followDevice/);
  });
});
