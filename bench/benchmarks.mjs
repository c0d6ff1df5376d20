// BENCHMARKS.md: every budget with its figures, from what the benchmarks left in bench-results/. What stands there
// outside the two marks is written by hand and stays.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUDGETS } from './budgets.mjs';
import { svg } from './svg.mjs';
import { root } from './tools.mjs';

const BEGIN = '<!-- figures: npm run bench -- --write -->';
const END = '<!-- end of figures -->';
/** Where the curves are kept that BENCHMARKS.md shows. */
const CHARTS = 'docs/benchmarks';
const SHOWN = {
  lateness: ['later-idle', 'later-blocked'],
  peers: ['idle', 'blocked'],
  scaling: ['pending', 'ports', 'rate', 'cpu', 'stall'],
  patterns: ['busy']
};

/** @param {string} folder with a JSON file of each benchmark */
export function writeBenchmarks(folder) {
  const results = new Map(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
      .sort((a, b) => a.machine.at.localeCompare(b.machine.at))
      .map((result) => [result.name, result])
  );
  const target = join(root, 'BENCHMARKS.md');
  const text = existsSync(target) ? readFileSync(target, 'utf8') : `# Benchmarks\n\n${BEGIN}\n${END}\n`;
  const figures = [header(results), budgetTable(results), missed(results), charts(results), others(results)];
  const [before] = text.split(BEGIN);
  const after = text.split(END)[1] ?? '\n';
  writeFileSync(target, `${before}${BEGIN}\n\n${figures.join('\n')}\n${END}${after}`);
}

function header(results) {
  const all = [...results.values()];
  const { machine } = all[0];
  const times = all.map((result) => result.machine.at).sort();
  const loads = all.flatMap((result) => [Number(result.machine.load), Number(result.loadAfter)]);
  const lines = [
    `${machine.cpu}, ${machine.cores} cores; ${machine.kernel}; Node.js ${machine.node}. Measured from ${times[0]} to ` +
      `${times.at(-1)}; load of the machine between ${Math.min(...loads)} and ${Math.max(...loads)} ` +
      `(of ${machine.cores} cores; a benchmark alone makes 1 to 2).`,
    '',
    row(['benchmark', 'at', 'rounds of', 'load before, after', 'took']),
    row(['---', '---', '---', '---', '---']),
    ...all.map(({ name, machine: { at, load }, loadAfter, rounds, seconds, lengthS }) =>
      row([name, at, `${rounds} × ${seconds} s`, `${load}, ${loadAfter}`, `${lengthS.toFixed(0)} s`])
    )
  ];
  return `${lines.join('\n')}\n`;
}

/** @returns {{ what: string, goal: string, figure: string, met?: boolean }[]} the goals of a benchmark that stand for a budget */
export function goalsOf({ goals: beginnings }, result) {
  return (result?.goals ?? []).filter(({ what }) =>
    beginnings.some((beginning) => what.startsWith(beginning))
  );
}

function budgetTable(results) {
  const lines = ['## Budgets', '', row(['budget', 'measured', '', 'beside', 'how', 'command'])];
  lines.push(row(Array(6).fill('---')));
  for (const budget of BUDGETS) {
    const goals = goalsOf(budget, results.get(budget.bench));
    lines.push(
      row([
        budget.promise,
        goals.map(({ what, figure, met }) => `${what}: ${met === undefined ? '–' : figure}`).join('<br>') ||
          'not measured',
        goals.map(({ met }) => verdict(met)).join('<br>'),
        budget.baseline,
        budget.method,
        `\`npm run bench -- ${budget.bench}\``
      ])
    );
  }
  return `${lines.join('\n')}\n`;
}

function missed(results) {
  const found = [...results.values()].flatMap(({ name, goals, machine, loadAfter }) =>
    goals
      .filter(({ met }) => met === false)
      .map(
        ({ what, goal, figure }) =>
          `- ${name}: ${what}: ${figure}, asked for ${goal} (load ${machine.load} to ${loadAfter}).`
      )
  );
  return `## Not met in this run\n\n${found.join('\n') || 'Nothing.'}\n`;
}

function charts(results) {
  const lines = ['## Curves', ''];
  mkdirSync(join(root, CHARTS), { recursive: true });
  for (const [name, shown] of Object.entries(SHOWN)) {
    for (const chart of results.get(name)?.charts ?? []) {
      if (!shown.includes(chart.name)) continue;
      const file = `${CHARTS}/${name}-${chart.name}.svg`;
      writeFileSync(join(root, file), svg(chart));
      lines.push(`![${chart.title}](${file})`, '');
    }
  }
  return lines.join('\n');
}

/** All tables, for who wants to know more. */
function others(results) {
  const lines = ['## All figures', ''];
  for (const { name, tables, notes } of results.values()) {
    lines.push(`### ${name}`, '');
    for (const { title, columns, rows } of tables) {
      if (title === 'Against the stored run') continue;
      lines.push(title, '', row(columns), row(columns.map(() => '---')), ...rows.map(row), '');
    }
    lines.push(...notes.map((note) => `- ${note}`), '');
  }
  return lines.join('\n');
}

function verdict(met) {
  return met === undefined ? 'not measured' : met ? 'met' : '**not met**';
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}
