import assert from 'node:assert/strict';
import { Takes } from '../../../nodes/engine/takes';

const at = (tick: number, take: number | undefined, epoch = 1) => ({
  clock: 'clock',
  epoch,
  tick,
  source: 'me',
  take
});

describe('what was taken back', () => {
  it('is void from where on it was, in its epoch, where it was made before', () => {
    const takes = new Takes();
    takes.recall('me', 'clock', 1, 100, 0);
    assert.equal(takes.current, 1);
    assert.ok(takes.isVoid(at(100, 0)));
    for (const counts of [
      at(99, 0),
      at(100, 1),
      at(100, 0, 2),
      at(100, undefined),
      { ...at(100, 0), source: 'other' },
      { ...at(100, 0), clock: 'other' },
      { timeMs: 5 },
      undefined
    ]) {
      assert.ok(!takes.isVoid(counts), JSON.stringify(counts));
    }
    takes.recall('me', 'clock', undefined, -Infinity, 1);
    assert.ok(takes.isVoid(at(0, 1, 7)));
    assert.ok(!takes.isVoid(at(0, 2, 7)));
  });

  it('is remembered where a later one begins behind it, and forgotten in the end', () => {
    const takes = new Takes();
    takes.recall('me', 'clock', 1, 100, 0);
    takes.recall('me', 'clock', 1, 200, 0);
    assert.ok(takes.isVoid(at(150, 0)));
    assert.ok(!takes.isVoid(at(150, 1)));
    assert.ok(takes.isVoid(at(200, 1)));
    takes.recall('other', 'clock', 1, 0, 100_000);
    assert.ok(!takes.isVoid(at(200, 1)));
    for (let tick = 0; tick < 10_000; tick++) takes.recall('me', 'clock', 1, tick, 100_000);
    assert.ok(!takes.isVoid(at(5000, 100)), 'so many are not kept');
    assert.ok(takes.isVoid(at(10_000, 100)));
  });
});
