import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { EditorPage, startBrowser } from '../support/browser';
import { NodeRed, type FlowNode } from '../support/node-red';

const device = (id: string, fields: object): FlowNode => ({
  id,
  type: 'phasor-device',
  name: `the ${id}`, // not the id: Node-RED takes that for a reference
  channel: 1,
  offsetMs: 7,
  wire: 'none',
  portMode: 'loopback',
  port: 'cable',
  inputMode: 'loopback',
  inputPort: 'cable',
  version: 1,
  ...fields
});
const FLOW: FlowNode[] = [
  { id: 'tab', type: 'tab', label: 'tab', disabled: false },
  { id: 'out', type: 'phasor-alsa-out', z: 'tab', device: 'loop', x: 100, y: 100, wires: [] },
  device('loop', {}),
  device('open', { inputPort: 'another' }),
  device('absent', { inputMode: 'name', inputPort: 'Nothing' })
];
const BUTTON = '#phasor-device-measure';
const TOLD = '#phasor-device-measured';
const TAKE = '#phasor-device-take';
const OFFSET = '#node-config-input-offsetMs';

describe('the dialog of a device measures its latency', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let editor: EditorPage;

  before(async () => {
    nodeRed = await NodeRed.start();
    await nodeRed.deploy(FLOW);
    browser = await startBrowser();
    editor = await EditorPage.open(browser, nodeRed);
  });

  after(async () => {
    await browser?.close();
    await nodeRed?.stop();
  });

  const told = (pattern: string) =>
    editor.page.waitForFunction(`/${pattern}/.test($('${TOLD}').text())`, undefined, { timeout: 20_000 });
  /** Presses a button by the keyboard. */
  const press = async (button: string) => {
    await editor.page.focus(button);
    await editor.page.keyboard.press('Enter');
  };

  it('by the keyboard alone, and takes the figure over', async () => {
    const { page } = editor;
    await editor.edit('loop');
    await press(BUTTON);
    await told('^100 messages');
    assert.equal(await page.innerText(BUTTON), 'Stop');
    await told('Lost: 0 of 100');
    assert.match(await page.innerText(TOLD), /^From cable to cable: half took up to \d+\.\d\d ms/);
    assert.deepEqual(await editor.barriers('#node-config-dialog-edit-form'), []);
    const offered = /(-?[\d.]+) ms/.exec(await page.innerText(TAKE))?.[1];
    await press(TAKE);
    assert.equal(await page.inputValue(OFFSET), offered);
    assert.ok(await page.isHidden(TAKE));
    assert.equal(await page.evaluate(`document.activeElement.matches('${OFFSET}')`), true);
    await editor.done();
    assert.equal(await editor.property('loop', 'offsetMs'), offered);
  });

  it('says why it cannot, and can be stopped and left', async () => {
    const { page } = editor;
    await editor.edit('absent');
    await press(BUTTON);
    await told('The input cannot be used: there is no MIDI port "Nothing"');
    assert.ok(await page.isHidden(TAKE));
    await editor.cancel();
    await editor.edit('open');
    await press(BUTTON);
    await told('^Nothing came back');
    // Another measurement runs, and is given up with its dialog.
    await press(BUTTON);
    await told('^100 messages');
    const other = await fetch(new URL('phasor/devices/loop/latency', nodeRed.url), { method: 'POST' });
    assert.deepEqual([other.status, ((await other.json()) as { failure: string }).failure], [409, 'busy']);
    await press(BUTTON);
    await told('was stopped');
    await press(BUTTON);
    await told('^100 messages');
    await editor.cancel();
    await nodeRed.until('the runtime has noticed', async () => {
      const aborting = new AbortController();
      const answer = fetch(new URL('phasor/devices/loop/latency', nodeRed.url), {
        method: 'POST',
        signal: aborting.signal
      }).then(
        ({ status }) => status,
        () => 0
      );
      const status = await Promise.race([
        answer,
        new Promise<number>((resolve) => setTimeout(resolve, 300, 0))
      ]);
      aborting.abort();
      return status === 0;
    });
    await nodeRed.deploy(FLOW.filter(({ id }) => id !== 'absent'));
    await editor.edit('absent');
    await press(BUTTON);
    await told('does not run yet');
    await editor.cancel();
    const expected = /responded with a status of 4(04|09)/;
    assert.deepEqual(
      editor.errors.filter((error) => !expected.test(error)),
      []
    );
  });
});
