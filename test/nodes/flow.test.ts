import assert from 'node:assert/strict';
import type { Heard } from '../support/fake-engine';
import { endFlow, parts, runFlow, type Flow } from '../support/node-helper';

const ons = (heard: Heard[]) =>
  heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90).map(({ bytes }) => bytes[1]);
const simple = (extra: Flow = []): Flow => [
  parts.device(),
  parts.clock([['pattern', 'spans'], ['beats']]),
  parts.pattern([['out', 'notes']]),
  parts.out(),
  parts.helper('spans'),
  parts.helper('beats'),
  parts.helper('notes'),
  ...extra
];

/** Every on has its off: nothing sounds any more. */
function assertSilent(heard: Heard[]): void {
  const down = new Set<string>();
  for (const { bytes } of heard) {
    const key = `${bytes[0] & 0xf} ${bytes[1]}`;
    if ((bytes[0] & 0xf0) === 0x90) down.add(key);
    if ((bytes[0] & 0xf0) === 0x80) down.delete(key);
  }
  assert.deepEqual([...down], []);
}

describe('a flow of clock, pattern and alsa out', () => {
  afterEach(endFlow);

  it('plays on deploy, and tells beats as they sound', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    const beats = flow.collect('beats');
    await flow.run(1950);
    assert.deepEqual(ons(heard), [60, 64, 67, 64]);
    assert.deepEqual(
      beats.map(
        ({ payload }) =>
          (payload as { bar: number; beat: number }).bar * 10 + (payload as { beat: number }).beat
      ),
      [11, 12, 13, 14]
    );
  });

  it('puts spans on the wire that join without gaps, and notes that carry their place', async () => {
    const flow = await runFlow(simple());
    const spans = flow.collect('spans');
    const notes = flow.collect('notes');
    await flow.run(1000);
    const running = spans
      .map(({ payload }) => payload as Record<string, never>)
      .filter(({ running: is }) => is);
    assert.ok(running.length > 20);
    for (let index = 1; index < running.length; index++)
      assert.equal(running[index].from, running[index - 1].to);
    const { topic, payload, at } = notes[0] as Record<string, Record<string, unknown>>;
    assert.equal(topic, 'note');
    assert.deepEqual(payload, { type: 'note', note: 60, velocity: 100, durationTicks: 768 });
    assert.equal(at.clock, 'clock');
    assert.equal(at.tick, 0);
    assert.equal(at.source, 'pattern');
  });

  it('lets a function between pattern and out do as it likes', async () => {
    const run = async (func: string, wires: string[][]) => {
      const flow = await runFlow([
        parts.device(),
        { ...parts.device(), id: 'device2', port: 'other' },
        parts.clock([['pattern'], []]),
        parts.pattern([['function']]),
        {
          id: 'function',
          type: 'function',
          func,
          outputs: wires.length,
          wires,
          initialize: '',
          finalize: '',
          libs: []
        },
        parts.out(),
        { ...parts.out(), id: 'out2', device: 'device2' }
      ]);
      const heard = flow.record('synth');
      const other = flow.record('other');
      await flow.run(3000);
      await endFlow();
      return { heard: ons(heard), other: ons(other) };
    };
    const up = await run('msg.payload.note += 12; return msg', [['out']]);
    assert.deepEqual(up.heard.slice(0, 4), [72, 76, 79, 76]);
    const third = await run(
      "const n = (context.get('n') || 0) + 1; context.set('n', n); return n % 3 ? msg : null",
      [['out']]
    );
    assert.deepEqual(third.heard.slice(0, 4), [60, 64, 64, 60]);
    const split = await run('return msg.payload.note > 62 ? [null, msg] : [msg, null]', [['out'], ['out2']]);
    assert.deepEqual(
      [split.heard.slice(0, 2), split.other.slice(0, 3)],
      [
        [60, 60],
        [64, 67, 64]
      ]
    );
  });

  it('reports what had to be dropped, to the Catch node and in the status', async () => {
    const flow = await runFlow([
      parts.device(),
      parts.out(),
      parts.catch([['errors']]),
      parts.helper('errors')
    ]);
    const errors = flow.collect('errors');
    await flow.run(5);
    const notes = Array.from({ length: 1200 }, (_, index) => ({
      type: 'note',
      note: index % 128,
      durationMs: 10,
      at: { timeMs: flow.engine.now() + 1000 + index }
    }));
    flow.node('out').receive({ payload: notes });
    await flow.run(5);
    flow.engine.watchHealth();
    await flow.run(5);
    assert.equal((errors[0].error as { code: string }).code, 'BufferOverrun');
    assert.deepEqual(errors[0].payload, { droppedEvents: 200 });
    assert.equal(flow.status('out').fill, 'yellow');
  });

  it('plays a note that lost its place at once, as long as the tempo says', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    await flow.run(100);
    heard.length = 0;
    flow.node('out').receive({ payload: { type: 'note', note: 36, durationTicks: 240 } });
    await flow.run(200);
    const own = heard.filter(({ bytes }) => bytes[1] === 36);
    assert.equal(own.length, 2);
    assert.ok(Math.abs(own[1].timeMs - own[0].timeMs - 125) < 1e-6);
  });

  it('sends MIDI clock to an out that the clock is wired to, and ends it when the wire is cut', async () => {
    const flow = await runFlow([parts.device(), parts.clock([['out'], []]), parts.out()]);
    const heard = flow.record('synth');
    await flow.run(1000);
    const clocks = heard.filter(({ bytes }) => bytes[0] === 0xf8).length;
    assert.ok(clocks >= 47 && clocks <= 49, `${clocks} clocks in two beats`);
    await flow.redeploy([parts.device(), parts.clock([[], []]), parts.out()]);
    await flow.run(4000);
    heard.length = 0;
    await flow.run(1000);
    assert.equal(heard.length, 0);
  });

  it('refuses the clock of a second clock and names both', async () => {
    const flow = await runFlow([
      parts.device(),
      parts.clock([['out'], []]),
      { ...parts.clock([['out'], []]), id: 'second', name: 'second' },
      parts.out(),
      parts.catch([['errors']]),
      parts.helper('errors')
    ]);
    const errors = flow.collect('errors');
    await flow.run(500);
    const message = (errors[0].error as { message: string }).message;
    assert.match(message, /main/);
    assert.match(message, /second/);
  });

  it('plays on through a full deploy that changes nothing, note for note', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    await flow.run(730);
    await flow.redeploy(simple());
    await flow.run(1270);
    assert.deepEqual(ons(heard), [60, 64, 67, 64, 60].slice(0, ons(heard).length));
    assert.ok(ons(heard).length >= 4);
    const times = heard.filter(({ bytes }) => bytes[0] === 0x90).map(({ timeMs }) => timeMs);
    for (let index = 2; index < times.length; index++)
      assert.ok(Math.abs(times[index] - times[index - 1] - 500) < 1e-6);
  });

  it('keeps the tempo that was played over a deploy, and takes over one that was changed in the dialog', async () => {
    const flow = await runFlow(simple());
    flow.node('clock').receive({ payload: { bpm: 90 } });
    await flow.run(100);
    await flow.redeploy(simple());
    assert.equal(Math.round(flow.engine.transport('clock')!.bpm()), 90);
    const changed = simple().map((node) => (node.id === 'clock' ? { ...node, bpm: 100 } : node));
    await flow.redeploy(changed);
    await flow.run(100);
    assert.equal(Math.round(flow.engine.transport('clock')!.bpm()), 100);
  });

  it('replaces what a changed pattern had queued, without doubling or hanging a note', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    await flow.run(930);
    const changed = simple().map((node) =>
      node.id === 'pattern' ? { ...node, notation: 'c5 e5 g5 e5' } : node
    );
    await flow.redeploy(changed);
    await flow.run(3000);
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(50);
    assert.deepEqual(ons(heard).slice(0, 5), [60, 64, 79, 76, 72]);
    assertSilent(heard);
  });

  it('changes by message while it plays', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    await flow.run(300);
    flow.node('pattern').receive({ topic: 'notation', payload: 'c3*4' });
    await flow.run(1500);
    flow.node('pattern').receive({ payload: { mute: true } });
    await flow.run(1000);
    assert.deepEqual(ons(heard).slice(0, 4), [60, 48, 48, 48]);
    assert.equal(ons(heard).length, 4);
    assertSilent(heard);
  });

  it('changes a pattern while it stands, for start and for continue', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    // Stopped a little before the second note, so that both a start and a continue have a first note primed.
    await flow.run(600);
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(50);
    flow.node('pattern').receive({ topic: 'notation', payload: 'c3*4' });
    await flow.run(50);
    heard.length = 0;
    flow.node('clock').receive({ payload: 'continue' });
    await flow.run(300);
    assert.deepEqual(ons(heard), [48]);
    assertSilent(heard.filter(({ bytes }) => bytes[1] !== 48));
  });

  it('makes no fuss about many nodes', async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error) => warnings.push(name);
    process.on('warning', warned);
    const many = Array.from({ length: 20 }, (_, index) => ({
      ...parts.pattern([['out']]),
      id: `pattern${index}`
    }));
    await runFlow([parts.device(), parts.clock([[], []]), ...many, parts.out()]);
    process.off('warning', warned);
    assert.deepEqual(warnings, []);
  });

  it('stops, continues and starts by message, at once', async () => {
    const flow = await runFlow(simple());
    const heard = flow.record('synth');
    await flow.run(700);
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(300);
    assertSilent(heard);
    heard.length = 0;
    flow.node('clock').receive({ payload: 'start' });
    await flow.run(20);
    assert.deepEqual(ons(heard), [60]);
  });
});

describe('bad input', () => {
  afterEach(endFlow);

  const guarded = (): Flow => [...simple(), parts.catch([['errors']]), parts.helper('errors')];
  const bad: [string, string, object, RegExp][] = [
    ['a note of 200', 'out', { payload: { type: 'noteOn', note: 200, velocity: 1 } }, /note: 200 .*0 to 127/],
    ['half a MIDI message', 'out', { payload: Buffer.from([0x90, 60]) }, /byte 0 .*two data bytes/],
    [
      'a tick that is NaN',
      'out',
      { payload: { type: 'noteOn', note: 1 }, at: { clock: 'clock', epoch: 1, tick: NaN } },
      /at\.tick/
    ],
    [
      'an unknown clock',
      'out',
      { payload: { type: 'noteOn', note: 1 }, at: { clock: 'nobody', epoch: 1, tick: 1 } },
      /no such clock/
    ],
    ['a span of an unknown clock', 'out', { payload: { type: 'span', clock: 'nobody' } }, /no such clock/],
    [
      'a bad note in a batch',
      'out',
      {
        payload: [
          { type: 'noteOn', note: 1 },
          { type: 'noteOn', note: 'x' }
        ]
      },
      /payload\[1\]/
    ],
    ['an unknown verb', 'out', { payload: 'dance' }, /panic/],
    ['nothing', 'out', {}, /panic/],
    ['a tempo of 0', 'clock', { payload: { bpm: 0 } }, /bpm: 0 .*1 to 999/],
    ['an unknown key', 'clock', { payload: { bpm: 100, speed: 2 } }, /speed.*bpm, ramp/],
    ['an event', 'clock', { payload: { type: 'start' } }, /type/],
    ['a broken ramp', 'clock', { payload: { ramp: { bpm: 100 } } }, /ramp/],
    ['a loop that ends before it starts', 'clock', { payload: { loop: { start: 4, end: 2 } } }, /loop/],
    ['a beat that does not exist', 'clock', { payload: { position: '1:9' } }, /beats from 1 to 4/],
    ['a broken notation', 'pattern', { topic: 'notation', payload: 'c4 [e4' }, /line 1, column/],
    ['an unknown scale', 'pattern', { payload: { scale: 'c4 jolly' } }, /scale/],
    ['a span without numbers', 'pattern', { payload: { type: 'span', clock: 'clock' } }, /span\./]
  ];
  for (const [what, node, msg, expected] of bad) {
    it(`${what} to ${node} is refused with a reason, and what plays goes on`, async () => {
      const flow = await runFlow(guarded());
      const heard = flow.record('synth');
      const errors = flow.collect('errors');
      await flow.run(300);
      flow.node(node).receive(msg);
      await flow.run(1650);
      assert.equal(errors.length, 1);
      assert.match((errors[0].error as { message: string }).message, expected);
      assert.deepEqual(ons(heard), [60, 64, 67, 64]);
    });
  }

  it('a flow file edited by hand shows what is wrong and leaves the rest playing', async () => {
    const flow = await runFlow([
      ...simple(),
      { ...parts.device({ channel: 99 }), id: 'badDevice' },
      { ...parts.out({ device: 'badDevice' }), id: 'badOut' },
      { ...parts.out({ device: 'gone' }), id: 'lostOut' },
      { ...parts.clock([[], []], { bpm: 'fast' }), id: 'badClock' },
      { ...parts.clock([[], []], { autostart: 'maybe' }), id: 'unsureClock' },
      { ...parts.pattern([[]], { notation: '[' }), id: 'badPattern' }
    ]);
    const heard = flow.record('synth');
    await flow.run(1000);
    for (const [id, expected] of [
      ['badOut', /channel: 99/],
      ['lostOut', /device/],
      ['badClock', /bpm: "fast"/],
      ['unsureClock', /autostart: "maybe"/],
      ['badPattern', /line 1/]
    ] as const) {
      const { fill, text } = flow.status(id);
      assert.equal(fill, 'red', id);
      assert.match(text, expected);
    }
    assert.deepEqual(ons(heard), [60, 64]);
  });

  it('a port that does not exist is named in the status and to the Catch node', async () => {
    const flow = await runFlow([
      parts.device({ portMode: 'name', port: 'Nowhere' }),
      parts.out(),
      parts.catch([['errors']]),
      parts.helper('errors')
    ]);
    const errors = flow.collect('errors');
    flow.node('out').receive({ payload: { type: 'noteOn', note: 60 } });
    await flow.run(10);
    assert.match((errors[0].error as { message: string }).message, /no MIDI port "Nowhere"/);
    assert.match(flow.status('out').text, /no MIDI port "Nowhere"/);
  });
});
