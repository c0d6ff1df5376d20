// Events in the ring with stamps that no node would give them: the core neither throws nor hangs.
import fc from 'fast-check';
import { dist } from '../bench/tools.mjs';

const { Core } = dist('engine/core/core.js');
const { FakeWaiter } = dist('engine/thread/inline-link.js');
const { LoopbackDriver } = dist('engine/ports/loopback.js');
const { allocateMemory } = dist('engine/shared/memory.js');
const { EventField, writeEvent } = dist('engine/shared/records.js');
const { RecordRing } = dist('engine/shared/ring.js');

const COMMAND = 1;
const LEASE = 2;
const SOON_MS = 2000;

const channel = fc.integer({ min: 1, max: 2 });
const note = fc.integer({ min: 60, max: 62 });
const velocity = fc.integer({ min: 1, max: 127 });
const duration = fc.oneof(fc.constantFrom(0, 1, 1e-300, 1e9), fc.double({ min: 0, max: 1e9, noNaN: true }));
/** Good events: few notes, so that they meet. */
const event = fc.oneof(
  fc.record({ type: fc.constant('note'), channel, note, velocity, durationTicks: duration }),
  fc.record({ type: fc.constant('note'), channel, note, velocity, durationMs: duration }),
  fc.record({ type: fc.constant('noteOn'), channel, note, velocity }),
  fc.record({ type: fc.constant('noteOff'), channel, note, velocity }),
  fc.record({
    type: fc.constant('cc'),
    channel,
    controller: fc.constantFrom(1, 6, 64, 66, 74, 99, 120, 123),
    value: fc.integer({ min: 0, max: 127 })
  }),
  fc.record({ type: fc.constantFrom('start', 'stop', 'continue', 'clock') })
);
/** Places in time as a stamp may name them, most of them near now. */
const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -100, max: 1000 }) },
  { weight: 1, arbitrary: fc.double({ min: -(2 ** 40), max: 2 ** 40, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(-Number.MAX_VALUE, 0, 5e-324) }
);
const record = fc.record({
  event,
  time: fc.option(time, { nil: undefined }),
  transport: fc.constantFrom(-1, 0, 0, 1),
  output: fc.constantFrom(0, 0, 0, 1),
  epoch: fc.integer({ min: 0, max: 3 }),
  source: fc.nat({ max: 3 }),
  ordinal: fc.nat({ max: 3 }),
  replay: fc.boolean(),
  lease: fc.boolean(),
  thenMs: fc.constantFrom(0, 0, 1, 100)
});

export function ring() {
  return fc.property(fc.array(record, { maxLength: 60 }), (records) => {
    const startedMs = performance.now();
    const waiter = new FakeWaiter();
    const memory = allocateMemory();
    const inbox = new RecordRing(memory.inbox);
    const outbox = new RecordRing(memory.outbox);
    const commands = [];
    const core = new Core({
      waiter,
      memory,
      drivers: { hardware: undefined, loopback: new LoopbackDriver(() => waiter.nowMs) },
      limits: { maxPendingEvents: 64, lateToleranceMs: 50 },
      takeCommand: () => commands.shift(),
      tell: () => undefined,
      knock: () => undefined
    });
    const command = (value) => {
      commands.push(value);
      inbox.ints[RecordRing.int(inbox.claim()) + EventField.kind] = COMMAND;
      inbox.publish();
    };
    const pass = () => {
      for (let turn = 0; turn < 50 && core.turn() <= waiter.nowMs; turn++);
      for (; outbox.peek() >= 0;) outbox.release();
    };
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
      bpm: 120,
      beatsPerBar: 4,
      beatUnit: 4,
      loop: undefined
    });
    command({ op: 'start', transport: 0 });
    pass();
    for (const { event: sent, lease, thenMs, ...address } of records) {
      writeEvent(inbox, inbox.claim(), sent, 1, {
        ...address,
        // Only a place of a transport is asked for without one.
        time: address.transport >= 0 ? (address.time ?? 0) : address.time,
        enteredMs: waiter.nowMs
      });
      inbox.publish();
      if (lease) {
        const int = RecordRing.int(inbox.claim());
        inbox.ints[int + EventField.kind] = LEASE;
        inbox.ints[int + EventField.route] = 1 << 16;
        inbox.publish();
      }
      waiter.nowMs += thenMs;
      pass();
    }
    waiter.nowMs += 1000;
    pass();
    core.close();
    const tookMs = performance.now() - startedMs;
    if (tookMs > SOON_MS) throw new Error(`it took ${tookMs.toFixed(0)} ms`);
  });
}
