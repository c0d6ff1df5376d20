import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { DARK_THEME } from './dark-theme';
import { NODE_RED_VERSION, type NodeRed } from './node-red';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** axe-core as a script for a page. */
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

export type Theme = 'light' | 'dark';

/** Writes the pictures of the README where they belong. */
export const TAKES_PICTURES = process.env.PHASOR_PICTURES === '1';

/** Starts the Chromium of this machine, without a window. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = PROGRAMS.find((program) => existsSync(program));
  assert.ok(executablePath, 'Chromium is installed');
  // Tests may run as root, where Chromium's sandbox does not start.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** Contexts of a browser: with their caches a further page opens in half the time. */
const contexts = new WeakMap<Browser, Map<string, Promise<BrowserContext>>>();

/** What a page is looked at with. */
export interface Screen {
  readonly hasTouch?: boolean;
  /** Pixels of the screen in one of the page. */
  readonly deviceScaleFactor?: number;
  /** Of the editor. */
  readonly language?: string;
}

function contextOf(browser: Browser, theme: Theme, screen: Screen): Promise<BrowserContext> {
  const known = contexts.get(browser) ?? new Map<string, Promise<BrowserContext>>();
  contexts.set(browser, known);
  const key = JSON.stringify([theme, screen]);
  const made = known.get(key) ?? makeContext(browser, theme, screen);
  known.set(key, made);
  return made;
}

async function makeContext(
  browser: Browser,
  theme: Theme,
  { language = 'en-US', ...screen }: Screen
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...screen });
  await context.addInitScript(
    ([scheme, lang]) => {
      // What an earlier page was left at is none of the next one's.
      localStorage.clear();
      localStorage.setItem('view-dark-theme', scheme);
      localStorage.setItem('editor-language', lang);
    },
    [theme, language] as const
  );
  return context;
}

/** The Node-RED editor in a browser page. */
export class EditorPage {
  /** Errors of the console and uncaught ones. */
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  /** Opens the editor and waits until its flows are there. */
  static async open(
    browser: Browser,
    nodeRed: NodeRed,
    theme: Theme = 'light',
    screen: Screen = {}
  ): Promise<EditorPage> {
    const page = await (await contextOf(browser, theme, screen)).newPage();
    page.setDefaultTimeout(8000);
    const editor = new EditorPage(page);
    await page.goto(nodeRed.url);
    if (theme === 'dark' && NODE_RED_VERSION.startsWith('4.'))
      await page.addStyleTag({ content: DARK_THEME });
    await page.waitForFunction(
      `typeof RED !== 'undefined' && RED.nodes && RED.nodes.getType('phasor-pattern')`
    );
    const isEmpty = ((await nodeRed.get('flows')) as unknown[]).length === 0;
    await page.waitForSelector(isEmpty ? '#red-ui-workspace-chart' : '.red-ui-flow-node', {
      timeout: 20_000
    });
    return editor;
  }

  /** Opens the dialog of a node and waits until it stands still. */
  async edit(id: string): Promise<void> {
    await this.page.evaluate(`{
      const node = RED.nodes.node('${id}');
      if (node._def.category === 'config') RED.editor.editConfig('', node.type, node.id);
      else RED.editor.edit(node);
    }`);
    await this.page.waitForSelector('.red-ui-tray-body');
    await this.settle();
  }

  /** Sets the width of the open tray, as dragging its edge does. */
  async setTrayWidth(px: number): Promise<void> {
    await this.page.evaluate(`{
      $('.red-ui-tray').last().css({ width: '${px}px' });
      RED.tray.resize();
    }`);
    await this.settle();
  }

  /** Closes the dialog; a changed node is stored in the editor, not deployed. */
  async done(): Promise<void> {
    await this.page.click('#node-dialog-ok:visible, #node-config-dialog-ok:visible');
    await this.closed();
  }

  async cancel(): Promise<void> {
    await this.page.click('#node-dialog-cancel:visible, #node-config-dialog-cancel:visible');
    await this.closed();
  }

  /**
   * What axe finds that keeps somebody out (serious and critical), as `rule: element`.
   * @param scope a selector; Node-RED's own frame around it is not ours to mend
   */
  async barriers(scope: string): Promise<string[]> {
    if (!(await this.page.evaluate(`typeof axe === 'object'`))) await this.page.evaluate(AXE);
    return (await this.page.evaluate(`(async () => {
      const include = [...document.querySelectorAll('${scope}')].filter((each) => each.offsetParent);
      // Fields against the browser's own filling in.
      const exclude = [...document.querySelectorAll('[id^=red-ui-trap]')];
      if (include.length === 0) throw new Error('nothing is at ${scope}');
      const { violations } = await axe.run({ include, exclude }, { resultTypes: ['violations'] });
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ': ' + html.slice(0, 160) + (any[0] ? ' ' + any[0].message : '')));
    })()`)) as string[];
  }

  /** Children of the open dialog that are wider than their place. */
  async overflow(): Promise<string[]> {
    return (await this.page.evaluate(`(() => {
      const body = document.querySelector('.red-ui-tray .red-ui-tray-body');
      const { right } = document.querySelector('.red-ui-tray').getBoundingClientRect();
      return [body, ...body.querySelectorAll('.form-row, .dialog-form')]
        .filter((each) => each.clientWidth > 0)
        .filter((each) => each.scrollWidth > each.clientWidth + 1 || each.getBoundingClientRect().right > right + 1)
        .map((each) => each.id || each.className);
    })()`)) as string[];
  }

  /** A property of a node as the editor has it. */
  async property(id: string, key: string): Promise<unknown> {
    return this.page.evaluate(`RED.nodes.node('${id}')['${key}']`);
  }

  private async closed(): Promise<void> {
    await this.page.waitForFunction(`$('.red-ui-tray').length === 0`);
    await this.settle();
  }

  /** Trays move for a quarter of a second. */
  private async settle(): Promise<void> {
    await this.page.waitForTimeout(300);
  }
}
