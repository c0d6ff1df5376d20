// BENCHMARKS.md: the goals of all benchmarks with their figures, from what they left in bench-results/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tools.mjs';

/** @param {string} results the folder with a JSON file of each benchmark */
export function writeBenchmarks(results) {
  const files = readdirSync(results).filter((file) => file.endsWith('.json'));
  const all = files.map((file) => JSON.parse(readFileSync(join(results, file), 'utf8')));
  const rows = all.flatMap(({ name, goals }) =>
    goals.map(({ what, goal, figure }) => `| ${name} | ${what} | ${goal} | ${figure} |`)
  );
  writeFileSync(join(root, 'BENCHMARKS.md'), `# Benchmarks\n\n${rows.join('\n')}\n`);
}
