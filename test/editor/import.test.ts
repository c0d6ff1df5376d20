import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { EditorPage } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, PACKAGE } from '../support/node-red';

describe('the examples in the menu', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
    await nodeRed.deploy([]);
  });

  it('one is imported by clicks alone, deployed, and seen to play', async () => {
    const editor = await EditorPage.open(browser, nodeRed);
    const { page } = editor;
    await page.click('#red-ui-header-button-sidemenu');
    await page.click('#menu-item-import');
    await page
      .getByRole('tab', { name: 'Examples' })
      .or(page.locator('.red-ui-tab', { hasText: 'Examples' }))
      .first()
      .click();
    const list = page.locator('#red-ui-clipboard-dialog .red-ui-treeList:visible');
    await list.getByText(PACKAGE.name, { exact: true }).click();
    await list.getByText('01 - First beat', { exact: true }).click();
    await page.click('#red-ui-clipboard-dialog-ok');
    await page.waitForFunction(`RED.nodes.filterNodes({ type: 'phasor-pattern' }).length === 1`);
    const invalid = await page.evaluate(`(() => {
      const wrong = [];
      RED.nodes.eachNode((node) => { if (!node.valid) wrong.push(node.type); });
      return wrong;
    })()`);
    assert.deepEqual(invalid, []);

    await page.click('#red-ui-header-button-deploy');
    await page.waitForSelector('#red-ui-header-button-deploy.disabled');
    const statuses = page.locator('.red-ui-flow-node-status-label');
    await statuses.filter({ hasText: '120 BPM' }).waitFor();
    await statuses.filter({ hasText: /loopback/i }).waitFor();
    // Without an instrument it is the sidebar where it is heard, so it is open.
    await page.locator('.phasor-sidebar-clock.phasor-sidebar-running').waitFor();
    await page.waitForFunction(`/[1-9]\\d* sent/.test($('.phasor-sidebar-port').text())`);
    await page.waitForFunction(`document.querySelector('.phasor-sidebar').phasor.roll.size > 0`);
    assert.deepEqual(editor.errors, []);
  });
});
