import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { RecordRing } from '../../../nodes/engine/shared/ring';

/** Indices of a ring that is about to pass 2³¹ or 2³². */
function startAt(ring: RecordRing, index: number): void {
  const indices = new Int32Array(ring.memory, 0, 32);
  indices[0] = index | 0;
  indices[16] = index | 0;
}

describe('the ring between the threads', () => {
  it('is a queue of bounded length, also where its indices overflow', () => {
    const start = fc.constantFrom(0, 2 ** 31 - 3, 2 ** 32 - 3);
    fc.assert(
      fc.property(start, fc.array(fc.tuple(fc.boolean(), fc.nat(3))), (index, steps) => {
        const ring = new RecordRing(RecordRing.memory(8));
        startAt(ring, index);
        const model: number[] = [];
        let next = 0;
        for (const [write, spare] of steps) {
          assert.equal(ring.length, model.length);
          if (write) {
            const record = ring.claim(spare);
            assert.equal(record >= 0, model.length + spare < ring.capacity);
            if (record < 0) continue;
            ring.doubles[RecordRing.double(record)] = next;
            ring.ints[RecordRing.int(record) + 15] = ~next;
            ring.publish();
            model.push(next++);
          } else {
            const record = ring.peek();
            assert.equal(record >= 0, model.length > 0);
            if (record < 0) continue;
            assert.equal(ring.doubles[RecordRing.double(record)], model[0]);
            assert.equal(ring.ints[RecordRing.int(record) + 15], ~model[0]);
            ring.release();
            model.shift();
          }
        }
      })
    );
  });

  it('gives the same record again until it is published or released', () => {
    const ring = new RecordRing(RecordRing.memory(4));
    assert.equal(ring.claim(), ring.claim());
    assert.equal(ring.peek(), -1);
    ring.publish();
    assert.equal(ring.peek(), ring.peek());
    assert.equal(ring.length, 1);
  });

  it('carries 100 000 records from thread to thread, none lost, doubled or torn', async () => {
    const count = 100_000;
    const memory = RecordRing.memory(256);
    const worker = new Worker(join(__dirname, 'ring-writer.js'), { workerData: { memory, count } });
    const ended = new Promise<number>((resolve, reject) =>
      worker.once('exit', resolve).once('error', reject)
    );
    const ring = new RecordRing(memory);
    let wrong = 0;
    for (let expected = 0; expected < count;) {
      const record = ring.peek();
      if (record < 0) {
        await new Promise(setImmediate);
        continue;
      }
      const { doubles, ints } = ring;
      const double = RecordRing.double(record);
      const int = RecordRing.int(record);
      for (let field = 0; field < 4; field++) if (doubles[double + field] !== expected + field / 8) wrong++;
      for (let field = 8; field < 16; field++) if (ints[int + field] !== ((expected * field) | 0)) wrong++;
      ring.release();
      expected++;
    }
    assert.equal(await ended, 0);
    assert.equal(wrong, 0);
    assert.equal(ring.length, 0);
  });
});
