// What nodes/music, nodes/engine and the rest say to people has a translation, wherever a dialog, a status or the
// sidebar may show it. `said()` is held to that by the compiler; here it is what is said as a plain text.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { InvalidParameter, numberWithin } from '../../../nodes/music/errors';
import { patternFromNotation } from '../../../nodes/music/notation';
import { said, tell } from '../../../nodes/music/words';
import { inWords, keyOf } from '../../../nodes/palette/words';
import { ROOT } from '../../support/node-red';

const NODES = join(ROOT, 'nodes');
const dictionary = (language: string) =>
  JSON.parse(readFileSync(join(NODES, 'music', 'words', `${language}.json`), 'utf8')) as Record<
    string,
    string
  >;
const [german, japanese] = [dictionary('de'), dictionary('ja')];

/** Where errors and complaints are made that the editor shows; those of messages stay English, in the log. */
const SHOWN =
  /^(music\/(errors|step|pattern-json|meter)|music\/(notation|grid|midi-file)\/.*|music\/mutation\/(read|fields|markov|materialise)|music\/profile\/(read|fields|model)|music\/player\/(settings|condition|groove)|engine\/(errors|health|port-spec|shared-engine|ports\/.*)|palette\/(store|store-errors|file-kinds|files-admin)|cc-profile\/(profile-text|profile-csv|library|admin)|pattern\/(grid|pattern-file|file-choice)|device\/device-config)\.ts$/;
/** Calls that are given words. */
const SAYS =
  /(Error|Parameter|MidiFile|Unavailable|NotFound|Exhausted|Internal|^complaint|^complain|^error|^refuse|^said|^whole|^decimal|^recordOf|^note|^readObject)$/;

/** What a source says, and what it says in a way that cannot be translated. */
function saidIn(path: string): { wordings: string[]; untranslatable: string[] } {
  const file = ts.createSourceFile(
    path,
    readFileSync(join(NODES, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true
  );
  const wordings: string[] = [];
  const untranslatable: string[] = [];
  const isSentence = (text: string) => /\p{L}{2,} \p{L}+/u.test(text);
  const take = (node: ts.Node): void => {
    // A call in it says for itself.
    if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isObjectLiteralExpression(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) {
      if (isSentence(node.text)) wordings.push(node.text);
    } else if (ts.isTemplateExpression(node)) {
      const text = [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(' … ');
      if (/\p{L}{2,} \p{L}{2,}/u.test(text)) untranslatable.push(`${path}: ${text}`);
    } else ts.forEachChild(node, take);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const name = node.expression.getText().split('.').at(-1)!;
      if (SAYS.test(name)) node.arguments?.forEach(take);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { wordings, untranslatable };
}

const PATHS = (readdirSync(NODES, { recursive: true }) as string[]).map((path) => path.replaceAll('\\', '/'));

describe('words', () => {
  const shown = PATHS.filter((path) => SHOWN.test(path)).map(saidIn);

  it('are said so that they can be translated', () => {
    assert.deepEqual(
      shown.flatMap(({ untranslatable }) => untranslatable),
      []
    );
  });

  it('have a translation each', () => {
    const wordings = new Set(shown.flatMap(({ wordings }) => wordings));
    assert.deepEqual(
      [...wordings].filter((wording) => !Object.hasOwn(german, wording)),
      []
    );
  });

  it('are in every language, with the same values in them', () => {
    assert.deepEqual(Object.keys(japanese), Object.keys(german));
    const namesIn = (text: string) => (text.match(/__\w+?__/g) ?? []).sort();
    for (const [wording, text] of [...Object.entries(german), ...Object.entries(japanese)]) {
      assert.deepEqual(namesIn(text), namesIn(wording), wording);
      assert.notEqual(text.trim(), '', wording);
    }
  });

  it('are translated only where somebody says them', () => {
    const source = PATHS.filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(join(NODES, path), 'utf8'))
      .join('\n');
    const isSaid = (wording: string) =>
      ["'", '"', '`'].some((quote) =>
        source.includes(quote + wording.replaceAll(quote, `\\${quote}`) + quote)
      );
    assert.deepEqual(
      Object.keys(german).filter((wording) => !isSaid(wording)),
      []
    );
  });

  it('become keys of a catalogue that differ, without the signs that mean levels', () => {
    const keys = Object.keys(german).map(keyOf);
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.doesNotMatch(key, /[.:]/);
  });
});

/** What Node-RED does with a key: looks it up in a catalogue, and returns the key where it finds nothing. */
function lookupIn(words: Record<string, string>): (key: string) => string {
  const catalogue = new Map(Object.entries(words).map(([wording, text]) => [keyOf(wording), text]));
  return (key) => catalogue.get(key.slice(key.indexOf('.words.') + '.words.'.length)) ?? key;
}

const errorOf = (act: () => unknown): Error => {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  assert.fail('it throws');
};

describe('errors in words', () => {
  it('are English in a log, and translated part by part in the editor', () => {
    const error = errorOf(() => numberWithin('gate', 'loud', 1, 800));
    assert.equal(error.message, 'gate: "loud" is not valid: a number from 1 to 800 is needed');
    assert.equal(inWords(lookupIn({}), error), error.message);
    const translated = inWords(lookupIn(german), error);
    assert.match(translated, /^gate: "loud" .*: .*1 .*800/);
    assert.notEqual(translated, error.message);
  });

  it('of a notation tell what stands there and what would be right', () => {
    const error = errorOf(() => patternFromNotation('c4 [e4'));
    assert.match(
      error.message,
      /^notation, line 1, column 7: found the end of the text, expected a step or "\]"$/
    );
    const translated = inWords(lookupIn(german), error);
    assert.doesNotMatch(translated, /found|expected|the end/);
    assert.match(translated, /"\]"/);
  });

  it('go through JSON, and say where they were found', () => {
    const error = new InvalidParameter('play', 3, 'true or false is needed').in('grid.rows[2]');
    assert.match(error.message, /^grid\.rows\[2\]: play: 3 is not valid/);
    const sent = JSON.parse(JSON.stringify(error.words)) as typeof error.words;
    assert.equal(inWords(lookupIn(japanese), sent), inWords(lookupIn(japanese), error));
  });

  it('leave alone what they do not know, and what people typed', () => {
    assert.equal(inWords(lookupIn(german), new Error('__min__ of it')), '__min__ of it');
    assert.equal(
      tell(said('__place__: __problem__', { place: '__problem__', problem: 'x' })),
      '__problem__: x'
    );
  });
});
