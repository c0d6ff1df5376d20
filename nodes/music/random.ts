/**
 * Chance that can be repeated: numbers that depend on nothing but what is hashed into them. The mixing steps
 * are those of MurmurHash3 (Austin Appleby, public domain).
 */

const rotate = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));

/** Mixes a whole number (its low 32 bits) into a 32-bit hash. */
export function mix(hash: number, value: number): number {
  const scrambled = Math.imul(rotate(Math.imul(value, 0xcc9e2d51), 15), 0x1b873593);
  return (Math.imul(rotate(hash ^ scrambled, 13), 5) + 0xe6546b64) | 0;
}

/** Mixes a safe integer of any size. */
export function mixInteger(hash: number, value: number): number {
  return mix(mix(hash, value), Math.floor(value / 2 ** 32));
}

/** The number from 0 (included) to 1 (excluded) that belongs to a hash, evenly spread. */
export function uniform(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
