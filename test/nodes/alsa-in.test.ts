import assert from 'node:assert/strict';
import sinon from 'sinon';
import { disposeEngine, runningEngine } from '../../nodes/engine';
import { endFlow, parts, runFlow, settle, type Flow, type RunningFlow } from '../support/node-helper';

const keys = {
  ...parts.device(),
  id: 'd-keys',
  name: 'keyboard',
  portMode: 'auto',
  port: '',
  inputMode: 'loopback',
  inputPort: 'keys'
};
const robot = { ...parts.device(), id: 'd-robot', name: 'robot', port: 'keys' };
const robotOut = { id: 'play', type: 'phasor-alsa-out', device: 'd-robot' };
const alsaIn = (extra = {}, wires = [['events']]) => ({
  id: 'in',
  type: 'phasor-alsa-in',
  device: 'd-keys',
  wires,
  ...extra
});

/** A flow in which `play` plays the keys that `in` hears. */
const heard = (extra = {}, more: Flow = []): Flow => [
  keys,
  robot,
  robotOut,
  alsaIn(extra),
  parts.helper('events'),
  parts.catch([['errors']]),
  parts.helper('errors'),
  ...more
];

const synth = parts.device();

async function play(flow: RunningFlow, ...messages: number[][]): Promise<void> {
  for (const bytes of messages) {
    flow.node('play').receive({ payload: bytes });
    await flow.run(2);
  }
}

type Event = { topic: string; payload: Record<string, unknown>; bytes: Buffer; timeMs: number };

describe('alsa in', () => {
  afterEach(endFlow);

  it('puts every message on the wire as an event, with its bytes and its time', async () => {
    const flow = await runFlow(heard());
    const events = flow.collect('events') as never as Event[];
    await flow.run(100);
    await play(flow, [0x91, 60, 100], [0x81, 60, 64], [0xb0, 7, 99], [0xf0, 1, 2, 0xf7], [0xfa]);
    assert.deepEqual(
      events.map(({ topic, payload }) => [topic, payload]),
      [
        ['noteOn', { type: 'noteOn', channel: 2, note: 60, velocity: 100 }],
        ['noteOff', { type: 'noteOff', channel: 2, note: 60, velocity: 64 }],
        ['cc', { type: 'cc', channel: 1, controller: 7, value: 99 }],
        ['sysex', { type: 'sysex', data: [1, 2] }],
        ['start', { type: 'start' }]
      ]
    );
    const { bytes, timeMs } = events[0];
    assert.ok(Buffer.isBuffer(bytes) && !(bytes.buffer instanceof SharedArrayBuffer));
    assert.deepEqual([...bytes], [0x91, 60, 100]);
    assert.ok(timeMs >= 100 && timeMs <= 105, String(timeMs));
    assert.deepEqual(flow.status('in'), { fill: 'blue', shape: 'dot', text: 'keys' });
  });

  it('takes what its boxes, channels and ranges say', async () => {
    const flow = await runFlow(
      heard({ channels: '1, 3-4', noteRange: 'c4-c5', controllerRange: '7', programs: false })
    );
    const events = flow.collect('events') as never as Event[];
    await flow.run(5);
    await play(
      flow,
      [0x90, 60, 1],
      [0x90, 59, 1],
      [0x91, 60, 1],
      [0x93, 72, 1],
      [0xb0, 7, 1],
      [0xb0, 8, 1],
      [0xc0, 1],
      [0xf8]
    );
    assert.deepEqual(
      events.map(({ bytes }) => [...bytes]),
      [
        [0x90, 60, 1],
        [0x93, 72, 1],
        [0xb0, 7, 1]
      ]
    );
  });

  it('makes whole notes of held keys, also of those that a vanished port cannot end', async () => {
    const flow = await runFlow(heard({ wholeNotes: true }));
    const events = flow.collect('events') as never as Event[];
    await flow.run(5);
    await play(flow, [0x90, 60, 100], [0x90, 64, 90]);
    await flow.run(246);
    await play(flow, [0x90, 60, 0]);
    const [{ payload, timeMs }] = events;
    assert.equal(events.length, 1);
    assert.deepEqual(
      { ...payload, durationMs: Math.round(payload.durationMs as number) },
      { type: 'note', channel: 1, note: 60, velocity: 100, durationMs: 250 }
    );
    assert.ok(timeMs < 10);
  });

  it('plays a thru within the worker, at once, while the flow is blocked, and ends what hangs', async () => {
    const flow = await runFlow([...heard({ thru: 'device' }), synth]);
    const played = flow.record('synth');
    await flow.run(5);
    flow.link.listening = false; // the main thread hears nothing
    flow.node('play').receive({ payload: [0x90, 60, 100] });
    await new Promise((resolve) => setImmediate(resolve));
    const sentMs = flow.engine.now();
    flow.advance(20);
    flow.link.listening = true;
    await flow.run(1);
    assert.deepEqual(
      played.map(({ bytes }) => bytes),
      [[0x90, 60, 100]]
    );
    assert.ok(played[0].timeMs - sentMs < 1, `${played[0].timeMs - sentMs} ms`);
    flow.node('in').receive({ payload: { thru: false } });
    await flow.run(5);
    assert.deepEqual(played.at(-1)?.bytes, [0x80, 60, 64]);
    await play(flow, [0x90, 62, 100]);
    assert.equal(played.length, 2);
    flow.node('in').receive({ payload: { thru: true } });
    await flow.run(5);
    await play(flow, [0x90, 64, 100]);
    await flow.redeploy([...heard({}), synth]);
    await flow.run(5);
    assert.deepEqual(
      played.slice(2).map(({ bytes }) => bytes),
      [
        [0x90, 64, 100],
        [0x80, 64, 64]
      ]
    );
  });

  it('holds its keys through a deploy that changes nothing, and maps them to the channel of the device', async () => {
    const wired = [...heard({ thru: 'device', thruOwnChannel: true }), parts.device({ channel: 5 })];
    const flow = await runFlow(wired);
    const played = flow.record('synth');
    await flow.run(5);
    await play(flow, [0x90, 60, 100]);
    await flow.redeploy(wired);
    await flow.run(50);
    assert.deepEqual(
      played.map(({ bytes }) => bytes),
      [[0x94, 60, 100]]
    );
    await play(flow, [0x80, 60, 0]);
    assert.deepEqual(played.at(-1)?.bytes, [0x84, 60, 0]);
    assert.equal(runningEngine()?.soundingNotes(), 0);
  });

  it('takes dumps that begin alike for what they are, and the same over and over for a circle', async () => {
    const flow = await runFlow(heard());
    const events = flow.collect('events') as never as Event[];
    const errors = flow.collect('errors');
    await flow.run(5);
    const dump = (last: number) => [0xf0, 67, 32, 126, 9, 32, last, 0xf7];
    for (let voice = 0; voice < 100; voice++) await play(flow, dump(voice));
    assert.equal(events.length, 100);
    assert.equal(errors.length, 0);
    for (let round = 0; round < 100; round++) await play(flow, dump(0));
    assert.equal(errors.length, 1);
    assert.ok(events.length < 150, String(events.length));
  });

  it('refuses a thru from a loopback port to itself, and names it', async () => {
    const flow = await runFlow(heard({ thru: 'd-robot' }));
    const errors = flow.collect('errors');
    const notes = flow.collect('events');
    await flow.run(5);
    await play(flow, [0x90, 60, 100]);
    assert.equal(notes.length, 1);
    const [error] = errors as never as { topic: string; error: { message: string } }[];
    assert.equal(error.topic, 'FeedbackLoop');
    assert.match(error.error.message, /"robot" comes back at "keyboard"/);
  });

  it('interrupts what goes round through the flow, names it, and hears again afterwards', async () => {
    const flow = await runFlow(
      [...heard({}, [])].map((node) => (node.id === 'in' ? alsaIn({}, [['play', 'events']]) : node)) as Flow
    );
    const errors = flow.collect('errors');
    const events = flow.collect('events');
    await flow.run(5);
    await play(flow, [0x90, 60, 100]);
    await flow.run(1500);
    assert.ok(events.length < 100, `${events.length} times round`);
    assert.equal(errors.length, 1);
    assert.match(
      (errors[0] as never as { error: { message: string } }).error.message,
      /"robot" comes back at "keyboard"/
    );
    assert.match(flow.status('in').text, /loop/);
    await play(flow, [0xb0, 1, 1]);
    assert.ok(events.length > 40);
  });

  describe('recording with a clock that loops', () => {
    /** The recording looks at the song by a timer, which goes with the time of the engine here. */
    let timers: sinon.SinonFakeTimers;
    beforeEach(() => (timers = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })));
    afterEach(() => timers.restore());

    /** A recording that began with the song, at 120 BPM; `at` plays at a place, in ms from there. */
    async function recorded(extra: object = {}) {
      const wires = [['events'], ['patterns']];
      const recording = { recordClock: 'clock', recordBeats: 4, recordGrid: '1/16', wires, ...extra };
      const clock = parts.clock([[], []], { autostart: false });
      const flow = await runFlow([...heard(recording), clock, parts.helper('patterns')]);
      const told = flow.collect('patterns') as {
        payload: { events: { position: number; event: Record<string, number> }[] };
      }[];
      await flow.run(50);
      flow.node('clock').receive({ payload: { loop: { start: 0, end: 4 } } });
      flow.node('in').receive({ payload: { record: true } });
      await flow.run(50);
      flow.node('clock').receive({ payload: 'start' });
      await flow.run(1);
      const startMs = flow.engine.now();
      const at = async (ms: number, ...messages: number[][]) => {
        while (flow.engine.now() < startMs + ms) {
          await flow.run(5);
          timers.tick(5);
        }
        await play(flow, ...messages);
      };
      const patterns = () =>
        told.map(({ payload }) => payload.events.map(({ position, event }) => [position, event.note]));
      return { flow, at, told, patterns };
    }

    it('replaces what an earlier round left, and gives one pattern for each round', async () => {
      const { at, patterns } = await recorded({ recordMode: 'replace' });
      await at(500, [0x90, 60, 100]);
      await at(700, [0x80, 60, 64]);
      await at(2200);
      assert.deepEqual(patterns(), [[[960, 60]]]);
      await at(3000, [0x90, 64, 100]);
      await at(3200, [0x80, 64, 64]);
      await at(4200);
      assert.deepEqual(patterns().slice(1), [[[1920, 64]]]);
      await at(6200);
      assert.deepEqual(patterns().slice(2), [[]], 'a round in which nothing was played');
    });

    it('keeps the length of a key that is held over the end of the loop', async () => {
      for (const recordMode of ['replace', 'overdub']) {
        const { flow, at, told } = await recorded({ recordMode });
        await at(1750, [0x90, 60, 100]);
        await at(2250, [0x80, 60, 64]);
        await at(2300);
        flow.node('in').receive({ payload: { record: false } });
        await settle();
        const [{ position, event }] = told.at(-1)!.payload.events;
        assert.equal(position, 3360);
        assert.ok(Math.abs(event.durationTicks - 960) < 20, String(event.durationTicks));
        await endFlow();
      }
    });

    it('erases only what sounds where the song is located ahead', async () => {
      const { flow, at, patterns } = await recorded({ recordMode: 'replace' });
      flow.node('clock').receive({ payload: { loop: false } });
      await at(500, [0x90, 60, 100], [0x80, 60, 64]);
      await at(1500, [0x90, 62, 100], [0x80, 62, 64]);
      await at(1700);
      // From the second beat on, four rounds later.
      flow.node('clock').receive({ payload: { position: 17.5 } });
      await at(2700);
      assert.deepEqual(patterns().at(-1), [
        [960, 60],
        [2880, 62]
      ]);
      flow.node('in').receive({ payload: { record: false } });
      await settle();
      assert.deepEqual(patterns().at(-1), [[960, 60]]);
    });

    it('is in phase with loops of another length than the recording', async () => {
      const { flow, at, patterns } = await recorded({ recordMode: 'replace' });
      flow.node('clock').receive({ payload: { loop: { start: 0, end: 3 } } });
      await at(10, [0x90, 60, 100], [0x80, 60, 64]);
      await at(1400, [0x90, 62, 100], [0x80, 62, 64]);
      await at(3100);
      assert.deepEqual(patterns(), [
        [
          [0, 60],
          [2640, 62]
        ],
        []
      ]);
    });
  });

  it('records what is played into a loop of a clock, in phase, and gives it as a pattern', async () => {
    const wires = [['events'], ['patterns']];
    const recording = { recordClock: 'clock', recordBeats: 2, recordStrength: 100, wires };
    const flow = await runFlow([...heard(recording), parts.clock([[], []]), parts.helper('patterns')]);
    const patterns = flow.collect('patterns') as {
      topic: string;
      payload: { cycleTicks: number; events: unknown[] };
    }[];
    flow.node('in').receive({ payload: { record: true } });
    await flow.run(210); // the clock starts after 200 ms
    const { transport } = { transport: flow.engine.transport('clock') };
    while ((transport?.positionAt(flow.engine.now()) ?? 0) < 960 - 20) await flow.run(5);
    await play(flow, [0x90, 60, 100]);
    await flow.run(250);
    await play(flow, [0x80, 60, 64]);
    flow.node('in').receive({ payload: { record: false } });
    await flow.run(5);
    const { topic, payload } = patterns.at(-1)!;
    assert.equal(topic, 'pattern');
    assert.equal(payload.cycleTicks, 1920);
    const [{ position, event }] = payload.events as { position: number; event: Record<string, number> }[];
    assert.equal(position, 960);
    assert.equal(event.note, 60);
    assert.ok(Math.abs(event.durationTicks - 485) < 20, String(event.durationTicks));
    flow.node('in').receive({ payload: 'clear' });
    await flow.run(5);
    assert.deepEqual(patterns.at(-1)?.payload.events, []);
  });

  it('gives its recording to a pattern, which plays it in the time of the clock', async () => {
    const recording = { recordClock: 'clock', recordBeats: 2, recordStrength: 100 };
    const flow = await runFlow([
      ...heard({ ...recording, wires: [['events'], ['pattern']] }),
      parts.device({ id: 'd-synth', name: 'synth', port: 'synth' }),
      parts.clock([['pattern'], []]),
      parts.pattern([['out'], []], { notation: '' }),
      parts.out({ device: 'd-synth' })
    ]);
    const played = flow.record('synth');
    flow.node('in').receive({ payload: { record: true } });
    await flow.run(400);
    await play(flow, [0x90, 61, 100]);
    await flow.run(200);
    await play(flow, [0x80, 61, 64]);
    flow.node('in').receive({ payload: { record: false } });
    await flow.run(3500);
    const times = played.filter(({ bytes }) => bytes[0] === 0x90).map(({ timeMs }) => timeMs);
    assert.ok(times.length >= 3, String(times));
    for (let round = 1; round < times.length; round++)
      assert.ok(Math.abs(times[round] - times[round - 1] - 1000) < 1, String(times));
    const errors = flow.collect('errors');
    flow.node('pattern').receive({ topic: 'pattern', payload: { phasor: 'pattern', version: 1 } });
    await settle();
    assert.equal(errors.length, 1, 'what is no pattern is refused');
  });

  it('refuses what it does not know, and a device that is none', async () => {
    const flow = await runFlow(heard({ noteRange: 'c9-c1' }));
    const errors = flow.collect('errors');
    flow.node('in').receive({ payload: { thru: true } });
    await flow.run(5);
    assert.match((errors[0] as never as { error: { message: string } }).error.message, /noteRange/);
    assert.equal(flow.status('in').fill, 'red');
    await disposeEngine();
  });
});
