/**
 * How often something random is tried: as often as told in CI, a fifth of that where somebody waits for the result.
 * Use it where the whole number takes seconds.
 */
export function runs(inCi: number): number {
  return process.env.CI === 'true' ? inCi : Math.ceil(inCi / 5);
}
