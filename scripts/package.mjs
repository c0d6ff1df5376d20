// Makes the tarball that is published: builds dist/ and the addon for all machines, packs, and compares what is in it
// with what may be and must be.
//   node scripts/package.mjs [FOLDER]      into that folder, default build/
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const folder = resolve(process.argv[2] ?? join(root, 'build'));

/** All that the tarball may hold. */
const ALLOWED = [
  /^(package\.json|README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE)$/,
  /^dist\/[a-z-]+\/([\w-]+\/)*[\w-]+\.(js|schema\.json)$/,
  /^dist\/[a-z-]+\/phasor-[a-z-]+\.html$/,
  /^dist\/[a-z-]+\/icons\/phasor-[a-z-]+\.svg$/,
  /^dist\/[a-z-]+\/locales\/(en-US|de|ja)\/phasor-[a-z-]+\.(json|html)$/,
  /^examples\/\d\d - [^/]+\.json$/,
  /^native\/prebuilds\/linux-(x64|arm64|arm)(-musl)?\/phasor\.node$/
];

run(process.execPath, 'scripts/build.mjs', '--if-needed');
run(process.execPath, 'scripts/prebuild.mjs');
mkdirSync(folder, { recursive: true });
const [packed] = JSON.parse(run('npm', 'pack', '--json', '--silent', '--pack-destination', folder));
const files = packed.files.map(({ path }) => path);

const { 'node-red': palette } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const needed = [
  'SECURITY.md',
  ...readdirSync(join(root, 'dist'), { recursive: true })
    .filter((path) => /locales.(en-US|de|ja).[\w-]+\.(json|html)$/.test(path))
    .map((path) => `dist/${path.replaceAll('\\', '/')}`),
  ...Object.values(palette.nodes).flatMap((file) => [file, file.replace(/\.js$/, '.html')]),
  ...readdirSync(join(root, 'examples')).map((name) => `examples/${name}`),
  ...['x64', 'x64-musl', 'arm64', 'arm64-musl', 'arm'].map(
    (machine) => `native/prebuilds/linux-${machine}/phasor.node`
  )
];
const problems = [
  ...files
    .filter((path) => !ALLOWED.some((allowed) => allowed.test(path)))
    .map((path) => `too much: ${path}`),
  ...needed.filter((path) => !files.includes(path)).map((path) => `missing: ${path}`)
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
const kB = (bytes) => `${Math.round(bytes / 1000)} kB`;
console.log(
  `${join(folder, packed.filename)}: ${files.length} files, ${kB(packed.size)}, unpacked ${kB(packed.unpackedSize)}`
);

function run(command, ...args) {
  const { status, stdout, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32' && command === 'npm'
  });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
  return stdout;
}
