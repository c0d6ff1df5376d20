// Small things that several benchmarks need.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** A module of the built package, by its path below dist/. */
export function dist(path) {
  return createRequire(import.meta.url)(join(root, 'dist', path));
}

/** How long a part may take beyond its own time before it is ended. */
const SPARE_S = 20;

/** Runs a program to its end and gives what it printed. Ends it, and throws, where it takes far too long. */
export async function output(command, args, seconds, env = {}) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env }
  });
  let out = '';
  let complaints = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (complaints += text));
  const tooLong = setTimeout(() => child.kill('SIGKILL'), (seconds + SPARE_S) * 1000);
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(tooLong);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} failed (${code}): ${complaints || out}`);
  return out;
}

/** Runs bench/parts/<name>.mjs in a process of its own and gives the object that it prints. */
export async function part(name, options, { seconds = 60, flags = [], env = {} } = {}) {
  const file = join(root, 'bench', 'parts', `${name}.mjs`);
  const text = await output(process.execPath, [...flags, file, JSON.stringify(options)], seconds, env);
  return JSON.parse(text.trim().split('\n').at(-1));
}

/** Runs `work` beside a process with a load of parts/loads.mjs. */
export async function besideLoad(load, work) {
  if (load === 'idle') return work();
  const child = spawn(process.execPath, [join(root, 'bench', 'parts', 'busy.mjs'), load], {
    stdio: 'ignore'
  });
  try {
    await sleep(300);
    return await work();
  } finally {
    child.kill();
  }
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 4294967296;
  };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** p50, p99, p99.9 and the largest of `count` values, in the form that the engine's reports have. */
export function percentiles(values, count = values.length) {
  const sorted = Float64Array.from(values.subarray?.(0, count) ?? values.slice(0, count)).sort();
  const at = (share) => sorted[Math.max(0, Math.ceil(count * share) - 1)] ?? 0;
  return { count, p50Ms: at(0.5), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) };
}

/** Rounds into one: the median of each percentile over the rounds, and the largest of all. */
export function overRounds(rounds) {
  const of = (key) => median(rounds.map((round) => round[key]));
  return {
    count: rounds.reduce((sum, { count }) => sum + count, 0),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    p999Ms: of('p999Ms'),
    maxMs: Math.max(...rounds.map(({ maxMs }) => maxMs))
  };
}

/** The median of what a figure is to another in the same round. */
export function ratio(rounds, baseline, key) {
  return median(rounds.map((round, index) => round[key] / baseline[index][key]));
}

/** A time in ms as text, in µs below 10 ms. */
export function time(ms) {
  if (ms < 0.1) return `${(ms * 1000).toFixed(1)} µs`;
  return ms < 10 ? `${(ms * 1000).toFixed(0)} µs` : `${ms.toFixed(1)} ms`;
}

/** The four times of a set of percentiles, as cells of a table. */
export function times({ p50Ms, p99Ms, p999Ms, maxMs }) {
  return [p50Ms, p99Ms, p999Ms, maxMs].map(time);
}
