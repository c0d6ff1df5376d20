// Builds dist/: the runtime by tsc, file by file; for each node one editor HTML, its locales and its icon.
//   node scripts/build.mjs               always
//   node scripts/build.mjs --if-needed   only when a source is newer than dist/
// The new dist/ takes the place of the old one when all of it is there, so a failed build leaves the old one alone.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
/** Beside dist/, so that the paths in source maps stay right. */
const fresh = join(root, `.dist-${process.pid}`);
const startedAt = new Date();

if (process.argv.includes('--if-needed') && isUpToDate()) process.exit(0);

try {
  const folders = nodeFolders();
  const steps = [
    typescript('tsconfig.json', '--outDir', fresh),
    typescript('tsconfig.editor.json', '--noEmit'),
    ...folders.map(buildEditor)
  ];
  const results = await Promise.allSettled(steps);
  for (const { reason } of results) if (reason) throw reason;
  copySchemas();
  mergeWords();
  putInPlace();
  console.log(`Built dist/ in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(`The build failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

/** dist/ carries the time at which its build began. Folders count too, since a deleted file changes only those. */
function isUpToDate() {
  if (!existsSync(dist)) return false;
  const builtAtMs = statSync(dist).mtimeMs;
  const sources = ['nodes', 'icons', 'package.json', 'tsconfig.json', 'tsconfig.editor.json'];
  return [...sources.map((name) => join(root, name)), fileURLToPath(import.meta.url)].every(
    (source) => newestMs(source) < builtAtMs
  );
}

function newestMs(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

/** A folder of nodes/ with an editor side is a node or a plugin. */
function nodeFolders() {
  return readdirSync(join(root, 'nodes')).filter((name) =>
    existsSync(join(root, 'nodes', name, 'editor.ts'))
  );
}

function typescript(project, ...options) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const child = spawn(process.execPath, [tsc, '-p', project, '--pretty', 'false', ...options], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit']
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`type errors in ${project}`))));
  });
}

/**
 * One node's editor side. The script stays readable and holds `RED.nodes.registerType('phasor-x', { … })` with
 * literal values, because the Node-RED library reads the definition from the source, without running it.
 */
async function buildEditor(folder) {
  const source = join(root, 'nodes', folder);
  const target = join(fresh, folder);
  const type = `phasor-${folder}`;
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(source, 'editor.ts')],
    bundle: true,
    format: 'iife',
    target: 'es2019',
    charset: 'utf8',
    loader: { '.css': 'text' },
    write: false,
    absWorkingDir: root
  });
  const script = outputFiles[0].text;
  mkdirSync(target, { recursive: true });
  const parts = [`<script type="text/javascript">\n${script}</script>`];
  const isNode = existsSync(join(source, 'help.html'));
  if (isNode) {
    parts.push(
      `<script type="text/html" data-template-name="${type}">\n${read(source, 'editor.html')}</script>`,
      helpOf(type, read(source, 'help.html'))
    );
  } else {
    // A plugin has no dialog: what it brings goes into the page as it is.
    parts.push(read(source, 'editor.html'));
  }
  writeFileSync(join(target, `${type}.html`), [...parts, ''].join('\n\n'));
  copyLocales(type, join(source, 'locales'), join(target, 'locales'));
  if (!isNode) return;
  const icon = /\bicon: ['"]([\w-]+\.svg)['"]/.exec(script)?.[1];
  if (!icon) throw new Error(`${relative(root, source)}/editor.ts names no icon`);
  mkdirSync(join(target, 'icons'));
  cpSync(join(root, 'icons', icon), join(target, 'icons', icon));
}

/** Node-RED takes the help of a language from `locales/<language>/<type>.html`, beside the node. */
function copyLocales(type, source, target) {
  for (const language of readdirSync(source)) {
    for (const file of readdirSync(join(source, language))) {
      mkdirSync(join(target, language), { recursive: true });
      if (file === 'help.html') {
        writeFileSync(
          join(target, language, `${type}.html`),
          `${helpOf(type, read(join(source, language), file))}\n`
        );
      } else cpSync(join(source, language, file), join(target, language, file));
    }
  }
}

function helpOf(type, html) {
  return `<script type="text/html" data-help-name="${type}">\n${html}</script>`;
}

/** Schemas are for editors of the files that they describe; they stand beside what reads those. */
function copySchemas() {
  for (const file of readdirSync(join(root, 'nodes'), { recursive: true })) {
    if (file.endsWith('.schema.json')) cpSync(join(root, 'nodes', file), join(fresh, file));
  }
}

/**
 * What nodes/music and nodes/engine say goes into the catalogue of the device, which every palette has; English needs
 * no entry, since it is what is looked up.
 */
function mergeWords() {
  const { keyOf } = createRequire(import.meta.url)(join(fresh, 'palette', 'words.js'));
  const words = join(root, 'nodes', 'music', 'words');
  for (const file of readdirSync(words).filter((name) => name.endsWith('.json'))) {
    const target = join(fresh, 'device', 'locales', file.replace('.json', ''), 'phasor-device.json');
    const catalogue = JSON.parse(readFileSync(target, 'utf8'));
    const entries = Object.entries(JSON.parse(read(words, file)));
    catalogue['phasor-device'].words = Object.fromEntries(
      entries.map(([text, translated]) => [keyOf(text), translated])
    );
    writeFileSync(target, JSON.stringify(catalogue, undefined, 2));
    // The compiler puts a copy beside the types that it takes from it; nobody reads that.
    rmSync(join(fresh, 'music', 'words', file), { force: true });
  }
}

function read(folder, name) {
  return readFileSync(join(folder, name), 'utf8');
}

function putInPlace() {
  utimesSync(fresh, startedAt, startedAt);
  const old = `${fresh}-old`;
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}
