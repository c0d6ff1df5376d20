import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  BEAT_UNITS,
  barBeatAt,
  barsAt,
  barTicks,
  beatTicks,
  meter,
  meterFrom,
  meterOf,
  nextBarLine,
  nextBeat,
  positionOf,
  readSignature,
  toWire
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

  it('finds each fourth bar by the numbers of bars, wherever they count from', () => {
    // 7/8 for one bar, then 4/4.
    const changed = meter(4, 4, 3360, 1);
    const lines = [3360, 3361, 3360 + 3 * 3840, 3361 + 3 * 3840].map((at) => nextBarLine(changed, at, 4));
    assert.deepEqual(lines, [3360 + 3 * 3840, 3360 + 3 * 3840, 3360 + 3 * 3840, 3360 + 7 * 3840]);
    assert.equal(barBeatAt(changed, lines[0]).bar, 5);
    assert.deepEqual(
      [1, 3840, 3841].map((at) => nextBarLine(meter(4, 4), at, 2)),
      [7680, 7680, 7680]
    );
  });

  it('goes over a wire, and without a bar line counts from the start of the song', () => {
    const changed = meter(3, 4, 7680, 2);
    assert.deepEqual(toWire(changed), { beatsPerBar: 3, beatUnit: 4, barPosition: 7680, bar: 3 });
    assert.deepEqual(meterOf(toWire(changed)), changed);
    assert.deepEqual(meterOf({ beatsPerBar: 7, beatUnit: 8 }), meter(7, 8));
    assert.throws(() => meterOf({ beatsPerBar: 7, beatUnit: 9 }), /beatUnit/);
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
        assert.ok(Math.abs(positionOf(counted, bar, beat) + tick - position) < 1e-6);
        assert.equal(Math.floor(barsAt(counted, position) + 1e-9), bar - 1);
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
