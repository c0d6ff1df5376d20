import type { Browser } from 'playwright-core';
import { startBrowser } from './browser';
import { NodeRed } from './node-red';

/** What a test of the editor needs. */
export interface EditorRig {
  readonly nodeRed: NodeRed;
  readonly browser: Browser;
}

let rig: Promise<EditorRig> | undefined;

/**
 * One Node-RED and one browser for all files of a run, since starting them takes longer than most tests. Each file
 * deploys flows of its own, and closes its pages.
 */
export function editorRig(): Promise<EditorRig> {
  return (rig ??= start());
}

async function start(): Promise<EditorRig> {
  const nodeRed = await NodeRed.start();
  try {
    return { nodeRed, browser: await startBrowser() };
  } catch (error) {
    await nodeRed.stop();
    throw error;
  }
}

// Of the root suite: when all files are through.
after(async function () {
  this.timeout(60_000);
  const { nodeRed, browser } = (await rig?.catch(() => undefined)) ?? {};
  await browser?.close();
  await nodeRed?.stop();
});
