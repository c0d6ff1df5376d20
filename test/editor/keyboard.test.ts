import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { EditorPage } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, ROOT, tap, TAPS, type FlowNode, type Heard } from '../support/node-red';

/** The first beat, with another note in the place of its own. */
const FLOW = (
  JSON.parse(readFileSync(join(ROOT, 'examples', '01 - First beat.json'), 'utf8')) as FlowNode[]
).map((node) => ({
  ...node,
  ...(node.type === 'phasor-pattern' ? { notation: 'c2' } : {})
}));
const idOf = (type: string) => FLOW.find((node) => node.type === type)!.id;
/** More controls no dialog has together with the editor around it, which comes in between. */
const MOST_TABS = 200;

describe('the keyboard alone', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let editor: EditorPage;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
    await nodeRed.deploy([TAPS, tap('Loopback'), ...FLOW]);
    editor = await EditorPage.open(browser, nodeRed);
  });

  /** Goes on by the tabulator until a control has the focus. */
  async function tabTo(control: string): Promise<void> {
    const { page } = editor;
    for (let pressed = 0; pressed < MOST_TABS; pressed++) {
      if (await page.evaluate(`document.activeElement?.matches('${control}')`)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`the tabulator does not come to ${control}`);
  }

  async function confirm(): Promise<void> {
    const { page } = editor;
    await tabTo('#node-dialog-ok');
    await page.keyboard.press('Enter');
    await page.waitForFunction(`$('.red-ui-tray').length === 0`);
    await page.waitForTimeout(300);
  }

  it('writes a beat, sets its tempo, and plays it', async () => {
    const { page } = editor;
    await editor.edit(idOf('phasor-pattern'));
    await tabTo('#node-input-notation');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('c4 e4 g4 b4');
    await tabTo('#node-input-velocity');
    await confirm();
    await editor.edit(idOf('phasor-clock'));
    await tabTo('#node-input-bpm');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('240');
    await confirm();
    await page.evaluate(`RED.actions.invoke('core:deploy-flows')`);
    const notesOf = (all: readonly Heard[]) =>
      all.filter(({ bytes }) => bytes[0] >> 4 === 9 && bytes[1] !== 36).map(({ bytes }) => bytes[1]);
    const notes = notesOf(await nodeRed.hear('Loopback', (all) => notesOf(all).length >= 4));
    assert.ok(' 60 64 67 71 60 64 67 '.includes(` ${notes.slice(0, 4).join(' ')} `), notes.join(' '));
    await nodeRed.until('the tempo is shown', () =>
      /240/.test(nodeRed.statuses.get(idOf('phasor-clock'))?.text ?? '')
    );
    assert.deepEqual(editor.errors, []);
  });
});
