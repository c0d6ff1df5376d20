// Runs the tests that need a real ALSA sequencer: here if /dev/snd/seq is here, else in the guest (test/alsa/guest).
// Where neither is possible it says what is missing; that is a failure only with CI=true.
//   node scripts/test-alsa.mjs [--asan] [--build FOLDER] [--only NAME] [ARGUMENT OF MOCHA...]
//     --asan    those of the driver and test/native, with the addon under AddressSanitizer and
//               UndefinedBehaviorSanitizer (needs gcc)
//     --build   where the compiled tests are, default build
//     --only    the tests of one file, such as engine for test/alsa/engine.test.ts
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const rest = process.argv.slice(2);
const at = rest.indexOf('--build');
const build = at < 0 ? 'build' : rest.splice(at, 2)[1];
const onlyAt = rest.indexOf('--only');
const only = onlyAt < 0 ? '**/*' : rest.splice(onlyAt, 2)[1];
const asan = rest.includes('--asan') ? rest.splice(rest.indexOf('--asan'), 1) : [];

if (run([process.execPath, join('scripts', 'build-native.mjs'), ...asan]) !== 0)
  leaveOut('no addon (see above)');

if (!existsSync(join(root, build, 'test', 'alsa'))) {
  console.error(`The tests are not compiled: run "npx tsc -p tsconfig.test.json" first.`);
  process.exit(1);
}

const mocha = [process.execPath, join('node_modules', 'mocha', 'bin', 'mocha.js'), '--exit'];
// The addon alone is sanitized; what plays in time, or through Node-RED, does not keep it under a sanitizer in an
// emulated machine.
const files = asan.length
  ? ['alsa/alsa', 'alsa/side-by-side', 'native/*'].map((name) => `${build}/test/${name}.test.js`)
  : [`${build}/test/alsa/${only}.test.js`];
const command = [...(asan.length ? sanitized() : []), ...mocha, ...files, ...rest];

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

function run([program, ...values]) {
  // Some minutes on a quiet machine, of which an emulated one is never sure.
  const env = { GUEST_SECONDS: '2400', ...process.env };
  const { status } = spawnSync(program, values, { cwd: root, stdio: 'inherit', env });
  return status ?? 1;
}

if (existsSync('/dev/snd/seq')) process.exit(run(command));

// 127 means that the guest cannot be built here.
const status = run([join(root, 'test', 'alsa', 'guest', 'run'), ...command]);
if (status !== 127) process.exit(status);
leaveOut('no /dev/snd/seq, and no guest to run them in (see above)');

function leaveOut(reason) {
  console.log(`The ALSA tests are left out: ${reason}.`);
  process.exit(process.env.CI === 'true' ? 1 : 0);
}
