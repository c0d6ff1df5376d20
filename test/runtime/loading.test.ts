import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRed, PACKAGE, ROOT } from '../support/node-red';

const wordsIn = (language: string) =>
  JSON.parse(readFileSync(join(ROOT, 'nodes', 'music', 'words', `${language}.json`), 'utf8')) as object;
const TYPES = Object.keys(PACKAGE['node-red'].nodes);

describe('the palette in Node-RED', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let html: string;

  before(async () => {
    nodeRed = await NodeRed.start();
    html = (await nodeRed.get('nodes', 'text/html')) as string;
  });

  after(async () => {
    assert.equal(await nodeRed.stop(), 0);
  });

  it('loads every node without an error', async () => {
    const sets = (await nodeRed.get('nodes')) as {
      module: string;
      types: string[];
      enabled: boolean;
      err?: unknown;
    }[];
    const own = sets.filter(({ module }) => module === PACKAGE.name);
    assert.deepEqual(own.flatMap(({ types }) => types).sort(), [...TYPES].sort());
    for (const { types, enabled, err } of own) assert.ok(enabled && !err, `${types}: ${JSON.stringify(err)}`);
  });

  it('serves the icon that each node names', async () => {
    const icons = (await nodeRed.get('icons')) as Record<string, string[]>;
    for (const type of TYPES) {
      const icon = new RegExp(`registerType\\("${type}",[\\s\\S]*?icon: "([^"]+)"`).exec(html)?.[1];
      assert.ok(icon && icons[PACKAGE.name].includes(icon), `${type}: ${icon} of ${icons[PACKAGE.name]}`);
      const svg = String(await nodeRed.get(`icons/${PACKAGE.name}/${icon}`, 'image/svg+xml'));
      assert.match(svg, /<svg[^>]+viewBox="0 0 40 60"/);
    }
  });

  for (const language of ['en-US', 'de', 'ja']) {
    it(`serves the texts of each node and of the sidebar in ${language}`, async () => {
      const catalogueOf = (folder: string) =>
        JSON.parse(
          readFileSync(join(ROOT, 'nodes', folder, 'locales', language, `phasor-${folder}.json`), 'utf8')
        ) as object;
      const catalogues = (await nodeRed.get(`nodes/messages?lng=${language}`)) as Record<string, object>;
      for (const type of TYPES) {
        const served = structuredClone(catalogues[`${PACKAGE.name}/${type}`]) as Record<
          string,
          { words?: object }
        >;
        // What errors say is in the catalogue of the device, but in English, which is what is looked up.
        const words = Object.values(served[type]?.words ?? {});
        delete served[type]?.words;
        assert.deepEqual(served, catalogueOf(type.replace('phasor-', '')));
        const translated = type === 'phasor-device' && language !== 'en-US' ? wordsIn(language) : {};
        assert.deepEqual(words, Object.values(translated));
      }
      const plugins = (await nodeRed.get(`plugins/messages?lng=${language}`)) as Record<string, object>;
      assert.deepEqual(plugins[`${PACKAGE.name}/phasor-sidebar`], catalogueOf('sidebar'));
    });
  }

  it('has help with a summary and the usual sections', () => {
    for (const type of TYPES) {
      const help = new RegExp(`data-help-name="${type}">([\\s\\S]*?)</script>`).exec(html)?.[1] ?? '';
      assert.match(help.trim(), /^<p>[^<]{20,}/, type);
      const sections = [...help.matchAll(/<h3>([^<]+)<\/h3>/g)].map(([, title]) => title);
      const expected =
        type === 'phasor-device'
          ? ['Properties', 'Details', 'References']
          : ['Inputs', 'Details', 'References'];
      for (const title of expected) assert.ok(sections.includes(title), `${type} has no ${title}`);
    }
  });

  for (const language of ['de', 'ja']) {
    it(`gives the help of each node in ${language}, and in English to whoever has none`, async () => {
      const helpIn = async (languages: string) =>
        (await nodeRed.request('GET', 'nodes', undefined, {
          accept: 'text/html',
          'accept-language': languages
        })) as string;
      const [translated, unknown] = [await helpIn(language), await helpIn('nl')];
      for (const type of TYPES) {
        const marked = new RegExp(`data-help-name="${type}">([\\s\\S]*?)</script>`, 'g');
        const folder = join(ROOT, 'nodes', type.replace('phasor-', ''));
        const textOf = (page: string) => [...page.matchAll(marked)].map(([, help]) => help.trim());
        assert.deepEqual(textOf(translated), [
          readFileSync(join(folder, 'locales', language, 'help.html'), 'utf8').trim()
        ]);
        assert.deepEqual(textOf(unknown), [readFileSync(join(folder, 'help.html'), 'utf8').trim()]);
      }
    });
  }

  it('answers with ports and status', async () => {
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'one' },
      { id: 'clock', type: 'phasor-clock', z: 'tab', x: 100, y: 100, wires: [[], []] }
    ]);
    await nodeRed.until('the engine runs', async () => {
      const { state } = (await nodeRed.get('phasor/status')) as { state: string };
      return state === 'ok';
    });
    const { ports } = (await nodeRed.get('phasor/ports')) as { ports: { kind: string }[] };
    assert.ok(ports.every(({ kind }) => kind === 'loopback') && ports.length > 0);
  });
});
