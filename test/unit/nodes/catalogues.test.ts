import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../support/node-red';

const NODES = join(ROOT, 'nodes');
const FOLDERS = readdirSync(NODES).filter((name) => existsSync(join(NODES, name, 'locales')));

/** The texts of a catalogue by key, as `label.bpm`. */
function textsOf(catalogue: object, prefix = ''): [string, string][] {
  return Object.entries(catalogue).flatMap(([key, value]: [string, string | object]) =>
    typeof value === 'string'
      ? [[prefix + key, value] as [string, string]]
      : textsOf(value, `${prefix}${key}.`)
  );
}

const textsIn = (folder: string, language: string) => {
  const file = join(NODES, folder, 'locales', language, `phasor-${folder}.json`);
  return new Map(textsOf(JSON.parse(readFileSync(file, 'utf8')) as object));
};

const placeholdersOf = (text: string) => (text.match(/__\w+?__/g) ?? []).sort();

describe('the catalogues', () => {
  for (const folder of FOLDERS) {
    for (const language of ['de', 'ja']) {
      it(`${folder} says in ${language} what it says in English`, () => {
        const english = textsIn(folder, 'en-US');
        const texts = textsIn(folder, language);
        assert.deepEqual([...texts.keys()].sort(), [...english.keys()].sort());
        for (const [key, text] of english) {
          const translated = texts.get(key)!;
          assert.deepEqual(placeholdersOf(translated), placeholdersOf(text), key);
          assert.equal(translated.trim() === '', text.trim() === '', `${key} is empty`);
        }
      });
    }
  }
});

describe('every text of a catalogue', () => {
  const sources = (...folders: string[]) =>
    folders
      .flatMap((folder) =>
        (readdirSync(join(NODES, folder), { recursive: true }) as string[]).map((path) =>
          join(NODES, folder, path)
        )
      )
      .filter((path) => /\.(ts|html)$/.test(path))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
  // Of the engine some answer with a reason that a dialog has a text for.
  const shared = sources('palette', 'music', 'engine');

  for (const folder of FOLDERS) {
    it(`of ${folder} is asked for by somebody`, () => {
      const source = `${sources(folder)}\n${shared}`;
      const words = new Set(source.match(/\w+/g));
      // Keys that are put together: `${kind}Missing`.
      const ends = [...source.matchAll(/\$\{[^}]*\}(\w+)`/g)].map(([, end]) => end);
      const unused = [...textsIn(folder, 'en-US').keys()].filter((key) => {
        const last = key.split('.').at(-1)!;
        return !words.has(last) && !ends.some((end) => last.endsWith(end));
      });
      assert.deepEqual(unused, []);
    });
  }
});

/** Files of the dialogs and of the sidebar. */
const EDITOR = (readdirSync(NODES, { recursive: true }) as string[])
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /(^|\/)(editor\.(ts|html)|editor\/.*\.ts)$/.test(path));

/** Calls whose first text is read by people, attributes too: whatever is seen there has to be of the catalogue. */
const SHOWS =
  /^(text|append|prepend|html|before|after|notify|createTextNode|alert|confirm|prompt|panelTitle)$/;
const SHOWN = /^(textContent|innerText|innerHTML|title|placeholder|label|aria-label|alt)$/;

/** Two letters in a row, outside of tags, keys of catalogues, classes and selectors. */
const isText = (text: string) => /\p{L}{2}/u.test(text.replace(/<[^>]*>|\$\{[^}]*\}/g, ''));
/** A key, of a catalogue or of anything else. */
const isName = (text: string) => /^[@#.\w/:[\]-]*$/.test(text) && !/^[A-Z][a-z]+$/.test(text);

/** Texts of a source that get in front of people without a catalogue, as far as its syntax tells. */
function textsShown(path: string): string[] {
  const found: string[] = [];
  const file = ts.createSourceFile(
    path,
    readFileSync(join(NODES, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true
  );
  const literal = (node: ts.Node | undefined) =>
    node === undefined
      ? undefined
      : ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)
        ? node.text
        : ts.isTemplateExpression(node)
          ? [node.head.text, ...node.templateSpans.map((span) => span.literal.text)].join('${}')
          : undefined;
  const take = (node: ts.Node | undefined, named: boolean) => {
    const text = literal(node);
    if (text !== undefined && isText(text) && (named || !isName(text))) found.push(`${path}: ${text}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const { expression, arguments: given } = node;
      const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
      // $('…').text('…') shows; text('…') alone asks the catalogue.
      if (SHOWS.test(name) && ts.isPropertyAccessExpression(expression)) {
        const of = expression.expression.getText();
        if (of !== 'this' && of !== 'host') for (const each of given) take(each, false);
      }
      if (name === 'attr' || name === 'setAttribute' || name === 'prop') {
        if (SHOWN.test(literal(given[0]) ?? '')) take(given[1], true);
      }
    }
    if (ts.isPropertyAssignment(node) && SHOWN.test(node.name.getText().replace(/['"]/g, ''))) {
      take(node.initializer, false);
    }
    if (
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isPropertyAccessExpression(node.left) &&
      SHOWN.test(node.left.name.text)
    ) {
      take(node.right, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe('texts of the editor', () => {
  it('stand in the catalogues, not in the HTML of the dialogs', () => {
    for (const path of EDITOR.filter((each) => each.endsWith('.html'))) {
      const html = readFileSync(join(NODES, path), 'utf8').replace(
        /<style>[\s\S]*?<\/style>|<!--[\s\S]*?-->/g,
        ''
      );
      assert.equal(html.replace(/<[^>]+>/g, '').trim(), '', path);
      for (const [tag, name, value] of html.matchAll(/\s(title|placeholder|aria-label|alt)="([^"]*)"/g)) {
        assert.fail(`${path}: ${name}="${value}" of ${tag}`);
      }
    }
  });

  it('stand in the catalogues, not in its code', () => {
    assert.deepEqual(
      EDITOR.filter((each) => each.endsWith('.ts')).flatMap((path) => textsShown(path)),
      []
    );
  });

  it('are asked of the catalogue by every status', () => {
    for (const path of readdirSync(NODES, { recursive: true }) as string[]) {
      if (!/(^|[\\/])phasor-[\w-]+\.ts$/.test(path)) continue;
      const source = readFileSync(join(NODES, path), 'utf8');
      assert.doesNotMatch(
        source,
        /\btext: '[^']*\p{L}{2}|\.show\([^)]*, '[^',)]*\p{L}{2}[^')]* [^')]*'\)/u,
        path
      );
    }
  });

  it('are found by this check where there are any', () => {
    assert.ok(isText('<b>Loud</b>') && !isText('<i class="fa fa-plus"></i>') && isText('Stop it'));
    assert.ok(isName('phasor-clock.label.bpm') && !isName('Stop it') && !isName('Stop'));
  });
});
