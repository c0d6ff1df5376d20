import assert from 'node:assert/strict';
import { OPERATIONS, readMutationRules, STYLE_NAMES, STYLES } from '../../../nodes/music/mutation';
import { EMPTY_ROW, rowOf, ruleOf } from '../../../nodes/pattern/rule-text';

describe('a mutation rule in the form', () => {
  for (const name of STYLE_NAMES) {
    it(`is the same after a look, in all of the style ${name}`, () => {
      for (const rule of STYLES[name].rules) assert.deepEqual(ruleOf(rowOf(rule)), withoutDefaults(rule));
    });
  }

  it('is the same after a look, whatever it has', () => {
    const rules = [
      {
        what: 'thin',
        enabled: false,
        share: 0.125,
        count: 2,
        where: { steps: [1, '5-8'], rows: ['bd'], kinds: ['note'] }
      },
      {
        what: 'markov',
        order: 2,
        from: 'matrix',
        matrix: { 'c4 d4': { e4: 1 } },
        bounds: { scale: 'c4 minor' }
      },
      { what: 'drift', parameter: 'filter_cutoff', amount: [-0.1, 0.1], min: 0.2, start: 0.5 },
      { what: 'drift', controller: 74, amount: -3 },
      { what: 'invert', axis: 'c4', when: { on: 'bar', every: 8, probability: 0.333 } }
    ];
    for (const rule of rules) assert.deepEqual(ruleOf(rowOf(rule)), rule);
  });

  /** A form does not say what goes without saying. */
  function withoutDefaults(rule: object): object {
    return JSON.parse(JSON.stringify(rule)) as object;
  }

  it('can be read for each operation as it is first offered, but that a drift needs to know of what', () => {
    for (const what of OPERATIONS) {
      const read = () => readMutationRules([ruleOf({ ...EMPTY_ROW, what })]);
      if (what === 'drift') assert.throws(read, /rules\[0\]\.parameter/);
      else assert.equal(read().rules[0].what, what);
    }
  });

  it('reads what people write', () => {
    const rule = { ...EMPTY_ROW, amount: '-2 .. 2', share: '50', steps: '1-4 9,13', every: '4', target: 'x' };
    assert.deepEqual(ruleOf(rule), {
      what: 'transpose',
      amount: [-2, 2],
      share: 0.5,
      when: { every: 4 },
      where: { steps: ['1-4', 9, 13] }
    });
    assert.deepEqual(ruleOf({ ...EMPTY_ROW, what: 'drift', target: 'CC 71' }), {
      what: 'drift',
      controller: 71
    });
    const broken = ruleOf({ ...EMPTY_ROW, more: '{' });
    assert.throws(() => readMutationRules([broken]), /rules\[0\]\.more: "{"/);
    assert.equal(rowOf(broken).more, '{');
    assert.throws(
      () => readMutationRules([ruleOf({ ...EMPTY_ROW, amount: 'much' })]),
      /rules\[0\]\.amount: "much"/
    );
  });
});
