import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { EditorPage, TAKES_PICTURES } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, PACKAGE, ROOT } from '../support/node-red';

describe('the examples in the menu', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
    await nodeRed.deploy([]);
  });

  it('one is imported by clicks alone, deployed, and seen to play', async () => {
    const screen = TAKES_PICTURES ? { deviceScaleFactor: 2 } : {};
    const editor = await EditorPage.open(browser, nodeRed, 'light', screen);
    const { page } = editor;
    await page.click('#red-ui-header-button-sidemenu');
    await page.click('#menu-item-import');
    await page.click('a[href="#red-ui-clipboard-dialog-import-tab-examples"]');
    const list = page.locator('#red-ui-clipboard-dialog-import-tab-examples');
    await list.getByText(PACKAGE.name, { exact: true }).click();
    await list.getByText('01 - First beat', { exact: true }).click();
    await page.click('#red-ui-clipboard-dialog-ok');
    await page.waitForFunction(`RED.nodes.filterNodes({ type: 'phasor-pattern' }).length === 1`);
    const invalid = await page.evaluate(`(() => {
      const wrong = [];
      RED.nodes.eachNode((node) => { if (node.valid === false) wrong.push(node.type); });
      return wrong;
    })()`);
    assert.deepEqual(invalid, []);

    await page.locator('.red-ui-tab').filter({ hasText: 'First beat' }).first().click();
    await page.click('#red-ui-header-button-deploy');
    await page.waitForSelector('#red-ui-header-button-deploy.disabled');
    const statuses = page.locator('.red-ui-flow-node-status-label');
    await statuses.filter({ hasText: '120 BPM' }).waitFor();
    await statuses.filter({ hasText: /loopback/i }).waitFor();
    // Without an instrument it is the sidebar where it is heard, so it is open.
    await page.locator('.phasor-sidebar-clock.phasor-sidebar-running').waitFor();
    await page.waitForFunction(`/[1-9]\\d* sent/.test($('.phasor-sidebar-port').text())`);
    await page.waitForFunction(`document.querySelector('.phasor-sidebar').phasor.roll.size > 0`);
    if (TAKES_PICTURES) await takePicture(editor);
    assert.deepEqual(editor.errors, []);
    await page.close();
  });

  async function takePicture({ page }: EditorPage): Promise<void> {
    await page.setViewportSize({ width: 1180, height: 480 });
    await page.evaluate(`RED.actions.invoke('core:toggle-sidebar')`);
    await page.locator('#red-ui-palette-search input').pressSequentially('phasor');
    await page.waitForFunction(`$('.red-ui-notification:visible').length === 0`, undefined, {
      timeout: 30_000
    });
    await page.evaluate(`RED.view.select([])`);
    await page.evaluate(`RED.nodes.eachWorkspace(({ id, label }) => {
      if (label !== 'First beat') RED.workspaces.hide(id);
    })`);
    await page.mouse.move(900, 300);
    await page.waitForTimeout(1000); // menus and searches move
    await page.screenshot({ path: join(ROOT, 'docs', 'first-beat.png') });
  }
});
