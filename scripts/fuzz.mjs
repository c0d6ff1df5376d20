// `npm run fuzz -- --seconds N` throws nonsense for N seconds (60 unless told) at the parsers, the ring, the nodes and
// the admin routes, in turns; `npm run fuzz -- notation grid` only at those. A case that fails is made as small as can be,
// printed, and kept in build/fuzz/; `--seed N` does the same again. Found cases become unit tests.
// `npm run fuzz -- --counts` throws by number instead: 10 000 000 random bytes at the reader of MIDI and 100 000 messages at
// every node, by the same seed unless told; memory may not grow, and no note may sound that nobody sent.
import fc from 'fast-check';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    counts: { type: 'boolean', default: false }
  }
});
const COUNTS_SEED = 7;
const seconds = Number(values.seconds);
const seed = Number(values.seed ?? (values.counts ? COUNTS_SEED : Date.now() % 2 ** 31));
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run fuzz -- [--seconds N | --counts] [--seed N] [name …]');
  process.exit(2);
}

setUp();
const { parsers } = await import('../fuzz/parsers.mjs');
const { ring } = await import('../fuzz/ring.mjs');
const { nodes } = await import('../fuzz/nodes.mjs');
if (values.counts) process.exit(await byCounts());
const folder = join(root, 'build', 'fuzz');
const plain = { ...parsers(), ring: ring() };
const needsNodeRed = ['messages', 'routes'];
const known = [...Object.keys(plain), ...needsNodeRed];
const names = positionals.length > 0 ? positionals : known;
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}; there are ${known.join(', ')}.`);
  process.exit(2);
}

// The nodes have most that can go wrong: half of the time is theirs.
const heavy = names.filter((name) => needsNodeRed.includes(name));
const light = names.filter((name) => !needsNodeRed.includes(name));
const timeOf = (name) => {
  const [of, share] = heavy.includes(name)
    ? [heavy, light.length > 0 ? 0.5 : 1]
    : [light, heavy.length > 0 ? 0.5 : 1];
  return (seconds * share * 1000) / of.length;
};
console.log(`seed ${seed}, ${seconds} s`);
let failures = 0;
for (const name of light) await check(name, plain[name]);
if (heavy.length > 0) {
  const running = await nodes();
  for (const name of heavy) await check(name, running[name]);
  try {
    await running.end();
  } catch (error) {
    failures++;
    console.log(`after all messages: FAILED: ${error.message}`);
  }
}
process.exit(failures > 0 ? 1 : 0);

/** Returns the exit code. */
async function byCounts() {
  const { BYTES, MESSAGES, floodNodes, readBytes } = await import('../fuzz/counts.mjs');
  console.log(`seed ${seed}`);
  const startedMs = performance.now();
  try {
    console.log(readBytes(BYTES, seed));
    const running = await nodes();
    console.log(await floodNodes(MESSAGES, seed, running.give));
    await running.end();
  } catch (error) {
    console.log(`FAILED: ${error.stack}`);
    return 1;
  }
  console.log(`nothing hangs, nothing sounds; ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  return 0;
}

async function check(name, property) {
  const { numRuns, failed, counterexample, errorInstance, error } = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: timeOf(name),
    markInterruptAsFailure: false
  });
  console.log(`${name}: ${numRuns} cases, ${failed ? 'FAILED' : 'ok'}`);
  if (!failed) return;
  failures++;
  const shown = fc.stringify(counterexample);
  const why = String(errorInstance?.stack ?? errorInstance ?? error);
  console.log(`  ${shown.slice(0, 2000)}\n  ${why.split('\n').slice(0, 8).join('\n  ')}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(' ', '-')}.txt`), `seed ${seed}\n${shown}\n${why}\n`);
}
