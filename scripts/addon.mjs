// How the native addon is compiled: one call of a C compiler, for this machine or another one.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'native');

const FLAGS = [
  '-shared',
  '-fPIC',
  '-std=gnu11',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Wshadow',
  '-fvisibility=hidden'
];

/** The names of the sources, headers included. */
export function sources() {
  return readdirSync(native).filter((name) => /\.[ch]$/.test(name));
}

/** Whether a program can be called. */
export function isThere(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Where the headers of Node-API are; undefined where the packages are not installed. */
export function headers() {
  try {
    return createRequire(import.meta.url)('node-api-headers').include_dir;
  } catch {
    return undefined;
  }
}

/**
 * Compiles the addon to `output`, which is there as a whole or not at all: never a half-written one, and never a
 * change below a process that uses it. Returns whether it worked; the compiler says what did not.
 */
export function compileAddon(compiler, output, flags = []) {
  mkdirSync(dirname(output), { recursive: true });
  const unfinished = `${output}.${process.pid}`;
  const files = sources().filter((name) => name.endsWith('.c'));
  const { status, stderr } = spawnSync(
    compiler,
    [...FLAGS, `-I${headers()}`, ...files.map((name) => join(native, name)), ...flags, '-o', unfinished],
    { encoding: 'utf8' }
  );
  if (stderr) process.stderr.write(stderr);
  if (status !== 0) return false;
  renameSync(unfinished, output);
  return true;
}
