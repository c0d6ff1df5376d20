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
      { label: 'saw', value: 0, from: 0 },
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
});
