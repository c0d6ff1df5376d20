import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type Page } from 'playwright-core';
import { DARK_THEME } from './dark-theme';
import { NODE_RED_VERSION, type NodeRed } from './node-red';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** axe-core as a script for a page. */
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');

export type Theme = 'light' | 'dark';

/** Starts the Chromium of this machine, without a window. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = PROGRAMS.find((program) => existsSync(program));
  assert.ok(executablePath, 'Chromium is installed');
  // Tests may run as root, where Chromium's sandbox does not start.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
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
    language = 'en-US'
  ): Promise<EditorPage> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.addInitScript(
      ([dark, lang]) => {
        localStorage.setItem('view-dark-theme', dark ? 'dark' : 'light');
        localStorage.setItem('editor-language', lang);
      },
      [theme === 'dark', language] as const
    );
    page.setDefaultTimeout(8000);
    const editor = new EditorPage(page);
    await page.goto(nodeRed.url);
    if (theme === 'dark' && NODE_RED_VERSION.startsWith('4.'))
      await page.addStyleTag({ content: DARK_THEME });
    await page.waitForFunction(
      `typeof RED !== 'undefined' && RED.nodes && RED.nodes.getType('phasor-pattern')`
    );
    await page.waitForSelector('.red-ui-flow-node', { timeout: 20_000 });
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
      return [body, ...body.querySelectorAll('.form-row, .dialog-form')]
        .filter((each) => each.clientWidth > 0 && each.scrollWidth > each.clientWidth + 1)
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
