import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import { At } from '../../../nodes/engine/shared/stats';
import { PortRig } from '../../support/din-driver';
import { runs } from '../../support/runs';

const on = (note: number): MusicEvent => ({ type: 'noteOn', note, velocity: 100 });
const off = (note: number): MusicEvent => ({ type: 'noteOff', note, velocity: 64 });
const cc = (controller: number, value: number): MusicEvent => ({ type: 'cc', controller, value });
const bend = (value: number): MusicEvent => ({ type: 'pitchBend', value });
const sysex: MusicEvent = { type: 'sysex', data: [1] };

/** A full port: `given` fill it, each at its own tick from 100 on. */
function full(given: MusicEvent[]): PortRig {
  const rig = new PortRig({ maxPendingEvents: given.length });
  given.forEach((event, index) => rig.give(event, { tick: 100 + index }));
  return rig;
}

const counts = ({ stats }: PortRig) => [stats.get(At.coalesced), stats.get(At.droppedFull)];

describe('a port that is full', () => {
  it('thins a controller to its later value, whichever of the two came first', () => {
    const rig = full([cc(7, 1), on(60)]);
    rig.give(cc(7, 2), { tick: 150 });
    rig.give(cc(7, 3), { tick: 120 });
    assert.deepEqual(counts(rig), [2, 0]);
    assert.deepEqual(rig.run(500), ['90 3c 64', 'b0 07 02']);
  });

  it('thins any controller before it drops anything', () => {
    const rig = full([cc(7, 1), cc(7, 2), cc(8, 1)]);
    rig.give(on(60), { tick: 150 });
    assert.deepEqual(counts(rig), [1, 0]);
    rig.give(on(61), { tick: 150 });
    assert.deepEqual(counts(rig), [1, 1]);
    assert.deepEqual(rig.run(500), ['b0 07 02', '90 3c 64', '90 3d 64']);
  });

  it('drops controllers, then sysex, then what else sets a state, then notes; of each the newest', () => {
    const rig = full([on(60), on(61), bend(0), bend(1), sysex, sysex, cc(7, 1), cc(8, 1)]);
    for (let pitch = 70; pitch < 80; pitch++) rig.give(on(pitch), { tick: 50 });
    const notes = [70, 71, 72, 73, 74, 75].map((pitch) => `90 ${pitch.toString(16)} 64`);
    assert.deepEqual(counts(rig), [0, 10]);
    assert.equal(rig.sysex.size, 0);
    assert.deepEqual(rig.run(500), [...notes, '90 3c 64', '90 3d 64']);
  });

  it('drops what comes where nothing of less importance waits', () => {
    const rig = full([on(60), bend(0)]);
    rig.give(bend(1), { tick: 1 });
    rig.give(sysex, { tick: 1 });
    rig.give(cc(7, 1), { tick: 1 });
    assert.deepEqual(counts(rig), [0, 3]);
    assert.equal(rig.sysex.size, 0);
    assert.deepEqual(rig.run(500), ['90 3c 64', 'e0 00 40']);
  });

  it('has room for what is due, which does not wait, and not without end', () => {
    const rig = full([on(60), on(61)]);
    rig.give(cc(7, 1));
    rig.give(on(70));
    assert.deepEqual(counts(rig), [0, 0]);
    assert.deepEqual(rig.run(1), ['b0 07 01', '90 46 64']);
    for (let count = 0; count < 1000; count++) rig.give(bend(count));
    assert.ok(rig.stats.get(At.droppedFull) > 800);
    assert.ok(rig.stats.get(At.pendingMax) < 200);
    assert.deepEqual(rig.run(500).slice(-2), ['90 3c 64', '90 3d 64']);
  });

  it('never drops the end of a note or transport, however many there are', () => {
    const rig = full([on(60), on(61)]);
    rig.give({ type: 'stop' }, { tick: 200 });
    rig.give(off(60), { tick: 200 });
    assert.deepEqual(counts(rig), [0, 2]);
    for (let index = 0; index < 5000; index++) rig.give(off(index % 128), { tick: 300 });
    rig.give({ type: 'clock' }, { tick: 300 });
    const sent = [...rig.heard, ...rig.run(1000)];
    assert.equal(sent.filter((text) => text.startsWith('80')).length, 5001);
    assert.ok(sent.includes('fc') && sent.includes('f8'));
    assert.equal(rig.stats.get(At.pending), 0);
  });

  it('has room for the end of every note that it has let sound', () => {
    const rig = new PortRig({ maxPendingEvents: 16 });
    for (let voice = 0; voice < 2048; voice++) {
      const note = voice & 127;
      const event: MusicEvent = {
        type: 'note',
        channel: (voice >> 7) + 1,
        note,
        velocity: 1,
        durationMs: 5000
      };
      rig.give(event);
      rig.run(0.1);
    }
    rig.run(0);
    assert.equal(rig.sounding.length, 2048);
    for (let index = 0; index < 20; index++) rig.give(on(1), { timeMs: 9000 });
    rig.give(off(1), { timeMs: 9000 });
    rig.port.panic(rig.nowMs);
    assert.deepEqual(rig.sounding, []);
    rig.run(10_000);
    assert.equal(rig.stats.get(At.pending), 0);
  });

  it('makes room in what waits for the wire too, and a cancelled event leaves its place at once', () => {
    const rig = new PortRig({ maxPendingEvents: 16, usPerByte: 320 });
    for (let round = 0; round < 200; round++) {
      for (let value = 0; value < 16; value++) rig.give(bend(value));
      rig.run(0);
      rig.give(on(60));
      rig.port.cancel(1, -1, -Infinity, -1);
      assert.equal(rig.stats.get(At.pending), 0);
    }
    rig.give({ type: 'note', note: 60, velocity: 1, durationMs: 10 });
    rig.run(100);
    assert.deepEqual(rig.heard.slice(-2), ['90 3c 01', '80 3c 40']);
  });

  it('keeps within its bound, and accounts for all that it was given', () => {
    const event = fc.oneof(
      fc.tuple(fc.nat(3), fc.nat(127)).map(([controller, value]) => cc(controller + 16, value)),
      fc.nat(10).map((value) => bend(value)),
      fc.nat(10).map((pitch) => on(pitch)),
      fc.constant(sysex)
    );
    const step = fc.tuple(event, fc.nat(40), fc.nat(2), fc.nat(3));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const rig = new PortRig({ maxPendingEvents: 24, lateToleranceMs: 1e9 });
        const values = new Map<string, number>();
        for (const [what, ahead, output, waitMs] of steps) {
          rig.give(what, { tick: rig.nowMs + ahead, output });
          if (waitMs === 0) rig.run(1);
          assert.ok(rig.stats.get(At.pending) <= 24);
          if (what.type === 'cc') values.set(`${what.controller}`, what.value);
        }
        rig.run(100);
        const events = rig.heard.length - retriggers(rig);
        const { coalesced, droppedFull, pending } = rig.stats.readCounters();
        assert.equal(events + coalesced + droppedFull, steps.length);
        assert.equal(pending, 0);
      }),
      { numRuns: runs(200) }
    );
  });
});

/** Note-offs that were sent because a pitch came again. */
function retriggers(rig: PortRig): number {
  return rig.heard.filter((text) => text.startsWith('8')).length;
}
