import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRed, ROOT, type FlowNode } from '../support/node-red';

const DEPLOYS = 100;
const WARM_UP = 10;

interface Usage {
  threads: number;
  files: number;
  residentMb: number;
}

/** What the process holds, as the kernel counts it. */
function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    threads: readdirSync(`/proc/${pid}/task`).length,
    files: readdirSync(`/proc/${pid}/fd`).length,
    residentMb: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  };
}

describe('a hundred deploys', function () {
  this.timeout(120_000);
  before(function () {
    if (process.platform === 'linux') return;
    console.log('skipped: counting threads and files needs /proc, which only Linux has');
    this.skip();
  });

  it('leave threads, files and memory as they were, and the music playing', async () => {
    const example = JSON.parse(
      readFileSync(join(ROOT, 'examples', '01 - First beat.json'), 'utf8')
    ) as FlowNode[];
    const nodeRed = await NodeRed.start();
    try {
      for (let count = 0; count < WARM_UP; count++) await nodeRed.deploy(example);
      const before = usageOf(nodeRed.pid);
      for (let count = 0; count < DEPLOYS; count++) await nodeRed.deploy(example);
      const after = usageOf(nodeRed.pid);
      assert.ok(Math.abs(after.threads - before.threads) <= 1, JSON.stringify({ before, after }));
      assert.ok(after.files <= before.files + 2, JSON.stringify({ before, after }));
      assert.ok(after.residentMb < before.residentMb + 40, JSON.stringify({ before, after }));
      const { outputs, health } = (await nodeRed.get('phasor/status')) as {
        outputs: { counters: { sent: number; pending: number } }[];
        health: { state: string };
      };
      assert.equal(outputs.length, 1);
      assert.ok(outputs[0].counters.sent > 100 && outputs[0].counters.pending < 50);
      assert.notEqual(health.state, 'failed');
    } finally {
      await nodeRed.stop();
    }
  });
});
