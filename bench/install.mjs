// What it takes to have Phasor: the tarball, packed as it is published and installed into an empty folder, beside the MIDI
// library that it falls back to, installed alone; and from the start of Node.js there to the first note at a port.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, output, part } from './tools.mjs';

const NPM_S = 120;
const LIBRARY = '@julusian/midi';
const FIRST_NOTE_MS = 1000;

export async function run({ rounds }) {
  const scratch = mkdtempSync(join(tmpdir(), 'phasor-install-'));
  try {
    const packed = await timed(() => output(process.execPath, ['scripts/package.mjs', scratch], NPM_S));
    const tarball = /^(\/.*\.tgz):/m.exec(packed.value)[1];
    const measured = { ours: [], library: [] };
    // The first time fills the cache of npm: after it nothing is fetched that was fetched before.
    await install(scratch, tarball);
    for (let round = 0; round < rounds; round++) {
      const ours = await install(scratch, tarball);
      measured.ours.push({ ...ours, note: await part('first-note', { folder: ours.folder }) });
      measured.library.push(await install(scratch, LIBRARY));
    }
    return result(measured, packed.ms, statSync(tarball).size);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function result({ ours, library }, packMs, tarballBytes) {
  const of = (measured, key) => median(measured.map((one) => one[key]));
  const noteMs = median(ours.map(({ note }) => note.firstNoteMs));
  const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
  const row = (name, measured) => [
    name,
    seconds(of(measured, 'ms')),
    `${(of(measured, 'bytes') / 1e6).toFixed(2)} MB`,
    of(measured, 'packages')
  ];
  return {
    tables: [
      {
        title: 'Into an empty folder, from the cache of npm, scripts of packages blocked',
        columns: ['what', 'npm install takes', 'on the disk', 'packages'],
        rows: [row('Phasor, with what it needs', ours), row(`${LIBRARY} alone`, library)]
      },
      {
        title: 'From the tarball to a note',
        columns: ['what', 'takes'],
        rows: [
          ['packing', seconds(packMs)],
          ['tarball', `${(tarballBytes / 1e6).toFixed(2)} MB`],
          ['installing', seconds(of(ours, 'ms'))],
          ['start of Node.js to the first note', `${noteMs.toFixed(0)} ms`]
        ]
      }
    ],
    goals: [
      {
        what: 'start of Node.js to the first note',
        goal: `< ${FIRST_NOTE_MS} ms`,
        figure: `${noteMs.toFixed(0)} ms`,
        met: noteMs < FIRST_NOTE_MS
      },
      {
        what: 'size of the tarball',
        goal: '< 1 MB',
        figure: `${(tarballBytes / 1e6).toFixed(2)} MB`,
        met: tarballBytes < 1e6
      }
    ],
    ratios: {
      'time to install : library': median(ours.map(({ ms }, round) => ms / library[round].ms)),
      'size : library': of(ours, 'bytes') / of(library, 'bytes')
    },
    notes: [
      `Medians of ${ours.length} rounds. ${LIBRARY} is a part of ours too. Phasor brings addons for five kinds of machines, the library as many.`,
      `First note: the engine starts in a fresh process, opens a port inside it and is told to play at once; the addon was ${
        ours[0].note.waiter === 'native' ? 'loaded from the tarball' : 'not there'
      }. In Node-RED its own start is added: test/package measures that.`
    ],
    measured: { ours, library }
  };
}

async function install(scratch, what) {
  const folder = mkdtempSync(join(scratch, 'empty-'));
  const options = ['--no-audit', '--no-fund', '--silent', '--ignore-scripts', '--prefer-offline'];
  const { ms } = await timed(() => output('npm', ['install', ...options, '--prefix', folder, what], NPM_S));
  const modules = join(folder, 'node_modules');
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  return { folder, ms, bytes: sizeOf(modules), packages: Object.keys(packages).length };
}

async function timed(work) {
  const startedMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedMs };
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0);
}
