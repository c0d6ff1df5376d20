import assert from 'node:assert/strict';
import type { Heard } from '../support/fake-engine';
import { endFlow, parts, runFlow, type Flow, type RunningFlow } from '../support/node-helper';

const BEAT_MS = 500;
/** A clock that starts by itself does so a little after a deploy. */
const START_MS = 200;

/** What the helper shows for a text of the catalogue. */
const TEXT = { muted: 'phasor-pattern.status.muted', silenced: 'phasor-pattern.status.silenced' };

const isOn = ({ bytes }: Heard) => (bytes[0] & 0xf0) === 0x90;
const pitches = (heard: Heard[]) => heard.filter(isOn).map(({ bytes }) => bytes[1]);

/** A clock and patterns that play to one out; `extra` sets the first pattern. */
function flowOf(extra: object, ...others: object[]): Flow {
  const patterns = [extra, ...others].map((each, index) => ({
    ...parts.pattern([['out'], [`ends${index}`]]),
    id: `pattern${index}`,
    channel: index + 1,
    quantum: 'none',
    ...each
  }));
  return [
    parts.device(),
    parts.clock([patterns.map(({ id }) => id), []]),
    ...patterns,
    parts.out(),
    parts.catch([['errors']]),
    parts.helper('errors'),
    ...patterns.map((_, index) => parts.helper(`ends${index}`))
  ];
}

/** No note begins before the one of its pitch before it has ended, and none is left on. */
function assertClean(heard: Heard[]): void {
  const down = new Set<string>();
  for (const { bytes } of heard) {
    const key = `${bytes[0] & 0xf} ${bytes[1]}`;
    if ((bytes[0] & 0xf0) === 0x90) {
      assert.ok(!down.has(key), `${key} is on already`);
      down.add(key);
    } else if ((bytes[0] & 0xf0) === 0x80) down.delete(key);
  }
  assert.deepEqual([...down], [], 'nothing is left on');
}

/** Beats, from 0, at which notes began, in hundredths. */
function beats(heard: Heard[], pitch?: number): number[] {
  const start = heard.find(isOn)!.timeMs;
  return heard
    .filter((each) => isOn(each) && (pitch === undefined || each.bytes[1] === pitch))
    .map(({ timeMs }) => Math.round(((timeMs - start) / BEAT_MS) * 100) / 100);
}

async function stop(flow: RunningFlow): Promise<void> {
  flow.node('clock').receive({ payload: 'stop' });
  await flow.run(100);
}

describe('a pattern that is told something while it plays', () => {
  afterEach(endFlow);

  const played = (flow: RunningFlow, msg: object) => flow.node('pattern0').receive(msg);

  it('changes at once, at the next beat, bar or cycle, and plays each note once', async () => {
    // 60 on every sixteenth; told at 2.6 beats.
    for (const [when, expected] of [
      ['now', [2.75]],
      ['beat', [3]],
      ['bar', [4]],
      ['cycle', [5]]
    ] as const) {
      const flow = await runFlow(flowOf({ notation: 'c4*20', cycleBeats: 5 }));
      const heard = flow.record('synth');
      await flow.run(START_MS + 2.6 * BEAT_MS);
      played(flow, { payload: { transpose: 12, when } });
      await flow.run(5 * BEAT_MS);
      await stop(flow);
      const [first] = beats(heard, 72);
      assert.ok(first >= expected[0] && first <= expected[0] + 0.25, `${when}: ${first}`);
      const all = beats(heard);
      all.forEach((beat, index) => assert.equal(beat, index / 4, `${when}: ${all.join(' ')}`));
      assertClean(heard);
      await endFlow();
    }
  });

  it('obeys a message as a whole, with one replay, or not at all', async () => {
    const flow = await runFlow(flowOf({ notation: 'c4*4' }));
    const heard = flow.record('synth');
    const errors = flow.collect('errors');
    const cancelled: unknown[] = [];
    const cancel = flow.engine.cancel.bind(flow.engine);
    flow.engine.cancel = (what) => {
      cancelled.push(what);
      cancel(what);
    };
    await flow.run(200);
    played(flow, { payload: { notation: '-1 0 1 2', scale: 'c4 minor', velocity: 50, density: 100 } });
    await flow.run(10);
    assert.equal(cancelled.length, 1);
    played(flow, { payload: { notation: '-1 0 1 2', scale: 'c4 minor', mute: false } });
    await flow.run(10);
    assert.equal(cancelled.length, 1, 'what changes nothing takes nothing back');
    played(flow, { payload: { notation: 'c5', density: 200 } });
    played(flow, { payload: { mute: true, ratchet: 0 } });
    played(flow, { payload: { values: { 'no name': 1 } } });
    played(flow, { topic: 'mute', payload: true, when: 'soon' });
    await flow.run(4000);
    await stop(flow);
    assert.equal(cancelled.length, 1);
    assert.deepEqual(
      errors.map(({ error }) => /(density|ratchet|values|when): /.exec((error as Error).message)?.[1]),
      ['density', 'ratchet', 'values', 'when']
    );
    assert.deepEqual(pitches(heard).slice(0, 8), [60, 60, 62, 63, 58, 60, 62, 63]);
    assertClean(heard);
  });

  it('refuses what only another source would read, and reads no list of what comes next where none does', async () => {
    const flow = await runFlow(flowOf({ source: 'grid', next: 'c4 e4', ending: 'stop' }));
    const errors = flow.collect('errors');
    const refused = [{ velocity: 0 }, { gate: 0 }, { scale: 'x y z' }, { notation: '(((' }];
    for (const payload of refused) flow.node('pattern0').receive({ payload });
    await flow.run(10);
    assert.equal(errors.length, refused.length);
    flow
      .node('pattern0')
      .receive({ payload: { source: 'notation', notation: 'c4', ending: 'next', cycles: 1 } });
    await flow.run(10);
    assert.equal(errors.length, refused.length);
    flow.node('pattern0').receive({ payload: { next: '(((' } });
    await flow.run(10);
    assert.equal(errors.length, refused.length + 1);
  });

  it('takes every option by message, and plays it from the next bar on', async () => {
    const velocities = (heard: Heard[]) => heard.filter(isOn).map(({ bytes }) => bytes[2]);
    const length = (heard: Heard[]) =>
      heard.find(({ bytes }) => (bytes[0] & 0xf0) === 0x80)!.timeMs - heard.find(isOn)!.timeMs;
    const step = (heard: Heard[]) => beats(heard).slice(0, 4);
    /** Eight eighths from c4 up; the option, and what a bar with it is like. */
    const table: [object, (bar: Heard[]) => unknown, unknown][] = [
      [{ notation: 'c5' }, pitches, [72]],
      [{ notation: '0 1', scale: 'd4 minor' }, pitches, [62, 64]],
      [{ velocity: 50 }, velocities, Array(8).fill(50)],
      [{ gate: 50 }, length, 125],
      [{ channel: 5 }, (bar) => bar[0].bytes[0] & 15, 4],
      [{ cycleBeats: 8 }, step, [0, 1, 2, 3]],
      [{ rate: '1/2' }, step, [0, 1, 2, 3]],
      [{ length: 1 }, pitches, [60, 62, 60, 62, 60, 62, 60, 62]],
      [{ direction: 'backward', step: 0.5 }, pitches, [72, 71, 69, 67, 65, 64, 62, 60]],
      [{ direction: 'pingpong', step: 0.5, length: 1.5 }, pitches, [60, 62, 64, 62, 60, 62, 64, 62]],
      [{ groove: 62, step: 0.5 }, step, [0, 0.62, 1, 1.62]],
      [{ groove: '0:120 20' }, (bar) => velocities(bar)[0], 120],
      [{ noteLength: 50 }, length, 100],
      [{ transpose: -12 }, pitches, [48, 50, 52, 53, 55, 57, 59, 60]],
      [{ quantise: 'c4 minor' }, pitches, [60, 62, 63, 65, 67, 68, 70, 72]],
      [{ density: 0 }, pitches, []],
      [{ ratchet: 2 }, step, [0, 0.25, 0.5, 0.75]],
      [{ humaniseVelocity: 20 }, (bar) => new Set(velocities(bar)).size > 3, true],
      [{ humaniseTime: 40 }, (bar) => new Set(beats(bar).map((beat) => beat % 0.5)).size > 3, true],
      [{ mute: true }, pitches, []],
      [{ fill: true, notation: 'c4=fill d4=!fill' }, pitches, [60]],
      [{ value: { dark: 1 }, notation: 'c4=$dark d4=!$dark' }, pitches, [60]],
      [{ source: 'grid' }, pitches, []]
    ];
    for (const [option, look, expected] of table) {
      const flow = await runFlow(flowOf({ notation: 'c4 d4 e4 f4 g4 a4 b4 c5', channel: '' }));
      const heard = flow.record('synth');
      const errors = flow.collect('errors');
      await flow.run(START_MS + 1.6 * BEAT_MS);
      played(flow, { payload: option, when: 'bar' });
      await flow.run(2.6 * BEAT_MS);
      const start = heard.find(isOn)!.timeMs;
      await flow.run(4 * BEAT_MS);
      await stop(flow);
      const first = heard.filter((each) => isOn(each) && each.timeMs < start + 3.75 * BEAT_MS);
      assert.deepEqual(pitches(first), [60, 62, 64, 65, 67, 69, 71, 72], JSON.stringify(option));
      const bar = [4, 8].map((beat) => start + (beat - 0.1) * BEAT_MS);
      const after = heard.filter(({ timeMs, bytes }) => {
        const isEnd = (bytes[0] & 0xf0) === 0x80;
        return timeMs >= bar[0] + (isEnd ? 0.11 * BEAT_MS : 0) && timeMs < bar[1];
      });
      assert.deepEqual(look(after), expected, JSON.stringify(option));
      assert.deepEqual(errors, [], JSON.stringify(option));
      assertClean(heard);
      await endFlow();
    }
  });

  it('refuses spans that no clock announces, and what would fill the memory', async () => {
    const flow = await runFlow(flowOf({ notation: 'c4*4' }));
    const errors = flow.collect('errors');
    const span = {
      type: 'span',
      clock: 'x',
      epoch: 1,
      from: 0,
      to: 60,
      position: 0,
      beatsPerBar: 4,
      beatUnit: 4
    };
    const wrong = [
      { ...span, to: 1e300 },
      { ...span, to: -1 },
      { ...span, position: -1 },
      { ...span, from: -Infinity },
      { ...span, beatUnit: 3, running: true },
      { ...span, barPosition: 'two' },
      { ...span, barPosition: -1 },
      { ...span, bar: 0 },
      { ...span, bar: 1.5 }
    ];
    for (const payload of wrong) played(flow, { payload });
    await flow.run(10);
    assert.equal(errors.length, wrong.length);
    assert.match((errors.at(-1)?.error as Error).message, /span\.bar/);
    played(flow, { payload: { notation: 'c4*256*16', cycleBeats: 0.25, rate: 64 } });
    await flow.run(300);
    assert.match((errors.at(-1)?.error as Error).message, /too many events/);
    played(flow, { topic: 'launch', payload: true, at: { clock: 'clock', epoch: 1, tick: Infinity } });
    played(flow, { payload: { next: 5, file: 7, ending: 'next', cycles: 1, notation: 'c4', rate: 1 } });
    await flow.run(300);
  });

  it('is changed in a storm of messages without losing, doubling or hanging a note', async () => {
    const flow = await runFlow(flowOf({ notation: 'c4*16', noteLength: 60 }));
    const heard = flow.record('synth');
    for (let index = 0; index < 120; index++) {
      played(flow, { payload: { velocity: 1 + index, when: ['now', 'beat', 'bar'][index % 3] } });
      await flow.run(13 + (index % 7) * 11);
    }
    await stop(flow);
    const all = beats(heard);
    all.forEach((beat, index) => assert.equal(beat, index / 4));
    assert.ok(all.length > 20);
    assertClean(heard);
  });

  it('takes flow values for conditions and for its fields', async () => {
    const grid = JSON.stringify({
      phasor: 'pattern',
      version: 1,
      cycleTicks: 960,
      events: [
        { position: 0, event: { type: 'note', note: 36, durationTicks: 100 } },
        {
          position: 480,
          event: { type: 'note', note: 38, durationTicks: 100 },
          play: { condition: '$snare' }
        }
      ]
    });
    const flow = await runFlow(flowOf({ source: 'grid', grid, transpose: '$up' }));
    const heard = flow.record('synth');
    await flow.run(1000);
    played(flow, { topic: 'value', payload: { snare: true, up: 12 } });
    await flow.run(1000);
    played(flow, { payload: { values: { snare: null, up: null } } });
    await flow.run(1000);
    await stop(flow);
    assert.equal(
      pitches(heard)
        .join(' ')
        .replace(/(\d+ \d+)(?: \1)+/g, '$1…'),
      '36 36 48 50… 36 36'
    );
    const errors = flow.collect('errors');
    played(flow, { payload: { values: { up: 'high' } } });
    await flow.run(10);
    assert.match((errors[0].error as Error).message, /transpose/);
    assertClean(heard);
  });

  it('plays fills, mutes at the boundary, and is still muted after a deploy', async () => {
    const fields = { notation: 'c4*4', changes: 'bar' };
    const flow = await runFlow(flowOf(fields));
    const heard = flow.record('synth');
    await flow.run(700);
    played(flow, { topic: 'mute', payload: true });
    assert.deepEqual(flow.status('pattern0'), { fill: 'yellow', shape: 'ring', text: TEXT.muted });
    await flow.run(3000);
    assert.equal(pitches(heard).length, 4);
    await flow.redeploy(flowOf(fields));
    await flow.run(3000);
    assert.equal(pitches(heard).length, 4);
    assert.equal(flow.status('pattern0').text, TEXT.muted);
    played(flow, { topic: 'mute', payload: false });
    await flow.run(4000);
    assert.ok(pitches(heard).length > 8);
  });

  it('keeps what messages set over a deploy, but for what was changed in the dialog', async () => {
    const flow = await runFlow(flowOf({ notation: 'c4*4', transpose: 0 }));
    const heard = flow.record('synth');
    played(flow, { payload: { transpose: 12, notation: 'd4*4' } });
    await flow.run(300);
    await flow.redeploy(flowOf({ notation: 'c4*4', transpose: 0 }));
    await flow.run(1000);
    assert.equal(pitches(heard).at(-1), 74);
    await flow.redeploy(flowOf({ notation: 'e4*4', transpose: 0 }));
    await flow.run(1000);
    assert.equal(pitches(heard).at(-1), 76);
    await stop(flow);
    assertClean(heard);
  });

  it('silences the others on its clock while it is solo, also through a deploy', async () => {
    const flows = () => flowOf({ notation: 'c4*4' }, { notation: 'd4*4' }, { notation: 'e4*4' });
    const flow = await runFlow(flows());
    const heard = flow.record('synth');
    await flow.run(1000);
    flow.node('pattern1').receive({ topic: 'solo', payload: true });
    await flow.run(500);
    heard.length = 0;
    await flow.run(1000);
    await flow.redeploy(flows());
    await flow.run(1000);
    assert.deepEqual([...new Set(pitches(heard))], [62]);
    assert.equal(flow.status('pattern0').text, TEXT.silenced);
    assert.equal(flow.status('pattern1').fill, 'green');
    flow.node('pattern1').receive({ topic: 'solo', payload: false });
    await flow.run(500);
    heard.length = 0;
    await flow.run(500);
    assert.deepEqual([...new Set(pitches(heard))].sort(), [60, 62, 64]);
    // A solo goes with its pattern.
    flow.node('pattern2').receive({ topic: 'solo', payload: true });
    await flow.run(500);
    await flow.redeploy(flows().filter(({ id }) => id !== 'pattern2' && id !== 'ends2'));
    await flow.run(500);
    heard.length = 0;
    await flow.run(500);
    assert.deepEqual([...new Set(pitches(heard))].sort(), [60, 62]);
  });

  it('is solo on a clock that it hears of only later', async () => {
    const flow = await runFlow(flowOf({ notation: 'c4*4' }, { notation: 'c6*4' }));
    const heard = flow.record('synth');
    played(flow, { topic: 'solo', payload: true });
    await flow.run(2500);
    await stop(flow);
    assert.deepEqual([...new Set(pitches(heard))], [60]);
    assertClean(heard);
  });

  it('begins anew when it is launched, at its quantum', async () => {
    const flow = await runFlow(flowOf({ notation: 'c4 d4 e4 f4 g4', cycleBeats: 5, quantum: 'bar' }));
    const heard = flow.record('synth');
    await flow.run(2.6 * BEAT_MS);
    played(flow, { payload: 'launch' });
    await flow.run(6 * BEAT_MS);
    await stop(flow);
    assert.deepEqual(pitches(heard).slice(0, 8), [60, 62, 64, 65, 60, 62, 64, 65]);
    assertClean(heard);
  });

  it('plays its cycles once, says so, and is launched again by who follows', async () => {
    const flow = await runFlow(
      flowOf(
        { notation: 'c4*2', cycleBeats: 2, cycles: 1 },
        { notation: 'd4*2', cycleBeats: 2, cycles: 1, ending: 'mute' }
      ).map((node) => (node.id === 'ends0' ? { ...node, wires: [['pattern1']] } : node))
    );
    const heard = flow.record('synth');
    const ends = flow.collect('ends0');
    const [first, second] = [flow.node('pattern0'), flow.node('pattern1')];
    flow.node('ends0').on('input', ((msg: object) => second.receive(msg)) as never);
    await flow.run(6 * BEAT_MS);
    assert.deepEqual(pitches(heard).slice(0, 6).sort(), [60, 60, 62, 62, 62, 62]);
    const [{ topic, payload, at }] = ends;
    assert.deepEqual(
      [ends.length, topic, payload, (at as { tick: number }).tick],
      [1, 'ended', 'launch', 1920]
    );
    // The second began anew just when the first had ended.
    assert.deepEqual(beats(heard, 62), [0, 1, 2, 3]);
    assert.equal(flow.status('pattern1').text, TEXT.muted);
    first.receive({ topic: 'launch', payload: true });
    await flow.run(6 * BEAT_MS);
    assert.equal(pitches(heard).filter((note) => note === 60).length, 4);
    await stop(flow);
    assertClean(heard);
  });

  it('sends locks as parameter moves at the tick of their note', async () => {
    const grid = JSON.stringify({
      phasor: 'pattern',
      version: 1,
      cycleTicks: 960,
      events: [
        {
          position: 0,
          event: { type: 'note', note: 36, velocity: 90, durationTicks: 100 },
          play: { locks: { cutoff: 0.25 } }
        }
      ]
    });
    const flow = await runFlow(
      flowOf({ source: 'grid', grid }).map((node) =>
        node.id === 'pattern0' ? { ...node, wires: [['errors'], []] } : node
      )
    );
    const events = flow.collect('errors');
    await flow.run(600);
    const [lock, note] = events as {
      topic: string;
      payload: unknown;
      at: { tick: number; ordinal: number };
    }[];
    assert.equal(lock.topic, 'cutoff');
    assert.deepEqual(lock.payload, { type: 'parameter', parameter: 'cutoff', value: 0.25 });
    assert.deepEqual([lock.at.tick, lock.at.ordinal, note.at.tick, note.at.ordinal], [0, 0, 0, 1]);
  });
});
