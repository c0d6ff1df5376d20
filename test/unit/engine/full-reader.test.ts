import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import { SendResult } from '../../../nodes/engine/ports/driver';
import { At } from '../../../nodes/engine/shared/stats';
import { hex, PortRig } from '../../support/din-driver';

const note = (pitch: number, durationMs: number): MusicEvent => ({
  type: 'note',
  note: pitch,
  velocity: 100,
  durationMs
});

/** Within this time a reader that takes again has been offered what it must not miss. */
const SOON_MS = 20;

/**
 * The queue of a reader as Linux keeps it: full, it refuses; and the next time that the reader reads, all that was in a
 * queue that ran over is thrown away.
 */
class KernelQueue {
  /** What was read, one message after the other. */
  readonly read: string[] = [];
  private held: string[] = [];
  private ranOver = false;

  constructor(rig: PortRig) {
    rig.driver.send = (_handle, bytes, length) => {
      this.ranOver ||= this.held.length >= QUEUE_ROOM;
      if (this.ranOver) return SendResult.full;
      this.held.push(hex([...bytes.subarray(0, length)]));
      return SendResult.ok;
    };
  }

  readAll(): void {
    if (!this.ranOver) this.read.push(...this.held);
    this.held = [];
    this.ranOver = false;
  }
}

/** Messages; the default of a client of ALSA is 200. */
const QUEUE_ROOM = 80;

/** What is down after these messages, of which none begins a note that is on. */
function downAfter(messages: readonly string[]): string[] {
  const down = new Set<string>();
  for (const text of messages) {
    const [status, first, value] = text.split(' ');
    if (status === '90') assert.ok(!down.has(first), `${first} twice`);
    if (status === '90' || (status === 'b0' && parseInt(value, 16) >= 64)) down.add(first);
    else down.delete(first);
  }
  return [...down];
}

describe('a reader that is full', () => {
  it('gets the ends it refused as soon as it takes again, and nothing else of what it missed', () => {
    const rig = new PortRig();
    rig.give(note(60, 100));
    rig.give({ type: 'cc', controller: 64, value: 127 });
    rig.give({ type: 'cc', controller: 64, value: 0 }, { timeMs: 150 });
    rig.run(50);
    rig.driver.result = SendResult.full;
    for (let timeMs = 60; timeMs < 1000; timeMs += 10)
      rig.give({ type: 'cc', controller: 7, value: 1 }, { timeMs });
    assert.deepEqual(rig.run(950), []);
    assert.deepEqual(rig.sounding, ['80 3c 40', 'b0 40 00']);
    rig.driver.result = SendResult.ok;
    assert.deepEqual(rig.run(SOON_MS), ['80 3c 40', 'b0 40 00']);
    assert.deepEqual(rig.sounding, []);
    assert.equal(rig.stats.get(At.pending), 0);
  });

  it('gets no pitch twice without an end in between', () => {
    const rig = new PortRig();
    rig.give(note(60, 100));
    rig.run(50);
    rig.driver.result = SendResult.full;
    rig.give(note(60, 5000));
    rig.give(note(60, 5000), { timeMs: 80 });
    rig.run(50);
    rig.driver.result = SendResult.ok;
    rig.give(note(60, 10));
    assert.deepEqual(rig.run(100), ['80 3c 40', '90 3c 64', '80 3c 40']);
  });

  it('is told the end of a note that it may not have heard, for it may be one of several', () => {
    const rig = new PortRig();
    rig.driver.result = SendResult.full;
    rig.give(note(60, 10));
    rig.run(100);
    rig.driver.result = SendResult.ok;
    assert.deepEqual(rig.run(SOON_MS), ['80 3c 40']);
  });

  it('is told of the Stop that it missed, unless it was started since', () => {
    const rig = new PortRig();
    rig.driver.result = SendResult.full;
    rig.port.sendRealtime(0xfc, 1, rig.nowMs);
    rig.run(100);
    rig.driver.result = SendResult.ok;
    assert.deepEqual(rig.run(SOON_MS), ['fc']);
    rig.driver.result = SendResult.full;
    rig.port.sendRealtime(0xfc, 1, rig.nowMs);
    rig.run(1);
    rig.driver.result = SendResult.ok;
    rig.port.sendRealtime(0xfa, 1, rig.nowMs);
    assert.deepEqual(rig.run(100), []);
  });

  it('gets the end of a note, and a Stop, that it took and had thrown away before it read them', () => {
    const rig = new PortRig();
    const reader = new KernelQueue(rig);
    rig.give(note(60, 10));
    rig.run(5);
    reader.readAll();
    rig.run(20);
    rig.port.sendRealtime(0xfc, 1, rig.nowMs);
    for (let value = 0; value < 2 * QUEUE_ROOM; value++) rig.give({ type: 'pressure', value: value % 128 });
    rig.run(100);
    reader.readAll();
    assert.deepEqual(reader.read, ['90 3c 64']);
    rig.run(SOON_MS);
    reader.readAll();
    assert.deepEqual(reader.read, ['90 3c 64', 'fc', '80 3c 40']);
    rig.run(1000);
    reader.readAll();
    assert.equal(reader.read.length, 3, 'once');
  });

  it('hears the end of all that it heard begin, whenever it reads', () => {
    const step = fc.record({ reads: fc.boolean(), pitch: fc.nat(3), kind: fc.nat(5), ms: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rig = new PortRig();
        const reader = new KernelQueue(rig);
        for (const { reads, pitch, kind, ms } of steps) {
          if (reads) reader.readAll();
          if (kind < 2) rig.give(note(pitch, 1 + ms));
          else if (kind === 2) rig.give({ type: 'noteOn', note: pitch, velocity: 1 });
          else if (kind === 3) rig.give({ type: 'noteOff', note: pitch, velocity: 1 });
          else if (kind === 4) rig.give({ type: 'cc', controller: 64, value: pitch * 40 });
          else for (let value = 0; value < 40; value++) rig.give({ type: 'pressure', value });
          rig.run(ms);
        }
        rig.port.release(() => true, rig.nowMs);
        for (let round = 0; round < 10; round++) {
          rig.run(2 * SOON_MS);
          reader.readAll();
        }
        assert.deepEqual(rig.sounding, []);
        assert.deepEqual(downAfter(reader.read.filter((text) => !text.startsWith('d0'))), []);
      }),
      { numRuns: 200 }
    );
  });

  it('that is gone for good is owed nothing', () => {
    const rig = new PortRig();
    rig.give(note(60, 10));
    rig.run(1);
    rig.driver.result = SendResult.full;
    rig.run(100);
    rig.driver.result = SendResult.gone;
    rig.run(100);
    assert.equal(rig.port.gone, true);
    assert.equal(rig.port.nextDeadlineMs(), Infinity);
  });

  it('never keeps a note, whenever it takes and whenever it does not', () => {
    const step = fc.record({ full: fc.boolean(), pitch: fc.nat(3), kind: fc.nat(4), ms: fc.nat(30) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const rig = new PortRig({ usPerByte: 320 });
        for (const { full, pitch, kind, ms } of steps) {
          rig.driver.result = full ? SendResult.full : SendResult.ok;
          if (kind < 2) rig.give(note(pitch, 1 + ms));
          else if (kind === 2) rig.give({ type: 'noteOn', note: pitch, velocity: 1 });
          else if (kind === 3) rig.give({ type: 'noteOff', note: pitch, velocity: 1 });
          else rig.give({ type: 'cc', controller: 64, value: pitch * 40 });
          rig.run(ms);
        }
        rig.port.release(() => true, rig.nowMs);
        rig.run(200);
        rig.driver.result = SendResult.ok;
        rig.run(200);
        assert.deepEqual(rig.sounding, []);
        assert.deepEqual(downAfter(rig.heard), []);
      }),
      { numRuns: 200 }
    );
  });
});
