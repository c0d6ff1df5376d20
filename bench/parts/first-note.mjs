// From the start of this process to the first note of a Phasor that is installed in a folder.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setInterval } from 'node:timers';

const { folder } = JSON.parse(process.argv[2]);
setInterval(() => undefined, 1000);
const load = createRequire(join(folder, 'package.json'));
const path = join(folder, 'node_modules', '@phasor-midi', 'node-red-phasor', 'dist', 'engine', 'index.js');
const { Engine, DEFAULT_SETTINGS } = load(path);
const engine = new Engine({ ...DEFAULT_SETTINGS, driver: 'none' });
const heard = new Promise((resolve) => {
  engine.listen('note', (bytes) => bytes[0] >> 4 === 9 && resolve(performance.now()));
});
const config = {
  name: 'note',
  spec: { mode: 'loopback', port: 'note' },
  channel: 1,
  output: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
};
const { waiter } = await engine.ready();
const note = { type: 'note', channel: 1, note: 60, velocity: 100, durationMs: 10 };
const output = engine.openOutput('note', config, {
  outputChanged({ state }) {
    const origin = { source: 'bench', enteredMs: engine.now() };
    if (state === 'open') output.send(note, undefined, origin);
  }
});
// performance.now() counts from the start of the process.
console.log(JSON.stringify({ firstNoteMs: await heard, waiter }));
process.exit(0);
