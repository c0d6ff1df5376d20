// Builds the addon for every machine that the package brings it for: native/prebuilds/<platform>-<arch>[-musl]/phasor.node.
//   node scripts/prebuild.mjs              all of them
//   node scripts/prebuild.mjs TARGET...    the named ones
// Each is one call of a cross compiler of Debian. What cannot be built is named, and the rest is built all the same.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compileAddon, headers, isThere, native } from './addon.mjs';

const GNU = {
  x64: { compiler: 'x86_64-linux-gnu-gcc', packages: ['gcc', 'libc6-dev'] },
  arm64: {
    compiler: 'aarch64-linux-gnu-gcc',
    packages: ['gcc-aarch64-linux-gnu', 'libc6-dev-arm64-cross']
  },
  arm: {
    compiler: 'arm-linux-gnueabihf-gcc',
    packages: ['gcc-arm-linux-gnueabihf', 'libc6-dev-armhf-cross'],
    flags: ['-march=armv7-a+fp'] // what Node.js for ARM was built for, and every Raspberry Pi but the first has
  }
};

/** By target: `compiler`, the Debian `packages` it needs, a folder that `needs` to be there, and its `flags`. */
const TARGETS = {
  'linux-x64': GNU.x64,
  'linux-arm64': GNU.arm64,
  'linux-arm': GNU.arm,
  'linux-x64-musl': musl(GNU.x64, 'x86_64-linux-musl', 'musl-dev', ['/usr/include']),
  'linux-arm64-musl': musl(
    GNU.arm64,
    'aarch64-linux-musl',
    'musl-dev:arm64', // after: dpkg --add-architecture arm64 && apt update
    ['/usr/aarch64-linux-gnu/include'],
    ['-mno-outline-atomics'] // their helpers are in a library of the compiler
  )
};

/**
 * The same compiler with the headers of musl; those of the kernel come after. Nothing is linked to: the process that
 * loads the addon has its C library already, under whatever name.
 */
function musl({ compiler, packages }, folder, headersPackage, kernelHeaders, flags = []) {
  const needs = join('/usr/include', folder);
  const own = spawnSync(compiler, ['-print-file-name=include'], { encoding: 'utf8' }).stdout?.trim();
  const after = [...kernelHeaders, '/usr/include/x86_64-linux-gnu'].flatMap((path) => ['-idirafter', path]);
  return {
    compiler,
    packages: [...packages, headersPackage],
    needs,
    flags: ['-nostdinc', '-isystem', needs, '-isystem', own, ...after, '-nostdlib', ...flags]
  };
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in TARGETS));
if (unknown.length > 0 || !headers()) {
  console.error(
    unknown.length > 0
      ? `There is no target ${unknown.join(', ')}; the targets are ${Object.keys(TARGETS).join(', ')}.`
      : 'The npm package node-api-headers is missing (npm install).'
  );
  process.exit(2);
}
for (const target of asked.length > 0 ? asked : Object.keys(TARGETS)) {
  const { compiler, packages, needs = '/', flags } = TARGETS[target];
  const output = join(native, 'prebuilds', target, 'phasor.node');
  if (!isThere(compiler) || !existsSync(needs)) {
    console.error(`${target}: not built, it needs ${packages.join(' ')} (Debian)`);
    process.exitCode = 1;
  } else if (compileAddon(compiler, output, ['-s', ...(flags ?? [])])) {
    console.log(`${target}: built`);
  } else {
    console.error(`${target}: ${compiler} failed`);
    process.exitCode = 1;
  }
}
