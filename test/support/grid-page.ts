import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { DEFAULTS } from '../../nodes/pattern/pattern-config';
import type { EditorPage } from './browser';
import { ROOT, tap, TAPS, type FlowNode, type NodeRed } from './node-red';

const EXAMPLE = JSON.parse(
  readFileSync(join(ROOT, 'examples', '01 - First beat.json'), 'utf8')
) as FlowNode[];
/** The pattern of the first example. */
export const PATTERN = EXAMPLE.find(({ type }) => type === 'phasor-pattern')!.id;
/** Rows of a new grid. */
export const [CLAP, SNARE, KICK] = [2, 6, 7];
export const WIDTHS = { narrow: 600, wide: 1180 };

/** Deploys the first example with another pattern. */
export async function deployPattern(
  nodeRed: NodeRed,
  pattern: Readonly<Record<string, unknown>>
): Promise<void> {
  const flow = EXAMPLE.map((node) =>
    node.id === PATTERN ? { ...DEFAULTS, ...node, version: 2, ...pattern } : node
  );
  await nodeRed.deploy([TAPS, tap('Loopback'), ...flow]);
}

/** A step of the grid that is open, counted from 1. */
export const pad = ({ page }: EditorPage, row: number, step: number): Locator =>
  page.locator(`.phasor-grid-pad[data-row="${row}"][data-step="${step - 1}"]`);

/** Numbers of the steps that a row shows as set. */
export const shown = ({ page }: EditorPage, row: number): Promise<number[]> =>
  page.evaluate(
    `[...document.querySelectorAll('.phasor-grid-pad.on[data-row="${row}"]')].map((pad) => Number(pad.dataset.step) + 1)`
  );

/** Opens the dialog of the pattern with its grid. */
export async function openGrid(editor: EditorPage, width = WIDTHS.narrow): Promise<void> {
  await editor.edit(PATTERN);
  await editor.setTrayWidth(width);
  if ((await editor.page.inputValue('#node-input-source')) !== 'grid') {
    await editor.page.selectOption('#node-input-source', 'grid');
  }
  await editor.page.waitForSelector('.phasor-grid-pad.cursor');
}
