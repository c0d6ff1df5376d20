// Push and pop of the queue (slab and heap) with a given number pending, beside the plain copy of a record into a
// ring of typed arrays and out of it: what any queue at all would cost.
import { dist, generator, median } from './tools.mjs';

const { Slab, SlotHeap, NONE } = dist('engine/core/slab.js');
const { RecordRing } = dist('engine/shared/ring.js');

const SIZES = [
  { pending: 1000, goal: 2e6 },
  { pending: 100_000, goal: 1e6 }
];
const BATCH = 100_000;
const BATCHES = 10;

export async function run({ rounds }) {
  const sizes = SIZES.map(({ pending, goal }) => ({
    pending,
    goal,
    queue: [],
    copy: [],
    ...prepare(pending)
  }));
  for (let round = 0; round < rounds * BATCHES; round++) {
    for (const size of sizes) {
      size.queue.push(rate(size.pushAndPop));
      size.copy.push(rate(size.copyThrough));
    }
  }
  const rows = sizes.map(({ pending, queue, copy }) => [
    pending.toLocaleString('en'),
    millions(median(queue)),
    millions(Math.min(...queue)),
    millions(median(copy)),
    median(queue.map((pairs, index) => copy[index] / pairs)).toFixed(1)
  ]);
  return {
    tables: [
      {
        title: 'Pairs of push and pop a second',
        columns: ['pending', 'queue, median', 'queue, slowest batch', 'copy of a record', 'cost : copy'],
        rows
      }
    ],
    goals: sizes.map(({ pending, goal, queue }) => ({
      what: `push + pop at ${pending.toLocaleString('en')} pending`,
      goal: `≥ ${millions(goal)} pairs/s`,
      figure: `${millions(median(queue))} pairs/s`,
      met: median(queue) >= goal
    })),
    ratios: Object.fromEntries(
      sizes.map(({ pending, queue, copy }) => [
        `push + pop at ${pending} pending : copy of a record`,
        median(queue.map((pairs, index) => copy[index] / pairs))
      ])
    ),
    notes: [
      `Hold model: the first is taken out and put back at a random later key. Batches of ${BATCH.toLocaleString('en')}, ` +
        `${rounds * BATCHES} of each in turns; random keys by a fixed seed.`,
      `A slot of the queue takes ${slotBytes()} bytes, all of them before the first event.`
    ],
    rates: sizes.map(({ pending, queue, copy }) => ({ pending, queue, copy }))
  };
}

function rate(work) {
  const startedMs = performance.now();
  for (let pair = 0; pair < BATCH; pair++) work();
  return BATCH / ((performance.now() - startedMs) / 1000);
}

/** The two things to measure, with `pending` in each. */
function prepare(pending) {
  const random = generator(42);
  const slab = new Slab(pending + 1);
  const heap = new SlotHeap(slab);
  const push = (key) => {
    const slot = slab.take();
    if (slot === NONE) throw new Error('the slab is full');
    slab.key[slot] = key;
    slab.rank[slot] = slot & 3;
    slab.bytes[slot * 3] = slot;
    heap.push(slot);
  };
  for (let count = 0; count < pending; count++) push(random() * 1000);
  const pushAndPop = () => {
    const slot = heap.head;
    const key = slab.key[slot];
    heap.remove(slot);
    slab.give(slot);
    push(key + random() * 1000);
  };

  const capacity = 2 ** Math.ceil(Math.log2(pending + 1));
  const ring = new RecordRing(RecordRing.memory(capacity));
  const out = new Float64Array(8);
  const copyIn = (key) => {
    const double = RecordRing.double(ring.claim());
    for (let field = 0; field < 8; field++) ring.doubles[double + field] = key;
    ring.publish();
  };
  for (let count = 0; count < pending; count++) copyIn(random());
  const copyThrough = () => {
    const double = RecordRing.double(ring.peek());
    for (let field = 0; field < 8; field++) out[field] = ring.doubles[double + field];
    ring.release();
    copyIn(out[0] + random());
  };
  for (let warm = 0; warm < BATCH; warm++) {
    pushAndPop();
    copyThrough();
  }
  return { pushAndPop, copyThrough };
}

function slotBytes() {
  const slab = new Slab(1);
  const columns = Object.values(slab).filter((value) => ArrayBuffer.isView(value));
  return columns.reduce((sum, { byteLength }) => sum + byteLength, 0) + 4; // and its place in a heap
}

function millions(rate) {
  return `${(rate / 1e6).toFixed(2)} M`;
}
