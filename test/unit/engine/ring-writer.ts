import { workerData } from 'node:worker_threads';
import { RecordRing } from '../../../nodes/engine/shared/ring';

/** The other thread of the ring's test: writes numbered records as fast as there is room. */
const { memory, count } = workerData as { memory: SharedArrayBuffer; count: number };
const ring = new RecordRing(memory);
for (let number = 0; number < count;) {
  const record = ring.claim();
  if (record < 0) continue;
  for (let field = 0; field < 4; field++)
    ring.doubles[RecordRing.double(record) + field] = number + field / 8;
  for (let field = 8; field < 16; field++) ring.ints[RecordRing.int(record) + field] = (number * field) | 0;
  ring.publish();
  number++;
}
