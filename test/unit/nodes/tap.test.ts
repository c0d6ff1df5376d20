import assert from 'node:assert/strict';
import fc from 'fast-check';
import { TapTempo } from '../../../nodes/clock/tap';
import { MAX_BPM, MIN_BPM } from '../../../nodes/music/tempo';

const taps = (...times: number[]) => {
  const tempo = new TapTempo();
  return times.map((timeMs) => tempo.tap(timeMs));
};

describe('tap tempo', () => {
  it('needs two taps', () => {
    assert.deepEqual(taps(0, 500), [undefined, 120]);
  });

  it('is the mean of the last seven intervals', () => {
    const [...found] = taps(0, 1000, 1400, 2000, 2500, 3000, 3500, 4000, 4500);
    assert.equal(found.at(-1), 120);
  });

  it('begins anew after a pause', () => {
    assert.deepEqual(taps(0, 500, 3000, 3400), [undefined, 120, undefined, 150]);
  });

  it('stays within the tempi there are, whatever the taps', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 2500, noNaN: true })), (pauses) => {
        let nowMs = 0;
        for (const bpm of taps(...pauses.map((pauseMs) => (nowMs += pauseMs))))
          assert.ok(bpm === undefined || (bpm >= MIN_BPM && bpm <= MAX_BPM));
      })
    );
  });
});
