import assert from 'node:assert/strict';
import fc from 'fast-check';
import { add, compare, divide, fraction, multiply, subtract, toNumber } from '../../../nodes/music/fraction';

describe('fraction', () => {
  it('is in lowest terms, with the sign above', () => {
    assert.deepEqual(fraction(6, -4), { num: -3, den: 2 });
    assert.deepEqual(fraction(0, 5), { num: 0, den: 1 });
    assert.ok(Object.isFrozen(fraction(1, 2)));
    assert.equal(toNumber(fraction(3, 8)), 0.375);
  });

  it('calculates exactly', () => {
    const value = fc
      .tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 1, max: 9999 }))
      .map(([num, den]) => fraction(num, den));
    fc.assert(
      fc.property(value, value, (a, b) => {
        assert.deepEqual(add(a, b), fraction(a.num * b.den + b.num * a.den, a.den * b.den));
        assert.deepEqual(subtract(add(a, b), b), a);
        assert.deepEqual(multiply(a, b), fraction(a.num * b.num, a.den * b.den));
        if (b.num !== 0) assert.deepEqual(multiply(divide(a, b), b), a);
        assert.equal(Math.sign(compare(a, b)), Math.sign(a.num * b.den - b.num * a.den));
      })
    );
  });

  it('refuses what it could not hold', () => {
    const tiny = fraction(1, 2 ** 40);
    assert.throws(() => multiply(tiny, tiny), { code: 'InvalidParameter', message: /too fine/ });
    assert.throws(() => add(tiny, fraction(1, 3 ** 30)), { code: 'InvalidParameter' });
    assert.throws(() => fraction(1, 0), { code: 'InvalidParameter' });
    assert.throws(() => fraction(0.5), { code: 'InvalidParameter' });
  });
});
