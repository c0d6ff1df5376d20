// Runs the tests that need a real ALSA sequencer: here if /dev/snd/seq is here, else in guests (test/alsa/guest).
// Where neither is possible it says what is missing; that is a failure only with CI=true.
//   node scripts/test-alsa.mjs [--asan] [--build FOLDER] [--only NAME] [ARGUMENT OF MOCHA...]
//     --asan    those of the driver and test/native, with the addon under AddressSanitizer and
//               UndefinedBehaviorSanitizer (needs gcc)
//     --build   where the compiled tests are, default build
//     --only    the tests of one file, such as engine for test/alsa/engine.test.ts
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rest = process.argv.slice(2);
const at = rest.indexOf('--build');
const build = at < 0 ? 'build' : rest.splice(at, 2)[1];
const onlyAt = rest.indexOf('--only');
const only = onlyAt < 0 ? undefined : rest.splice(onlyAt, 2)[1];
const asan = rest.includes('--asan') ? rest.splice(rest.indexOf('--asan'), 1) : [];

if (
  spawnSync(process.execPath, [join('scripts', 'build-native.mjs'), ...asan], { cwd: root, stdio: 'inherit' })
    .status !== 0
)
  leaveOut('no addon (see above)');

const folder = join(root, build, 'test', 'alsa');
if (!existsSync(folder)) {
  console.error(`The tests are not compiled: run "npx tsc -p tsconfig.test.json" first.`);
  process.exit(1);
}

// Tests that need a second processor: they keep one busy at realtime priority, or stop a process beside another.
const TWO_PROCESSORS = { files: ['faults', 'resilience'], tests: 'at realtime priority|to the process' };
// These take about as long as all others together.
const LONG = ['fallbacks', 'node-red', 'replug', 'resilience', 'rtmidi'];

const all = readdirSync(folder)
  .filter((file) => file.endsWith('.test.js'))
  .map((file) => file.slice(0, -'.test.js'.length));

/** @typedef {{ files: string[], options: string[], processors: 1 | 2 }} Job */

/** @returns {Job[][]} what runs side by side, one after the other */
function jobs() {
  const named = (names) => names.map((name) => `${build}/test/alsa/${name}.test.js`);
  // The addon alone is sanitized; what plays in time, or through Node-RED, does not keep it under a sanitizer in an
  // emulated machine.
  if (asan.length > 0) {
    const files = [...named(['alsa', 'side-by-side']), `${build}/test/native/*.test.js`];
    return [[{ files, options: [], processors: 1 }]];
  }
  const chosen = all.filter((name) => only === undefined || name === only);
  const job = (names, processors) => ({
    files: named(names),
    options:
      rest.length > 0 ? [] : ['--grep', TWO_PROCESSORS.tests, ...(processors === 1 ? ['--invert'] : [])],
    processors
  });
  const groups = [
    [
      job(
        chosen.filter((name) => LONG.includes(name)),
        1
      ),
      job(
        chosen.filter((name) => !LONG.includes(name)),
        1
      )
    ],
    [
      job(
        chosen.filter((name) => TWO_PROCESSORS.files.includes(name)),
        2
      )
    ]
  ];
  return groups
    .map((group) => group.filter(({ files }) => files.length > 0))
    .filter(({ length }) => length > 0);
}

const command = ({ files, options }) => [
  ...(asan.length > 0 ? sanitized() : []),
  process.execPath,
  join('node_modules', 'mocha', 'bin', 'mocha.js'),
  '--exit',
  ...files,
  ...options,
  ...rest
];

if (existsSync('/dev/snd/seq')) {
  const files = jobs()
    .flat()
    .flatMap((job) => job.files);
  const [program, ...values] = command({ files, options: [] });
  process.exit(spawnSync(program, values, { cwd: root, stdio: 'inherit' }).status ?? 1);
}

const counts = { passed: 0, failed: 0, skipped: 0, faults: [] };
const scratch = mkdtempSync(join(tmpdir(), 'phasor-alsa-'));
let status = 0;
for (const group of jobs()) {
  const ended = await Promise.all(
    group.map((job, index) => inGuest(job, group.length > 1 ? `[${index + 1}]` : ''))
  );
  // 127 means that the guest cannot be built here.
  if (ended.includes(127)) leaveOut('no /dev/snd/seq, and no guest to run them in (see above)');
  status = Math.max(status, ...ended);
}
if (process.env.PHASOR_TEST_COUNTS) writeFileSync(process.env.PHASOR_TEST_COUNTS, JSON.stringify(counts));
rmSync(scratch, { recursive: true, force: true });
process.exit(status);

/** @param {Job} job @param {string} mark what its lines begin with @returns {Promise<number>} its status */
function inGuest(job, mark) {
  const countsFile = join(scratch, job.files[0].replace(/\W+/g, '-'));
  const child = spawn(join(root, 'test', 'alsa', 'guest', 'run'), command(job), {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      // Some minutes on a quiet machine, of which nobody is ever sure.
      GUEST_SECONDS: '2400',
      ...process.env,
      GUEST_PROCESSORS: String(job.processors),
      PHASOR_TEST_COUNTS: countsFile
    }
  });
  createInterface({ input: child.stdout }).on('line', (line) => console.log(mark ? `${mark} ${line}` : line));
  return new Promise((resolve) =>
    child.on('close', (code) => {
      if (existsSync(countsFile)) {
        const own = JSON.parse(readFileSync(countsFile, 'utf8'));
        for (const key of ['passed', 'failed', 'skipped']) counts[key] += own[key];
        counts.faults.push(...own.faults);
      } else if (code !== 127) {
        counts.failed++;
        counts.faults.push(`the guest of ${job.files.join(', ')} ended with ${code} before its tests did`);
      }
      resolve(code ?? 1);
    })
  );
}

// The runtimes of the sanitizers have to be there before Node.js is. Leaks are Node's own: it frees nothing at exit.
function sanitized() {
  const runtime = (name) =>
    spawnSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
  return [
    'env',
    `LD_PRELOAD=${runtime('libasan.so')} ${runtime('libubsan.so')}`,
    'ASAN_OPTIONS=detect_leaks=0',
    'UBSAN_OPTIONS=print_stacktrace=1',
    `PHASOR_NATIVE=${join(root, 'native', 'build', 'phasor-asan.node')}`
  ];
}

function leaveOut(reason) {
  console.log(`The ALSA tests are left out: ${reason}.`);
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
