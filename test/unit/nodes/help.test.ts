import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../support/node-red';

const NODES = join(ROOT, 'nodes');
const FOLDERS = readdirSync(NODES).filter((name) => existsSync(join(NODES, name, 'help.html')));
const LANGUAGES = ['de', 'ja'];

const helpOf = (folder: string, ...language: string[]) =>
  readFileSync(join(NODES, folder, ...language, 'help.html'), 'utf8');

/** What structures a help: its tags with their attributes, in order, but for those within a line. */
const structureOf = (html: string) => html.match(/<(?!\/|code>)[^>]+>/g) ?? [];
/** What is typed just so in any language. Sentences may name them in another order. */
const termsOf = (html: string) => [...html.matchAll(/<code>([^<]*)<\/code>/g)].map(([, term]) => term).sort();
const listingsOf = (html: string) => [...html.matchAll(/<pre>([^<]*)<\/pre>/g)].map(([, listing]) => listing);
const headingsOf = (html: string) => [...html.matchAll(/<h([34])>([^<]+)<\/h/g)].map(([, , title]) => title);

describe('the help', () => {
  for (const folder of FOLDERS) {
    it(`of ${folder} has neither bold nor italic`, () => {
      assert.doesNotMatch(helpOf(folder), /<(b|i|em|strong)\b/);
    });

    for (const language of LANGUAGES) {
      it(`of ${folder} says in ${language} what it says in English`, () => {
        const [english, translated] = [helpOf(folder), helpOf(folder, 'locales', language)];
        assert.deepEqual(structureOf(translated).map(unworded), structureOf(english).map(unworded));
        assert.deepEqual(termsOf(translated), termsOf(english));
        assert.deepEqual(listingsOf(translated), listingsOf(english));
      });
    }
  }

  it('calls the same section the same in all nodes of a language', () => {
    const usual = ['Inputs', 'Outputs', 'Details', 'Properties', 'References'];
    for (const language of LANGUAGES) {
      const names = new Map<string, string>();
      for (const folder of FOLDERS) {
        const translated = headingsOf(helpOf(folder, 'locales', language));
        headingsOf(helpOf(folder)).forEach((title, index) => {
          if (!usual.includes(title)) return;
          assert.equal(translated[index], names.get(title) ?? translated[index], `${folder}: ${title}`);
          names.set(title, translated[index]);
        });
      }
    }
  });
});

/** A tag without line breaks, which stand anywhere. */
function unworded(tag: string): string {
  return tag.replace(/\s+/g, ' ');
}
