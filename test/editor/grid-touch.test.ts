import assert from 'node:assert/strict';
import type { Browser, CDPSession, Locator } from 'playwright-core';
import { EditorPage } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { deployPattern, KICK, openGrid, pad, PATTERN, shown, SNARE } from '../support/grid-page';
import type { NodeRed } from '../support/node-red';

/** Longer than a finger has to stay to choose a step. */
const LONG_PRESS_MS = 700;
const MOVES = 12;

/** A kit with more rows than are seen at once. */
const TALL = JSON.stringify({
  phasor: 'grid',
  version: 1,
  length: 16,
  stepTicks: 240,
  rows: Array.from({ length: 32 }, (_, row) => ({ note: 80 - row, steps: { [(row % 16) + 1]: 100 } }))
});

interface Point {
  x: number;
  y: number;
}

describe('the step grid under a finger', function () {
  this.timeout(90_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let editor: EditorPage;
  let screen: CDPSession;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
  });

  beforeEach(async () => {
    await deployPattern(nodeRed, { source: 'grid', notation: '', grid: '' });
    editor = await EditorPage.open(browser, nodeRed, 'light', { hasTouch: true });
    screen = await editor.page.context().newCDPSession(editor.page);
  });

  afterEach(async () => {
    assert.deepEqual(editor.errors, []);
    await editor.page.close();
  });

  const touch = (type: string, points: Point[]) =>
    screen.send('Input.dispatchTouchEvent', { type: type as 'touchStart', touchPoints: points });

  async function middleOf(target: Locator): Promise<Point> {
    const box = (await target.boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  async function drag(from: Locator, to: Point): Promise<void> {
    const start = await middleOf(from);
    await touch('touchStart', [start]);
    for (let move = 1; move <= MOVES; move++) {
      const share = move / MOVES;
      const at = { x: start.x + (to.x - start.x) * share, y: start.y + (to.y - start.y) * share };
      await touch('touchMove', [at]);
    }
    await touch('touchEnd', []);
  }

  it('paints and erases by tapping and by a stroke', async () => {
    await openGrid(editor);
    await editor.page.touchscreen.tap(
      ...(Object.values(await middleOf(pad(editor, KICK, 1))) as [number, number])
    );
    assert.deepEqual(await shown(editor, KICK), [1]);
    await drag(pad(editor, SNARE, 3), await middleOf(pad(editor, SNARE, 9)));
    assert.deepEqual(await shown(editor, SNARE), [3, 4, 5, 6, 7, 8, 9]);
    await drag(pad(editor, SNARE, 4), await middleOf(pad(editor, SNARE, 7)));
    assert.deepEqual(await shown(editor, SNARE), [3, 8, 9]);
    await editor.page.touchscreen.tap(
      ...(Object.values(await middleOf(pad(editor, KICK, 1))) as [number, number])
    );
    assert.deepEqual(await shown(editor, KICK), []);
    await editor.done();
    assert.match(String(await editor.property(PATTERN, 'grid')), /"3":100,"8":100,"9":100/);
  });

  it('chooses a step where a finger stays, for the inspector', async () => {
    await openGrid(editor);
    await drag(pad(editor, KICK, 5), await middleOf(pad(editor, KICK, 7)));
    const { page } = editor;
    await touch('touchStart', [await middleOf(pad(editor, KICK, 5))]);
    await page.waitForTimeout(LONG_PRESS_MS);
    await touch('touchEnd', []);
    assert.deepEqual(await shown(editor, KICK), [5, 6, 7], 'it is chosen, not taken away');
    assert.equal(await page.locator('.phasor-grid-pad.cursor').getAttribute('data-step'), '4');
    await page.locator('.phasor-grid-panel').getByLabel('Velocity').fill('31');
    await editor.done();
    assert.match(String(await editor.property(PATTERN, 'grid')), /"5":31/);
  });

  it('scrolls up and down without painting', async () => {
    await deployPattern(nodeRed, { source: 'grid', grid: TALL });
    await editor.page.reload();
    await editor.page.waitForSelector('.red-ui-flow-node');
    await openGrid(editor);
    const { page } = editor;
    const places = () =>
      page.evaluate(
        `[document.querySelector('.phasor-grid-pads').scrollTop, document.querySelector('#dialog-form').parentElement.scrollTop].join()`
      );
    const from = pad(editor, 10, 9);
    await from.scrollIntoViewIfNeeded();
    const before = await places();
    const { x, y } = await middleOf(from);
    await drag(from, { x: x + 4, y: y - 180 });
    await nodeRed.until('it has scrolled', async () => (await places()) !== before);
    for (const row of [9, 10, 11, 12]) assert.deepEqual(await shown(editor, row), [(row % 16) + 1]);
    await editor.done();
    assert.ok(!(await editor.property(PATTERN, 'changed')));
  });
});
