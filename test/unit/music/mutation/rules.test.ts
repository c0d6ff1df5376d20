import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';
import { PhasorError } from '../../../../nodes/music/errors';
import { OPERATIONS, readMutationRules, STYLE_NAMES, STYLES } from '../../../../nodes/music/mutation';

const schema = JSON.parse(
  readFileSync(join(__dirname, '../../../../../nodes', 'music', 'mutation', 'rules.schema.json'), 'utf8')
) as object;
const accepts = new Ajv({ allErrors: false, strict: false }).compile(schema);

const reads = (value: unknown): boolean => {
  try {
    readMutationRules(value);
    return true;
  } catch (error) {
    assert.ok(error instanceof PhasorError, String(error));
    return false;
  }
};

const one = (rule: object) => ({ rules: [rule] });

/** Values of each field, most of them right. Which of two comes first is never wrong here: no schema says that. */
const POOL: Record<string, unknown[]> = {
  name: ['a', '', 'x'.repeat(60), 'x'.repeat(61), 5],
  enabled: [true, false, 'true', 1],
  weight: [1, 0.001, 1000, 0, 1001, '1'],
  when: [
    {},
    { on: 'cycle', every: 4, probability: 0.5 },
    { on: 'bar', every: 1024 },
    { on: 'message' },
    { on: 'beat' },
    { every: 0 },
    { every: 1.5 },
    { probability: 1.1 },
    { sometimes: true },
    []
  ],
  where: [
    {},
    { steps: [1, '5-8', '1-16/4'] },
    { steps: [] },
    { steps: ['a'] },
    { steps: [0] },
    { steps: [257] },
    { rows: ['bd', 36, 'c3..c4'] },
    { rows: [128] },
    { kinds: ['note', 'cc'] },
    { kinds: ['noteOn'] },
    { kinds: [] }
  ],
  bounds: [
    {},
    { range: ['c2', 96] },
    { range: 60 },
    { range: ['c2'] },
    { scale: 'c4 minor' },
    { scale: 5 },
    { density: [0, 16] },
    { density: 17 },
    { distance: 1 },
    { distance: -0.1 }
  ],
  amount: [1, 2, 0.5, [1, 2], [0.2, 0.4], [1], [1, 2, 3], '1', 500, [-300, 1], null],
  share: [0, 0.5, 1, 1.5, '1'],
  count: [1, 4096, 0, 1.5],
  axis: ['c4', 60, 128, true],
  order: [1, 2, 3, 4, 1.5],
  from: ['pattern', 'notes', 'matrix', 'radio'],
  matrix: [{ c4: { d4: 1 } }, {}, { c4: { d4: -1 } }, { c4: {} }, []],
  parameter: ['filter_cutoff', '', ' ', 5],
  controller: [74, 119, 120, -1, 1.5],
  min: [0, -1, '0'],
  max: [1, 128, 'x'],
  start: [1, 0, -1, 128]
};

const aRule = fc
  .record({
    what: fc.constantFrom(...OPERATIONS, 'melt'),
    keys: fc.uniqueArray(fc.constantFrom(...Object.keys(POOL)), { maxLength: 4 }),
    picks: fc.array(fc.nat(20), { minLength: 4, maxLength: 4 }),
    target: fc.constantFrom({}, { parameter: 'filter_cutoff' }, { controller: 74 })
  })
  .map(({ what, keys, picks, target }) => ({
    what,
    ...(what === 'drift' ? target : {}),
    ...Object.fromEntries(keys.map((key, index) => [key, POOL[key][picks[index] % POOL[key].length]]))
  }));

describe('mutation rules', () => {
  it('are read as the schema says', () => {
    let right = 0;
    fc.assert(
      fc.property(aRule, (rule) => {
        // A matrix that does not fit its order is beyond the schema.
        fc.pre(!('matrix' in rule && 'order' in rule));
        assert.equal(reads(one(rule)), accepts(one(rule)), JSON.stringify(rule));
        right += Number(accepts(one(rule)));
      }),
      { seed: 11, numRuns: 1500 }
    );
    assert.ok(right > 200 && right < 1300, `${right} of 1500 were right`);
  });

  it('are read as the schema says in what holds for all of them', () => {
    const sets: [unknown, boolean][] = [
      [{ rules: [] }, true],
      [[], true],
      [[{ what: 'thin' }], true],
      [
        {
          phasor: 'mutation',
          version: 1,
          name: 'a',
          seed: -5,
          changes: 2,
          steps: 16,
          cycles: 4,
          bounds: {},
          rules: []
        },
        true
      ],
      [{ cycles: 'auto', rules: [] }, true],
      [{}, false],
      [5, false],
      [null, false],
      [{ rules: {} }, false],
      [{ rules: [], rule: [] }, false],
      [{ phasor: 'pattern', rules: [] }, false],
      [{ version: 2, rules: [] }, false],
      [{ seed: 1.5, rules: [] }, false],
      [{ changes: 0, rules: [] }, false],
      [{ steps: 257, rules: [] }, false],
      [{ cycles: 65, rules: [] }, false],
      [{ rules: Array.from({ length: 64 }, () => ({ what: 'thin' })) }, true],
      [{ rules: Array.from({ length: 65 }, () => ({ what: 'thin' })) }, false]
    ];
    for (const [set, right] of sets) {
      assert.equal(accepts(set), right, JSON.stringify(set));
      assert.equal(reads(set), right, JSON.stringify(set));
    }
  });

  it('say where they are wrong, and what would be right', () => {
    const wrong: [unknown, RegExp][] = [
      [one({ what: 'melt' }), /^rules\[0\]\.what: "melt" .*one of transpose/],
      [
        { rules: [{ what: 'thin' }, { what: 'thin' }, { what: 'ratchet', amount: 99 }] },
        /^rules\[2\]\.amount: 99 .*1 to 16/
      ],
      [one({ what: 'transpose', amount: [1, 'a'] }), /^rules\[0\]\.amount\[1\]: "a"/],
      [one({ what: 'transpose', amount: [3, 1] }), /^rules\[0\]\.amount: \[3,1\].*lower one must come first/],
      [one({ what: 'thin', amount: 1 }), /^rules\[0\]\.amount: 1 .*not known here/],
      [one({ what: 'thin', when: { evry: 2 } }), /^rules\[0\]\.when\.evry/],
      [
        one({ what: 'thin', where: { steps: ['8-1'] } }),
        /^rules\[0\]\.where\.steps\[0\].*first step must come first/
      ],
      [one({ what: 'thin', bounds: { scale: 'c4 nothing' } }), /^rules\[0\]\.bounds\.scale/],
      [one({ what: 'drift' }), /^rules\[0\]\.parameter.*either/],
      [one({ what: 'drift', parameter: 'a', min: 0.5, max: 0.4 }), /^rules\[0\]\.min/],
      [one({ what: 'markov', matrix: { c4: { zz: 1 } } }), /^rules\[0\]\.matrix\["c4"\]\["zz"\]/],
      [{ bounds: { range: ['c5', 'c2'] }, rules: [] }, /^bounds\.range/],
      ['{ "rules": [', /^rules: .*JSON is needed/],
      ['x'.repeat(200_001), /^rules: "200001 characters"/]
    ];
    for (const [value, message] of wrong) assert.throws(() => readMutationRules(value), { message });
  });

  it('are refused by name, never by a crash, whatever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        reads(value);
        reads(one({ what: 'thin', where: value }));
        reads({ rules: value });
      }),
      { seed: 12, numRuns: 200 }
    );
  });

  it('have the bounds of their set under their own', () => {
    const { rules } = readMutationRules({
      bounds: { distance: 0.5, density: [0, 1] },
      rules: [{ what: 'thin', bounds: { distance: 0.2 } }]
    });
    assert.deepEqual(rules[0].bounds, { distance: 0.2, density: [0, 1] });
  });

  for (const name of STYLE_NAMES) {
    it(`are there in the style ${name}`, () => {
      assert.ok(accepts(STYLES[name]), JSON.stringify(accepts.errors));
      const set = readMutationRules(STYLES[name]);
      assert.equal(set.name, name);
      assert.equal(set.changes, 2);
      assert.deepEqual(readMutationRules(JSON.stringify(STYLES[name])), set);
    });
  }
});
