import assert from 'node:assert/strict';
import { BUILT_IN, profileNamed, type Profile } from '../../../nodes/music/profile';
import { encodeEvent } from '../../../nodes/music/bytes';

/**
 * What the makers' charts say, written down from them and not from the profiles: for each controller the values that
 * are accepted, as the first value of each choice, or one range.
 */
type Chart = Readonly<Record<number, readonly number[] | readonly [0, number, 'range']>>;

const WHOLE = [0, 127, 'range'] as const;
const whole = (...controllers: number[]) => Object.fromEntries(controllers.map((cc) => [cc, WHOLE]));

/** Each choice of a chart by the first value that the device takes for it. */
const CHARTS: Readonly<Record<string, Chart>> = {
  korg_nts1_mk2: {
    ...whole(7, 16, 19, 20, 21, 24, 26, 28, 29, 30, 31, 33, 34, 35, 36, 43, 44, 45, 46, 54, 55, 119),
    14: [0, 25, 50, 75, 100],
    42: [0, 18, 36, 54, 72, 90, 108],
    53: [0, 18, 36, 54, 72, 90, 107],
    88: [0, 14, 28, 42, 56, 70, 84, 98, 112],
    89: [0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99, 108],
    90: [0, 11, 22, 33, 44, 55, 66, 77, 88, 99, 110],
    117: [0, 12, 24, 36, 48, 60, 72, 84, 96, 108],
    118: [0, 21, 42, 63, 84, 105]
  },
  korg_nts1: {
    ...whole(16, 19, 20, 21, 24, 26, 28, 29, 30, 31, 33, 34, 35, 36, 43, 44, 45, 46, 54, 55, 119),
    14: [0, 25, 50, 75, 100],
    42: [0, 18, 36, 54, 72, 90, 108],
    53: [0, 25, 50, 75, 100],
    88: [0, 25, 50, 75, 100],
    89: [0, 21, 42, 63, 84, 105],
    90: [0, 21, 42, 63, 84, 105],
    117: [0, 12, 24, 36, 48, 60, 72, 84, 96, 108],
    118: [0, 21, 42, 63, 84, 105]
  },
  yamaha_reface_dx: {
    80: [0, 12, 22, 33, 43, 54, 65, 75, 86, 96, 107, 117],
    ...Object.fromEntries(
      [85, 102, 108, 114].flatMap((first) => [
        [first, WHOLE],
        [first + 1, WHOLE],
        [first + 2, [0, 64]],
        [first + 3, [0, 64]],
        [first + 4, [0, 31, 'range']],
        [first + 5, [0, 99, 'range']]
      ])
    )
  },
  korg_volca_fm: whole(40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50),
  waldorf_streichfett: {
    ...whole(1, 70, 72, 73, 76, 77, 80, 81, 82, 92, 93, 94),
    64: [0, 64],
    71: [0, 1, 2],
    74: [0, 1, 2],
    75: [0, 1],
    78: [0, 1, 2],
    79: [0, 1],
    91: [0, 1, 2]
  },
  generic_analog: { ...whole(7, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79), 64: [0, 64] },
  fm_synth: { ...whole(7, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29), 64: [0, 64] }
};

/** The low bytes of the mkII, by their high ones. */
const MK2_LOW: Readonly<Record<number, number>> = {
  ...{ 7: 39, 16: 48, 19: 49, 20: 50, 21: 51, 24: 56, 26: 58, 28: 60, 29: 61, 30: 62, 31: 63, 33: 113 },
  ...{ 34: 114, 35: 115, 36: 116, 43: 107, 44: 108, 45: 109, 46: 110, 54: 102, 55: 103 }
};

const POSITIONS = Array.from({ length: 257 }, (_, index) => index / 256);

/** Control changes as they go over the wire: [controller, value]. */
function wire(profile: Profile, name: string, value: number | string): [number, number][] {
  const out = new Uint8Array(64);
  return profile.toEvents(name, value, { channel: 1 }).flatMap((event) => {
    const length = encodeEvent(event, 1, out);
    return Array.from({ length: length / 3 }, (_, index): [number, number] => {
      assert.equal(out[index * 3], 0xb0);
      return [out[index * 3 + 1], out[index * 3 + 2]];
    });
  });
}

describe('the built-in profiles against the charts of the makers', () => {
  it('are all charted here', () => {
    assert.deepEqual([...BUILT_IN].sort(), Object.keys(CHARTS).sort());
  });

  for (const [id, chart] of Object.entries(CHARTS)) {
    const profile = profileNamed(id) as Profile;
    const plain = profile.parameters.filter(({ address }) => address.kind !== 'nrpn');

    it(`${id}: has the controllers of the chart, no other and no less`, () => {
      const controllers = plain.map(({ address }) => ('controller' in address ? address.controller : -1));
      assert.deepEqual(
        controllers.sort((a, b) => a - b),
        Object.keys(chart)
          .map(Number)
          .sort((a, b) => a - b)
      );
    });

    it(`${id}: whatever is asked for, only what the chart accepts is sent`, () => {
      for (const { name, steps } of plain) {
        const reached = new Set<number>();
        let choices: readonly number[] | undefined;
        for (const position of POSITIONS) {
          const [[controller, value], ...low] = wire(profile, name, position);
          const accepted = chart[controller];
          assert.ok(accepted, `${name} sends controller ${controller}`);
          for (const [at, byte] of low) {
            assert.equal(at, MK2_LOW[controller], name);
            assert.ok(byte >= 0 && byte <= 127);
          }
          if (accepted[2] === 'range') {
            assert.ok(value >= accepted[0] && value <= (accepted[1] as number), `${name}: ${value}`);
          } else {
            choices = accepted as readonly number[];
            reached.add(choices.filter((from) => from <= value).length);
          }
        }
        if (choices !== undefined) {
          assert.equal(reached.size, choices.length, `${name} reaches each of its choices`);
          // Every label arrives in the range of its own choice.
          if (steps!.length === choices.length) {
            steps!.forEach(({ label }, index) => {
              const [[, value]] = wire(profile, name, label);
              const next = choices[index + 1] ?? 128;
              assert.ok(value >= choices[index] && value < next, `${name} ${label}: ${value}`);
            });
          }
        }
      }
    });

    it(`${id}: both ends of each range are reached`, () => {
      for (const { name } of plain) {
        const [[controller, least]] = wire(profile, name, 0);
        const [[, most]] = wire(profile, name, 1);
        const accepted = chart[controller];
        assert.equal(least, 0, name);
        const last = accepted[2] === 'range' ? (accepted[1] as number) : (accepted.at(-1) as number);
        assert.ok(most >= last, `${name}: ${most}`);
      }
    });
  }

  it('the mkII has 30 controllers and 32 NRPN, with the low data byte before the high one', () => {
    const profile = profileNamed('korg_nts1_mk2') as Profile;
    const kinds = profile.parameters.map(({ address }) => address.kind);
    assert.equal(kinds.filter((kind) => kind === 'cc' || kind === 'cc14').length, 30);
    assert.equal(kinds.filter((kind) => kind === 'nrpn').length, 32);
    const banks = ['osc', 'mod', 'delay', 'reverb'];
    banks.forEach((bank, high) => {
      for (let edit = 1; edit <= 8; edit++) {
        assert.deepEqual(wire(profile, `${bank}_edit_${edit}`, 1), [
          [99, high],
          [98, edit - 1],
          [38, 127],
          [6, 127]
        ]);
      }
    });
  });

  it('knows the names of the seed of this package, and the same roles on every synth', () => {
    const nts1 = profileNamed('korg_nts1_mk2') as Profile;
    for (const [alias, controller] of [
      ['shape', 54],
      ['alt', 55],
      ['cutoff', 43],
      ['Filter Cutoff', 43],
      ['filter.cutoff', 43]
    ] as const) {
      assert.equal(wire(nts1, alias, 0.5)[0][0], controller, alias);
    }
    assert.equal(nts1.resolve('decay'), undefined);
    assert.equal(nts1.resolve('constructor'), undefined);
    for (const id of ['korg_nts1_mk2', 'korg_nts1', 'generic_analog']) {
      for (const role of ['filter.cutoff', 'filter.resonance', 'envelope.attack', 'lfo.rate']) {
        assert.ok(profileNamed(id)!.resolve(role), `${id} ${role}`);
      }
    }
  });

  it('marks house maps as such, and names a source for all', () => {
    for (const id of BUILT_IN) assert.ok(profileNamed(id)!.source, id);
    for (const id of ['generic_analog', 'fm_synth']) {
      assert.match(profileNamed(id)!.name, /house map/);
      assert.equal(profileNamed(id)!.source, 'house map');
    }
  });
});
