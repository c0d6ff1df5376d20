// The core in this thread, with events fed to it as the main thread would, and the bytes that it allocates.
// Run with a young generation that is never full while it measures, so that the heap's growth is what was allocated.
import { Session } from 'node:inspector';
import { dist, median } from '../tools.mjs';

const { Core } = dist('engine/core/core.js');
const { FakeWaiter } = dist('engine/thread/inline-link.js');
const { loadNative } = dist('engine/thread/native.js');
const { NativeDoorbell, NativeWaiter } = dist('engine/thread/native-waiter.js');
const { LoopbackDriver } = dist('engine/ports/loopback.js');
const { allocateMemory, Control } = dist('engine/shared/memory.js');
const { OutboundField, SpanField, EventField, writeEvent } = dist('engine/shared/records.js');
const { RecordRing } = dist('engine/shared/ring.js');

/** Values of the const enums Outbound and Inbound. */
const SPAN = 0;
const COMMAND = 1;
const LEASE = 2;

const { scenario, blocks, blockTurns, profile } = JSON.parse(process.argv[2]);
const { running, lease, notesPerSpan, real, alone, empty } = scenario;

const memory = allocateMemory();
const control = new Int32Array(memory.control);
const inbox = new RecordRing(memory.inbox);
const outbox = new RecordRing(memory.outbox);
const commands = [];
const addon = loadNative().addon;
const fake = new FakeWaiter();
fake.nowMs = 0.5;
const waiter = real ? new NativeWaiter(addon, new NativeDoorbell(addon).number) : fake;
const core = new Core({
  waiter,
  memory,
  drivers: { hardware: undefined, loopback: new LoopbackDriver(() => 0) },
  limits: { maxPendingEvents: 10_000, lateToleranceMs: 50 },
  takeCommand: () => commands.shift(),
  tell: () => undefined,
  knock: () => undefined
});

const event = { type: 'note', channel: 1, note: 60, velocity: 100, durationTicks: 1.5 };
const address = {
  output: 0,
  transport: 0,
  epoch: 0,
  time: 0.5,
  source: 4711,
  ordinal: 0,
  replay: false,
  enteredMs: 0.5
};
let spans = 0;
let events = 0;

/** Takes what the core announced and answers each span with notes, evenly spread. */
function answer() {
  for (let record; (record = outbox.peek()) >= 0; outbox.release()) {
    const int = RecordRing.int(record);
    const double = RecordRing.double(record);
    if (outbox.ints[int + OutboundField.kind] !== SPAN) continue;
    const from = outbox.doubles[double + SpanField.from];
    const step = (outbox.doubles[double + SpanField.to] - from) / notesPerSpan;
    spans++;
    address.epoch = outbox.ints[int + SpanField.epoch];
    for (let note = 0; note < notesPerSpan; note++) {
      address.time = from + note * step;
      event.note = 36 + (note % 64);
      writeEvent(inbox, inbox.claim(), event, 1, address);
      inbox.publish();
      events += 2;
    }
    if (lease) mark(LEASE);
  }
}

function mark(kind) {
  const int = RecordRing.int(inbox.claim());
  inbox.ints[int + EventField.kind] = kind;
  inbox.ints[int + EventField.route] = 1 << 16;
  inbox.publish();
}

function command(value) {
  commands.push(value);
  mark(COMMAND);
}

/** What stands for the core in the empty loop: takes the records and makes as many. */
function stand() {
  while (inbox.peek() >= 0) inbox.release();
  if (turnsDone % 30 !== 0) return;
  const record = outbox.claim();
  outbox.ints[RecordRing.int(record) + OutboundField.kind] = SPAN;
  outbox.doubles[RecordRing.double(record) + SpanField.from] = turnsDone;
  outbox.doubles[RecordRing.double(record) + SpanField.to] = turnsDone + 60;
  outbox.publish();
}

let turnsDone = 0;
/** A function of its own, so that it is compiled as the callers of the core are, and not on the stack. */
function turn() {
  if (empty) stand();
  else if (!alone) core.pass();
  answer();
  if (real) waiter.wait(waiter.now() + 0.02);
  else fake.nowMs += 1;
  if (turnsDone++ % 100 === 0) control[Control.mainBeat]++;
}

function loop(count) {
  for (let done = 0; done < count; done++) turn();
}

if (!alone && !empty) {
  command({
    op: 'openOutput',
    output: 0,
    address: { driver: 'loopback', name: 'null', virtual: false },
    label: 'null',
    config: { offsetMs: 0, usPerByte: 0, controlShare: 0.5 }
  });
  command({
    op: 'createTransport',
    transport: 0,
    id: 'clock',
    config: { lookaheadMs: 150, clockWhileStopped: true, sendStartStop: true, sendSongPosition: true },
    bpm: 125,
    beatsPerBar: 4,
    beatUnit: 4,
    loop: undefined
  });
  if (running) command({ op: 'start', transport: 0 });
}
// Until all of it is compiled.
for (let warm = 0; warm < 10; warm++) loop(blockTurns);

const session = profile ? startProfile() : undefined;
const counters = core.outputs?.ports[0]?.port.stats.readCounters();
spans = events = 0;
globalThis.gc();
globalThis.gc();
const used = new Float64Array(blocks + 1);
used[0] = process.memoryUsage().heapUsed;
for (let block = 0; block < blocks; block++) {
  loop(blockTurns);
  used[block + 1] = process.memoryUsage().heapUsed;
}
// A block in which something was compiled again has more than its share: the one in the middle is what is needed.
const bytes = median(Array.from({ length: blocks }, (_, block) => used[block + 1] - used[block]));
const after = core.outputs?.ports[0]?.port.stats.readCounters();
const clocks = after ? after.clocks - counters.clocks : 0;
const perBlock = { spans: spans / blocks, events: events / blocks, clocks: clocks / blocks };
console.log(
  JSON.stringify({ ...perBlock, turns: blockTurns, bytes, top: session && (await stopProfile(session)) })
);
process.exit(0);

function startProfile() {
  const session = new Session();
  session.connect();
  session.post('HeapProfiler.startSampling', {
    samplingInterval: 512,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true
  });
  return session;
}

/** The functions of ours that allocated most, with their share of all that the core allocated. */
async function stopProfile(session) {
  const { profile: tree } = await new Promise((resolve) =>
    session.post('HeapProfiler.stopSampling', (_, result) => resolve(result))
  );
  const sizes = new Map();
  const walk = ({ callFrame: { functionName, url, lineNumber }, selfSize, children }) => {
    const file = /dist\/(.*)/.exec(url)?.[1];
    if (file && selfSize > 0) {
      const name = `${functionName} (${file}:${lineNumber + 1})`;
      sizes.set(name, (sizes.get(name) ?? 0) + selfSize);
    }
    children.forEach(walk);
  };
  walk(tree.head);
  return [...sizes]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 20)
    .map(([name, size]) => ({ name, bytes: size }));
}
