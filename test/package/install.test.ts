// The tarball as a stranger gets it: installed by Node-RED's palette manager into an empty user directory, without a
// compiler and with install scripts blocked, and playing the first example.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_RED_VERSION, NodeRed, PACKAGE, ROOT, type FlowNode } from '../support/node-red';

interface Status {
  waiter: string;
  outputs: { counters?: { sent: number; clocks: number } }[]; // none before the port is open
}

const seconds = (fromMs: number) => ((performance.now() - fromMs) / 1000).toFixed(1);

describe('the package', function () {
  this.timeout(300_000);
  let folder: string;
  let tarball: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'phasor-package-'));
    // It fails where the tarball holds too much or too little.
    const output = execFileSync(process.execPath, ['scripts/package.mjs', folder], {
      cwd: ROOT,
      encoding: 'utf8'
    });
    tarball = /^(\/.*\.tgz):/m.exec(output)?.[1] ?? assert.fail(output);
    console.log(`    ${output.trim().split('\n').at(-1)?.replace(folder, '…')}`);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has no scripts that run when it is installed, and few dependencies', () => {
    const { scripts, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
      dependencies: Record<string, string>;
    };
    const lifecycle = /^(pre|post)?(install|uninstall|prepare|publish)$|^(pre|post)pack$/;
    assert.deepEqual(
      Object.keys(scripts).filter((name) => lifecycle.test(name)),
      []
    );
    assert.ok(Object.keys(dependencies).length <= 6);
  });

  it('installs from the palette manager and plays the first example', async () => {
    // Scripts of packages are blocked, as newer versions of npm do by themselves.
    const nodeRed = await NodeRed.start({}, { installed: false, env: { npm_config_ignore_scripts: 'true' } });
    try {
      const startMs = performance.now();
      await nodeRed.request('POST', 'nodes', { module: PACKAGE.name, url: tarball });
      const installed = seconds(startMs);
      const example = join(ROOT, 'examples', '01 - First beat.json');
      await nodeRed.deploy(JSON.parse(readFileSync(example, 'utf8')) as FlowNode[]);
      let status: Status | undefined;
      await nodeRed.until('the first note', async () => {
        status = (await nodeRed.get('phasor/status')) as Status;
        return status.outputs.some(
          ({ counters }) => counters !== undefined && counters.sent - counters.clocks > 1
        );
      });
      const played = seconds(startMs);
      const alone = installAlone('@julusian/midi');
      console.log(
        `    Node-RED ${NODE_RED_VERSION}: installed after ${installed} s, first note after ${played} s` +
          ` (npm install @julusian/midi alone: ${alone} s)`
      );
      assert.equal(status?.waiter, process.platform === 'linux' ? 'native' : 'portable');
      const sets = (await nodeRed.get('nodes')) as { module: string; types: string[]; err?: unknown }[];
      const own = sets.filter(({ module }) => module === PACKAGE.name);
      assert.deepEqual(
        own.flatMap(({ types }) => types).sort(),
        Object.keys(PACKAGE['node-red'].nodes).sort()
      );
    } finally {
      assert.equal(await nodeRed.stop(), 0);
    }
  });

  /** Seconds that a package takes to install by itself, into an empty folder. */
  function installAlone(name: string): string {
    const empty = mkdtempSync(join(folder, 'alone-'));
    const startMs = performance.now();
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', '--prefix', empty, name], {
      cwd: empty,
      stdio: 'ignore'
    });
    return seconds(startMs);
  }
});
