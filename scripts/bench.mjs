// `npm run bench` measures everything, `npm run bench -- lateness queue` what is named. Prints Markdown and writes the
// same, curves as SVG, and all figures to bench-results/. Each figure stands beside a named baseline, measured in turns
// with it, so that a busy machine slows both. Options:
//   --rounds N, --seconds N   how many rounds, and how long each is; by itself all of it ends within 20 minutes
//   --short                   what CI runs: bench/check.mjs alone, about a minute, with its report in build/bench-check/
//   --compare                 ratios against bench/baseline.json: what leaves its tolerance is measured once more, and
//                             ends this with 1 where it does so again; so does a benchmark that fails twice
//   --save                    ratios of this run into bench/baseline.json; tolerances stay as they are there
//   --write                   figures into BENCHMARKS.md
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, failedTwice, store, verdictTable } from '../bench/compare.mjs';
import { writeBenchmarks } from '../bench/benchmarks.mjs';
import { machine, report } from '../bench/report.mjs';
import { svg } from '../bench/svg.mjs';
import { root, setUp } from './setup.mjs';

const BENCHMARKS = [
  'lateness',
  'blocked',
  'pingpong',
  'queue',
  'alloc',
  'chain',
  'start',
  'parameter',
  'midi-file',
  'patterns',
  'peers',
  'scaling',
  'memory',
  'deploy',
  'clock',
  'follower',
  'grid',
  'install',
  'guest',
  'check'
];
/** What is steady enough in one round, or takes long; of the others three are measured. */
const ONCE = [
  'alloc',
  'start',
  'midi-file',
  'patterns',
  'scaling',
  'memory',
  'deploy',
  'grid',
  'install',
  'guest',
  'check'
];
/** What stands for all of them in CI. */
const SHORT = ['check'];
const ALL = BENCHMARKS.filter((name) => !SHORT.includes(name));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    short: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false }
  }
});
const SECONDS = 2;
const optionsOf = (name) => ({
  rounds: Number(values.rounds ?? (ONCE.includes(name) ? 1 : 3)),
  seconds: Number(values.seconds ?? SECONDS),
  short: values.short
});
const unknown = positionals.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0 || !(Number(values.rounds ?? 1) >= 1) || !(Number(values.seconds ?? 1) > 0)) {
  console.error(
    'usage: npm run bench -- [--rounds N] [--seconds N] [--short] [--compare] [--save] [--write] [name …]; ' +
      `names: ${BENCHMARKS.join(', ')}`
  );
  process.exit(2);
}

setUp();
const results = values.short ? join(root, 'build', 'bench-check') : join(root, 'bench-results');
// A run of all is one run: nothing of an earlier one stands beside it.
if (positionals.length === 0) rmSync(results, { recursive: true, force: true });
const baselineFile = join(root, 'bench', 'baseline.json');
const baseline = existsSync(baselineFile) ? JSON.parse(readFileSync(baselineFile, 'utf8')) : {};
mkdirSync(results, { recursive: true });

const texts = [];
const failures = [];
const names = positionals.length > 0 ? positionals : values.short ? SHORT : ALL;
for (const name of names) {
  const first = await attempt(name);
  if (first.error === undefined && first.failed.length === 0) continue;
  if (first.error === undefined && !values.compare) continue;
  console.log(`Once more: ${first.error ?? first.failed.map(({ line }) => line).join('; ')}\n`);
  const second = await attempt(
    name,
    first.error === undefined ? first.failed.map(({ line }) => line) : undefined
  );
  if (second.error !== undefined) failures.push(`${name}: ${second.error}`);
  else for (const line of failedTwice(first.failed, second.failed)) failures.push(`${name}: ${line}`);
}

writeFileSync(join(results, 'report.md'), texts.join('\n'));
if (values.save) writeFileSync(baselineFile, `${JSON.stringify(baseline, null, 2)}\n`);
if (values.write) writeBenchmarks(results);
console.log(`Report: ${join(results, 'report.md')}`);
for (const failure of failures) console.log(`Failed twice: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);

/**
 * Measures, prints and stores; what went wrong is in `error`, the ratios that left their tolerance in `failed`.
 * @param {string[]} [only] the lines that matter, for a benchmark that can measure some of them
 */
async function attempt(name, only) {
  const options = optionsOf(name);
  const before = machine();
  const startedAtMs = performance.now();
  let result;
  try {
    const { run } = await import(`../bench/${name}.mjs`);
    result = await run({ ...options, only });
  } catch (error) {
    const text = `## ${name}\n\nIt failed: ${error.stack ?? error}\n`;
    console.log(text);
    texts.push(text);
    return { error: String(error.message ?? error).split('\n')[0], failed: [] };
  }
  const lengthS = (performance.now() - startedAtMs) / 1000;
  const verdicts = compare(result.ratios ?? {}, baseline[name] ?? {});
  if (values.compare && verdicts.length > 0) result.tables.push(verdictTable(verdicts));
  if (values.save) baseline[name] = store(result.ratios ?? {}, baseline[name] ?? {});
  const after = machine();
  const text = report(name, result, before, after, lengthS, options);
  console.log(text);
  texts.push(text);
  writeFileSync(join(results, `${name}.md`), text);
  for (const chart of result.charts ?? [])
    writeFileSync(join(results, `${name}-${chart.name}.svg`), svg(chart));
  const data = { name, machine: before, loadAfter: after.load, lengthS, ...options, ...result };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(data, null, 2)}\n`);
  return { failed: values.compare ? verdicts.filter(({ ok }) => !ok) : [] };
}
