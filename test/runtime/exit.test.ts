import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Runs the fixture until it has ended; returns what it printed. */
async function endBy(way: string): Promise<string> {
  const child = spawn(process.execPath, [join(__dirname, 'exit-fixture.js'), way], {
    stdio: ['ignore', 'pipe', 'pipe']
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  await once(child, 'exit');
  return printed;
}

describe('the end of the process', function () {
  this.timeout(20_000);
  // SIGKILL ends a process without a word to it: nothing can be done there.
  for (const way of ['exit', 'throw', 'reject', 'sigint', 'sigterm', 'dispose']) {
    it(`by ${way} leaves no note sounding`, async () => {
      assert.equal(await endBy(way), 'sounding: 3\nsounding at the end: 0\n');
    });
  }
});
