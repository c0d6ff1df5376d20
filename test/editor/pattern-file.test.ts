import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { writeMidiFile } from '../../nodes/music/midi-file';
import { EditorPage } from '../support/browser';
import { editorRig } from '../support/editor-rig';
import { type NodeRed, ROOT, type FlowNode } from '../support/node-red';

const FLOW = JSON.parse(
  readFileSync(join(ROOT, 'examples', '08 - MIDI file player.json'), 'utf8')
) as FlowNode[];
const ID = FLOW.find(({ type }) => type === 'phasor-pattern')!.id;

/** A note on channel 3 and one on channel 4, in 6/8 at 90 BPM. */
const BYTES = writeMidiFile({
  events: [3, 4].map((channel) => ({
    position: 0,
    event: { type: 'note' as const, channel, note: 60, velocity: 100, durationTicks: 480 }
  })),
  lengthTicks: 2880,
  name: 'Lead',
  tempos: [{ position: 0, bpm: 90, microsecondsPerQuarter: 666_667 }],
  signatures: [{ position: 0, beatsPerBar: 6, beatUnit: 8 }]
});

describe('files in the dialog of a pattern', function () {
  this.timeout(60_000);
  let nodeRed: NodeRed;
  let browser: Browser;
  let editor: EditorPage;

  before(async () => {
    ({ nodeRed, browser } = await editorRig());
    await nodeRed.deploy(FLOW);
    editor = await EditorPage.open(browser, nodeRed);
  });

  const told = (start: string) =>
    editor.page.waitForFunction(`$('#phasor-pattern-file-told').text().includes(${JSON.stringify(start)})`);
  const upload = (name: string, bytes: Uint8Array) =>
    editor.page.setInputFiles('#phasor-pattern-upload', {
      name,
      mimeType: 'audio/midi',
      buffer: Buffer.from(bytes)
    });

  it('are uploaded, shown with what they hold, and stored with a track and a channel', async () => {
    const { page } = editor;
    await editor.edit(ID);
    await upload('My: song.MID', BYTES);
    await told('type 0');
    const text = await page.innerText('#phasor-pattern-file-told');
    for (const part of ['notes: 2', 'quarter notes: 3', '90 BPM', '6/8'])
      assert.ok(text.includes(part), text);
    assert.equal(await page.inputValue('#phasor-pattern-file'), 'My- song.mid');
    assert.match(await page.innerText('#phasor-pattern-track'), /1 Lead \(2 notes\)/);
    await page.selectOption('#phasor-pattern-track', '1');
    await page.selectOption('#phasor-pattern-fileChannel', '4');
    await editor.done();
    assert.equal(await editor.property(ID, 'file'), 'My- song.mid track 1 channel 4');
    await editor.edit(ID);
    await told('type 0');
    assert.equal(await page.inputValue('#phasor-pattern-track'), '1');
    assert.equal(await page.inputValue('#phasor-pattern-fileChannel'), '4');
    await editor.done();
    assert.equal(await editor.property(ID, 'file'), 'My- song.mid track 1 channel 4');
    assert.deepEqual(editor.errors, []);
  });

  it('that are broken are refused with the reason, and nothing changes', async () => {
    const before = await editor.property(ID, 'file');
    await editor.edit(ID);
    await told('type 0');
    await upload('broken.mid', BYTES.subarray(0, 40));
    await told('MIDI file: byte 18');
    assert.equal(await editor.page.locator('#phasor-pattern-file option', { hasText: 'broken' }).count(), 0);
    await editor.done();
    assert.equal(await editor.property(ID, 'file'), before);
    assert.deepEqual(editor.errors, []);
  });

  it('are saved on this computer, and deleted when somebody is sure', async () => {
    const { page } = editor;
    const before = await editor.property(ID, 'file');
    const [download, remove] = ['Download', 'Delete'].map((name) =>
      page.locator('.red-ui-tray-body').getByRole('button', { name, exact: true })
    );
    await editor.edit(ID);
    await told('type 0');
    await upload('other.mid', BYTES);
    await page.waitForFunction(`$('#phasor-pattern-file').val() === 'other.mid'`);
    await download.focus();
    const [saved] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    assert.equal(saved.suggestedFilename(), 'other.mid');
    assert.deepEqual(readFileSync(await saved.path()), Buffer.from(BYTES));

    const files = async () =>
      ((await nodeRed.get('phasor/files/patterns')) as { files: { name: string }[] }).files.map(
        ({ name }) => name
      );
    page.once('dialog', (asked) => void asked.dismiss());
    await remove.click();
    assert.equal(await page.inputValue('#phasor-pattern-file'), 'other.mid');
    assert.ok((await files()).includes('other.mid'));
    let question = '';
    page.once('dialog', (asked) => {
      question = asked.message();
      void asked.accept();
    });
    await remove.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(`$('#phasor-pattern-file').val() === ''`);
    assert.match(question, /other\.mid/);
    assert.deepEqual(await files(), ['My- song.mid']);
    assert.equal(await page.locator('#phasor-pattern-file option', { hasText: 'other' }).count(), 0);
    for (const button of [download, remove]) assert.ok(await button.isDisabled(), 'no file is chosen');
    await editor.cancel();
    assert.equal(await editor.property(ID, 'file'), before);

    // Somebody who may only look.
    await page.evaluate(`RED.settings.user = { permissions: 'read' }`);
    await editor.edit(ID);
    await told('type 0');
    assert.deepEqual([await download.isDisabled(), await remove.isDisabled()], [false, true]);
    await editor.cancel();
    await page.evaluate(`delete RED.settings.user`);
    assert.deepEqual(editor.errors, []);
  });

  it('that are gone stay chosen and are named', async () => {
    await fetch(new URL(`phasor/files/patterns/${encodeURIComponent('My- song.mid')}`, nodeRed.url), {
      method: 'DELETE'
    });
    await editor.edit(ID);
    await told('there is no file');
    assert.equal(await editor.page.inputValue('#phasor-pattern-file'), 'My- song.mid');
    await editor.done();
    assert.equal(await editor.property(ID, 'file'), 'My- song.mid track 1 channel 4');
    // The browser itself tells of an answer with status 404.
    assert.ok(editor.errors.every((error) => /404/.test(error)));
  });
});
