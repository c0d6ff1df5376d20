import assert from 'node:assert/strict';
import { Forecast, valuesAskedFor } from '../../nodes/pattern/forecast';
import { openGrid } from '../../nodes/pattern/grid';
import { readRules } from '../../nodes/pattern/mutation-rules';
import { readNext } from '../../nodes/pattern/next';
import type { PatternHost } from '../../nodes/pattern/part';
import { DEFAULTS, type PatternFields } from '../../nodes/pattern/pattern-config';
import { readPlaySettings } from '../../nodes/music/player/settings';
import { endFlow, parts, runFlow, type Flow } from '../support/node-helper';

const BAR_TICKS = 3840;
/** At 120 BPM. */
const TICKS_PER_MS = 1.92;

const row = (note: number, steps: Record<string, unknown>) => ({ note, steps });
const grid = (rows: unknown[], length = 16) =>
  JSON.stringify({ phasor: 'grid', version: 1, length, stepTicks: 240, swing: 58, rows });

/** At the end, since the node is not heard to the end. */
const LEFT_OUT_TICKS = 960;

/** Chance, conditions, a fill and a ratchet. */
const BEAT = grid([
  row(36, { 1: 127, 5: 90, 9: 127, 13: { value: 80, probability: 0.5 } }),
  row(38, { 5: { value: 100, condition: '1:2' }, 13: { value: 100, condition: 'fill' }, 15: 60 }),
  row(42, {
    3: { value: 70, ratchet: 3 },
    7: { value: 70, probability: 0.3 },
    11: 70,
    16: { value: 50, nudge: -0.3 }
  })
]);

function forecast(extra: Partial<PatternFields>, fill = false): Forecast {
  const fields = { ...DEFAULTS, source: 'grid', grid: BEAT, ...extra };
  const source = openGrid({} as PatternHost);
  return new Forecast({
    patterns: [source.read(fields), ...readNext(fields, source)],
    settings: readPlaySettings(fields),
    rules: fields.mutates === true ? readRules(fields.mutation) : undefined,
    barTicks: BAR_TICKS,
    fill
  });
}

describe('the forecast of a pattern', () => {
  afterEach(endFlow);

  /** What is foreseen for some bars is what a node with the same fields plays. */
  async function assertPlays(extra: Partial<PatternFields>, bars: number, fill = false): Promise<void> {
    const flow: Flow = [
      parts.device(),
      parts.clock([['pattern'], []]),
      parts.pattern([['out'], []], { source: 'grid', grid: BEAT, ...extra }),
      parts.out()
    ];
    const running = await runFlow(flow);
    const heard = running.record('synth');
    if (fill) running.node('pattern').receive({ payload: { fill: true } });
    await running.run((bars * BAR_TICKS) / TICKS_PER_MS);
    const played = heard
      .filter(({ bytes }) => bytes[0] >> 4 === 9)
      .map(({ bytes, timeMs }) => ({ note: bytes[1], velocity: bytes[2], timeMs }));
    const beganMs = played[0].timeMs;
    const foreseen = forecast(extra, fill)
      .play(0, bars * BAR_TICKS)
      .flatMap(({ position, event }) => (event.type === 'note' ? [{ position, ...event }] : []));
    const inWords = (notes: { tick: number; note: number; velocity: number }[]) =>
      notes
        // The clock begins a moment after the flow.
        .filter(({ tick }) => tick < bars * BAR_TICKS - LEFT_OUT_TICKS)
        .map(({ tick, note, velocity }) => `${Math.round(tick)} ${note} ${velocity}`)
        .sort();
    const told = inWords(foreseen.map((note) => ({ ...note, tick: note.position - foreseen[0].position })));
    assert.ok(told.length > 4 * bars, `${told.length} notes`);
    assert.deepEqual(
      inWords(played.map((note) => ({ ...note, tick: (note.timeMs - beganMs) * TICKS_PER_MS }))),
      told
    );
  }

  it('plays what the node plays, chance and conditions included', () =>
    assertPlays({ seed: 7, groove: 'shuffle', humaniseTime: 10 }, 4));

  it('knows what a fill adds', async () => {
    await assertPlays({}, 2, true);
    const notes = (fill: boolean) => forecast({}, fill).play(0, BAR_TICKS).length;
    assert.equal(notes(true), notes(false) + 1);
  });

  it('keeps to the channel, which chance hangs on', () => assertPlays({ channel: 10 }, 4));

  it('mutates as the node does from its start', async () => {
    await assertPlays({ mutates: true, mutation: 'rhythmic' }, 8);
    assert.ok(forecast({ mutates: true, mutation: 'rhythmic' }).generations(8) > 2);
  });

  const byBars = JSON.stringify({
    seed: 3,
    rules: [{ what: 'rotate', amount: 1, when: { on: 'bar', every: 2 } }]
  });

  it('mutates by bars, at another rate', () => assertPlays({ mutates: true, mutation: byBars, rate: 2 }, 6));

  it('mutates with what comes next', () => {
    const next = grid([row(60, { 1: 100, 2: 90, 3: 80, 4: 70, 5: 60, 9: 50 })]);
    return assertPlays({ mutates: true, mutation: byBars, cycles: 2, ending: 'next', next }, 7);
  });

  it('is the same in whatever pieces it is asked for', () => {
    const all = forecast({ mutates: true, mutation: 'rhythmic' }).play(0, 8 * BAR_TICKS);
    const pieces = forecast({ mutates: true, mutation: 'rhythmic' });
    const joined = Array.from({ length: 64 }, (_, index) =>
      pieces.play(index * 480, (index + 1) * 480)
    ).flat();
    assert.deepEqual(joined, all);
  });

  it('names the flow values that only messages bring', () => {
    const asked = grid([
      row(36, { 1: { value: 100, condition: '!$dark' }, 2: { value: 90, locks: { cutoff: '$hand' } } })
    ]);
    const fields = { ...DEFAULTS, source: 'grid', grid: asked, density: '$light' };
    const pattern = openGrid({} as PatternHost).read(fields);
    assert.deepEqual(valuesAskedFor(fields, pattern), ['$light', '$dark', '$hand']);
    assert.deepEqual(valuesAskedFor(DEFAULTS, pattern), ['$dark', '$hand']);
  });
});
