import assert from 'node:assert/strict';
import type { MusicEvent } from '../../../nodes/music/event';
import { Channel } from '../../../nodes/engine/channel';
import type { Command } from '../../../nodes/engine/core/commands';
import { allocateMemory } from '../../../nodes/engine/shared/memory';
import { EventField, Inbound, type EventAddress } from '../../../nodes/engine/shared/records';
import { RecordRing } from '../../../nodes/engine/shared/ring';

const address: EventAddress = {
  output: 3,
  transport: 2,
  epoch: 1,
  time: 960,
  source: 5,
  ordinal: 0,
  replay: false,
  enteredMs: 0
};
const on: MusicEvent = { type: 'noteOn', note: 60, velocity: 100 };

/** A channel whose other end is read by the test. */
function rig() {
  const memory = allocateMemory();
  const commands: Command[] = [];
  let rings = 0;
  const channel = new Channel({
    memory,
    now: () => 0,
    post: (command) => commands.push(command),
    ring: () => rings++,
    callAt: () => () => undefined,
    stop: () => Promise.resolve()
  });
  const ring = new RecordRing(memory.inbox);
  /** What the core would read: events by their first bytes, commands by their names, leases by their route. */
  const read = () => {
    const found: string[] = [];
    for (let record = ring.peek(); record >= 0; record = ring.peek()) {
      const int = RecordRing.int(record);
      const kind = ring.ints[int + EventField.kind];
      if (kind === Inbound.command) found.push(commands.shift()!.op);
      else if (kind === Inbound.lease) found.push(`lease ${ring.ints[int + EventField.route].toString(16)}`);
      else found.push(ring.ints[int + EventField.bytes].toString(16));
      ring.release();
    }
    return found;
  };
  /** Sends until there is no room. */
  const fill = () => {
    for (let sent = 0; ; sent++) {
      try {
        channel.send(on, 1, address);
      } catch (error) {
        assert.equal((error as { code: string }).code, 'BufferOverrun');
        return sent;
      }
    }
  };
  return { channel, commands, ring, read, fill, rings: () => rings };
}

describe('the way to the core', () => {
  it('keeps events, commands and leases in the order in which they were given', () => {
    const { channel, read, rings } = rig();
    channel.send(on, 1, address);
    channel.command({ op: 'listPorts' });
    channel.send(on, 16, address);
    channel.lease(3, 2);
    channel.send({ type: 'sysex', data: [1] }, 1, address);
    assert.equal(rings(), 6);
    assert.deepEqual(read(), ['643c90', 'listPorts', '643c9f', 'lease 30003', 'sysex', '1']);
  });

  it('wakes the core for what can wait only where many wait', () => {
    const { channel, read, rings } = rig();
    channel.send(on, 1, address, true);
    channel.lease(3, 2, true);
    assert.equal(rings(), 0);
    channel.command({ op: 'listPorts' });
    assert.equal(rings(), 1);
    assert.deepEqual(read(), ['643c90', 'lease 30003', 'listPorts']);
    for (let sent = 0; sent < 300; sent++) channel.send(on, 1, address, true);
    assert.ok(rings() > 1);
  });

  it('hands the bytes of each sysex over before the record that names them', () => {
    const { channel, commands } = rig();
    channel.send({ type: 'sysex', data: [1, 2] }, 1, address);
    channel.send({ type: 'sysex', data: [3] }, 1, address);
    assert.deepEqual(commands, [
      { op: 'sysex', id: 1, bytes: Uint8Array.of(0xf0, 1, 2, 0xf7) },
      { op: 'sysex', id: 2, bytes: Uint8Array.of(0xf0, 3, 0xf7) }
    ]);
  });

  it('refuses events when it is full, and still takes commands', () => {
    const { channel, fill, ring, read } = rig();
    const sent = fill();
    assert.ok(sent > 4000);
    channel.lease(3, 2);
    assert.throws(() => channel.send({ type: 'sysex', data: [] }, 1, address), { code: 'BufferOverrun' });
    for (let index = 0; index < 64; index++) channel.command({ op: 'stop', transport: index });
    assert.equal(ring.length, ring.capacity);
    assert.deepEqual(read().slice(sent), new Array(64).fill('stop'));
    channel.send(on, 1, address);
    assert.deepEqual(read(), ['643c90']);
  });

  it('owes the commands for which there is no room at all, and lets no event overtake them', async () => {
    const { channel, fill, read } = rig();
    fill();
    for (let index = 0; index < 70; index++) channel.command({ op: 'stop', transport: index });
    assert.throws(() => channel.send(on, 1, address), { code: 'BufferOverrun' });
    const first = read();
    assert.equal(first.filter((op) => op === 'stop').length, 64);
    channel.send(on, 1, address);
    assert.deepEqual(read(), [...new Array(6).fill('stop'), '643c90']);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(read(), []);
  });
});
