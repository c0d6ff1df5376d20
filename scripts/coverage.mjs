// `npm run coverage`: runs the unit tests and those of the nodes, and tells which lines of nodes/ none of them ran: a table
// in the output, pages and an lcov file in build/coverage/. What the worker runs in a thread of its own, the editor and the
// real ports have tests of their own, which are not counted here.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './setup.mjs';

setUp();
run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.test.json');
run(
  join('node_modules', 'c8', 'bin', 'c8.js'),
  '--all',
  '--src=build/nodes',
  '--include=build/nodes/**/*.js',
  '--reports-dir=build/coverage',
  '--temp-directory=build/coverage/raw',
  ...['text', 'text-summary', 'html', 'lcov'].map((reporter) => `--reporter=${reporter}`),
  process.execPath,
  join('node_modules', 'mocha', 'bin', 'mocha.js'),
  'build/test/unit/**/*.test.js',
  'build/test/nodes/**/*.test.js'
);
console.log('Lines: build/coverage/index.html, build/coverage/lcov.info');

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
