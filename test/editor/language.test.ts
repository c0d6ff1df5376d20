import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { EditorPage, startBrowser } from '../support/browser';
import { NodeRed, ROOT, type FlowNode } from '../support/node-red';

/** The first beat, to a port that is not there. */
const FLOW = (
  JSON.parse(readFileSync(join(ROOT, 'examples', '01 - First beat.json'), 'utf8')) as FlowNode[]
).map((node) => (node.type === 'phasor-device' ? { ...node, portMode: 'name', port: 'Nowhere' } : node));
const idOf = (type: string) => FLOW.find((node) => node.type === type)!.id;

const LANGUAGES = [
  {
    language: 'de',
    status: /^es gibt keinen MIDI-Port „Nowhere“/,
    expected: 'erwartet: ein Schritt oder "]"',
    grid: /^Raster: .* ist nicht gültig: nötig ist eine Zahl von 1 bis /,
    help: /^Spielt Noten/,
    health: /es gibt keinen MIDI-Port „Nowhere“.*einstecken/
  },
  {
    language: 'ja',
    status: /^MIDI ポート「Nowhere」がありません/,
    expected: 'テキストの終わり ではなく ステップ、または "]" が必要です',
    grid: /^グリッド: .* は無効です: 1〜\d+ の数値が必要です$/,
    help: /^テキストで書いた/,
    health: /MIDI ポート「Nowhere」がありません.*接続するか/
  }
];

for (const { language, status, expected, grid, help, health } of LANGUAGES) {
  describe(`the editor in ${language}`, function () {
    this.timeout(60_000);
    let nodeRed: NodeRed;
    let browser: Browser;
    let editor: EditorPage;

    before(async () => {
      nodeRed = await NodeRed.start({ lang: language });
      await nodeRed.deploy(FLOW);
      browser = await startBrowser();
      editor = await EditorPage.open(browser, nodeRed, 'light', { language });
    });

    after(async () => {
      await browser?.close();
      await nodeRed?.stop();
    });

    it('says in that language what is wrong with a port, in the status and in the sidebar', async () => {
      const { page } = editor;
      await nodeRed.until('the status', () =>
        status.test(nodeRed.statuses.get(idOf('phasor-alsa-out'))?.text ?? '')
      );
      await page.evaluate(`RED.actions.invoke('phasor:show-sidebar')`);
      await page.waitForFunction(`$('.phasor-sidebar-health').text() !== ''`);
      assert.match(await page.innerText('.phasor-sidebar-health'), health);
    });

    it('says in that language what is wrong with a notation and with a grid', async () => {
      const { page } = editor;
      await editor.edit(idOf('phasor-pattern'));
      await page.fill('#node-input-notation', 'c4 [e4');
      await page.waitForFunction(`$('#phasor-pattern-check').hasClass('phasor-pattern-wrong')`);
      const check = await page.innerText('#phasor-pattern-check');
      assert.ok(check.includes(expected), check);
      await editor.cancel();
      const wrong = JSON.stringify({ phasor: 'grid', version: 1, length: 'x', rows: [] });
      const problem = await page.evaluate(`(() => {
        const node = RED.nodes.node('${idOf('phasor-pattern')}');
        const as = Object.assign(Object.create(node), { source: 'grid' });
        return node._def.defaults.grid.validate.call(as, ${JSON.stringify(wrong)}, {});
      })()`);
      assert.match(String(problem), grid);
    });

    it('has the help of that language', async () => {
      const { page } = editor;
      await page.evaluate(`RED.sidebar.help.show('phasor-pattern')`);
      await page.waitForFunction(`$('.red-ui-help').text().trim() !== ''`);
      assert.match((await page.innerText('.red-ui-help p')).trim(), help);
      assert.deepEqual(editor.errors, []);
    });
  });
}
