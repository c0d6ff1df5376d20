// `npm run soak -- --minutes N` (1 unless told): eight patterns at 300 BPM in a real Node-RED, with a deploy every 20 s and
// a main thread that is blocked again and again; test/soak/ says what has to hold, and prints figures.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, setUp } from './setup.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
if (!(minutes >= 0.5 && minutes <= 24 * 60)) {
  console.error('usage: npm run soak -- [--minutes N], N from 0.5 to 1440');
  process.exit(2);
}

setUp();
const compiled = run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json');
process.exit(
  compiled || run(join('node_modules', 'mocha', 'bin', 'mocha.js'), 'build/test/soak/**/*.test.js')
);

function run(program, ...args) {
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PHASOR_SOAK_MINUTES: String(minutes) }
  });
  return status ?? 1;
}
