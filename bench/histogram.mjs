// Histograms in the form that the engine's figures have: the middle of a bucket in ms, and how many fell into it.

/** As the engine's: so many buckets a doubling, from 1 µs on. */
const STEPS = 16;
/** In a drawing: as many as can be told apart. */
const DRAWN_STEPS = 4;

/** @returns {[ms: number, count: number][]} */
export function histogram(valuesMs) {
  const counts = new Map();
  for (const ms of valuesMs) {
    const us = ms * 1000;
    const bucket = us > 1 ? 1 + Math.floor(Math.log2(us) * STEPS) : 0;
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bucket, count]) => [bucket === 0 ? 0 : 2 ** ((bucket - 0.5) / STEPS) / 1000, count]);
}

/** Some histograms of the same thing in one, as steps of shares; what is below 1 µs counts as 1 µs. */
export function shares(histograms) {
  const counts = new Map();
  let total = 0;
  for (const [ms, count] of histograms.flat()) {
    const bucket = Math.floor(Math.log2(Math.max(ms * 1000, 1)) * DRAWN_STEPS);
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
    total += count;
  }
  const places = [...counts.keys()];
  const points = [];
  for (let bucket = Math.min(...places); bucket <= Math.max(...places) + 1; bucket++)
    points.push([2 ** (bucket / DRAWN_STEPS) / 1000, (100 * (counts.get(bucket) ?? 0)) / total]);
  return points;
}

/** For each bucket the share of values that were later. */
export function shareLater(histograms) {
  const all = histograms.flat().sort(([a], [b]) => a - b);
  let left = all.reduce((sum, [, count]) => sum + count, 0);
  const total = left;
  const points = [];
  for (const [ms, count] of all) {
    if (ms > 0 && points.at(-1)?.[0] !== ms) points.push([ms, left / total]);
    left -= count;
  }
  return points;
}
