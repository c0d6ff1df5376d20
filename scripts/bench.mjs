// `npm run bench` measures everything, `npm run bench -- lateness queue` what is named. Options: --rounds N,
// --seconds N (the length of one round). Prints Markdown and writes the same, and all figures, to bench-results/.
// Each figure stands beside a named baseline, measured in turns with it, so that a busy machine slows both.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machine, report } from '../bench/report.mjs';
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
  'patterns'
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '5' } }
});
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
const unknown = positionals.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0 || !(options.rounds >= 1) || !(options.seconds > 0)) {
  console.error(
    `usage: npm run bench -- [--rounds N] [--seconds N] [name …]; names: ${BENCHMARKS.join(', ')}`
  );
  process.exit(2);
}

setUp();
const results = join(root, 'bench-results');
mkdirSync(results, { recursive: true });

for (const name of positionals.length > 0 ? positionals : BENCHMARKS) {
  const { run } = await import(`../bench/${name}.mjs`);
  const before = machine();
  const startedAtMs = performance.now();
  const result = await run(options);
  const lengthS = (performance.now() - startedAtMs) / 1000;
  const text = report(name, result, before, machine(), lengthS, options);
  console.log(text);
  writeFileSync(join(results, `${name}.md`), text);
  const data = { name, machine: before, lengthS, ...options, ...result };
  writeFileSync(join(results, `${name}.json`), `${JSON.stringify(data, null, 2)}\n`);
}
