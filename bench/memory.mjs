// What each node of ours takes in a real Node-RED, beside core nodes; and what the package takes on the disk.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { median, part, root } from './tools.mjs';

const COUNT = 200;
const NODES = [
  { type: 'function', config: { func: 'return msg;', outputs: 1, libs: [] } },
  { type: 'change', config: { rules: [] } },
  { type: 'phasor-clock', config: { bpm: 120 } },
  { type: 'phasor-pattern', config: { notation: 'c4 e4 g4 e4' } },
  { type: 'phasor-cc-profile', config: { profile: 'generic_analog' } },
  { type: 'phasor-throttle', config: {} },
  { type: 'phasor-alsa-out', config: { device: 'device' } },
  { type: 'phasor-alsa-in', config: { device: 'device' } },
  // A port each, with its queue for 1000 events.
  { type: 'phasor-device', config: { portMode: 'loopback', wire: 'none' }, count: 20 }
];
/** Of a node, whatever it is. */
const GOAL_KB = 100;

export async function run({ rounds }) {
  const rows = [];
  const measured = {};
  for (const { type, config, count = COUNT } of NODES) {
    measured[type] = [];
    for (let round = 0; round < rounds; round++)
      measured[type].push(await part('memory', { type, config, count }, { flags: ['--expose-gc'] }));
    const heapKb = median(measured[type].map((one) => one.heapKb));
    const rssKb = median(measured[type].map((one) => one.rssKb));
    rows.push([type, count, `${heapKb.toFixed(1)} kB`, `${rssKb.toFixed(1)} kB`]);
  }
  const heapKb = (type) => median(measured[type].map((one) => one.heapKb));
  const flowNodes = NODES.map(({ type }) => type).filter((type) => /^phasor-(?!device)/.test(type));
  const largest = flowNodes.reduce((most, type) => (heapKb(type) > heapKb(most) ? type : most));
  return {
    tables: [
      {
        title: 'Memory of one more node, not playing',
        columns: ['node', 'added', 'heap of each', 'resident of each'],
        rows
      },
      { title: 'On the disk', columns: ['what', 'size'], rows: sizes() }
    ],
    goals: [
      {
        what: `heap of a node, the largest (${largest})`,
        goal: `< ${GOAL_KB} kB`,
        figure: `${heapKb(largest).toFixed(1)} kB`,
        met: heapKb(largest) < GOAL_KB
      }
    ],
    ratios: Object.fromEntries(
      flowNodes.map((type) => [`heap of ${type} : function`, heapKb(type) / heapKb('function')])
    ),
    notes: [
      `Node-RED ${measured.function[0].nodeRed}. Resident memory grows in pages and with garbage: heap is the better figure. ` +
        'What the engine adds once is in "start".',
      'The packages that are installed with ours are those of this platform; addons for other machines are part of the tarball.'
    ],
    measured
  };
}

function sizes() {
  const rows = [];
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32'
  });
  try {
    const [{ size, unpackedSize, entryCount }] = JSON.parse(packed.stdout);
    rows.push([`tarball, ${entryCount} files`, mb(size)], ['unpacked', mb(unpackedSize)]);
  } catch {
    rows.push(['tarball', 'npm pack gave no figures']);
  }
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const wanted = new Set();
  const add = (name) => {
    if (wanted.has(name) || lock[`node_modules/${name}`] === undefined) return;
    wanted.add(name);
    Object.keys(lock[`node_modules/${name}`].dependencies ?? {}).forEach(add);
  };
  Object.keys(lock[''].dependencies ?? {}).forEach(add);
  for (const name of wanted) {
    const folder = join(root, 'node_modules', name);
    if (existsSync(folder)) rows.push([`dependency ${name}`, mb(sizeOf(folder))]);
  }
  return rows;
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0);
}

function mb(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
