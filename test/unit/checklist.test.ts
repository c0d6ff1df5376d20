// What makes a package a good citizen of Node-RED, as far as files tell. What needs the live web (whether names
// collide in the catalogue, the scorecard of the library, whether dependencies are the newest) is in CONTRIBUTING.md.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE, ROOT, type FlowNode } from '../support/node-red';

const read = (...path: string[]) => readFileSync(join(ROOT, ...path), 'utf8');
const MANIFEST = JSON.parse(read('package.json')) as {
  name: string;
  license: string;
  repository: { url: string };
  bugs: { url: string };
  keywords: string[];
  engines: { node: string };
  files: string[];
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  'node-red': { version: string; plugins: Record<string, string> };
};
const TYPES = Object.keys(PACKAGE['node-red'].nodes);
const folderOf = (type: string) => type.replace('phasor-', '');
const EXAMPLES = readdirSync(join(ROOT, 'examples'));
const CORE =
  /^(tab|group|comment|catch|complete|status|inject|debug|function|change|switch|link .*|mqtt.*|junction)$/;

/** Sources of nodes/ whose path matches. */
const sources = (pattern: RegExp) =>
  (readdirSync(join(ROOT, 'nodes'), { recursive: true }) as string[])
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => pattern.test(path));

/** What the dialogs and the sidebar are made of. */
const EDITOR = sources(/(^|\/)(editor\.(ts|html)|editor\/.*\.(ts|css)|help\.html)$/);

describe('the package, as its files tell', () => {
  it('has a scoped name, a licence, a home, a place for bugs, and the keyword of the palette', () => {
    assert.match(MANIFEST.name, /^@[a-z0-9-]+\/node-red-[a-z0-9-]+$/);
    assert.equal(MANIFEST.license, 'Apache-2.0');
    assert.match(read('LICENSE'), /Apache License\s+Version 2\.0/);
    assert.match(MANIFEST.repository.url, /^git\+https:\/\//);
    assert.match(MANIFEST.bugs.url, /^https:\/\//);
    assert.ok(MANIFEST.keywords.includes('node-red'));
  });

  it('says which Node-RED and Node.js it needs, as low as they are tested', () => {
    assert.equal(MANIFEST['node-red'].version, '>=4.1.0');
    assert.equal(MANIFEST.engines.node, '>=20');
    assert.match(read('package-lock.json'), /"node_modules\/node-red": \{\s+"version": "4\.1\./);
    assert.match(read('scripts', 'test.mjs'), /node-red@5\./);
  });

  it('runs nothing when it is installed, and asks for few packages', () => {
    const lifecycle = /^(pre|post)?(install|uninstall|prepare|publish)$|^(pre|post)pack$/;
    assert.deepEqual(
      Object.keys(MANIFEST.scripts).filter((name) => lifecycle.test(name)),
      []
    );
    // npm takes one for an install script.
    assert.ok(!existsSync(join(ROOT, 'binding.gyp')));
    assert.ok(Object.keys(MANIFEST.dependencies).length <= 6);
    for (const range of Object.values(MANIFEST.dependencies)) assert.match(range, /^[\^~]\d/);
  });

  it('gives every type one prefixed name in all its places', () => {
    const types = readdirSync(join(ROOT, 'nodes')).filter((name) =>
      existsSync(join(ROOT, 'nodes', name, 'help.html'))
    );
    assert.deepEqual(types.map((name) => `phasor-${name}`).sort(), [...TYPES].sort());
    for (const type of TYPES) {
      const folder = folderOf(type);
      assert.equal(PACKAGE['node-red'].nodes[type], `dist/${folder}/${type}.js`);
      for (const [file, call] of [
        [`${type}.ts`, `RED.nodes.registerType('${type}'`],
        ['editor.ts', `('${type}', {`]
      ]) {
        assert.ok(read('nodes', folder, file).includes(call), `${folder}/${file}`);
      }
      assert.ok(existsSync(join(ROOT, 'icons', `${type}.svg`)), `an icon for ${type}`);
    }
  });

  it('settles messages and closes through palette/node.ts alone', () => {
    for (const path of sources(/(^|\/)phasor-[\w-]+\.ts$/)) {
      assert.doesNotMatch(
        read('nodes', path),
        /\.on\(\s*'(input|close)',\s*(async )?\(\s*(msg|\)|removed|done)/,
        path
      );
    }
  });

  it('has white icons of 40 × 60', () => {
    for (const icon of readdirSync(join(ROOT, 'icons'))) {
      const svg = read('icons', icon);
      assert.match(svg, /viewBox="0 0 40 60"/, icon);
      for (const [, colour] of svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)) {
        assert.match(colour, /^(none|#fff(fff)?|white)$/i, icon);
      }
    }
  });

  it('takes its colours from the theme of Node-RED', () => {
    for (const path of EDITOR) {
      // The colour of a node in the palette is a literal, by the rules of the library.
      const text = read('nodes', path).replace(/^ {2}color: '#[0-9A-F]{6}',$/m, '');
      assert.doesNotMatch(text, /['"\s:(]#(?:[0-9a-f]{3}){1,2}(?=['";,)\s])|\b(?:rgba?|hsla?)\(/i, path);
    }
  });

  it('uses icons of Font Awesome 4.7', () => {
    const css = readdirSync(join(ROOT, 'node_modules', '@node-red', 'editor-client', 'public'), {
      recursive: true
    }) as string[];
    const known = css
      .filter((path) => path.endsWith('.css'))
      .map((path) => read('node_modules', '@node-red', 'editor-client', 'public', path))
      .join('');
    for (const path of EDITOR) {
      for (const [name] of read('nodes', path).matchAll(
        /(?<=['"\s])fa-(?!fw\b|lg\b|spin\b|rotate-)[a-z0-9-]+/g
      )) {
        assert.ok(known.includes(`.${name}:before`), `${name} in ${path}`);
      }
    }
  });

  it('has examples with a number, a tab, a comment, and nothing but own and core nodes', () => {
    const used = new Set<string>();
    const numbers = EXAMPLES.map((file) => /^(\d\d) - [A-Z0-9].*\.json$/.exec(file)?.[1]);
    assert.ok(!numbers.includes(undefined) && new Set(numbers).size === EXAMPLES.length, EXAMPLES.join());
    for (const file of EXAMPLES) {
      const flow = JSON.parse(read('examples', file)) as FlowNode[];
      const types = flow.map(({ type }) => type);
      assert.equal(types.filter((type) => type === 'tab').length, 1, file);
      assert.ok(
        flow.some(({ type, info }) => type === 'comment' && /What to/.test(String(info))),
        file
      );
      for (const node of flow) {
        assert.ok(TYPES.includes(node.type) || CORE.test(node.type), `${node.type} in ${file}`);
        assert.ok(!('credentials' in node), `credentials in ${file}`);
        used.add(node.type);
      }
    }
    assert.deepEqual(
      TYPES.filter((type) => !used.has(type)),
      []
    );
  });

  it('stores the present version of every node in the examples, with a wire list for each output', () => {
    for (const file of EXAMPLES) {
      for (const node of JSON.parse(read('examples', file)) as FlowNode[]) {
        if (!TYPES.includes(node.type)) continue;
        const editor = read('nodes', folderOf(node.type), 'editor.ts');
        const present = Number(/version: \{ value: (\d+) \}/.exec(editor)?.[1]);
        assert.ok(present >= 1, `${node.type} stores a version`);
        assert.equal(node.version, present, `${node.type} in ${file}`);
        if (node.type === 'phasor-device') continue;
        const outputs = Number(/^ {2}outputs: (\d+),/m.exec(editor)?.[1]);
        assert.equal((node.wires as unknown[]).length, outputs, `wires of ${node.type} in ${file}`);
      }
    }
  });

  it('has a README, a changelog, and a word on security, without dead links', () => {
    const readme = read('README.md');
    for (const type of TYPES.map(folderOf)) {
      assert.match(readme, new RegExp(`\\b${type.replace('-', '[ -]')}\\b`, 'i'), type);
    }
    for (const heading of [
      'Nodes',
      'Recipes',
      'Troubleshooting',
      'Examples',
      'What is promised',
      'What it costs',
      'License'
    ]) {
      assert.match(readme, new RegExp(`^## ${heading}`, 'm'));
    }
    for (const file of EXAMPLES) {
      const name = file.replace(' - ', ' ').replace('.json', '');
      assert.ok(readme.includes(`| ${name} `), `${name} in README.md`);
    }
    assert.match(read('CHANGELOG.md'), /^## (Unreleased|\d+\.\d+\.\d+)/m);
    assert.match(read('SECURITY.md'), /Report a vulnerability/);
    for (const file of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md']) {
      for (const [, link] of read(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)) {
        assert.ok(existsSync(join(ROOT, decodeURI(link))), `${link} in ${file}`);
      }
    }
  });

  it('is checked strictly for types, the runtime and the editor', () => {
    assert.match(read('tsconfig.json'), /"strict": true/);
    assert.match(read('tsconfig.editor.json'), /"extends": "\.\/tsconfig\.json"/);
    assert.match(MANIFEST.scripts.typecheck, /tsconfig\.editor\.json/);
  });

  it('is checked as a whole by one command, in CI too', () => {
    assert.match(MANIFEST.scripts.test, /scripts\/test\.mjs/);
    assert.match(read('.ci', 'run'), /CI=true exec npm test/);
  });
});
