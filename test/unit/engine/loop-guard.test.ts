import assert from 'node:assert/strict';
import { LoopGuard } from '../../../nodes/engine/core/loop-guard';

const ON = 0x90 | (60 << 8) | (100 << 16);
const OFF = 0x80 | (60 << 8) | (64 << 16);
const OTHER = 0xb0 | (7 << 8) | (5 << 16);

/** A guard that has just noticed a circle, at 400 ms. */
function alarmed(): LoopGuard {
  const guard = new LoopGuard();
  for (let echo = 0; echo < 41; echo++) guard.passes(ON, echo * 10);
  assert.equal(guard.loops, 1);
  return guard;
}

describe('the guard against feedback', () => {
  it('lets forty of the same pass in half a second, and any number that takes longer or differs', () => {
    const guard = new LoopGuard();
    for (let ms = 0; ms < 5000; ms += 13) assert.ok(guard.passes(ON, ms), `${ms} ms`);
    for (let value = 0; value < 128; value++) assert.ok(guard.passes(0xb0 | (7 << 8) | (value << 16), 6000));
    for (let pulse = 0; pulse < 100; pulse++) assert.ok(guard.passes(0xf8, 7000));
    assert.equal(guard.loops, 0);
  });

  it('lets nothing pass for half a second then, but the ends of notes, and those not round and round', () => {
    const guard = alarmed();
    assert.ok(!guard.passes(OTHER, 500));
    assert.deepEqual(
      [0, 1, 2, 3].map((round) => guard.passes(OFF, 500 + round)),
      [true, true, false, false]
    );
    assert.ok(guard.passes(0x90 | (61 << 8), 510), 'a note-on without velocity is an end');
    assert.ok(guard.passes(OTHER, 901));
  });
});
