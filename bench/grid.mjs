// The step grid in a browser: how long a grid of 128 steps and 16 rows, all of them set, takes to open, and a stroke
// over it from the movement of the pointer to the picture. Beside it a plain table of as many elements, drawn the same
// way: what the browser itself would take.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { median, root } from './tools.mjs';

const PROGRAMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const STEPS = 128;
const ROWS = 16;
/** A picture of a screen at 60 Hz is seen for so long; what takes less than a tenth of a second seems to be at once. */
const FRAME_MS = 1000 / 60;
const AT_ONCE_MS = 100;

/** Runs in the page. */
const SOURCE = `
  import { change, emptyGrid, paint, wholeOf, gridToText, gridFromText } from './nodes/music/grid';
  import { GridView } from './nodes/palette/editor/grid/view';

  const lanes = Array.from({ length: ${ROWS} }, (_, row) => ({ lane: { kind: 'note', note: 36 + row } }));
  let full = emptyGrid(lanes, ${STEPS});
  for (let row = 0; row < ${ROWS}; row++)
    for (let step = 0; step < ${STEPS}; step++) full = paint(full, row, step, { share: ((row * 7 + step) % 10) / 10 });
  const text = gridToText(change(full, { ...wholeOf(full), toStep: 40 }, { probability: 0.5, condition: '1:4' }));
  let view;

  /** Until the browser has laid out and drawn what was changed. */
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

  globalThis.open = async () => {
    view?.destroy();
    await drawn();
    const beganMs = performance.now();
    view = new GridView({ grid: gridFromText(text), text: (key) => key });
    document.body.append(view.element);
    view.resize();
    document.body.offsetHeight;
    const readyMs = performance.now();
    await drawn();
    return { ready: readyMs - beganMs, drawn: performance.now() - beganMs };
  };

  globalThis.stroke = async (index) => {
    const { session } = view;
    const row = index % ${ROWS};
    const times = [];
    session.press({ row, step: 0 }, 0.5);
    for (let step = 1; step < 32; step++) {
      const beganMs = performance.now();
      session.drag({ row, step }, 0.5, 0);
      document.body.offsetHeight;
      times.push(performance.now() - beganMs);
      if (step % 8 === 0) await drawn();
    }
    session.release();
    session.undo();
    return times;
  };

  globalThis.plain = async () => {
    const beganMs = performance.now();
    const table = document.createElement('div');
    for (let row = 0; row < ${ROWS}; row++)
      for (let step = 0; step < 32; step++) {
        const cell = document.createElement('div');
        for (let part = 0; part < 3; part++) cell.append(document.createElement('span'));
        table.append(cell);
      }
    document.body.append(table);
    document.body.offsetHeight;
    const ms = performance.now() - beganMs;
    table.remove();
    return ms;
  };
`;

export async function run({ rounds }) {
  const executablePath = PROGRAMS.find((program) => existsSync(program));
  if (executablePath === undefined) {
    return { tables: [], goals: [goal('open'), goal('stroke')], notes: ['There is no Chromium here.'] };
  }
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: root, loader: 'ts' },
    bundle: true,
    format: 'iife',
    loader: { '.css': 'text' },
    write: false,
    absWorkingDir: join(root)
  });
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage']
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 } });
    await page.addScriptTag({ content: outputFiles[0].text });
    const [opens, drawns, plains, moves] = [[], [], [], []];
    await page.evaluate('open()');
    for (let round = 0; round < 5 * rounds; round++) {
      plains.push(await page.evaluate('plain()'));
      const { ready, drawn } = await page.evaluate('open()');
      opens.push(ready);
      drawns.push(drawn);
      moves.push(...(await page.evaluate(`stroke(${round})`)));
    }
    moves.sort((a, b) => a - b);
    const p99 = moves[Math.ceil(moves.length * 0.99) - 1];
    return {
      tables: [
        {
          title: `A grid of ${STEPS} × ${ROWS}, all steps set, in a page 1000 px wide, in ms`,
          columns: ['what', 'median', 'slowest'],
          rows: [
            ['plain elements, as many as a page of the grid has', ...two(plains)],
            ['open: read the JSON, build and lay out', ...two(opens)],
            ['open, until the next picture', ...two(drawns)],
            ['one movement of a stroke: change and lay out', ...two(moves)],
            ['the same, p99', p99.toFixed(2), '']
          ]
        }
      ],
      goals: [
        goal('open', median(drawns)),
        { ...goal('stroke', p99), goal: `p99 < one picture (${FRAME_MS.toFixed(1)} ms)`, met: p99 < FRAME_MS }
      ],
      notes: [`${opens.length} openings and ${moves.length} movements, in turns with the plain elements.`],
      ratios: { 'open : plain elements': median(opens) / median(plains) },
      figures: { opens, drawns, plains, moves }
    };
  } finally {
    await browser.close();
  }
}

function goal(what, ms) {
  return {
    what: `${what}, ${STEPS} × ${ROWS}`,
    goal: `median < ${AT_ONCE_MS} ms`,
    figure: ms === undefined ? '' : `${ms.toFixed(1)} ms`,
    met: ms === undefined ? undefined : ms < AT_ONCE_MS
  };
}

function two(values) {
  return [median(values).toFixed(2), Math.max(...values).toFixed(2)];
}
