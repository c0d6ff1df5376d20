// What every benchmark shares in its report: the machine it ran on, tables, and goals.
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';

/**
 * @typedef {object} Table
 * @property {string} title
 * @property {string[]} columns
 * @property {(string | number)[][]} rows
 *
 * @typedef {object} Goal
 * @property {string} what
 * @property {string} goal
 * @property {string} figure
 * @property {boolean | undefined} met undefined where it could not be measured
 *
 * @typedef {object} Result what a benchmark's `run` gives back, beside its own figures
 * @property {Table[]} tables
 * @property {Goal[]} goals
 * @property {Record<string, number>} [ratios] of ours to a baseline, less is better: what `bench:compare` compares
 * @property {import('./svg.mjs').Chart[]} [charts]
 * @property {string[]} notes
 */

export function machine() {
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    kernel: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    load: read('/proc/loadavg')?.split(' ')[0] ?? 'unknown',
    stolenTicks: Number(/^cpu +(?:\d+ ){7}(\d+)/m.exec(read('/proc/stat') ?? '')?.[1] ?? 0)
  };
}

/**
 * @param {string} name
 * @param {Result} result
 * @returns {string} Markdown
 */
export function report(
  name,
  { tables, goals, notes, charts = [] },
  before,
  after,
  lengthS,
  { rounds, seconds }
) {
  // The kernel counts hundredths of a second in which the host gave our processors to others.
  const stolen = (after.stolenTicks - before.stolenTicks) / lengthS / before.cores;
  const lines = [
    `## ${name}`,
    '',
    `${before.cpu}, ${before.cores} cores; ${before.kernel}; Node.js ${before.node}. ` +
      `${before.at}, ${lengthS.toFixed(0)} s, ${rounds} rounds of ${seconds} s; ` +
      `load ${before.load} before, ${after.load} after; ${stolen.toFixed(1)} % stolen by the host.`
  ];
  for (const { title, columns, rows } of tables) {
    lines.push('', `### ${title}`, '', row(columns), row(columns.map(() => '---')), ...rows.map(row));
  }
  for (const chart of charts) lines.push('', `![${chart.title}](${name}-${chart.name}.svg)`);
  if (goals.length > 0) {
    lines.push('', '### Goals', '', row(['what', 'goal', 'measured', '']), row(['---', '---', '---', '---']));
    for (const { what, goal, figure, met } of goals) {
      lines.push(row([what, goal, figure, met === undefined ? 'not measured' : met ? 'met' : '**not met**']));
    }
  }
  if (notes.length > 0) lines.push('', ...notes.map((note) => `- ${note}`));
  return `${lines.join('\n')}\n`;
}

function row(cells) {
  return `| ${cells.join(' | ')} |`;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
