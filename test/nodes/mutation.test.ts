import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import helper from 'node-red-node-test-helper';
import type { Heard } from '../support/fake-engine';
import { endFlow, parts, runFlow, type Flow, type RunningFlow } from '../support/node-helper';

/** A bar of one note, at 120 BPM 2000 ms, that goes up by a semitone each cycle. */
const UP = JSON.stringify({ rules: [{ name: 'up', what: 'transpose', amount: 1 }] });

const flowOf = (extra: Record<string, unknown> = {}): Flow => [
  parts.device(),
  parts.clock([['pattern'], []]),
  parts.pattern([['out'], ['told']], { notation: 'c4 ~ ~ ~', mutates: true, mutation: UP, ...extra }),
  parts.out(),
  parts.helper('told'),
  parts.catch([['errors']]),
  parts.helper('errors')
];

const ons = (heard: Heard[]) =>
  heard.filter(({ bytes }) => (bytes[0] & 0xf0) === 0x90).map(({ bytes }) => bytes[1]);

function assertSilent(heard: Heard[]): void {
  const down = new Set<number>();
  for (const { bytes } of heard) {
    if ((bytes[0] & 0xf0) === 0x90) {
      assert.ok(!down.has(bytes[1]), 'no note begins twice');
      down.add(bytes[1]);
    }
    if ((bytes[0] & 0xf0) === 0x80) down.delete(bytes[1]);
  }
  assert.deepEqual([...down], []);
}

const payloads = (messages: Record<string, unknown>[], topic: string) =>
  messages.filter((msg) => msg.topic === topic).map(({ payload }) => payload as Record<string, unknown>);
const tell = (flow: RunningFlow, msg: object) => flow.node('pattern').receive(msg);

describe('a pattern that mutates', () => {
  afterEach(endFlow);

  it('plays another generation from each cycle on, and tells of it as it begins', async () => {
    const flow = await runFlow(flowOf());
    const heard = flow.record('synth');
    const told = flow.collect('told');
    await flow.run(9900);
    assert.deepEqual(ons(heard), [60, 61, 62, 63, 64]);
    const news = payloads(told, 'mutation');
    assert.deepEqual(
      news.map(({ generation, applied }) => [generation, applied]),
      [1, 2, 3, 4].map((number) => [number, ['up']])
    );
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(50);
    assertSilent(heard);
  });

  it('plays every note of each generation at its time, none twice', async () => {
    const flow = await runFlow(flowOf({ notation: 'c4*8' }));
    const heard = flow.record('synth');
    await flow.run(8200);
    assert.deepEqual(
      ons(heard).slice(0, 32),
      [60, 61, 62, 63].flatMap((note) => Array<number>(8).fill(note))
    );
    const times = heard.filter(({ bytes }) => bytes[0] === 0x90).map(({ timeMs }) => timeMs);
    for (let index = 2; index < times.length; index++) {
      assert.ok(Math.abs(times[index] - times[index - 1] - 250) < 1e-6);
    }
  });

  it('mutates, undoes and goes back by message with the next cycle, while its rules are off', async () => {
    const flow = await runFlow(flowOf({ mutates: false }));
    const heard = flow.record('synth');
    await flow.run(500);
    tell(flow, { payload: 'mutate' });
    await flow.run(2000);
    tell(flow, { payload: { mutate: 'up' } });
    await flow.run(2000);
    tell(flow, { payload: 'undo' });
    await flow.run(2000);
    tell(flow, { payload: { mutate: true } });
    await flow.run(2000);
    tell(flow, { topic: 'undo', payload: 'all' });
    await flow.run(2000);
    assert.deepEqual(ons(heard), [60, 61, 62, 61, 62, 60]);
    assertSilentAfterStop(flow, heard);
  });

  async function assertSilentAfterStop(flow: RunningFlow, heard: Heard[]): Promise<void> {
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(50);
    assertSilent(heard);
  }

  it('obeys a message just before the cycle ends, and one that must not wait', async () => {
    const flow = await runFlow(flowOf({ mutates: false, notation: 'c4*8' }));
    const heard = flow.record('synth');
    // The next bar is answered already, 150 ms ahead, but has not sounded.
    await flow.run(1910);
    tell(flow, { payload: 'mutate' });
    await flow.run(1000);
    tell(flow, { payload: { undo: true, when: 'now' } });
    await flow.run(900);
    const played = ons(heard);
    const mutated = played.filter((note) => note === 61).length;
    assert.ok(mutated >= 3 && mutated <= 5, played.join(' '));
    assert.deepEqual(
      played,
      played.map((_, index) => (index >= 8 && index < 8 + mutated ? 61 : 60))
    );
    assert.ok(played.length > 12);
    await assertSilentAfterStop(flow, heard);
  });

  it('goes on over a deploy as if there had been none, in each of many moments', async () => {
    const moments = [150, 1500, 1870, 1900, 1990, 2010, 2040, 3500, 3860];
    for (const atMs of moments) {
      const flow = await runFlow(flowOf());
      const heard = flow.record('synth');
      await flow.run(atMs);
      await flow.redeploy(flowOf());
      await flow.run(7900 - atMs);
      assert.deepEqual(ons(heard), [60, 61, 62, 63], `deployed at ${atMs} ms`);
      await endFlow();
    }
  });

  it('begins anew with other notes', async () => {
    const flow = await runFlow(flowOf());
    const heard = flow.record('synth');
    await flow.run(4500);
    tell(flow, { payload: { notation: 'c3 ~ ~ ~' }, when: 'cycle' });
    await flow.run(3900);
    assert.deepEqual(ons(heard), [60, 61, 62, 48, 49]);
  });

  it('keeps its generation where something else is changed', async () => {
    const flow = await runFlow(flowOf());
    const heard = flow.record('synth');
    await flow.run(2500);
    tell(flow, { payload: { transpose: 12 } });
    await flow.run(3000);
    assert.deepEqual(ons(heard), [60, 61, 74]);
  });

  it('loses no generation, and does nothing, by a message that is refused', async () => {
    const flow = await runFlow(flowOf());
    const heard = flow.record('synth');
    const errors = flow.collect('errors');
    const told = flow.collect('told');
    await flow.run(4100);
    tell(flow, { payload: { notation: 'c2', ending: 'next', cycles: 1, next: '(((' } });
    tell(flow, { payload: { mutates: false, transpose: 999 } });
    tell(flow, { payload: { undo: 'all', transpose: 999 } });
    tell(flow, { payload: { freeze: 'take', transpose: 999 } });
    await flow.run(3900);
    assert.equal(errors.length, 4);
    assert.deepEqual(ons(heard), [60, 61, 62, 63]);
    assert.deepEqual(payloads(told, 'frozen'), []);
    tell(flow, { payload: 'undo' });
    await flow.run(2000);
    assert.equal(errors.length, 4);
  });

  it('takes rules and styles by message, and refuses wrong ones with their path', async () => {
    const flow = await runFlow(flowOf());
    const heard = flow.record('synth');
    const errors = flow.collect('errors');
    await flow.run(500);
    tell(flow, { payload: { mutation: { rules: [{ what: 'transpose', amount: 99 }] } } });
    await flow.run(10);
    assert.match((errors[0].error as { message: string }).message, /rules\[0\]\.amount: 99/);
    tell(flow, { payload: { mutation: 'jolly' } });
    await flow.run(10);
    assert.match((errors[1].error as { message: string }).message, /default, ambient, rhythmic/);
    tell(flow, { payload: { mutation: { rules: [{ what: 'transpose', amount: -2 }] } } });
    await flow.run(3000);
    tell(flow, { payload: { mutates: false } });
    await flow.run(4000);
    assert.deepEqual(ons(heard), [60, 58, 58, 58]);
    tell(flow, { payload: { mutation: 'ambient' } });
    await flow.run(10);
    assert.equal(errors.length, 2);
  });

  const wrong: [string, object, RegExp][] = [
    ['undo of nothing', { payload: 'undo' }, /there is no mutation to undo/],
    ['a name for nothing', { payload: { name: 'a' } }, /there is no mutation to name/],
    ['a rule that is not there', { payload: { mutate: 'down' } }, /mutate: "down".*up/],
    ['an undo of a half', { payload: { undo: 0.5 } }, /undo/],
    ['a file without a name', { payload: { freeze: '' } }, /freeze/],
    ['an event that is no note', { payload: { type: 'cc', controller: 1, value: 1 } }, /learns from notes/],
    ['a note that is none', { payload: { type: 'note', note: 200 } }, /note: 200/]
  ];
  for (const [what, msg, expected] of wrong) {
    it(`${what} is refused, and what plays goes on`, async () => {
      const flow = await runFlow(flowOf({ mutates: false }));
      const heard = flow.record('synth');
      const errors = flow.collect('errors');
      await flow.run(100);
      tell(flow, msg);
      await flow.run(2200);
      assert.equal(errors.length, 1);
      assert.match((errors[0].error as { message: string }).message, expected);
      assert.deepEqual(ons(heard), [60, 60]);
    });
  }

  it('acts at once while the clock stands', async () => {
    const flow = await runFlow(flowOf({ mutates: false }));
    const heard = flow.record('synth');
    await flow.run(600);
    flow.node('clock').receive({ payload: 'stop' });
    await flow.run(50);
    tell(flow, { payload: 'mutate' });
    await flow.run(50);
    flow.node('clock').receive({ payload: 'start' });
    await flow.run(500);
    assert.deepEqual(ons(heard), [60, 61]);
  });

  it('learns from notes that arrive', async () => {
    const mutation = JSON.stringify([{ what: 'markov', from: 'notes', share: 1 }]);
    const flow = await runFlow(flowOf({ mutation }));
    const heard = flow.record('synth');
    for (const note of [70, 70, 70]) tell(flow, { payload: { type: 'noteOn', note, velocity: 90 } });
    tell(flow, { payload: { type: 'noteOn', note: 20, velocity: 0 } });
    await flow.run(2500);
    assert.deepEqual(ons(heard), [60, 70]);
  });

  it('sends what plays, by name, and freezes it to a file', async () => {
    const userDir = mkdtempSync(join(tmpdir(), 'phasor-mutation-'));
    const { settings } = helper as unknown as { settings(values: object): void };
    settings.call(helper, { userDir });
    try {
      const flow = await runFlow(flowOf());
      const told = flow.collect('told');
      await flow.run(2500);
      tell(flow, { payload: { name: 'first one' } });
      tell(flow, { payload: 'send' });
      await flow.run(10);
      const [sent] = payloads(told, 'pattern');
      assert.equal(sent.phasor, 'pattern');
      assert.equal(sent.name, 'first one');
      assert.equal((sent.events as { event: { note: number } }[])[0].event.note, 61);
      tell(flow, { payload: 'freeze' });
      const frozen = await until(() => payloads(told, 'frozen')[0]);
      assert.deepEqual(frozen, { type: 'frozen', file: 'first one.json' });
      const file = readFileSync(join(userDir, 'phasor', 'patterns', 'first one.json'), 'utf8');
      assert.deepEqual(JSON.parse(file), sent);
    } finally {
      settings.call(helper, {});
      rmSync(userDir, { recursive: true, force: true });
    }
  });

  /** What takes a file system its time. */
  async function until<T>(found: () => T | undefined): Promise<T> {
    for (;;) {
      const value = found();
      if (value !== undefined) return value;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});
