import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { STYLES } from '../../nodes/music/mutation';
import { EditorPage } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, ROOT, type FlowNode } from '../support/node-red';

const FLOW = JSON.parse(
  readFileSync(join(ROOT, 'examples', '02 - Change notes in a function.json'), 'utf8')
) as FlowNode[];
const ID = FLOW.find(({ type }) => type === 'phasor-pattern')!.id;
const RULES = '#phasor-mutation-rules .phasor-mutation-rule';

describe('the list of mutation rules', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let editor: EditorPage;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
    await nodeRed.deploy(FLOW);
  });

  beforeEach(async () => {
    editor = await EditorPage.open(browser, nodeRed);
    await open();
  });

  afterEach(async () => {
    assert.deepEqual(editor.errors, []);
    await editor.page.close();
  });

  /** Opens the dialog at its tab. */
  async function open(): Promise<void> {
    await editor.edit(ID);
    await editor.page.click('a[href="#phasor-pattern-tab-mutation"]');
    await editor.page.waitForSelector('#phasor-pattern-tab-mutation', { state: 'visible' });
  }

  const field = (rule: number, name: string) =>
    editor.page.locator(RULES).nth(rule).locator(`[data-field="${name}"]`).locator('input, select');
  const kinds = () =>
    editor.page
      .locator(`${RULES} [data-field="what"] select`)
      .evaluateAll((all) => all.map((each) => (each as unknown as { value: string }).value));
  const said = () => editor.page.innerText('#phasor-mutation-problem');
  const stored = async () => (await editor.property(ID, 'mutation')) as string;

  it('shows a style, and stores its name until something is changed', async () => {
    assert.deepEqual(
      await kinds(),
      STYLES.default.rules.map(({ what }) => what)
    );
    await editor.page.selectOption('#phasor-mutation-style', 'ambient');
    assert.deepEqual(
      await kinds(),
      STYLES.ambient.rules.map(({ what }) => what)
    );
    await editor.page.check('#node-input-mutates');
    await editor.done();
    assert.equal(await stored(), 'ambient');
    assert.equal(await editor.property(ID, 'mutates'), true);
    await open();
    await field(0, 'order').selectOption('3');
    assert.equal(await editor.page.inputValue('#phasor-mutation-style'), 'own');
    await field(0, 'order').selectOption('2');
    assert.equal(await editor.page.inputValue('#phasor-mutation-style'), 'ambient');
    await editor.cancel();
  });

  it('adds, moves, changes and removes rules with the keyboard alone', async () => {
    const { page } = editor;
    await page.selectOption('#phasor-mutation-style', 'rhythmic');
    const count = (await kinds()).length;
    await page.locator('.red-ui-editableList-addButton').last().focus();
    await page.keyboard.press('Enter');
    assert.equal((await kinds()).length, count + 1);
    // The new rule has the focus, at what it does.
    await page.keyboard.type('reverse');
    await page.locator(RULES).last().locator('.phasor-mutation-up').focus();
    for (let step = 0; step < count; step++) await page.keyboard.press('Enter');
    assert.equal((await kinds())[0], 'reverse');
    await page.locator('#phasor-mutation-rules .red-ui-editableList-item-remove').nth(1).focus();
    await page.keyboard.press('Enter');
    await editor.page.waitForFunction(`$('${RULES}').length === ${count}`);
    await editor.done();
    const { rules } = JSON.parse(await stored()) as { rules: { what: string }[] };
    assert.deepEqual(
      rules.map(({ what }) => what),
      ['reverse', ...STYLES.rhythmic.rules.slice(1).map(({ what }) => what)]
    );
  });

  it('says which rule is wrong and why, and keeps what was written', async () => {
    const { page } = editor;
    await field(7, 'amount').fill('much');
    assert.match(await said(), /^Rule 8, amount\[?.*"much"/);
    assert.equal(await field(7, 'what').getAttribute('aria-invalid'), 'true');
    await field(7, 'amount').fill('-3..3');
    await field(0, 'more').fill('{');
    assert.match(await said(), /^Rule 1, Further: a JSON object/);
    await page.fill('#phasor-mutation-scale', 'c4 jolly');
    await field(0, 'more').fill('');
    assert.match(await said(), /scale.*c4 jolly/);
    await editor.done();
    const reasons = (await editor.property(ID, 'validationErrors')) as string[];
    assert.equal(reasons.length, 1);
    assert.match(reasons[0], /^Mutation: .*c4 jolly/);
    await open();
    await page.fill('#phasor-mutation-scale', 'c4 minor');
    assert.match(await said(), /^No error/);
    await editor.done();
    assert.ok(await editor.property(ID, 'valid'));
  });

  it('has a label for each control, and fits 600 px', async () => {
    await editor.setTrayWidth(600);
    const wrong = (await editor.page.evaluate(`(() => {
      const tab = document.querySelector('#phasor-pattern-tab-mutation');
      const controls = [...tab.querySelectorAll('input, select, button')].filter((each) => each.offsetParent);
      return controls
        .filter((each) => !each.labels?.length && !each.getAttribute('aria-label') && !each.innerText.trim())
        .map((each) => each.outerHTML)
        .concat(tab.scrollWidth > tab.clientWidth + 1 ? ['too wide'] : [])
        .concat(/mutation\\.\\w+\\./.test(tab.innerText) ? [tab.innerText] : []);
    })()`)) as string[];
    assert.deepEqual(wrong, []);
    await editor.cancel();
  });
});
