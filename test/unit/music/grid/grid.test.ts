import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addRow,
  change,
  changed,
  changeRow,
  clear,
  copy,
  DEFAULT_PEN,
  double,
  drumKit,
  duplicateRow,
  emptyGrid,
  euclid,
  gridFromText,
  gridToJson,
  gridToText,
  historyOf,
  MAX_UNDO,
  moveRow,
  paste,
  raise,
  randomise,
  readGrid,
  redone,
  removeRow,
  resize,
  reverse,
  rotate,
  rowRegion,
  scaleLanes,
  setStep,
  setStepTicks,
  setSwing,
  shift,
  stepAt,
  toggle,
  undone,
  wholeOf,
  type Grid
} from '../../../../nodes/music/grid';
import { scaleNamed } from '../../../../nodes/music/pitch';
import { grids } from './support';

const RUNS = { numRuns: 100 };

/** Numbers of the steps that are set in a row, from 1. */
const set = ({ rows }: Grid, row: number) =>
  rows[row].steps.flatMap((step, index) => (step === undefined ? [] : [index + 1]));

describe('the grid', () => {
  it('begins as a kit without steps', () => {
    const grid = drumKit();
    assert.equal(grid.length, 16);
    assert.deepEqual(
      grid.rows.map(({ name }) => name),
      ['open hat', 'hi-hat', 'clap', 'rim', 'high tom', 'low tom', 'snare', 'kick']
    );
    assert.ok(
      grid.rows.every(({ steps }) => steps.length === 16 && steps.every((step) => step === undefined))
    );
  });

  it('toggles a step on and off, and twice is once too often', () => {
    const grid = drumKit();
    const on = toggle(grid, 7, 0, DEFAULT_PEN);
    assert.deepEqual(stepAt(on, 7, 0), { value: 100 });
    assert.deepEqual(toggle(on, 7, 0, DEFAULT_PEN), grid);
    assert.equal(toggle(grid, 8, 0, DEFAULT_PEN), grid, 'outside nothing happens');
  });

  it('sets a step as it is read, and nothing where it is wrong', () => {
    const grid = setStep(drumKit(), 0, 3, { value: 90, probability: 0.5, condition: '1:4', ratchet: 3 });
    assert.deepEqual(stepAt(grid, 0, 3), { value: 90, probability: 0.5, condition: '1:4', ratchet: 3 });
    assert.deepEqual(setStep(grid, 0, 3, undefined), drumKit());
    assert.throws(() => setStep(grid, 0, 3, { value: 128 }), /step.value: 128 is out of range: 1 to 127/);
    assert.throws(() => setStep(grid, 0, 3, { value: 1, condition: 'never' }), /step: condition: "never"/);
    assert.throws(() => setStep(grid, 0, 16, 100), /step: 16 is out of range/);
  });

  it('changes what is set in a region, and only that', () => {
    const two = setStep(setStep(drumKit(), 0, 0, 100), 0, 2, { value: 50, ratchet: 2 });
    const next = change(two, rowRegion(two, 0), { probability: 0.25, ratchet: null });
    assert.deepEqual(stepAt(next, 0, 0), { value: 100, probability: 0.25 });
    assert.deepEqual(stepAt(next, 0, 2), { value: 50, probability: 0.25 });
    assert.deepEqual(set(next, 0), [1, 3]);
    assert.throws(() => change(two, wholeOf(two), { length: -1 }), /length: -1 is out of range/);
  });

  it('raises heights up to what a row can have', () => {
    const grid = raise(setStep(drumKit(), 0, 0, 120), rowRegion(drumKit(), 0), 0.5);
    assert.deepEqual(stepAt(grid, 0, 0), { value: 127 });
  });

  it('spreads hits evenly', () => {
    const grid = euclid(drumKit(), rowRegion(drumKit(), 7), 4, 0, DEFAULT_PEN);
    assert.deepEqual(set(grid, 7), [1, 5, 9, 13]);
    assert.deepEqual(set(euclid(grid, rowRegion(grid, 7), 3, 0, DEFAULT_PEN), 7).length, 3);
    assert.deepEqual(set(euclid(grid, rowRegion(grid, 7), 0, 0, DEFAULT_PEN), 7), []);
    assert.throws(() => euclid(grid, rowRegion(grid, 7), 17, 0, DEFAULT_PEN), /hits: 17/);
  });

  it('keeps what is set on a hit', () => {
    const grid = setStep(drumKit(), 7, 4, { value: 33, condition: 'fill' });
    const spread = euclid(grid, rowRegion(grid, 7), 4, 0, DEFAULT_PEN);
    assert.deepEqual(stepAt(spread, 7, 4), { value: 33, condition: 'fill' });
  });

  it('sets by chance what the seed says', () => {
    const make = (seed: number) =>
      randomise(drumKit(), wholeOf(drumKit()), { seed, density: 0.5, spread: 0.5 }, DEFAULT_PEN);
    assert.deepEqual(make(1), make(1));
    assert.notDeepEqual(make(1), make(2));
    const filled = make(1).rows.reduce((sum, _, row) => sum + set(make(1), row).length, 0);
    assert.ok(filled > 40 && filled < 90, `${filled} of 128`);
  });

  it('copies to another place and to other kinds of rows', () => {
    const from = setStep(setStep(drumKit(), 7, 0, 127), 7, 3, { value: 64, length: 2, ratchet: 2 });
    const mixed = addRow(from, { kind: 'cc', controller: 74 });
    const clip = copy(mixed, { fromRow: 7, toRow: 7, fromStep: 0, toStep: 3 });
    assert.deepEqual(set(paste(mixed, 0, 14, clip), 0), [15], 'what is outside is left out');
    const controlled = paste(mixed, 8, 0, clip);
    assert.deepEqual(stepAt(controlled, 8, 0), { value: 127 });
    assert.deepEqual(stepAt(controlled, 8, 3), { value: 64 });
  });

  it('moves steps over rows and in time', () => {
    const grid = setStep(drumKit(), 7, 0, 127);
    const cell = { fromRow: 7, toRow: 7, fromStep: 0, toStep: 0 };
    const moved = shift(grid, cell, 2, -1);
    assert.deepEqual([set(moved, 7), set(moved, 6)], [[], [3]]);
    assert.deepEqual(set(shift(grid, cell, -1, 0), 7), [], 'over the edge it is gone');
  });

  it('becomes longer, shorter, twice as long', () => {
    const grid = setStep(drumKit(), 7, 15, 127);
    assert.deepEqual(set(resize(grid, 17), 7), [16]);
    assert.deepEqual(set(resize(grid, 15), 7), []);
    assert.deepEqual(set(double(grid), 7), [16, 32]);
    assert.throws(() => resize(grid, 257), /length: 257 is out of range: 1 to 256/);
    assert.equal(setStepTicks(grid, 120).stepTicks, 120);
    assert.equal(setSwing(grid, 60).swing, 60);
    assert.throws(() => setSwing(grid, 49), /swing/);
  });

  it('has its rows added, copied, moved, changed and removed', () => {
    const added = addRow(drumKit(), { kind: 'parameter', parameter: 'cutoff' });
    assert.equal(added.rows.length, 9);
    assert.deepEqual(moveRow(added, 8, 0).rows[0].lane, { kind: 'parameter', parameter: 'cutoff' });
    const loud = setStep(added, 7, 0, 127);
    assert.deepEqual(duplicateRow(loud, 7).rows[8], loud.rows[7]);
    assert.equal(removeRow(added, 0).rows.length, 8);
    const one = emptyGrid([{ lane: { kind: 'note', note: 60 } }]);
    assert.equal(removeRow(one, 0), one, 'the last row stays');
    const renamed = changeRow(loud, 7, { name: 'boom', channel: 10, muted: true });
    assert.deepEqual(
      [renamed.rows[7].name, renamed.rows[7].channel, renamed.rows[7].muted],
      ['boom', 10, true]
    );
    const plain = changeRow(renamed, 7, { name: null, channel: null, muted: false });
    assert.deepEqual(Object.keys(plain.rows[7]).sort(), ['lane', 'steps']);
    const controller = changeRow(loud, 7, { lane: { kind: 'parameter', parameter: 'x' } });
    assert.deepEqual(stepAt(controller, 7, 0), { value: 1 });
  });

  it('lays out the notes of a scale, the highest first', () => {
    const notes = scaleLanes(scaleNamed('c4 minor pentatonic')!, 6).map(
      (lane) => 'note' in lane && lane.note
    );
    assert.deepEqual(notes, [72, 70, 67, 65, 63, 60]);
  });

  it('turned by n and by −n, turned round twice, raised and undone is as it was', () => {
    fc.assert(
      fc.property(grids, fc.integer({ min: -40, max: 40 }), (grid, by) => {
        const all = wholeOf(grid);
        assert.deepEqual(rotate(rotate(grid, all, by), all, -by), grid);
        assert.deepEqual(reverse(reverse(grid, all), all), grid);
        assert.deepEqual(paste(clear(grid, all), 0, 0, copy(grid, all)), grid);
        assert.equal(change(grid, all, {}), grid);
        const history = changed(historyOf(grid), clear(grid, all));
        assert.equal(undone(history).present, grid);
        assert.equal(redone(undone(history)).present, history.present);
      }),
      RUNS
    );
  });

  it('forgets what was changed too long ago', () => {
    let history = historyOf(0);
    for (let change = 1; change <= MAX_UNDO + 10; change++) history = changed(history, change);
    for (let back = 0; back < MAX_UNDO + 10; back++) history = undone(history);
    assert.equal(history.present, 10);
    assert.equal(undone(history), history);
    assert.equal(changed(history, 10), history);
  });
});

describe('the JSON of a grid', () => {
  it('is what was read, also as a text', () => {
    fc.assert(
      fc.property(grids, (grid) => {
        assert.deepEqual(readGrid(JSON.parse(JSON.stringify(gridToJson(grid)))), grid);
        assert.deepEqual(gridFromText(gridToText(grid)), grid);
      }),
      RUNS
    );
  });

  it('can be read by people', () => {
    let grid = emptyGrid([{ name: 'kick', lane: { kind: 'note', note: 36 } }]);
    grid = setStep(setStep(grid, 0, 0, 100), 0, 8, { value: 80, condition: '1:2' });
    assert.equal(
      gridToText(grid),
      [
        '{ "phasor":"grid","version":1,"length":16,"stepTicks":240,',
        '  "rows": [',
        '    {"note":36,"name":"kick","steps":{"1":100,"9":{"value":80,"condition":"1:2"}}}',
        '  ] }'
      ].join('\n')
    );
  });

  const wrong: [string, unknown, RegExp][] = [
    ['no grid', [], /phasor: 'grid' is needed/],
    ['a later version', { version: 2 }, /grid.version: 2/],
    ['no rows', { rows: undefined }, /grid.rows: undefined/],
    ['too long', { length: 257 }, /grid.length: 257 is out of range/],
    [
      'a step that is not there',
      { rows: [{ note: 1, steps: { 17: 1 } }] },
      /grid.rows\[0\].steps: 17 is out/
    ],
    ['a step without a number', { rows: [{ note: 1, steps: { x: 1 } }] }, /grid.rows\[0\].steps: "x"/],
    ['a wrong value', { rows: [{ note: 1, steps: { 2: 0 } }] }, /grid.rows\[0\].steps.2.value: 0 is out/],
    [
      'a wrong condition',
      { rows: [{ note: 1, steps: { 2: { value: 1, condition: '5:4' } } }] },
      /grid.rows\[0\].steps.2: condition: "5:4"/
    ],
    [
      'a key that is not known',
      { rows: [{ note: 1, steps: { 2: { value: 1, chance: 1 } } }] },
      /grid.rows\[0\].steps.2: "chance"/
    ],
    ['two kinds of row', { rows: [{ note: 1, controller: 2, steps: {} }] }, /just one of these/],
    ['a wrong other', { others: [{ position: 0, event: { type: 'x' } }] }, /grid.others: type: "x"/]
  ];
  for (const [what, part, message] of wrong) {
    it(`refuses ${what}`, () => {
      const raw = Array.isArray(part)
        ? part
        : { phasor: 'grid', version: 1, length: 16, stepTicks: 240, rows: [], ...(part as object) };
      assert.throws(() => readGrid(raw), message);
    });
  }

  it('reads anything at all, or says what is wrong', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (rows, others) => {
        try {
          readGrid({ phasor: 'grid', version: 1, length: 4, rows: [rows], others });
        } catch (error) {
          assert.match((error as Error).message, /^grid/);
        }
      }),
      RUNS
    );
  });
});
