import assert from 'node:assert/strict';
import fc from 'fast-check';
import { COLUMNS, profileFromCsv } from '../../../nodes/cc-profile/profile-csv';
import { profilesFromText, profileToYaml } from '../../../nodes/cc-profile/profile-text';
import { BUILT_IN, ProfileError, profileNamed, readProfile } from '../../../nodes/music/profile';

function wrong(read: () => unknown): ProfileError {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof ProfileError, String((error as Error).stack));
    return error;
  }
  return assert.fail('it was read');
}

/** Line and column of what is wrong with a text. */
const place = (text: string) => {
  const { line, column } = wrong(() => profilesFromText(text));
  return `${line}:${column}`;
};

const SEED = `cc_profiles:
  my_synth:
    name: "My Custom Synthesizer"
    parameters:
      filter_cutoff:
        cc: 74
        range: [0, 127]
        curve: "exponential"
`;

describe('profiles as text', () => {
  it('are read from YAML as the examples write it, and from JSON', () => {
    const [fromYaml] = profilesFromText(SEED);
    assert.equal(fromYaml.id, 'my_synth');
    assert.equal(fromYaml.name, 'My Custom Synthesizer');
    assert.deepEqual(fromYaml.toEvents('filter cutoff', 0.5), [{ type: 'cc', controller: 74, value: 32 }]);
    const [fromJson] = profilesFromText(JSON.stringify({ cc_profiles: { my_synth: fromYaml.raw } }));
    assert.deepEqual(fromJson.parameters, fromYaml.parameters);
    const [alone] = profilesFromText('parameters: {a: {cc: 1}}', 'other');
    assert.equal(alone.id, 'other');
  });

  it('say line and column of what is wrong', () => {
    assert.equal(place(SEED.replace('74', '121')), '6:13');
    assert.equal(place(SEED.replace('127', '500')), '7:20');
    assert.equal(place(SEED.replace('curve:', 'kurve:')), '8:9');
    assert.equal(place(`${SEED}      reso:\n        cc: 74\n`), '10:13');
    assert.equal(place('parameters:\n  a: {cc: 1}\n  b: {cc: 1}\n'), '3:11');
    assert.equal(place('cc_profiles: []'), '1:1');
    assert.match(
      wrong(() => profilesFromText(SEED.replace('74', '121'))).message,
      /^line 6, column 13, my_synth/
    );
  });

  it('say where YAML and JSON are broken', () => {
    assert.match(place('parameters:\n  a: {cc: 1\n'), /^[23]:/);
    assert.match(place('{"parameters": {"a": {"cc": 1}}'), /^1:/);
    assert.equal(place('parameters:\n  a: {cc: 1}\n  a: {cc: 2}\n').split(':')[0], '3');
    assert.match(place('parameters:\n\ta: 1\n'), /^2:/);
  });

  it('are refused where they are too long, too deep, or multiply themselves', () => {
    wrong(() => profilesFromText('#'.repeat(300_000)));
    const steep = Array.from({ length: 300 }, (_, indent) => `${' '.repeat(indent)}a:`).join('\n');
    for (const deep of ['[', '- ', '? ', '[{a: ', 'a: b: ', '[]['].map((part) => part.repeat(40_000))) {
      for (const text of [deep, `${deep}\nb: 1`, steep]) wrong(() => profilesFromText(text));
    }
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf']) {
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]`);
    }
    wrong(() => profilesFromText(bomb.join('\n')));
  });

  it('throw nothing but located errors, whatever they say', () => {
    fc.assert(
      fc.property(fc.nat(SEED.length), fc.string({ maxLength: 6 }), (at, inserted) => {
        try {
          profilesFromText(SEED.slice(0, at) + inserted + SEED.slice(at + 1));
        } catch (error) {
          assert.ok(error instanceof ProfileError, String((error as Error).stack));
          assert.ok(error.line! >= 1 && error.column! >= 1, error.message);
        }
      }),
      { numRuns: 200 }
    );
  });

  it('are written so that they are read as the same', () => {
    for (const id of BUILT_IN) {
      const profile = profileNamed(id)!;
      const [again] = profilesFromText(profileToYaml(profile));
      assert.deepEqual({ ...again, raw: undefined }, { ...profile, raw: undefined });
    }
  });

  it('cannot reach beyond themselves', () => {
    assert.throws(() => readProfile(JSON.parse('{"__proto__": {"parameters": {}}}'), 'my'), ProfileError);
    assert.throws(() => profilesFromText('parameters: {__proto__: {cc: 1}}'), ProfileError);
  });
});

const HEAD = COLUMNS.join(',');
const row = (values: Partial<Record<(typeof COLUMNS)[number], string | number>>) =>
  COLUMNS.map((name) => values[name] ?? '').join(',');
const TABLE = [
  HEAD,
  row({
    manufacturer: 'Acme',
    device: 'Box',
    section: 'Filter',
    parameter_name: 'Cut Off',
    cc_msb: 74,
    cc_min_value: 0,
    cc_max_value: 127
  }),
  row({
    parameter_name: 'Wave',
    cc_msb: 20,
    cc_min_value: 0,
    cc_max_value: 127,
    usage: '0-63: Saw; 64-127: Square'
  }),
  row({
    parameter_name: 'Depth',
    cc_msb: 21,
    orientation: 'centered',
    usage: '0~63: Down; 64: Zero; 65~127: Up'
  }),
  row({ parameter_name: 'Pair', cc_msb: 22, cc_lsb: 54, cc_min_value: 0, cc_max_value: 127 }),
  row({ parameter_name: 'Edit', nrpn_msb: 1, nrpn_lsb: 2, nrpn_min_value: 0, nrpn_max_value: 16383 }),
  row({ parameter_name: 'Cut Off', nrpn_msb: 1, nrpn_lsb: 3, nrpn_min_value: 0, nrpn_max_value: 127 }),
  row({ parameter_name: 'Twice', cc_msb: 54 }),
  row({ parameter_name: 'Panic', cc_msb: 123 }),
  row({ parameter_name: 'Nothing' })
].join('\n');

describe('tables of the public database', () => {
  it('become a profile; rows that cannot are left out and told', () => {
    const { profile, skipped } = profileFromCsv(TABLE);
    assert.equal(profile.id, 'acme_box');
    assert.equal(profile.name, 'Acme Box');
    assert.deepEqual(
      profile.parameters.map(({ name }) => name),
      ['cut_off', 'wave', 'depth', 'pair', 'edit', 'cut_off_2']
    );
    assert.equal(profile.resolve('cut_off')?.group, 'Filter');
    assert.deepEqual(profile.toEvents('wave', 'square'), [{ type: 'cc', controller: 20, value: 64 }]);
    assert.deepEqual(profile.toEvents('depth', 0.5), [{ type: 'cc', controller: 21, value: 64 }]);
    assert.deepEqual(profile.toEvents('pair', 1), [{ type: 'cc14', controller: 22, value: 16383 }]);
    assert.equal(profile.resolve('cut_off_2')?.range.max, 127);
    assert.equal(skipped.length, 3);
    assert.match(skipped[0], /line 8.*pair/);
    assert.match(skipped[1], /line 9.*channel mode/);
    assert.match(skipped[2], /line 10.*neither/);
  });

  it('may have the columns of the older form', () => {
    const { profile } = profileFromCsv('parameter_name,cc_msb,notes\nRate,7,\n');
    assert.deepEqual(profile.toEvents('rate', 1), [{ type: 'cc', controller: 7, value: 127 }]);
  });

  it('are refused where they do not end, have other columns, or nothing of use', () => {
    assert.match(wrong(() => profileFromCsv(`${HEAD}\n${'x,'.repeat(200_000)}`)).message, /256 kB/);
    const long = [
      HEAD,
      ...Array.from({ length: 2000 }, (_, index) => row({ parameter_name: `p${index}`, cc_msb: 1 }))
    ];
    assert.match(wrong(() => profileFromCsv(long.join('\n'))).message, /line 1026.*at most 1024/);
    assert.match(wrong(() => profileFromCsv('a,b\n1,2\n')).message, /line 1.*parameter_name/);
    assert.match(wrong(() => profileFromCsv(`${HEAD}\n"open`)).message, /line/);
    assert.match(wrong(() => profileFromCsv(HEAD)).message, /no rows/);
    assert.match(wrong(() => profileFromCsv(`${HEAD}\n${row({ parameter_name: 'x' })}`)).message, /no row/);
  });

  it('throw nothing but located errors, whatever they say', () => {
    fc.assert(
      fc.property(fc.nat(TABLE.length), fc.string({ maxLength: 6 }), (at, inserted) => {
        try {
          profileFromCsv(TABLE.slice(0, at) + inserted + TABLE.slice(at + 1));
        } catch (error) {
          assert.ok(error instanceof ProfileError, String((error as Error).stack));
        }
      }),
      { numRuns: 100 }
    );
  });
});
