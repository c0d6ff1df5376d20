// Builds the native addon with one call of the C compiler.
//   node scripts/build-native.mjs              native/build/phasor.node; skipped when it is newer than its sources
//   node scripts/build-native.mjs --optional   where it cannot be built: says what is lost and succeeds
//   node scripts/build-native.mjs --asan       native/build/phasor-asan.node, with AddressSanitizer
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileAddon, headers, isThere, native, sources } from './addon.mjs';

const lost =
  'Phasor runs without its native addon: timing without realtime priority, MIDI through RtMidi (no inputs, no port errors).';
const optional = process.argv.includes('--optional');
const asan = process.argv.includes('--asan');
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

const changed = [
  ...sources().map((name) => join(native, name)),
  ...['build-native.mjs', 'addon.mjs'].map((name) => fileURLToPath(new URL(name, import.meta.url)))
];
if (existsSync(output)) {
  const builtAt = statSync(output).mtimeMs;
  if (changed.every((file) => statSync(file).mtimeMs < builtAt)) process.exit(0);
}

const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
const compiler = compilers.find(isThere);
if (!compiler) giveUp('There is no C compiler (on Debian: apt install gcc libc6-dev linux-libc-dev).');
if (!headers()) giveUp('The npm package node-api-headers is missing (npm install).');

const sanitizers = [
  '-g',
  '-fno-omit-frame-pointer',
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=undefined'
];
if (!compileAddon(compiler, output, asan ? sanitizers : [])) giveUp(`${compiler} failed.`);
