/**
 * Numbers as exact as a test wants them: fractions of BigInts, and logarithm and exponential by their series on
 * integers scaled by 2^160, which is 48 digits.
 */
export class Rational {
  private constructor(
    readonly num: bigint,
    /** Above 0. */
    readonly den: bigint
  ) {}

  /** What a float64 stands for, exactly. */
  static of(value: number): Rational {
    if (Number.isInteger(value)) return new Rational(BigInt(value), 1n);
    let shift = 0;
    while (!Number.isInteger(value)) {
      value *= 2;
      shift++;
    }
    return new Rational(BigInt(value), 1n << BigInt(shift));
  }

  plus(other: Rational): Rational {
    if (this.den === other.den) return new Rational(this.num + other.num, this.den);
    return new Rational(this.num * other.den + other.num * this.den, this.den * other.den);
  }

  minus(other: Rational): Rational {
    return this.plus(new Rational(-other.num, other.den));
  }

  times(other: Rational): Rational {
    return new Rational(this.num * other.num, this.den * other.den);
  }

  over(other: Rational): Rational {
    const sign = other.num < 0n ? -1n : 1n;
    return new Rational(this.num * other.den * sign, this.den * other.num * sign);
  }

  compare(other: Rational): number {
    const difference = this.num * other.den - other.num * this.den;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  /** The same in lowest terms; what is used again and again is worth it. */
  reduced(): Rational {
    let a = this.num < 0n ? -this.num : this.num;
    let b = this.den;
    while (b > 0n) [a, b] = [b, a % b];
    return a < 2n ? this : new Rational(this.num / a, this.den / a);
  }

  toNumber(): number {
    return fixedToNumber((this.num << BITS) / this.den);
  }

  /** Natural logarithm of a number above 0. */
  ln(): Rational {
    const value = (this.num << BITS) / this.den;
    // From a float's 16 digits one step of Halley's method on e^y = value leads to three times as many.
    const guess = fixed(Math.log(fixedToNumber(value)));
    const power = expFixed(guess);
    return new Rational(guess + ((value - power) << (BITS + 1n)) / (value + power), ONE);
  }

  exp(): Rational {
    return new Rational(expFixed((this.num << BITS) / this.den), ONE);
  }
}

const BITS = 160n;
const ONE = 1n << BITS;
const HALVINGS = 10n;

function fixed(value: number): bigint {
  return BigInt(Math.round(value * 2 ** 52)) << (BITS - 52n);
}

function fixedToNumber(value: bigint): number {
  const bits = value.toString(2).length;
  return bits <= 64 ? Number(value) / 2 ** 160 : Number(value >> BigInt(bits - 64)) * 2 ** (bits - 64 - 160);
}

/** The series of e^x for a small part of x, squared as often as x was halved. */
function expFixed(x: bigint): bigint {
  const part = x >> HALVINGS;
  let term = ONE;
  let sum = ONE;
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    term = (term * part) / (n * ONE);
    sum += term;
  }
  for (let n = 0n; n < HALVINGS; n++) sum = (sum * sum) >> BITS;
  return sum;
}
