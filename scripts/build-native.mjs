// Builds the native addon with one call of the C compiler.
//   node scripts/build-native.mjs              native/build/phasor.node; skipped when it is newer than its sources
//   node scripts/build-native.mjs --optional   where it cannot be built: says what is lost and succeeds
//   node scripts/build-native.mjs --asan       native/build/phasor-asan.node, with AddressSanitizer
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const lost =
  'Phasor runs without its native addon: timing without realtime priority, MIDI through RtMidi (no inputs, no port errors).';
const optional = process.argv.includes('--optional');
const asan = process.argv.includes('--asan');
const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'native');
const output = join(native, 'build', asan ? 'phasor-asan.node' : 'phasor.node');

function giveUp(reason) {
  if (optional) {
    console.log(`${reason} ${lost}`);
    process.exit(0);
  }
  console.error(`The native addon cannot be built: ${reason}`);
  process.exit(1);
}

if (process.platform !== 'linux') giveUp('The native addon is for Linux only.');

const sources = readdirSync(native).filter((name) => /\.[ch]$/.test(name));
const changed = [...sources.map((name) => join(native, name)), fileURLToPath(import.meta.url)];
if (existsSync(output)) {
  const builtAt = statSync(output).mtimeMs;
  if (changed.every((file) => statSync(file).mtimeMs < builtAt)) process.exit(0);
}

const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
const compiler = compilers.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
if (!compiler) giveUp('There is no C compiler (on Debian: apt install gcc libc6-dev linux-libc-dev).');

let headers;
try {
  headers = createRequire(import.meta.url)('node-api-headers').include_dir;
} catch {
  giveUp('The npm package node-api-headers is missing (npm install).');
}

mkdirSync(dirname(output), { recursive: true });
const unfinished = `${output}.${process.pid}`;
const flags = [
  '-shared',
  '-fPIC',
  '-std=gnu11',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Wshadow',
  '-fvisibility=hidden'
];
if (asan)
  flags.push(
    '-g',
    '-fno-omit-frame-pointer',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=undefined'
  );
const files = sources.filter((name) => name.endsWith('.c')).map((name) => join(native, name));
const { status, stderr } = spawnSync(compiler, [...flags, `-I${headers}`, ...files, '-o', unfinished], {
  encoding: 'utf8'
});
if (stderr) process.stderr.write(stderr);
if (status !== 0) giveUp(`${compiler} failed.`);
renameSync(unfinished, output); // never a half-written addon, and never a change below a process that uses it
