import assert from 'node:assert/strict';
import { parameterOf, rowOf } from '../../../nodes/cc-profile/rows';
import { BUILT_IN, profileNamed, readProfile } from '../../../nodes/music/profile';

describe('a parameter as a row of a table', () => {
  it('is read back as the same, for everything that is built in', () => {
    for (const id of BUILT_IN) {
      const profile = profileNamed(id)!;
      const parameters = Object.fromEntries(
        Object.entries(profile.raw.parameters).map(([name, raw]) => [name, parameterOf(rowOf(name, raw))])
      );
      assert.deepEqual(readProfile({ parameters }, id).parameters, profile.parameters);
    }
  });

  it('takes ranges, pairs and steps as people write them', () => {
    const row = rowOf('knob', { cc: 1 });
    for (const range of ['0 127', '0-127', '0 – 127', '0, 127']) {
      assert.deepEqual(parameterOf({ ...row, range }), { cc: 1, range: [0, 127] });
    }
    assert.deepEqual(parameterOf({ ...row, kind: 'cc14', numbers: '33,113' }), { cc14: [33, 113] });
    const stepped = (steps: string) => parameterOf({ ...row, curve: 'stepped', steps }).steps;
    assert.equal(stepped('4'), 4);
    assert.deepEqual(stepped('0, 64, 127'), [0, 64, 127]);
    assert.deepEqual(stepped('saw: 0, low pass: 127 (from 64)'), [
      { label: 'saw', value: 0 },
      { label: 'low pass', value: 127, from: 64 }
    ]);
  });

  it('keeps what has no column, and leaves what it cannot read to be named', () => {
    const raw = { cc: 1, unit: 'Hz', aliases: ['x'], curve: 'exponential', exponent: 3, default: 0.5 };
    assert.deepEqual(parameterOf(rowOf('knob', raw)), raw);
    assert.deepEqual(parameterOf({ ...rowOf('knob', raw), curve: 'linear' }).exponent, undefined);
    const wrong = parameterOf({ ...rowOf('knob', { cc: 1 }), numbers: 'one' });
    assert.throws(
      () => readProfile({ parameters: { knob: wrong } }, 'my'),
      /my\.parameters\.knob\.cc: "one"/
    );
  });

  describe('with steps', () => {
    const again = (steps: object | number) =>
      parameterOf(rowOf('wave', { cc: 1, steps } as Parameters<typeof rowOf>[1]));
    const read = (raw: object) => readProfile({ parameters: { wave: raw } } as never, 'my').parameters;

    it('says where a step begins where it was said, and only there', () => {
      const steps = [
        { label: 'saw', value: 0 },
        { label: 'sine', value: 64, from: 64 },
        { label: 'square', value: 127, from: 100 }
      ];
      assert.equal(
        rowOf('wave', { cc: 1, steps }).steps,
        'saw: 0, sine: 64 (from 64), square: 127 (from 100)'
      );
      assert.deepEqual(again(steps).steps, steps);
    });

    it('means the same after it was read back, however the steps are written', () => {
      const all = [
        4,
        [0, 64, 127],
        { saw: 0, sine: 64, square: 127 },
        [
          { label: 'saw', value: 0 },
          { label: 'sine', value: 127 }
        ],
        [{ value: 10 }, { value: 20 }, { label: 1.1, value: 100 }],
        { 'low, soft': 0, 'x: 1': 64, 'high (from 3)': 127 },
        { '"a", b': 0, 'a "b"': 64, '\\, "': 100, '"': 127 }
      ];
      for (const steps of all) {
        const back = again(steps);
        assert.deepEqual(read(back), read({ cc: 1, steps }), JSON.stringify(back.steps));
        assert.deepEqual(parameterOf(rowOf('wave', back)), back);
      }
    });

    it('takes a label with a comma in quotes, and names one without', () => {
      const row = { ...rowOf('wave', { cc: 1 }), curve: 'stepped' as const };
      assert.deepEqual(parameterOf({ ...row, steps: '"low, soft": 0 , high: 127' }).steps, [
        { label: 'low, soft', value: 0 },
        { label: 'high', value: 127 }
      ]);
      const wrong = parameterOf({ ...row, steps: 'low, soft: 0, high: 127' });
      assert.throws(() => read(wrong), /steps\.0: "low"/);
      assert.equal(rowOf('wave', wrong).steps, 'low, soft: 0, high: 127', 'and it stays to be mended');
    });
  });
});
