// What `npm start` and `npm test` need first: the packages, the native addon where it can be built, and dist/.
// Only built-in modules here, since on a fresh clone there are no others.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Installs what is missing and builds what is older than its sources. Ends the process where that fails. */
export function setUp() {
  if (!isInstalled()) {
    console.log('Installing packages (npm ci) …');
    run('npm', ['ci', '--no-audit', '--no-fund'], { shell: process.platform === 'win32' });
  }
  if (existsSync(join(root, 'scripts', 'build-native.mjs'))) {
    run(process.execPath, ['scripts/build-native.mjs', '--optional']);
  }
  run(process.execPath, ['scripts/build.mjs', '--if-needed']);
}

/** Every package that the lock file asks for on this platform is there, in that version. */
function isInstalled() {
  const installed = lockedPackages('node_modules/.package-lock.json');
  if (!installed) return false;
  return Object.entries(lockedPackages('package-lock.json') ?? {}).every(
    ([path, wanted]) =>
      path === '' ||
      installed[path]?.version === wanted.version ||
      wanted.extraneous ||
      (!(path in installed) && (wanted.optional || wanted.devOptional || wanted.peer))
  );
}

function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    ...options
  });
  if (status === 0) return;
  if (error) console.error(error.message);
  process.exit(1);
}
