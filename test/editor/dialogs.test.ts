import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { EditorPage, type Theme } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, ROOT, type FlowNode } from '../support/node-red';

const FLOW = JSON.parse(
  readFileSync(join(ROOT, 'examples', '02 - Change notes in a function.json'), 'utf8')
) as FlowNode[];
/** What that example has none of, on its tab and with its device. */
const more = (example: string, type: string) => {
  const flow = JSON.parse(readFileSync(join(ROOT, 'examples', example), 'utf8')) as FlowNode[];
  const device = FLOW.find((node) => node.type === 'phasor-device')!.id;
  FLOW.push({ ...flow.find((node) => node.type === type)!, z: FLOW[0].id, device, thru: '', wires: [[]] });
};
more('13 - Live play with thru.json', 'phasor-alsa-in');
FLOW.push({
  id: 'throttle',
  type: 'phasor-throttle',
  z: FLOW[0].id,
  name: '',
  throttleMs: 10,
  device: FLOW.find((node) => node.type === 'phasor-device')!.id,
  second: 'statistics',
  rate: 4,
  version: 1,
  x: 400,
  y: 400,
  wires: [[], []]
});
more('09 - NTS-1 by name with sensors.json', 'phasor-cc-profile');
const idOf = (type: string) => FLOW.find((node) => node.type === type)!.id;

/** Where Node-RED puts the template of a node, and that of a config node. */
const FORM = '#dialog-form, #node-config-dialog-edit-form';

/** One change in each dialog: the control, what is entered, and what is stored. */
const CHANGES: { type: string; control: string; value: string; key: string; stored: unknown }[] = [
  {
    type: 'phasor-throttle',
    control: '#node-input-throttleMs',
    value: '25',
    key: 'throttleMs',
    stored: '25'
  },
  { type: 'phasor-clock', control: '#node-input-bpm', value: '96', key: 'bpm', stored: '96' },
  {
    type: 'phasor-pattern',
    control: '#node-input-notation',
    value: 'c4 ~\ng4 ~',
    key: 'notation',
    stored: 'c4 ~\ng4 ~'
  },
  {
    type: 'phasor-cc-profile',
    control: '#node-input-smoothing',
    value: '50',
    key: 'smoothing',
    stored: '50'
  },
  { type: 'phasor-alsa-out', control: '#node-input-name', value: 'synth', key: 'name', stored: 'synth' },
  {
    type: 'phasor-alsa-in',
    control: '#node-input-noteRange',
    value: 'c2-c5',
    key: 'noteRange',
    stored: 'c2-c5'
  },
  { type: 'phasor-device', control: '#node-config-input-channel', value: '10', key: 'channel', stored: '10' }
];

/** A dialog beside others, and one in a narrow window. */
const WIDTHS = [1000, 600];

const THEMES: Theme[] = ['light', 'dark'];

/** What the runtime of a machine with two interfaces would answer. */
const PORTS = {
  driver: 'alsa',
  ports: [
    { name: 'UM-ONE:UM-ONE MIDI 1', direction: 'out', kind: 'hardware' },
    { name: 'Midi Through:Midi Through Port-0', direction: 'out', kind: 'through' }
  ]
};

describe('the dialogs', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let shared: { theme: Theme; editor: EditorPage } | undefined;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
    await nodeRed.deploy(FLOW);
  });

  after(async () => {
    await shared?.editor.page.close();
  });

  /** One page for all tests of a theme, since loading the editor takes longer than a test. */
  async function withEditor(theme: Theme, use: (editor: EditorPage) => Promise<void>): Promise<void> {
    if (shared?.theme !== theme) {
      await shared?.editor.page.close();
      shared = { theme, editor: await EditorPage.open(browser, nodeRed, theme) };
    }
    const { editor } = shared;
    try {
      await use(editor);
      assert.deepEqual(editor.errors, []);
    } catch (error) {
      // The next test begins with a page that no dialog is open in.
      shared = undefined;
      await editor.page.close();
      throw error;
    }
  }

  for (const theme of [...THEMES].reverse()) {
    for (const { type } of CHANGES) {
      it(`${type} opens without an error, fits, and keeps nobody out, ${theme}`, () =>
        withEditor(theme, async (editor) => {
          await editor.edit(idOf(type));
          const { page } = editor;
          for (const px of WIDTHS) {
            await editor.setTrayWidth(px);
            assert.deepEqual(await editor.overflow(), [], `${px} px wide`);
          }
          assert.equal(await page.locator('.red-ui-tray .input-error').count(), 0);
          assert.deepEqual(await editor.barriers(FORM), []);
          assert.doesNotMatch(await page.locator(FORM).innerText(), /phasor-\w+\.\w+\./);
          const unlabelled = (await page.evaluate(`
            [...document.querySelectorAll('${FORM}')].flatMap((form) => [...form.elements])
              .filter((each) => each.offsetParent && each.tagName !== 'BUTTON' && !each.id.startsWith('red-ui-trap') && !each.labels?.length && !each.getAttribute('aria-label'))
              .filter((each) => !each.closest('.red-ui-typedInput-container'))
              .map((each) => each.id)
          `)) as string[];
          assert.deepEqual(unlabelled, []);
          await editor.cancel();
        }));
    }
  }

  for (const theme of [...THEMES].reverse()) {
    it(`the pattern keeps nobody out of its tabs and its grid, ${theme}`, () =>
      withEditor(theme, async (editor) => {
        const { page } = editor;
        await editor.edit(idOf('phasor-pattern'));
        await editor.setTrayWidth(600);
        await page.selectOption('#node-input-source', 'grid');
        await page.waitForSelector('#phasor-pattern-grid [data-step]');
        assert.deepEqual(await editor.barriers(FORM), []);
        for (const tab of ['play', 'mutation']) {
          // Two presses of tabs that follow closely count as a double one.
          await page.waitForTimeout(500);
          await page.click(`a[href="#phasor-pattern-tab-${tab}"]`);
          await page.waitForSelector(`#phasor-pattern-tab-${tab}`, { state: 'visible' });
          assert.deepEqual(await editor.barriers(FORM), []);
          assert.deepEqual(await editor.overflow(), []);
        }
        await page.check('#node-input-mutates');
        await page.selectOption('#phasor-mutation-style', 'own');
        assert.deepEqual(await editor.barriers(FORM), []);
        await editor.cancel();
      }));
  }

  it('Done without a change leaves every node as it was', () =>
    withEditor('light', async (editor) => {
      for (const { type } of CHANGES) {
        await editor.edit(idOf(type));
        await editor.done();
        assert.ok(!(await editor.property(idOf(type), 'changed')), type);
      }
    }));

  for (const { type, control, value, key, stored } of CHANGES) {
    it(`${type}: Cancel discards, Done keeps`, () =>
      withEditor('light', async (editor) => {
        const id = idOf(type);
        const before = await editor.property(id, key);
        await editor.edit(id);
        await editor.page.fill(control, value);
        await editor.cancel();
        assert.deepEqual(await editor.property(id, key), before);
        await editor.edit(id);
        await editor.page.fill(control, value);
        await editor.done();
        assert.deepEqual(await editor.property(id, key), stored);
        await editor.edit(id);
        assert.equal(await editor.page.inputValue(control), value);
        await editor.done();
        assert.deepEqual(await editor.property(id, key), stored);
      }));
  }

  it('the throttle sets the share of its device, and undoes it', () =>
    withEditor('light', async (editor) => {
      const [id, device] = [idOf('phasor-throttle'), idOf('phasor-device')];
      const { page } = editor;
      const share = '#phasor-throttle-share';
      await editor.edit(id);
      assert.equal(await page.inputValue(share), '50');
      await page.fill(share, '0');
      assert.equal(await page.getAttribute(share, 'aria-invalid'), 'true');
      await page.fill(share, '30');
      assert.equal(await page.getAttribute(share, 'aria-invalid'), 'false');
      await page.selectOption('#node-input-second', 'held');
      assert.ok(!(await page.isVisible('#node-input-rate')));
      await editor.cancel();
      assert.equal(Number(await editor.property(device, 'controlShare')), 50);
      await editor.edit(id);
      await page.fill(share, '30');
      await editor.done();
      assert.equal(await editor.property(device, 'controlShare'), '30');
      assert.equal(await editor.property(device, 'changed'), true);
      await editor.edit(device);
      assert.equal(await page.inputValue('#node-config-input-controlShare'), '30');
      await editor.cancel();
      await page.evaluate('RED.history.pop()');
      assert.equal(Number(await editor.property(device, 'controlShare')), 50);
      await editor.edit(id);
      await page.evaluate(`$('#node-input-device').val('_ADD_').trigger('change')`);
      assert.ok(await page.isDisabled(share));
      await editor.cancel();
    }));

  it('the pattern tells line and column while somebody types', () =>
    withEditor('light', async (editor) => {
      await editor.edit(idOf('phasor-pattern'));
      await editor.page.fill('#node-input-notation', 'c4 e4\ng4 [b4');
      await editor.page.waitForFunction(`$('#phasor-pattern-check').text().startsWith('Line 2')`);
      assert.equal(await editor.page.getAttribute('#node-input-notation', 'aria-invalid'), 'true');
      await editor.page.fill('#node-input-notation', 'c4 e4');
      await editor.page.waitForFunction(`!$('#phasor-pattern-check').text().startsWith('Line')`);
      await editor.cancel();
    }));

  it('the pattern stores what is set on its tab Play, flow values too, and marks what is wrong there', () =>
    withEditor('light', async (editor) => {
      const id = idOf('phasor-pattern');
      const { page } = editor;
      const openPlay = async () => {
        await editor.edit(id);
        assert.ok(!(await page.isVisible('#node-input-groove')));
        await page.click('#phasor-pattern-tabs a[title="Play"], #phasor-pattern-tabs li:nth-child(2) a');
        await page.waitForSelector('#node-input-groove', { state: 'visible' });
      };
      await openPlay();
      await editor.setTrayWidth(600);
      await page.fill('#node-input-groove', 'shuffle');
      await page.fill('#node-input-rate', '3/2');
      await page.fill('#node-input-density', '$light');
      assert.ok(!(await page.isVisible('#node-input-next')));
      await page.selectOption('#node-input-ending', 'next');
      assert.ok(await page.isVisible('#node-input-next'));
      await page.fill('#node-input-next', 'd4\ne4');
      assert.equal(await page.locator('.red-ui-tray .input-error').count(), 0);
      await editor.done();
      for (const [key, value] of Object.entries({
        groove: 'shuffle',
        rate: '3/2',
        density: '$light',
        ending: 'next',
        next: 'd4\ne4'
      })) {
        assert.equal(await editor.property(id, key), value);
      }
      await openPlay();
      await page.fill('#node-input-groove', 'polka');
      await page.press('#node-input-groove', 'Tab');
      await page.waitForSelector('#node-input-groove.input-error');
      await editor.cancel();
    }));

  it('a wrong value is marked, with the reason, also while the dialog is closed', () =>
    withEditor('light', async (editor) => {
      const id = idOf('phasor-clock');
      await editor.edit(id);
      await editor.page.fill('#node-input-bpm', '1000');
      await editor.page.press('#node-input-bpm', 'Tab');
      await editor.page.waitForSelector('#node-input-bpm.input-error');
      await editor.done();
      const reasons = (await editor.property(id, 'validationErrors')) as string[];
      assert.deepEqual(reasons, ['Tempo: a number from 1 to 999 is needed']);
    }));

  it('the device offers the ports that are there and keeps one that is not', () =>
    withEditor('light', async (editor) => {
      const { page } = editor;
      const meaning = () => page.innerText('#phasor-device-port-meaning');
      const id = idOf('phasor-device');
      await page.route('**/phasor/ports', (route) => route.fulfill({ json: PORTS }));
      await editor.edit(id);
      assert.match(await meaning(), /UM-ONE/);
      await page.evaluate(`$('#node-config-input-port').typedInput('type', 'name')`);
      await page.evaluate(`$('#node-config-input-port').typedInput('value', 'UM-ONE:UM-ONE MIDI 1')`);
      assert.match(await meaning(), /Plays to UM-ONE/);
      await editor.done();
      assert.equal(await editor.property(id, 'port'), 'UM-ONE:UM-ONE MIDI 1');
      assert.equal(await editor.property(id, 'portMode'), 'name');

      await page.unroute('**/phasor/ports');
      await page.route('**/phasor/ports', (route) =>
        route.fulfill({ json: { ...PORTS, ports: [PORTS.ports[1]] } })
      );
      await editor.edit(id);
      assert.match(await meaning(), /No such port/);
      await editor.done();
      assert.equal(await editor.property(id, 'port'), 'UM-ONE:UM-ONE MIDI 1');
    }));

  it('the device dialog works when the runtime does not answer', async () => {
    const editor = await EditorPage.open(browser, nodeRed);
    await editor.page.route('**/phasor/ports', (route) => route.fulfill({ status: 500, body: 'no' }));
    const id = idOf('phasor-device');
    await editor.edit(id);
    assert.match(await editor.page.innerText('#phasor-device-port-meaning'), /did not answer/);
    await editor.done();
    assert.equal(await editor.property(id, 'portMode'), 'auto');
    await editor.page.close();
  });
});
