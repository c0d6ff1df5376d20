import assert from 'node:assert/strict';
import type { Heard } from '../support/fake-engine';
import { endFlow, parts, runFlow, settle, type RunningFlow } from '../support/node-helper';

/** Control changes that were heard: [controller, value]. */
const controls = (heard: Heard[]) =>
  heard.filter(({ bytes }) => bytes[0] >> 4 === 0xb).map(({ bytes }) => [bytes[1], bytes[2]]);

/** A mapper between whatever a test sends and an out, with what goes wrong. */
async function mapped(extra = {}, more: object[] = []) {
  const flow = await runFlow([
    parts.device(),
    parts.ccProfile([['out', 'events'], ['parameters']], extra),
    parts.out(),
    parts.helper('events'),
    parts.helper('parameters'),
    parts.catch([['caught']]),
    parts.helper('caught'),
    ...(more as never[])
  ]);
  const heard = flow.record('synth');
  const caught = flow.collect('caught');
  const events = flow.collect('events');
  const parameters = flow.collect('parameters');
  await flow.run(50);
  const send = async (...messages: object[]) => {
    for (const msg of messages) flow.node('profile').receive(msg);
    await settle();
    await flow.run(20);
  };
  const errors = () => caught.splice(0).map(({ error }) => (error as { message: string }).message);
  return { flow, heard, events, parameters, errors, send };
}

describe('a cc profile', () => {
  afterEach(endFlow);

  it('sends parameters by name, other name and role, and by the label of a step', async () => {
    const { heard, send, errors } = await mapped({ profile: 'korg_nts1', channel: 3 });
    await send(
      { topic: 'filter_cutoff', payload: 0.5 },
      { topic: 'Cutoff', payload: '1' },
      { topic: 'filter.cutoff', payload: 0 },
      { topic: 'osc_type', payload: 'square' },
      { payload: { cutoff: 0.25, 'lfo.rate': 1 } },
      { payload: { type: 'parameter', parameter: 'resonance', value: 1, channel: 5 } }
    );
    assert.deepEqual(controls(heard), [
      [43, 64],
      [43, 127],
      [43, 0],
      [53, 50],
      [43, 32],
      [24, 127],
      [44, 127]
    ]);
    assert.deepEqual(
      heard.map(({ bytes }) => bytes[0] & 15),
      [2, 2, 2, 2, 2, 2, 4]
    );
    assert.deepEqual(errors(), []);
  });

  it('refuses what the profile does not declare, as a whole, and passes on what is no parameter', async () => {
    const { heard, events, send, errors } = await mapped();
    await send(
      { topic: 'cutof', payload: 0.5 },
      { payload: { cutoff: 0.5, cutof: 0.5 } },
      { topic: 'cutoff', payload: 1.5 },
      { payload: 'start' },
      { topic: 'bpm', payload: 120 },
      { payload: { bpm: 120 } },
      { payload: { type: 'parameter', parameter: 'cutoff', value: 'loud' } },
      { topic: 'cutoff', payload: 0.5, at: { timeMs: 'soon' } },
      { payload: { type: 'parameter', parameter: 'cutoff', value: 1, channel: 17 } }
    );
    assert.equal(errors().length, 9);
    assert.equal(heard.length, 0);
    const note = { topic: 'note', payload: { type: 'note', note: 60, velocity: 1, durationMs: 10 } };
    const passing = [
      note,
      { payload: { type: 'span', clock: 'x' } },
      { payload: Buffer.from([0x90, 60, 1]) }
    ];
    events.length = 0;
    await send(...passing);
    assert.deepEqual(
      events.map(({ payload }) => payload),
      passing.map(({ payload }) => payload)
    );
  });

  it('copies the stamp, also from a pattern that a clock drives, and plays it then', async () => {
    const { flow, heard, events, send } = await mapped();
    const timeMs = flow.engine.now() + 300;
    await send({ payload: { cutoff: 1, resonance: 1 }, at: { timeMs, source: 'x', ordinal: 7 } });
    assert.deepEqual(
      events.map(({ at }) => at),
      [
        { timeMs, source: 'x', ordinal: 7 },
        { timeMs, source: 'x', ordinal: 7 }
      ]
    );
    assert.equal(heard.length, 0);
    await flow.run(320);
    assert.deepEqual(controls(heard), [
      [74, 127],
      [71, 127]
    ]);
    assert.ok(Math.abs(heard[0].timeMs - timeMs) < 2);
  });

  it('takes parameters out of a batch and leaves the rest', async () => {
    const { heard, send, errors } = await mapped();
    await send({
      payload: [
        { type: 'noteOn', note: 60, velocity: 1 },
        { payload: { type: 'parameter', parameter: 'cutoff', value: 1 } }
      ]
    });
    assert.deepEqual(errors(), []);
    assert.deepEqual(controls(heard), [[74, 127]]);
    assert.equal(heard.filter(({ bytes }) => bytes[0] >> 4 === 9).length, 1);
  });

  it('tells the parameters that arrive, with their role, and another profile understands them', async () => {
    const { parameters, send, heard, flow } = await mapped(
      { profile: 'generic_analog', wires: [[], ['parameters', 'second']] },
      [parts.ccProfile([['out'], []], { id: 'second', profile: 'korg_nts1' })]
    );
    await send(
      { payload: { type: 'cc', channel: 2, controller: 71, value: 127 } },
      { payload: { type: 'cc', controller: 3, value: 1 } },
      { payload: [0xb0, 74, 127] }
    );
    assert.deepEqual(
      parameters.map(({ topic, payload, role, channel }) => ({ topic, payload, role, channel })),
      [
        { topic: 'filter_resonance', payload: 1, role: 'filter.resonance', channel: 2 },
        { topic: 'filter_cutoff', payload: 1, role: 'filter.cutoff', channel: 1 }
      ]
    );
    await flow.run(20);
    assert.deepEqual(controls(heard), [
      [44, 127],
      [43, 127]
    ]);
  });

  it('is switched by a message, and stays where a profile is not known or is wrong', async () => {
    const { flow, heard, send, errors } = await mapped();
    const own = { cc_profiles: { mine: { parameters: { cutoff: { cc: 9 } } } } };
    await send(
      { profile: 'korg_nts1', topic: 'cutoff', payload: 1 },
      { profile: 'nobody', topic: 'cutoff', payload: 1 },
      { profile: { parameters: { cutoff: { cc: 123 } } } },
      { profile: 'generic_analog', topic: 'nothing', payload: 1 },
      { topic: 'cutoff', payload: 1 },
      { profile: own },
      { topic: 'cutoff', payload: 1 },
      { topic: 'profile', payload: 'generic_analog' },
      { topic: 'cutoff', payload: 1 }
    );
    assert.deepEqual(controls(heard), [
      [43, 127],
      [43, 127],
      [9, 127],
      [74, 127]
    ]);
    const problems = errors();
    assert.equal(problems.length, 3);
    assert.match(problems[0], /nobody.*korg_nts1_mk2/);
    assert.match(problems[1], /channel mode/);
    assert.match(flow.status('profile').text, /Generic analog/);
  });

  it('uses the profile that is stored in it, and that of its device', async () => {
    const own = JSON.stringify({ cc_profiles: { mine: { name: 'Mine', parameters: { knob: { cc: 5 } } } } });
    const { heard, send, flow } = await mapped({ profile: '_own', own });
    assert.equal(flow.status('profile').text, 'Mine');
    await send({ topic: 'knob', payload: 1 });
    assert.deepEqual(controls(heard), [[5, 127]]);
    await endFlow();
    const other = await runFlow([
      parts.device({ profile: 'korg_volca_fm' }),
      parts.ccProfile([[], []], { profile: '', device: 'device' })
    ]);
    assert.match(other.status('profile').text, /volca fm/);
  });

  it('shows what is wrong with a stored profile and refuses every message with it', async () => {
    const { flow, send, errors } = await mapped({ profile: '_own', own: '{"parameters":{"a":{"cc":121}}}' });
    assert.equal(flow.status('profile').fill, 'red');
    errors();
    await send({ topic: 'a', payload: 1 });
    assert.match(errors()[0], /channel mode/);
  });

  it('goes on with the profile in use where a broken one is deployed, until it is mended', async () => {
    const own = (cc: number) => JSON.stringify({ cc_profiles: { mine: { parameters: { tone: { cc } } } } });
    const flowWith = (cc: number) => [
      parts.device(),
      parts.ccProfile([['out'], []], { profile: '_own', own: own(cc) }),
      parts.out(),
      parts.catch([['caught']]),
      parts.helper('caught')
    ];
    const flow = await runFlow(flowWith(20));
    const heard = flow.record('synth');
    const turn = async (value: number) => {
      flow.node('profile').receive({ topic: 'tone', payload: value });
      await settle();
      await flow.run(20);
      return controls(heard).at(-1);
    };
    assert.deepEqual(await turn(1), [20, 127]);
    for (let deploy = 0; deploy < 2; deploy++) {
      await flow.redeploy(flowWith(121));
      assert.equal(flow.status('profile').fill, 'yellow');
      assert.match(flow.status('profile').text, /cc/);
      assert.deepEqual(await turn(deploy), [20, 127 * deploy]);
    }
    await flow.redeploy(flowWith(21));
    assert.equal(flow.status('profile').fill, 'green');
    assert.deepEqual(await turn(1), [21, 127]);
  });

  it('glides in quarter notes on the clock that is wired into it, at the tempo of the moment', async () => {
    const flow = await runFlow([
      parts.device(),
      parts.clock([['profile'], []]),
      parts.ccProfile([['out'], []], { smoothing: 1, smoothingUnit: 'beats' }),
      parts.out()
    ]);
    const heard = flow.record('synth');
    const glide = async (payload: number, ms: number) => {
      heard.length = 0;
      const fromMs = flow.engine.now();
      flow.node('profile').receive({ topic: 'resonance', payload });
      await waitFor(flow, () => flow.engine.now() > fromMs + ms);
      const moves = heard.filter(({ bytes }) => bytes[0] >> 4 === 0xb);
      assert.equal(moves.at(-1)?.bytes[2], payload * 127);
      return moves.at(-1)!.timeMs - fromMs;
    };
    await flow.run(400);
    await glide(0, 20);
    // A beat at 120 BPM, which is told 60 ms ahead.
    assert.ok(Math.abs((await glide(1, 700)) - 500) < 15);
    flow.node('clock').receive({ payload: { bpm: 240 } });
    await flow.run(300);
    assert.ok(Math.abs((await glide(0, 700)) - 250) < 15);
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(300);
    assert.ok((await glide(1, 700)) <= 500);
  });

  it('learns a controller: the next one that is turned', async () => {
    const { flow, heard, parameters, send, errors } = await mapped();
    await send({ topic: 'learn', payload: 'cutoff' });
    assert.match(flow.status('profile').text, /learning/);
    await send(
      { payload: { type: 'noteOn', note: 60, velocity: 1 } },
      { payload: { type: 'cc', controller: 21, value: 5 } },
      { topic: 'cutoff', payload: 1 },
      { topic: 'learn', payload: 'resonance' },
      { payload: { learn: false } },
      { payload: { type: 'cc', controller: 22, value: 5 } }
    );
    assert.deepEqual(controls(heard), [
      [21, 5],
      [21, 127],
      [22, 5]
    ]);
    assert.deepEqual(errors(), []);
    const { topic, payload } = parameters[0] as { topic: string; payload: { cc_profiles: object } };
    assert.equal(topic, 'profile');
    assert.deepEqual(Object.keys(payload.cc_profiles), ['generic_analog_learned']);
    // A controller that cannot be one is refused; the wait goes on.
    await send({ topic: 'learn', payload: 'cutoff' }, { payload: { type: 'cc', controller: 99, value: 5 } });
    assert.match(errors()[0], /NRPN/);
    assert.deepEqual(controls(heard).at(-1), [99, 5]);
    assert.match(flow.status('profile').text, /learning/);
  });

  it('glides to a value on the time of the engine, and ends there', async () => {
    const { flow, heard, send } = await mapped({ smoothing: 100 });
    await send({ topic: 'resonance', payload: 0 });
    const ended = waitFor(flow, () => controls(heard).at(-1)?.[1] === 127);
    await send({ topic: 'resonance', payload: 1 });
    await ended;
    const values = controls(heard).map(([, value]) => value);
    assert.equal(values.length, 11);
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b)
    );
    const times = heard.slice(1).map(({ timeMs }) => timeMs);
    times.slice(1).forEach((timeMs, index) => assert.ok(Math.abs(timeMs - times[index] - 10) < 1));
    await send({ topic: 'smoothing', payload: false }, { topic: 'resonance', payload: 0 });
    assert.equal(controls(heard).at(-1)?.[1], 0);
    assert.equal(heard.length, 12);
  });

  it('keeps the last values over a deploy and sends them again when asked', async () => {
    const { flow, heard, send } = await mapped();
    await send({ payload: { cutoff: 1, resonance: 0.5 } });
    await flow.redeploy([parts.device(), parts.ccProfile([['out'], []], { channel: 4 }), parts.out()]);
    await flow.run(50);
    heard.length = 0;
    flow.node('profile').receive({ payload: 'resend' });
    await settle();
    await flow.run(20);
    assert.deepEqual(controls(heard), [
      [74, 127],
      [71, 64]
    ]);
  });

  it('tells how its parameters stand, in a message that sets another node so', async () => {
    const flow = await runFlow([
      parts.device(),
      parts.ccProfile([[], ['told', 'other']]),
      { ...parts.ccProfile([[], ['others']]), id: 'other' },
      parts.helper('told'),
      parts.helper('others')
    ]);
    const [told, others] = [flow.collect('told'), flow.collect('others')];
    const send = async (node: string, msg: object) => {
      flow.node(node).receive(msg);
      await settle();
    };
    await send('profile', { payload: 'values' });
    await send('profile', { payload: { cutoff: 0.25, resonance: 1 } });
    await send('profile', { payload: { type: 'parameter', parameter: 'cutoff', value: 0.5, channel: 3 } });
    await send('profile', { payload: 'values' });
    const plain = (messages: readonly object[]) =>
      messages.map((message) => {
        const { topic, payload, channel } = message as Record<string, unknown>;
        return [topic, payload, channel];
      });
    const stand = [
      ['values', { filter_cutoff: 0.25, filter_resonance: 1 }, undefined],
      ['values', { filter_cutoff: 0.5 }, 3]
    ];
    assert.deepEqual(plain(told), [['values', {}, undefined], ...stand]);
    await send('other', { payload: 'values' });
    const own = { filter_cutoff: 0.5, filter_resonance: 1 };
    assert.deepEqual(plain(others), [['values', own, undefined]]);
  });
});

/** Lets time go by as the timers of a node do, until a condition holds. */
async function waitFor(flow: RunningFlow, condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    assert.ok(turns < 400, 'in vain');
    await flow.run(5);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
