import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  BEAT_UNITS,
  barBeatAt,
  barTicks,
  beatTicks,
  meter,
  meterFrom,
  nextBarLine,
  nextBeat,
  readSignature
} from '../../../nodes/music/meter';

const anyMeter = fc
  .tuple(fc.integer({ min: 1, max: 64 }), fc.constantFrom(...BEAT_UNITS), fc.nat(100), fc.nat(50))
  .map(([beats, unit, anchorBeats, bar]) => meter(beats, unit, anchorBeats * 960, bar));
const anyPosition = fc.oneof(
  fc.nat(1_000_000),
  fc.nat().map((grains) => grains / 65_536)
);

describe('meter', () => {
  it('knows how long bars and beats are', () => {
    assert.deepEqual([beatTicks(meter(4, 4)), barTicks(meter(4, 4))], [960, 3840]);
    assert.deepEqual([beatTicks(meter(6, 8)), barTicks(meter(6, 8))], [480, 2880]);
    assert.deepEqual([beatTicks(meter(7, 32)), barTicks(meter(7, 32))], [120, 840]);
  });

  it('counts bars and beats from 1', () => {
    assert.deepEqual(barBeatAt(meter(4, 4), 0), { bar: 1, beat: 1, tick: 0 });
    assert.deepEqual(barBeatAt(meter(4, 4), 3839), { bar: 1, beat: 4, tick: 959 });
    assert.deepEqual(barBeatAt(meter(6, 8), 2880 + 500), { bar: 2, beat: 2, tick: 20 });
  });

  it('counts on from where it was set', () => {
    const changed = meter(3, 4, 7680, 2);
    assert.deepEqual(barBeatAt(changed, 7680), { bar: 3, beat: 1, tick: 0 });
    assert.deepEqual(barBeatAt(changed, 7680 + 2880), { bar: 4, beat: 1, tick: 0 });
  });

  it('counts from the start of the song once that lies behind', () => {
    const changed = meter(3, 4, 7680, 2);
    assert.equal(meterFrom(changed, 7680), changed);
    assert.deepEqual(meterFrom(changed, 7679), meter(3, 4));
  });

  it('finds the next beat and bar line at or after a position, never a whole one away', () => {
    fc.assert(
      fc.property(anyMeter, anyPosition, (any, position) => {
        const counted = meterFrom(any, position);
        for (const [next, length] of [
          [nextBeat(counted, position), beatTicks(counted)],
          [nextBarLine(counted, position), barTicks(counted)]
        ]) {
          assert.ok(next >= position && next < position + length);
          assert.equal(barBeatAt(counted, next).tick, 0);
        }
        assert.equal(barBeatAt(counted, nextBarLine(counted, position)).beat, 1);
      })
    );
  });

  it('puts a position together again from its bar, beat and tick', () => {
    fc.assert(
      fc.property(anyMeter, anyPosition, (any, position) => {
        const counted = meterFrom(any, position);
        const { bar, beat, tick } = barBeatAt(counted, position);
        assert.ok(beat >= 1 && beat <= counted.beatsPerBar && tick >= 0 && tick < beatTicks(counted));
        const bars = bar - 1 - counted.anchorBar;
        const sum =
          counted.anchorPosition + bars * barTicks(counted) + (beat - 1) * beatTicks(counted) + tick;
        assert.ok(Math.abs(sum - position) < 1e-6);
      })
    );
  });

  it('reads signatures as they are written', () => {
    for (const written of ['6/8', ' 6 / 8 ', [6, 8], { beatsPerBar: 6, beatUnit: 8 }]) {
      assert.deepEqual(readSignature(written), meter(6, 8));
    }
  });

  it('refuses what is no signature, and says what is one', () => {
    for (const wrong of ['', '4', '4/4/4', 'four', 44, null, undefined, [4], {}, { beatsPerBar: 4 }]) {
      assert.throws(() => readSignature(wrong), { name: 'InvalidParameter', message: /4\/4/ });
    }
    assert.throws(() => readSignature('4/5'), { name: 'InvalidParameter', message: /1, 2, 4, 8, 16, 32/ });
    for (const wrong of ['0/4', '65/4', [2.5, 4], [NaN, 4], ['4', 4]])
      assert.throws(() => readSignature(wrong));
  });
});
