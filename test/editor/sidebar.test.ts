import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { EditorPage, TAKES_PICTURES } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, ROOT, tap, TAPS, type FlowNode } from '../support/node-red';

const FLOW = JSON.parse(readFileSync(join(ROOT, 'examples', '01 - First beat.json'), 'utf8')) as FlowNode[];
const CLOCK = FLOW.find(({ type }) => type === 'phasor-clock')!.id;

interface Heard {
  rms: number;
  notes: number[];
  times: number[];
  drawn: number;
}

/** What the page plays at the moment, and what was put on its timetable. */
const HEAR = `(() => {
  const { listen, roll } = document.querySelector('.phasor-sidebar').phasor;
  if (!listen.synth) return { rms: 0, notes: [], times: [], drawn: roll.size };
  const samples = new Float32Array(listen.synth.analyser.fftSize);
  listen.synth.analyser.getFloatTimeDomainData(samples);
  const rms = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
  const { onsets } = listen.synth;
  return { rms, notes: onsets.map(({ note }) => note), times: onsets.map(({ atS }) => atS), drawn: roll.size };
})()`;

describe('the sidebar', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let editor: EditorPage;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
    await nodeRed.deploy([...FLOW, TAPS, tap('Loopback')]);
    editor = await EditorPage.open(browser, nodeRed);
  });

  it('opens by itself where there is no instrument, and shows the clock and the port', async () => {
    const { page } = editor;
    await page.locator('.phasor-sidebar').waitFor({ state: 'visible' });
    await page.locator('.phasor-sidebar-clock').waitFor();
    assert.equal(await page.locator('.phasor-sidebar-clock input').inputValue(), '120');
    await page.waitForFunction(`/\\d+ sent/.test($('.phasor-sidebar-port').text())`);
    await page.waitForFunction(`/half within/.test($('.phasor-sidebar-figures').text())`);
    assert.ok(await page.locator('.phasor-sidebar .uplot canvas').isVisible());
  });

  it('keeps nobody out', async () => {
    assert.deepEqual(await editor.barriers('.phasor-sidebar'), []);
  });

  it('keeps nobody out in the dark', async () => {
    const dark = await EditorPage.open(browser, nodeRed, 'dark');
    await dark.page.locator('.phasor-sidebar-clock').waitFor();
    await dark.page.waitForFunction(`/half within/.test($('.phasor-sidebar-figures').text())`);
    assert.deepEqual(await dark.barriers('.phasor-sidebar'), []);
    assert.deepEqual(dark.errors, []);
    await dark.page.close();
  });

  it('is heard: what sounds in the page is what goes to the port, in order and evenly', async () => {
    const { page } = editor;
    await page.getByRole('button', { name: 'Listen', exact: true }).click();
    let heard: Heard = { rms: 0, notes: [], times: [], drawn: 0 };
    let loudest = 0;
    await nodeRed.until(
      'eight notes in the page',
      async () => {
        heard = await page.evaluate(HEAR);
        loudest = Math.max(loudest, heard.rms);
        return heard.notes.length >= 8 && loudest > 0.01;
      },
      15_000
    );
    const sent = (await nodeRed.heard('Loopback')).filter(({ bytes }) => bytes[0] >> 4 === 9);
    const notes = ` ${sent.map(({ bytes }) => bytes[1]).join(' ')} `;
    assert.ok(notes.includes(` ${heard.notes.slice(0, 8).join(' ')} `), `${heard.notes} of ${notes}`);
    heard.times.slice(1).forEach((atS, index) => {
      const off = atS - heard.times[index] - 0.5;
      assert.ok(Math.abs(off) < 0.06, `${off} s off`);
    });
    assert.ok(heard.drawn >= 4);
    if (TAKES_PICTURES) {
      await page.evaluate(`RED.workspaces.hide('taps')`);
      await page.waitForTimeout(6000); // a picture with something on it
      await page.screenshot({ path: join(ROOT, 'docs', 'sidebar.png') });
    }
  });

  it('plays, stops and sets the tempo', async () => {
    const { page } = editor;
    await page
      .getByRole('button', { name: /^Stop / })
      .first()
      .click();
    await nodeRed.until('it stands', () => nodeRed.statuses.get(CLOCK)?.fill !== 'green');
    const tempo = page.locator('.phasor-sidebar-clock input');
    await tempo.fill('90');
    await tempo.press('Enter');
    await page
      .getByRole('button', { name: /^Play / })
      .first()
      .click();
    await nodeRed.until('it runs at 90', () => /90/.test(nodeRed.statuses.get(CLOCK)?.text ?? ''));
    await page.getByRole('button', { name: /All notes off/ }).click();
    assert.deepEqual(editor.errors, []);
  });

  it('asks for nothing while it is hidden', async () => {
    const { page } = editor;
    await page.evaluate(`RED.sidebar.show('info')`);
    await page.waitForFunction(`!$('.phasor-sidebar').is(':visible')`);
    await page.waitForTimeout(200);
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.waitForTimeout(4000);
    assert.deepEqual(
      asked.filter((url) => url.includes('phasor/')),
      []
    );
    await page.evaluate(`RED.sidebar.show('phasor-sidebar')`);
    await nodeRed.until('it asks again', () => asked.some((url) => url.includes('phasor/look')));
    assert.deepEqual(editor.errors, []);
  });

  it('plays through Web MIDI what that takes, and loses nothing else', async () => {
    const own = await EditorPage.open(browser, nodeRed);
    await own.page.locator('.phasor-sidebar-clock').waitFor();
    const played = (await own.page.evaluate(`(async () => {
      const panel = document.querySelector('.phasor-sidebar').phasor;
      const played = [];
      // As Web MIDI does: a message begins with a status, sysex needs a permission, and a port may be gone.
      const send = (bytes) => {
        if (bytes[0] < 0x80 || bytes[0] === 0xf0) throw new TypeError('no message');
        if (bytes[1] === 1) throw new DOMException('the port is gone', 'InvalidStateError');
        played.push(bytes);
      };
      const output = { id: 'one', name: 'One', send };
      navigator.requestMIDIAccess = async () => ({ outputs: new Map([[output.id, output]]) });
      await panel.listen.toggle();
      const choice = document.querySelector('#phasor-sidebar-listen');
      choice.value = 'midi';
      choice.dispatchEvent(new Event('change'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      const nowMs = performance.now();
      const messages = [[0xf0, 1, 2], [3, 4, 5], [6, 0xf7], [0xf8], [0x90, 1, 100], [0x80, 2, 0]];
      const sent = messages.map((bytes) => ['none', nowMs, ...bytes]);
      panel.take({ nowMs, transports: [], received: [], more: 0, sent });
      return played;
    })()`)) as number[][];
    assert.deepEqual(
      played.filter(([, note]) => note <= 2),
      [[0x80, 2, 0]]
    );
    assert.deepEqual(own.errors, []);
    await own.page.close();
  });
});
