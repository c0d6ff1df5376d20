import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { EditorPage } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, ROOT, type FlowNode } from '../support/node-red';

const FLOW = JSON.parse(
  readFileSync(join(ROOT, 'examples', '09 - NTS-1 by name with sensors.json'), 'utf8')
) as FlowNode[];
const ID = FLOW.find(({ type }) => type === 'phasor-cc-profile')!.id;
const DEVICE = FLOW.find(({ type }) => type === 'phasor-device')!.id;
const TABLE = '#phasor-cc-profile-parameters';
const STATE = '#phasor-cc-profile-state';

const MINE = `cc_profiles:
  mine:
    name: Mine
    parameters:
      cutoff: {cc: 21, curve: exponential, exponent: 3, unit: Hz}
      wave: {cc: 22, steps: [{label: saw, value: 0}, {label: sine, value: 127, from: 64}]}
      pair: {cc14: [33, 113], role: some.role}
`;

describe('the dialog of the cc profile', function () {
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
  });

  afterEach(async () => {
    await editor.page.close();
  });

  const says = (text: string) =>
    editor.page.waitForFunction(`$('${STATE}').text().includes(${JSON.stringify(text)})`);
  const row = (name: string) =>
    editor.page.locator(`${TABLE} tbody tr`, { has: editor.page.locator(`[aria-label$=", ${name}"]`) });
  const stored = async () => {
    const own = JSON.parse(String(await editor.property(ID, 'own'))) as {
      cc_profiles: Record<string, { parameters: Record<string, object> }>;
    };
    const [[id, profile]] = Object.entries(own.cc_profiles);
    return { id, ...profile };
  };
  const importText = async (name: string, text: string) => {
    await editor.page.setInputFiles('#phasor-cc-profile-file', {
      name,
      mimeType: 'text/plain',
      buffer: Buffer.from(text)
    });
  };

  it('shows the parameters of the profile that is chosen, and keeps the choice', async () => {
    const { page } = editor;
    await editor.edit(ID);
    assert.equal(await page.locator(`${TABLE} tbody tr`).count(), 62);
    assert.match(await page.innerText(TABLE), /filter_cutoff\s+CC pair\s+43, 107/);
    assert.equal(await page.locator(`${TABLE} input`).count(), 0);
    await page.selectOption('#node-input-profile', 'korg_volca_fm');
    await page.waitForFunction(`$('${TABLE} tbody tr').length === 11`);
    await editor.done();
    assert.equal(await editor.property(ID, 'profile'), 'korg_volca_fm');
    assert.deepEqual(editor.errors, []);
  });

  it('changes a copy, says what is wrong with it, and stores it', async () => {
    const { page } = editor;
    await editor.edit(ID);
    await page.selectOption('#node-input-profile', 'generic_analog');
    await page.click('#phasor-cc-profile-copy');
    await says('No error');
    await row('attack').locator('[aria-label^="Number"]').fill('74');
    await page.keyboard.press('Tab');
    await says('filter_cutoff has it already');
    await row('attack').locator('[aria-label^="Number"]').fill('123');
    await page.keyboard.press('Tab');
    await says('channel mode');
    await row('attack').locator('[aria-label^="Number"]').fill('20');
    await page.keyboard.press('Tab');
    await row('decay').locator('[aria-label^="Curve"]').selectOption('stepped');
    await row('decay').locator('[aria-label^="Steps"]').fill('short: 0, long: 100');
    await page.keyboard.press('Tab');
    await says('No error');
    await row('sustain').locator('button').last().click();
    await page.click('#phasor-cc-profile-add');
    await page.fill('#phasor-cc-profile-id', 'bench');
    await page.keyboard.press('Tab');
    await says('filter_cutoff has it already');
    await row('parameter_1').locator('[aria-label^="Number"]').fill('99 1');
    await row('parameter_1').locator('[aria-label^="Kind"]').selectOption('nrpn');
    await says('No error');
    await editor.done();
    const { id, parameters } = await stored();
    assert.equal(id, 'bench');
    assert.deepEqual(parameters.attack, {
      cc: 20,
      curve: 'exponential',
      role: 'envelope.attack',
      group: 'envelope'
    });
    assert.deepEqual((parameters.decay as { steps: object }).steps, [
      { label: 'short', value: 0 },
      { label: 'long', value: 100 }
    ]);
    assert.deepEqual(parameters.parameter_1, { nrpn: [99, 1] });
    assert.equal(parameters.sustain, undefined);
    assert.equal(await editor.property(ID, 'profile'), '_own');
    assert.ok(await editor.property(ID, 'valid'));
    // Opened and closed again it is the same.
    await editor.edit(ID);
    await says('No error');
    await editor.done();
    assert.deepEqual((await stored()).parameters, parameters);
    assert.deepEqual(editor.errors, []);
  });

  it('marks a node whose own profile is wrong', async () => {
    const { page } = editor;
    await editor.edit(ID);
    await importText('mine.yaml', MINE);
    await says('No error');
    await row('cutoff').locator('[aria-label^="Number"]').fill('121');
    await page.keyboard.press('Tab');
    await editor.done();
    const reasons = (await editor.property(ID, 'validationErrors')) as string[];
    assert.match(reasons.join(), /channel mode/);
  });

  it('imports YAML and CSV, and exports what it imported', async () => {
    const { page } = editor;
    await editor.edit(ID);
    await importText('broken.yaml', MINE.replace('21', '123'));
    await says('line 5, column 20');
    assert.equal(await page.inputValue('#node-input-profile'), 'korg_nts1_mk2');
    await importText('mine.yaml', MINE);
    await says('No error');
    const download = page.waitForEvent('download');
    await page.click('#phasor-cc-profile-export');
    const file = await download;
    assert.equal(file.suggestedFilename(), 'mine.yaml');
    const text = readFileSync(await file.path(), 'utf8');
    assert.match(text, /cutoff:\s+cc: 21\s+curve: exponential\s+exponent: 3/);
    await importText(
      'table.csv',
      'manufacturer,device,parameter_name,cc_msb\nAcme,Box,Rate,3\nAcme,Box,Off,120\n'
    );
    await says('1 rows were left out');
    await editor.done();
    assert.deepEqual((await stored()).id, 'acme_box');
    // The browser itself reports the answer 400 to the broken text.
    assert.ok(editor.errors.every((error) => error.includes('400')));
  });

  it('keeps an own profile as a file, which every dialog then offers', async () => {
    const { page } = editor;
    await editor.edit(ID);
    await importText('mine.yaml', MINE);
    await says('No error');
    await page.click('#phasor-cc-profile-save');
    await says('mine.yaml');
    await editor.cancel();
    await editor.edit(ID);
    await page.waitForSelector('#node-input-profile option[value="mine"]', { state: 'attached' });
    await page.selectOption('#node-input-profile', 'mine');
    await page.waitForFunction(`$('${TABLE} tbody tr').length === 3`);
    await editor.cancel();
    await editor.edit(DEVICE);
    await page.waitForSelector('#node-config-input-profile option[value="mine"]', { state: 'attached' });
    await page.selectOption('#node-config-input-profile', 'mine');
    await editor.done();
    assert.equal(await editor.property(DEVICE, 'profile'), 'mine');
    assert.deepEqual(editor.errors, []);
  });

  it('learns the controller that is turned', async () => {
    const { page } = editor;
    let count = 0;
    await page.route('**/phasor/cc-profiles/heard/*', (route) =>
      route.fulfill({ json: count++ < 2 ? { count: 4, controller: 9 } : { count: 5, controller: 33 } })
    );
    await editor.edit(ID);
    await importText('mine.yaml', MINE);
    await says('No error');
    await row('cutoff').locator('button').first().click();
    await says('Turn the knob for cutoff');
    await page.waitForFunction(`$('${STATE}').text().includes('pair')`);
    await row('pair').locator('button').last().click();
    await says('No error');
    await editor.done();
    assert.equal(
      (await stored()).parameters.cutoff && ((await stored()).parameters.cutoff as { cc: number }).cc,
      33
    );
    assert.deepEqual(editor.errors, []);
  });

  it('works where the runtime does not answer', async () => {
    await editor.page.route('**/phasor/cc-profiles**', (route) => route.fulfill({ status: 500, body: 'no' }));
    await editor.edit(ID);
    assert.equal(await editor.page.locator(`${TABLE} tbody tr`).count(), 62);
    await editor.done();
    assert.equal(await editor.property(ID, 'profile'), 'korg_nts1_mk2');
  });

  it('Delete in the dialog ends the learning, and nothing is asked for afterwards', async () => {
    await nodeRed.deploy(FLOW);
    const { page } = editor;
    await editor.edit(ID);
    await page.click('#phasor-cc-profile-copy');
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/heard/')) asked.push(request.url());
    });
    await page.locator(`${TABLE} tbody tr`).first().locator('button').first().click();
    await nodeRed.until('it learns', () => asked.length > 1);
    await page.click('#node-dialog-delete:visible');
    await page.waitForFunction(`$('.red-ui-tray').length === 0`);
    const count = asked.length;
    await page.waitForTimeout(1000);
    assert.deepEqual(asked.slice(count), []);
    assert.deepEqual(editor.errors, []);
  });
});
