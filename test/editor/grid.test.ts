import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import type { GridJson, StepJson } from '../../nodes/music/grid';
import { EditorPage, TAKES_PICTURES, type Theme } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import {
  CLAP,
  deployPattern,
  KICK,
  openGrid,
  pad,
  PATTERN,
  shown,
  SNARE,
  WIDTHS
} from '../support/grid-page';
import { type NodeRed, ROOT, type Heard } from '../support/node-red';

const AXE = join(ROOT, 'node_modules', 'axe-core', 'axe.min.js');
const NOTE = { [KICK]: 36, [SNARE]: 38, [CLAP]: 39 };

/** A beat that shows what a step can have. */
const PICTURE: GridJson = {
  phasor: 'grid',
  version: 1,
  length: 32,
  stepTicks: 240,
  swing: 54,
  rows: [
    { note: 46, name: 'open hat', steps: { 3: 80, 11: { value: 70, probability: 0.5 }, 27: 90 } },
    {
      note: 42,
      name: 'hi-hat',
      steps: Object.fromEntries(
        Array.from({ length: 32 }, (_, index): [string, StepJson] => [
          String(index + 1),
          index % 16 === 7 ? { value: 90, ratchet: 3 } : index % 4 === 2 ? 112 : index % 2 === 1 ? 45 : 80
        ])
      )
    },
    {
      note: 39,
      name: 'clap',
      steps: {
        5: 100,
        13: { value: 104, locks: { cutoff: 0.6 } },
        16: { value: 60, condition: '1:4' },
        21: 100,
        29: 100
      }
    },
    {
      note: 37,
      name: 'rim',
      steps: { 7: { value: 50, nudge: 0.2 }, 10: 64, 23: { value: 55, probability: 0.5 } }
    },
    { note: 45, name: 'low tom', steps: { 15: { value: 90, length: 2, condition: 'fill' }, 31: 80 } },
    {
      note: 38,
      name: 'snare',
      steps: { 5: 120, 12: { value: 44, probability: 0.4 }, 13: 120, 21: 120, 29: 120 }
    },
    {
      note: 36,
      name: 'kick',
      steps: { 1: 127, 4: 90, 9: 127, 11: { value: 100, condition: '2:2' }, 17: 127, 25: 127 }
    },
    {
      controller: 74,
      name: 'filter',
      steps: Object.fromEntries(
        Array.from({ length: 32 }, (_, index) => [
          String(index + 1),
          Math.round(66 + 58 * Math.sin(index / 2.55))
        ])
      )
    },
    { parameter: 'decay', steps: { 1: 0.25, 5: 0.55, 9: 0.9, 13: 0.4, 17: 0.25, 21: 0.7, 25: 0.9 } }
  ]
};

const noteOns = (heard: readonly Heard[]) => heard.filter(({ bytes }) => bytes[0] >> 4 === 9 && bytes[2] > 0);

describe('the step grid', function () {
  this.timeout(90_000);
  let nodeRed: NodeRed;
  let browser: Browser;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
  });

  const deploy = (pattern: Readonly<Record<string, unknown>>) => deployPattern(nodeRed, pattern);

  /** Opens an editor for one test, and sees that it has not complained. */
  async function withEditor(
    use: (editor: EditorPage) => Promise<void>,
    theme: Theme = 'light'
  ): Promise<void> {
    const editor = await EditorPage.open(browser, nodeRed, theme);
    try {
      await editor.page.setViewportSize({ width: 1500, height: 1200 });
      await use(editor);
      assert.deepEqual(editor.errors, []);
    } finally {
      await editor.page.close();
    }
  }

  const field = ({ page }: EditorPage, label: string): Locator =>
    page.locator('.phasor-grid-panel').getByLabel(label, { exact: false });
  const stored = async (editor: EditorPage): Promise<GridJson> =>
    JSON.parse((await editor.property(PATTERN, 'grid')) as string) as GridJson;
  const stepsOf = ({ rows }: GridJson, row: number) =>
    rows.find(({ note }) => note === NOTE[row as 2])?.steps;

  /** From one pad to another with the button held. */
  async function dragTo(
    editor: EditorPage,
    from: Locator,
    to: { x: number; y: number } | Locator
  ): Promise<void> {
    const { mouse } = editor.page;
    const begin = (await from.boundingBox())!;
    const [x, y] = [begin.x + begin.width / 2, begin.y + begin.height / 2];
    await mouse.move(x, y);
    await mouse.down();
    if ('x' in to) await mouse.move(x + to.x, y + to.y, { steps: 6 });
    else {
      const end = (await to.boundingBox())!;
      await mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 12 });
    }
    await mouse.up();
  }

  /** Presses Deploy, and waits for a bar of the port. */
  async function playedAfterDeploy(editor: EditorPage, count: number): Promise<number[][]> {
    await editor.page.click('#red-ui-header-button-deploy');
    await editor.page.waitForSelector('#red-ui-header-button-deploy.disabled');
    const before = (await nodeRed.heard('Loopback')).length;
    const heard = await nodeRed.hear(
      'Loopback',
      (all) => noteOns(all.slice(before)).length >= 3 * count,
      20_000
    );
    return noteOns(heard.slice(before)).map(({ bytes }) => [bytes[1], bytes[2]]);
  }

  /** What is heard is a stretch of a round that is played over and over. */
  function assertRound(heard: number[][], round: number[][]): void {
    const last = heard.slice(-2 * round.length).map((note) => note.join('@'));
    const rounds = [...round, ...round, ...round].map((note) => note.join('@')).join(' ');
    assert.ok(rounds.includes(last.join(' ')), `${last.join(' ')} is not of ${rounds}`);
  }

  for (const theme of ['light', 'dark'] as const) {
    for (const [name, width] of Object.entries(WIDTHS)) {
      it(`opens without an error, ${theme} and ${name}, and fits`, async () => {
        await deploy({ source: 'grid', grid: JSON.stringify(PICTURE) });
        await withEditor(async (editor) => {
          await openGrid(editor, width);
          const { page } = editor;
          assert.equal(await page.locator('.red-ui-tray .input-error').count(), 0);
          const overflow = await page.evaluate(`(() => {
            const body = document.querySelector('.red-ui-tray .red-ui-tray-body');
            return [body, ...body.querySelectorAll('.phasor-grid, .phasor-grid div, .phasor-grid section')]
              .filter((each) => each.clientWidth > 0 && getComputedStyle(each).overflowX !== 'hidden')
              .filter((each) => each.scrollWidth > each.clientWidth + 1 && !each.closest('.phasor-grid-row'))
              .map((each) => each.id || each.className);
          })()`);
          assert.deepEqual(overflow, []);
          assert.doesNotMatch(await page.locator('#dialog-form').innerText(), /phasor-\w+\.\w+\./);
          await page.addScriptTag({ path: AXE });
          const faults = await page.evaluate(`axe
            .run('.phasor-grid', { rules: { 'color-contrast': { enabled: false } } })
            .then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`);
          assert.deepEqual(faults, []);
          assert.equal(await page.locator('.phasor-grid-page:visible').count(), width > 1000 ? 0 : 2);
          if (TAKES_PICTURES && name === 'narrow') await takePicture(editor, theme);
          await editor.done();
          assert.ok(!(await editor.property(PATTERN, 'changed')), 'Done without a change changes nothing');
        }, theme);
      });
    }
  }

  async function takePicture(editor: EditorPage, theme: Theme): Promise<void> {
    const { page } = editor;
    await pad(editor, 2, 13).click({ button: 'right' });
    await page.waitForSelector('.phasor-grid-pad.playing');
    await page.waitForFunction(
      `document.querySelector('.phasor-grid-pad.playing')?.dataset.step === '10'`,
      undefined,
      { polling: 'raf' }
    );
    await page.locator('.phasor-grid').screenshot({ path: join(ROOT, 'docs', `grid-${theme}.png`) });
  }

  it('is painted with the mouse, and the node plays exactly that', async () => {
    await deploy({ source: 'grid', notation: '', grid: '' });
    await withEditor(async (editor) => {
      const { page } = editor;
      await openGrid(editor);
      for (const step of [1, 5, 9, 13]) await pad(editor, KICK, step).click();
      await dragTo(editor, pad(editor, CLAP, 3), pad(editor, CLAP, 7));
      assert.deepEqual(await shown(editor, CLAP), [3, 4, 5, 6, 7]);
      await dragTo(editor, pad(editor, CLAP, 4), pad(editor, CLAP, 6));
      assert.deepEqual(await shown(editor, CLAP), [3, 7], 'a stroke from a step erases');
      await pad(editor, SNARE, 6).click();
      await pad(editor, SNARE, 6).click();
      assert.deepEqual(await shown(editor, SNARE), [], 'a press on a step takes it away');
      await dragTo(editor, pad(editor, KICK, 1), { x: 0, y: -60 });
      await dragTo(editor, pad(editor, KICK, 5), { x: 0, y: 55 });
      await pad(editor, CLAP, 7).click({ button: 'right' });
      await field(editor, 'Condition').fill('2:2');
      await field(editor, 'Velocity').fill('33');
      await page.getByLabel('Clear everything').click();
      assert.deepEqual(await shown(editor, KICK), []);
      await page.getByLabel('Undo').click();
      assert.deepEqual(await shown(editor, KICK), [1, 5, 9, 13]);
      await editor.done();

      const grid = await stored(editor);
      const kick = stepsOf(grid, KICK)!;
      assert.deepEqual(Object.keys(kick), ['1', '5', '9', '13']);
      assert.equal(kick['1'], 127);
      assert.ok((kick['5'] as number) < 50, `soft: ${kick['5'] as number}`);
      assert.deepEqual(stepsOf(grid, CLAP), { 3: 100, 7: { value: 33, condition: '2:2' } });

      const bar = [
        [36, 127],
        [39, 100],
        [36, kick['5'] as number],
        [36, 100],
        [36, 100]
      ];
      const second = [...bar.slice(0, 3), [39, 33], ...bar.slice(3)];
      assertRound(await playedAfterDeploy(editor, 11), [...bar, ...second]);

      await openGrid(editor);
      assert.deepEqual(await shown(editor, KICK), [1, 5, 9, 13]);
      assert.equal(await pad(editor, CLAP, 7).locator('.mark').innerText(), '2:2');
      await editor.cancel();
    });
  });

  it('is painted with the keys alone', async () => {
    await deploy({ source: 'grid', notation: '', grid: '' });
    await withEditor(async (editor) => {
      const { page } = editor;
      const { keyboard } = page;
      const press = async (...keys: string[]) => {
        for (const key of keys) await keyboard.press(key);
      };
      await openGrid(editor, WIDTHS.wide);
      await page.focus('#node-input-source');
      for (let tab = 0; tab < 60; tab++) {
        await keyboard.press('Tab');
        if (await page.evaluate(`document.activeElement.getAttribute('role') === 'gridcell'`)) break;
      }
      await press('Control+End', 'Home', ' ', '0');
      await press('ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight', ' ');
      await press('Home', 'Shift+End', 'Control+c');
      assert.deepEqual(await shown(editor, KICK), [1, 5]);
      await press('ArrowUp', 'Home', 'Control+v', 'Alt+ArrowRight', 'Alt+ArrowRight');
      assert.deepEqual(await shown(editor, SNARE), [3, 7]);
      await press('ArrowRight', 'ArrowRight', '3', '+', '>', 'Enter');
      await press('Tab', 'Tab');
      await keyboard.type('1:2');
      await press('Escape');
      assert.equal(await page.evaluate(`document.activeElement.dataset.step`), '2', 'Escape comes back');
      await press('Home', 'Shift+End', 'Delete');
      assert.deepEqual(await shown(editor, SNARE), []);
      await press('Control+z');
      assert.deepEqual(await shown(editor, SNARE), [3, 7]);
      await press('Control+z', 'Control+y');
      const label = await page.evaluate(`document.activeElement.getAttribute('aria-label')`);
      assert.match(String(label), /^snare, step \d+/);
      await editor.done();

      const grid = await stored(editor);
      assert.deepEqual(stepsOf(grid, KICK), { 1: 127, 5: 100 });
      const [first, second] = Object.entries(stepsOf(grid, SNARE)!);
      assert.deepEqual(second, ['7', 100]);
      const { value, condition } = first[1] as { value: number; condition: string };
      assert.deepEqual([first[0], condition, value > 39 && value < 60], ['3', '1:2', true]);
      const bar = [
        [36, 127],
        [36, 100],
        [38, 100]
      ];
      assertRound(await playedAfterDeploy(editor, 7), [[36, 127], [38, value], ...bar.slice(1), ...bar]);
    });
  });

  it('Cancel discards, and nothing is asked for afterwards', async () => {
    await deploy({ source: 'grid', grid: JSON.stringify(PICTURE) });
    await withEditor(async (editor) => {
      const { page } = editor;
      const before = await editor.property(PATTERN, 'grid');
      const asked: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/phasor/pattern/')) asked.push(request.url());
      });
      await openGrid(editor);
      await pad(editor, 0, 1).click();
      await page.waitForSelector('.phasor-grid-pad.playing');
      assert.ok(asked.length > 0);
      await editor.cancel();
      assert.equal(await editor.property(PATTERN, 'grid'), before);
      assert.ok(!(await editor.property(PATTERN, 'changed')));
      await page.waitForTimeout(100);
      const count = asked.length;
      await page.waitForTimeout(1500);
      assert.equal(asked.length, count);
    });
  });

  it('Delete in the dialog ends the listening, and nothing is asked for afterwards', async () => {
    await deploy({ source: 'grid', grid: JSON.stringify(PICTURE) });
    await withEditor(async (editor) => {
      const { page } = editor;
      const asked: string[] = [];
      page.on('request', (request) => {
        if (request.url().includes('/phasor/pattern/')) asked.push(`${request.method()} ${request.url()}`);
      });
      await openGrid(editor);
      await page.click('.phasor-grid-listen');
      await page.waitForSelector('.phasor-grid.heard');
      await nodeRed.until('it is heard', () => asked.some((each) => each.startsWith('POST')));
      await page.click('#node-dialog-delete:visible');
      await page.waitForFunction(`$('.red-ui-tray').length === 0`);
      await page.waitForTimeout(200);
      const count = asked.length;
      assert.match(asked[count - 1], /^DELETE .*\/audition$/);
      await page.waitForTimeout(1500);
      assert.deepEqual(asked.slice(count), []);
      const url = new URL(`phasor/pattern/${PATTERN}/playing`, nodeRed.url);
      const { auditioned } = (await (await fetch(url)).json()) as { auditioned: boolean };
      assert.ok(!auditioned, 'the node plays its own again');
    });
  });

  it('a change while a drawer is open closes it and takes in what is seen', async () => {
    await deploy({ source: 'grid', notation: '', grid: '' });
    await withEditor(async (editor) => {
      const { page } = editor;
      const drawer = page.locator('.phasor-grid-drawer');
      const euclid = page.getByLabel('Spread hits evenly (Euclid)');
      await openGrid(editor);
      await pad(editor, KICK, 1).click({ button: 'right' });
      await euclid.click();
      assert.deepEqual(await shown(editor, KICK), [1, 5, 9, 13]);
      await pad(editor, KICK, 2).click();
      assert.ok(await drawer.isHidden());
      assert.equal(await euclid.getAttribute('aria-expanded'), 'false');
      assert.deepEqual(await shown(editor, KICK), [1, 2, 5, 9, 13]);
      await euclid.click();
      await drawer.getByLabel('Hits').fill('2');
      await page.getByLabel('Undo').click();
      assert.ok(await drawer.isHidden());
      assert.deepEqual(await shown(editor, KICK), [1, 2, 5, 9, 13], 'what was tried out is gone');
      await page.getByLabel('Undo').click();
      assert.deepEqual(await shown(editor, KICK), []);
      await page.getByLabel('Random', { exact: true }).click();
      await euclid.click();
      assert.ok(await drawer.isVisible(), 'one drawer takes the place of another');
      assert.deepEqual(await shown(editor, KICK), [1, 5, 9, 13]);
      await editor.done();
      assert.deepEqual(Object.keys(stepsOf(await stored(editor), KICK)!), ['1', '5', '9', '13']);
    });
  });

  it('spreads, turns, reverses, draws by chance, grows and has rows added; all can be undone', async () => {
    await deploy({ source: 'grid', notation: '', grid: '' });
    await withEditor(async (editor) => {
      const { page } = editor;
      await openGrid(editor);
      await pad(editor, KICK, 1).click({ button: 'right' });
      await page.getByLabel('Spread hits evenly (Euclid)').click();
      await page.locator('.phasor-grid-drawer').getByLabel('Hits').fill('5');
      assert.deepEqual((await shown(editor, KICK)).length, 5);
      await page.getByRole('button', { name: 'Keep', exact: true }).click();
      const spread = await shown(editor, KICK);
      await page.getByLabel('Rotate right (Alt+Right)').click();
      assert.deepEqual(
        await shown(editor, KICK),
        spread.map((step) => (step % 16) + 1).sort((a, b) => a - b)
      );
      await page.getByLabel('Reverse', { exact: true }).click();
      await page.getByLabel('Random', { exact: true }).click();
      await page.locator('.phasor-grid-drawer').getByLabel('Density').fill('100');
      assert.equal((await shown(editor, KICK)).length, 16);
      await page.getByRole('button', { name: 'Leave', exact: true }).click();
      assert.equal((await shown(editor, KICK)).length, 5, 'what was tried out is gone');
      await page.getByLabel('Twice as long, with a copy').click();
      assert.equal(await page.locator('.phasor-grid-page:visible').count(), 2);
      await page.getByLabel('Add a row', { exact: true }).click();
      await page.locator('.phasor-grid-panel').getByLabel('Plays').selectOption('cc');
      await page.locator('.phasor-grid-panel').getByLabel('Controller').fill('71');
      await pad(editor, 8, 1).click({ position: { x: 8, y: 8 } });
      await editor.done();
      const { length, rows } = await stored(editor);
      assert.deepEqual([length, rows.length, rows[8].controller], [32, 9, 71]);
      assert.ok((rows[8].steps['1'] as number) > 64, 'high in the pad is a high value');

      await openGrid(editor);
      await page.locator('.phasor-grid-page').nth(1).click();
      await pad(editor, KICK, 17).click({ button: 'right' });
      await page.getByLabel('Clear everything').click();
      await page.getByLabel('Undo').click();
      await editor.cancel();
    });
  });

  it('takes the notes from a text, and says what becomes of them', async () => {
    await deploy({ source: 'notation', notation: 'bd ~ sd? <bd cp>' });
    await withEditor(async (editor) => {
      const { page } = editor;
      await openGrid(editor);
      assert.deepEqual(await page.locator('.phasor-grid-name').allInnerTexts(), ['clap', 'snare', 'kick']);
      assert.match(await page.innerText('#phasor-pattern-grid-remarks'), /The text varies.* 4 cycles/);
      await editor.done();
      assert.equal(await editor.property(PATTERN, 'source'), 'grid');
      assert.equal((await stored(editor)).length, 64);
      assert.equal(await editor.property(PATTERN, 'notation'), 'bd ~ sd? <bd cp>', 'the text stays');
    });
  });

  it('a stored grid with an error is shown as one, and stays as it is', async () => {
    await deploy({ source: 'grid', grid: '{ "phasor": "grid", "version": 1 }' });
    await withEditor(async (editor) => {
      const reasons = (await editor.property(PATTERN, 'validationErrors')) as string[];
      assert.match(reasons[0], /Grid: grid.length/);
      await editor.edit(PATTERN);
      assert.match(
        await editor.page.innerText('#phasor-pattern-grid-remarks'),
        /cannot be read.*grid.length/
      );
      await editor.done();
      assert.equal(await editor.property(PATTERN, 'grid'), '{ "phasor": "grid", "version": 1 }');
    });
  });

  it('is heard while it is edited, and no longer when the dialog is closed', async () => {
    await deploy({ notation: 'c4 c4 c4 c4' });
    await withEditor(async (editor) => {
      const { page } = editor;
      const lately = async () =>
        noteOns(await nodeRed.heard('Loopback'))
          .slice(-3)
          .map(({ bytes }) => bytes[1]);
      await openGrid(editor);
      await page.locator('.phasor-grid-panel').getByLabel('Note', { exact: true }).fill('d5');
      assert.deepEqual([...new Set(await lately())], [60], 'not before somebody wants to listen');
      await page.locator('.phasor-grid-listen').click();
      await nodeRed.until('the copy is heard', async () => (await lately()).every((note) => note === 74));
      assert.ok(!(await editor.property(PATTERN, 'changed')));
      await page.locator('.phasor-grid-panel').getByLabel('Note', { exact: true }).fill('e5');
      await nodeRed.until('a change of the copy is heard', async () =>
        (await lately()).every((note) => note === 76)
      );
      await editor.cancel();
      await nodeRed.until('its own is heard again', async () =>
        (await lately()).every((note) => note === 60)
      );
    });
  });
});
