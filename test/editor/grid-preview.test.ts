import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { EditorPage } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { deployPattern, openGrid, pad, PATTERN } from '../support/grid-page';
import type { NodeRed } from '../support/node-red';

const GRID = JSON.stringify({
  phasor: 'grid',
  version: 1,
  length: 16,
  stepTicks: 240,
  rows: [
    { note: 36, name: 'kick', steps: { 1: 127, 9: 127, 15: { value: 90, condition: 'fill' } } },
    { note: 38, name: 'snare', steps: { 5: 100, 13: { value: 100, condition: '$busy' } } }
  ]
});
/** A semitone up each cycle. */
const UP = JSON.stringify({ rules: [{ what: 'transpose', amount: 1 }] });

describe('the preview of the step grid', function () {
  this.timeout(90_000);
  let nodeRed: NodeRed;
  let browser: Browser;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
  });

  const caption = (editor: EditorPage) => editor.page.locator('.phasor-grid-strip-caption');
  const says = (editor: EditorPage, words: RegExp) => caption(editor).filter({ hasText: words }).waitFor();

  async function withGrid(use: (editor: EditorPage) => Promise<void>): Promise<void> {
    await deployPattern(nodeRed, { source: 'grid', grid: GRID, mutation: UP });
    const editor = await EditorPage.open(browser, nodeRed);
    try {
      await openGrid(editor);
      await use(editor);
      assert.deepEqual(editor.errors, []);
    } finally {
      await editor.page.close();
    }
  }

  it('draws a fill by the keys alone, where there is one', () =>
    withGrid(async (editor) => {
      const { page } = editor;
      await says(editor, /4 passes, 12 notes/);
      const fill = page.getByRole('button', { name: 'Fill', exact: true });
      await fill.focus();
      await page.keyboard.press('Enter');
      await says(editor, /4 passes, 16 notes/);
      assert.equal(await fill.getAttribute('aria-pressed'), 'true');
      assert.deepEqual(await editor.barriers('.phasor-grid-strip'), []);
      await page.keyboard.press('Space');
      await says(editor, /4 passes, 12 notes/);
      await editor.cancel();
    }));

  it('says which values only messages bring', () =>
    withGrid(async (editor) => {
      await says(editor, /Not foreseen: \$busy/);
      await pad(editor, 1, 13).click();
      await editor.page.waitForFunction(`!/foreseen/.test($('.phasor-grid-strip-caption').text())`);
      await editor.cancel();
      assert.ok(!(await editor.property(PATTERN, 'changed')));
    }));

  it('draws the generations from the start, as the rules in the dialog say', () =>
    withGrid(async (editor) => {
      const { page } = editor;
      const tab = async (name: string) => {
        await page.waitForTimeout(500); // two presses that follow closely count as a double one
        await page.click(`#phasor-pattern-tabs a[href="#phasor-pattern-tab-${name}"]`);
      };
      await tab('mutation');
      await page.check('#node-input-mutates');
      await tab('notes');
      await says(editor, /From the start: 8 passes, 24 notes, 8 generations/);
      await tab('mutation');
      await page.locator('[data-field="every"] input').fill('4');
      await tab('notes');
      await says(editor, /8 passes, 24 notes, 2 generations/);
      await tab('mutation');
      await page.uncheck('#node-input-mutates');
      await tab('notes');
      await says(editor, /4 passes, 12 notes/);
      await editor.cancel();
    }));
});
