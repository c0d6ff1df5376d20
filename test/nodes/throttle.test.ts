import assert from 'node:assert/strict';
import { endFlow, parts, runFlow, settle, type Flow } from '../support/node-helper';
import type { Statistics } from '../../nodes/throttle/statistics';

const simple = (extra = {}): Flow => [
  parts.device(),
  parts.throttle([['out', 'passed'], ['second']], extra),
  parts.out(),
  parts.helper('passed'),
  parts.helper('second'),
  parts.catch([['errors']]),
  parts.helper('errors')
];
const cc = (controller: number, value: number) => ({ type: 'cc', controller, value });

describe('a flow with a throttle', () => {
  afterEach(endFlow);

  it('thins live values and gives back the messages that were held back', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    const [passed, held] = [flow.collect('passed'), flow.collect('second')];
    for (let value = 0; value < 5; value++)
      flow.node('throttle').receive({ payload: cc(74, value), mine: value });
    flow.node('throttle').receive({ payload: { type: 'noteOn', note: 60 } });
    await flow.run(50);
    assert.deepEqual(
      heard.map(({ bytes }) => bytes),
      [
        [0xb0, 74, 0],
        [0x90, 60, 100],
        [0xb0, 74, 4]
      ]
    );
    assert.deepEqual(
      held.map(({ mine }) => mine),
      [1, 2, 3]
    );
    assert.equal(passed[0].at, undefined, 'the first passes as it is');
  });

  it('keeps bytes as bytes, whole parameters together, and what is not thinned as it came', async () => {
    const flow = await runFlow(simple());
    const passed = flow.collect('passed');
    const nrpn = (value: number) => [0xb0, 99, 1, 0xb0, 98, 2, 0xb0, 6, value, 0xb0, 38, 0];
    const send = (payload: unknown) => flow.node('throttle').receive({ payload });
    send(Buffer.from([...nrpn(1), 0x90, 60, 100]));
    send(Buffer.from(nrpn(2)));
    send(Buffer.from(nrpn(3)));
    const untouched = Buffer.from([0xc0, 5, 0x90, 62, 100]);
    send(untouched);
    send([cc(1, 1), { type: 'note', note: 60, durationMs: 10 }, cc(1, 2), cc(64, 127)]);
    send({ type: 'parameter', parameter: 'cutoff', value: 0.5 });
    await flow.run(50);
    const payloads = passed.map(({ payload }) => payload);
    assert.deepEqual(payloads.slice(0, 3), [Buffer.from(nrpn(1)), Buffer.from([0x90, 60, 100]), untouched]);
    assert.deepEqual(
      payloads.slice(3).map((each) => (Buffer.isBuffer(each) ? [...each] : (each as { type: string }).type)),
      ['cc', 'note', 'cc', 'parameter', nrpn(3), 'cc']
    );
  });

  it('refuses what is wrong, and goes on', async () => {
    const flow = await runFlow(simple());
    const errors = flow.collect('errors');
    const heard = flow.record('synth');
    const send = (msg: object) => flow.node('throttle').receive(msg);
    for (const msg of [
      { payload: cc(300, 1) },
      { payload: cc(1, 1), at: 5 },
      { payload: { throttleMs: -1 } },
      { payload: { throttleMs: 5, rate: 90 } },
      { payload: 'statistics' },
      { topic: 'controlShare', payload: 0 },
      { payload: 'nonsense' }
    ])
      send(msg);
    await settle();
    assert.equal(errors.length, 7);
    send({ payload: { throttleMs: 0 } });
    for (let value = 0; value < 3; value++) send({ payload: cc(1, value) });
    await flow.run(10);
    assert.equal(heard.length, 3);
  });

  it('keeps what it holds over a deploy', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    for (const value of [1, 2]) flow.node('throttle').receive({ payload: cc(1, value) });
    await settle();
    await flow.redeploy(simple({ throttleMs: 11 }));
    await flow.run(30);
    assert.deepEqual(
      heard.map(({ bytes }) => bytes[2]),
      [1, 2]
    );
  });

  it('sets the share of the wire by message', async () => {
    const flow = await runFlow([
      parts.device({ wire: 'din', controlShare: 10 }),
      ...simple({ throttleMs: 0 }).slice(1)
    ]);
    const heard = flow.record('synth');
    const flood = async () => {
      heard.length = 0;
      for (let value = 0; value < 400; value++)
        flow.node('throttle').receive({ payload: cc(70 + (value % 25), 1) });
      await flow.run(60);
      return heard.length;
    };
    assert.ok((await flood()) <= 16 + 7, 'a burst, and a tenth of the wire');
    await flow.run(1000);
    flow.node('throttle').receive({ payload: { controlShare: 100 } });
    await flow.run(5);
    assert.ok((await flood()) >= 25);
  });

  it('sends figures, under the names of a status and of metrics too, with its health', async () => {
    const flow = await runFlow([
      ...simple({ second: 'statistics', rate: 30 }),
      parts.clock([['throttle'], []], { bpm: 90 })
    ]);
    const second = flow.collect('second');
    for (let value = 0; value < 5; value++) flow.node('throttle').receive({ payload: cc(74, value) });
    await flow.run(400);
    for (let times = 0; times < 5; times++) flow.node('throttle').receive({ payload: 'statistics' });
    await settle();
    assert.ok(second.length >= 1 && second.length <= 13, `${second.length} in 0.4 s`);
    const { topic, payload } = second.at(-1) as { topic: string; payload: Statistics };
    assert.equal(topic, 'statistics');
    assert.equal(payload.type, 'statistics');
    assert.deepEqual(payload.throttle, {
      throttleMs: 10,
      taken: 5,
      passed: 2,
      heldBack: 3,
      voided: 0,
      resent: 0,
      pending: 0
    });
    assert.equal(payload.ports.length, 1);
    const [{ name, sent, queue, state }] = payload.ports;
    assert.deepEqual([name, state, sent >= 2, queue.limit], ['synth', 'open', true, 1000]);
    assert.equal(payload.health.state, 'ok');
    assert.ok(!Number.isNaN(Date.parse(payload.health.since)));
    assert.deepEqual([payload.clock_running, payload.clock_bpm], [true, 90]);
    assert.deepEqual(payload.midi_clock, { enabled: true, running: true, bpm: 90 });
    assert.deepEqual(Object.keys(payload.latency), [
      'avg_ms',
      'min_ms',
      'max_ms',
      'queue_size',
      'queue_utilization',
      'pending_cc_count',
      'total_messages'
    ]);
    assert.deepEqual(Object.keys(payload.cc_profile), [
      'active_profile',
      'profile_name',
      'available_parameters'
    ]);
    structuredClone(payload);
  });
});
