import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  At,
  COUNTERS,
  HISTOGRAMS,
  Lateness,
  PortStats,
  STATS_BYTES,
  WireWait
} from '../../../nodes/engine/shared/stats';

const fresh = () => new PortStats(new SharedArrayBuffer(STATS_BYTES));

describe('the figures of a port', () => {
  it('counts each thing apart', () => {
    const stats = fresh();
    COUNTERS.forEach((name, index) => stats.add(At[name], index + 1));
    assert.deepEqual(
      stats.readCounters(),
      Object.fromEntries(COUNTERS.map((name, index) => [name, index + 1]))
    );
  });

  it('keeps ports and histograms apart in one memory', () => {
    const memory = new SharedArrayBuffer(2 * STATS_BYTES);
    const [first, second] = [new PortStats(memory), new PortStats(memory, STATS_BYTES)];
    first.record(WireWait, 5);
    first.add(At.sent);
    assert.deepEqual(
      HISTOGRAMS.map((name) => first.percentiles(name).count),
      [0, 0, 1]
    );
    assert.equal(second.percentiles('wireWait').count, 0);
    assert.equal(second.get(At.sent), 0);
  });

  it('gives percentiles exact to five percent, over all magnitudes', () => {
    const value = fc.double({ min: 0.002, max: 60_000, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
        const stats = fresh();
        for (const ms of values) stats.record(Lateness, ms);
        const sorted = [...values].sort((a, b) => a - b);
        const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1];
        const { count, p50Ms, p99Ms, p999Ms, maxMs } = stats.percentiles('lateness');
        assert.equal(count, values.length);
        for (const [found, exact] of [
          [p50Ms, at(0.5)],
          [p99Ms, at(0.99)],
          [p999Ms, at(0.999)],
          [maxMs, at(1)]
        ])
          assert.ok(Math.abs(found / exact - 1) < 0.05, `${found} for ${exact}`);
      })
    );
  });

  it('takes what is early, senseless or endless without harm', () => {
    const stats = fresh();
    for (const ms of [-5, 0, NaN, -Infinity, 0.0005]) stats.record(Lateness, ms);
    assert.equal(stats.percentiles('lateness').maxMs, 0);
    stats.record(Lateness, Infinity);
    assert.ok(stats.percentiles('lateness').maxMs > 60_000);
    assert.equal(stats.percentiles('lateness').count, 6);
  });

  it('begins anew, but does not forget what waits', () => {
    const stats = fresh();
    stats.set(At.pending, 3);
    stats.set(At.pendingMax, 9);
    stats.add(At.sent, 4);
    stats.record(Lateness, 1);
    stats.reset();
    assert.deepEqual(
      [
        stats.get(At.pending),
        stats.get(At.pendingMax),
        stats.get(At.sent),
        stats.percentiles('lateness').count
      ],
      [3, 3, 0, 0]
    );
  });
});
