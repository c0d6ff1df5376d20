import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import { Wire } from '../../../nodes/engine/core/wire';
import { At } from '../../../nodes/engine/shared/stats';
import { DIN_MS_PER_BYTE, DinDriver, hex, PortRig } from '../../support/din-driver';
import { CLOCK, fakeEngine } from '../../support/fake-engine';
import { MAX_STORED_BYTES } from '../../../nodes/engine/core/sysex-store';

const MESSAGE_MS = 3 * DIN_MS_PER_BYTE;
const HAIR_MS = 1e-6;

const on = (note: number): MusicEvent => ({ type: 'noteOn', note, velocity: 100 });
const cc = (controller: number, value: number): MusicEvent => ({ type: 'cc', controller, value });
const din = (rest: object = {}) => new PortRig({ usPerByte: 320, ...rest });

describe('the wire', () => {
  it('is busy for as long as its bytes take', () => {
    const wire = new Wire();
    wire.configure(320, 0.5);
    wire.carry(3, 10);
    wire.carry(2, 10);
    assert.ok(Math.abs(wire.busyUntilMs - 11.6) < HAIR_MS);
    wire.carry(1, 20);
    assert.ok(Math.abs(wire.busyUntilMs - 20.32) < HAIR_MS);
  });

  it('lets controllers have their share, not more, after a burst', () => {
    const share = fc.double({ min: 0.05, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (controlShare, pauses) => {
        const wire = new Wire();
        wire.configure(320, controlShare);
        let nowMs = 0;
        let bytes = 0;
        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          while (wire.mayControl(3, nowMs)) {
            wire.carryControl(3, nowMs);
            bytes += 3;
          }
          assert.ok(bytes <= 48 + (nowMs / 0.32) * controlShare + 1e-3);
          assert.ok(wire.controlOpenAtMs(3) > nowMs);
          assert.equal(wire.mayControl(3, wire.controlOpenAtMs(3)), true, 'it opens when it said it would');
          nowMs = wire.controlOpenAtMs(3);
        }
      })
    );
  });

  it('without a limit holds nothing back and thins nothing', () => {
    const rig = new PortRig({ usPerByte: 0 });
    const values = Array.from({ length: 100 }, (_, value) => value);
    rig.give(on(60));
    for (const value of values) rig.give(cc(7, value));
    assert.deepEqual(
      rig.run(0).filter((text) => text.startsWith('b0')),
      values.map((value) => hex([0xb0, 7, value]))
    );
  });
});

describe('a port behind a DIN cable', () => {
  it('sends a chord as fast as the cable takes it, without a gap', () => {
    const rig = din();
    for (let pitch = 60; pitch < 70; pitch++) rig.give(on(pitch));
    rig.run(50);
    rig.driver.sent.forEach(({ sentMs, startMs }, index) => {
      assert.ok(Math.abs(startMs - index * MESSAGE_MS) < HAIR_MS);
      assert.ok(startMs - sentMs <= 0.5 + HAIR_MS, 'little is handed over ahead');
    });
  });

  it('carries a dump of 64 KB, every byte in its place, and lets notes and pulses between its pieces', () => {
    const rig = din();
    const data = Array.from({ length: 65_536 }, (_, index) => (index * 7) % 128);
    rig.give({ type: 'sysex', data }, { timeMs: 0 });
    for (let ms = 0; ms < 22_000; ms += 20) {
      rig.port.sendRealtime(0xf8, 1, rig.nowMs);
      rig.run(20);
    }
    const bytes = rig.driver.sent.flatMap((sent) => sent.bytes).filter((byte) => byte !== 0xf8);
    assert.deepEqual(bytes, [0xf0, ...data, 0xf7]);
    assert.ok(Math.max(...rig.driver.sent.map((sent) => sent.bytes.length)) <= 3);
    assert.equal(rig.sysex.size, 0);
  });

  it('goes by when a pulse was handed over, not by when the pass began that a note waits in', () => {
    const rig = din();
    rig.give(on(60), { timeMs: 0 });
    rig.waiter.nowMs = 3; // of a pass that began at 0, on a busy machine
    rig.port.sendRealtime(0xf8, 1, 0);
    rig.port.dispatch(0);
    assert.deepEqual(rig.heard, ['f8', '90 3c 64']);
  });

  it('drops and counts sysex beyond what it has room for', () => {
    const rig = din();
    const data = new Array<number>(65_536).fill(1);
    const room = Math.floor(MAX_STORED_BYTES / (data.length + 2));
    for (let count = 0; count < room + 3; count++) rig.give({ type: 'sysex', data }, { timeMs: 10 });
    assert.equal(rig.sysex.size, room);
    assert.equal(rig.stats.get(At.droppedFull), 3);
    rig.port.panic(rig.nowMs);
    rig.run(100);
    assert.equal(rig.sysex.size, 0);
  });

  it('lets a note pass controllers of earlier stamps, not those of its own', () => {
    const rig = din();
    rig.give({ type: 'sysex', data: [0, 0, 0, 0] }, { timeMs: 0 });
    rig.give(cc(7, 1), { timeMs: 0.1 });
    rig.give(cc(8, 1), { timeMs: 0.2 });
    rig.give({ ...cc(9, 1), channel: 2 } as MusicEvent, { timeMs: 0.2 });
    rig.give(on(60), { timeMs: 0.2 });
    assert.deepEqual(rig.run(50).slice(-4), ['b0 08 01', '90 3c 64', 'b0 07 01', 'b1 09 01']);
  });

  it('lets the end of a note pass controllers', () => {
    const rig = din();
    rig.give(on(60));
    rig.run(5);
    rig.give({ type: 'sysex', data: [0, 0, 0, 0] }, { timeMs: 5 });
    rig.give(cc(7, 1), { timeMs: 5.1 });
    rig.give({ type: 'noteOff', note: 60, velocity: 64 }, { timeMs: 5.2 });
    assert.deepEqual(rig.run(50).slice(-2), ['80 3c 40', 'b0 07 01']);
  });

  it('hands no controller over before the cable is free, for a note may come', () => {
    const rig = din();
    rig.give(cc(7, 1), { timeMs: 0 });
    rig.give(cc(8, 1), { timeMs: 0 });
    rig.give({ ...on(60), channel: 2 } as MusicEvent, { timeMs: 0.9 });
    rig.run(50);
    assert.deepEqual(rig.heard, ['b0 07 01', '91 3c 64', 'b0 08 01']);
    assert.ok(Math.abs(rig.driver.sent[1].startMs - MESSAGE_MS) < HAIR_MS);
  });

  it('lets nothing but notes pass a controller, and nothing pass a program, bank or parameter', () => {
    const rig = din();
    rig.give({ type: 'sysex', data: [0, 0, 0, 0] }, { timeMs: 0 });
    rig.give(cc(7, 1), { timeMs: 0.1 });
    rig.give({ type: 'program', program: 1, bank: 0 }, { timeMs: 0.2 });
    rig.give(cc(8, 1), { timeMs: 0.3 });
    rig.give({ type: 'nrpn', parameter: 1, value: 1 }, { timeMs: 0.4 });
    rig.give(cc(7, 2), { timeMs: 0.5 });
    rig.give(on(60), { timeMs: 0.6 });
    assert.deepEqual(rig.run(50).slice(2), [
      ...['b0 00 00', 'b0 20 00', 'c0 01', 'b0 08 01'],
      ...['b0 63 00', 'b0 62 01', 'b0 06 00', 'b0 26 01', '90 3c 64', 'b0 07 02']
    ]);
  });

  it('sends only the latest value of a controller that had to wait', () => {
    const rig = din();
    rig.give({ type: 'sysex', data: [0, 0, 0, 0] }, { timeMs: 0 });
    for (let value = 0; value < 100; value++) rig.give(cc(7, value), { timeMs: 0.1 + value / 100 });
    assert.deepEqual(rig.run(50).slice(2), ['b0 07 63']);
    assert.equal(rig.stats.get(At.coalesced), 99);
  });

  it('lets a clock into the middle of a sysex or a parameter, but nothing else', () => {
    const rig = din();
    const data = Array.from({ length: 100 }, (_, index) => index);
    rig.give({ type: 'sysex', data }, { timeMs: 0 });
    rig.give({ type: 'nrpn', parameter: 1, value: 1 }, { timeMs: 0.1 });
    rig.give(on(60), { timeMs: 1 });
    rig.give(cc(7, 1), { timeMs: 1 });
    for (let pulse = 0; pulse < 10; pulse++) {
      rig.run(4);
      rig.port.sendRealtime(0xf8, 1, rig.nowMs);
    }
    rig.run(50);
    const pulses = rig.driver.sent.filter(({ bytes }) => bytes[0] === 0xf8);
    for (const { sentMs, startMs } of pulses) assert.ok(startMs - sentMs <= MESSAGE_MS + 0.5);
    const rest = rig.driver.sent.flatMap(({ bytes }) => bytes).filter((byte) => byte !== 0xf8);
    assert.equal(
      hex(rest),
      `${hex([0xf0, ...data, 0xf7])} b0 63 00 b0 62 01 b0 06 00 b0 26 01 b0 07 01 90 3c 64`
    );
  });

  it('ends a sysex before a song position', () => {
    const rig = din();
    rig.give({ type: 'sysex', data: [1, 2, 3, 4, 5, 6, 7, 8] });
    rig.run(0.1);
    rig.port.sendRealtime(0x0102f2, 3, rig.nowMs);
    assert.equal(
      hex(rig.driver.sent.flatMap(({ bytes }) => bytes)),
      'f0 01 02 03 04 05 06 07 08 f7 f2 02 01'
    );
    rig.run(100);
    assert.equal(rig.stats.get(At.pending), 0);
  });

  it('never loses the last value, whatever else goes on', () => {
    const step = fc.tuple(fc.nat(7), fc.nat(127), fc.nat(5), fc.nat(30));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const rig = din();
        const last = new Map<number, number>();
        for (const [what, value, waitMs, pitch] of steps) {
          if (what === 0) rig.give(on(pitch));
          else if (what === 1) rig.give({ type: 'program', program: value });
          else {
            rig.give(cc(what, value));
            last.set(what, value);
          }
          if (waitMs === 0) rig.run(1);
        }
        rig.run(5000);
        const heard = new Map<number, number>();
        let controls = 0;
        for (const { bytes } of rig.driver.sent) {
          if (bytes[0] !== 0xb0) continue;
          heard.set(bytes[1], bytes[2]);
          controls++;
        }
        assert.deepEqual([...heard].sort(), [...last].sort());
        const given = steps.filter(([what]) => what > 1).length;
        assert.equal(controls + rig.stats.get(At.coalesced) + rig.stats.get(At.droppedFull), given);
        assert.equal(rig.stats.get(At.droppedFull), 0);
      }),
      { numRuns: 100 }
    );
  });
});

describe('a flood of controllers at a DIN cable', () => {
  /** Sixteen controllers at 1000 values a second each, notes in between, and MIDI clock at 120 BPM. */
  function flood(seconds: number, noteChannel: number, controlShare: number, noteShiftMs: number) {
    const driver = new DinDriver();
    const fake = fakeEngine({}, driver);
    driver.now = () => fake.link.waiter.nowMs;
    const { engine } = fake;
    const output = engine.openOutput(
      'device',
      {
        name: 'DIN',
        spec: { mode: 'auto', port: '' },
        channel: 1,
        output: { offsetMs: 0, usPerByte: 320, controlShare }
      },
      { outputChanged: () => undefined }
    );
    const { transport } = engine.openTransport('clock', 'clock', CLOCK, {
      span: () => output.lease(transport),
      beat: () => undefined,
      changed: () => undefined
    });
    fake.advance(10);
    transport.start();
    fake.advance(90);
    const fromMs = 100;
    const untilMs = fromMs + seconds * 1000;
    const origin = { source: 'flood', enteredMs: 0 };
    const notes: number[] = [];
    for (let ms = fromMs; ms < untilMs; ms += 1) {
      const timeMs = ms + 5;
      for (let controller = 0; controller < 16; controller++)
        output.send(
          { type: 'cc', channel: 1, controller: controller + 70, value: (ms + controller) % 128 },
          { timeMs },
          origin
        );
      // The first controllers after a silence go in a burst, which is what keeps them ahead of a note of their stamp.
      if (ms % 62 === 40 && ms > fromMs + 50) {
        const dueMs = timeMs + noteShiftMs;
        output.send(
          { type: 'note', channel: noteChannel, note: 60, velocity: 100, durationMs: 30 },
          { timeMs: dueMs },
          origin
        );
        notes.push(dueMs);
      }
      fake.advance(1);
    }
    fake.advance(500);
    return { driver, notes, given: seconds * 16_000, untilMs, stats: engine.outputReports()[0] };
  }

  for (const [name, channel, shiftMs] of [
    ['on the same channel and the same stamps', 1, 0],
    ['on another channel', 2, 0.37]
  ] as const) {
    it(`delays no note and no clock by more than one message: ${name}`, () => {
      const { driver, notes, given, stats } = flood(5, channel, 0.5, shiftMs);
      const clocks = driver.sent.filter(({ bytes }) => bytes[0] === 0xf8);
      assert.ok(clocks.length > 240);
      for (const { sentMs, startMs } of clocks) assert.ok(startMs - sentMs <= MESSAGE_MS + HAIR_MS);

      const ons = driver.sent.filter(({ bytes }) => bytes[0] >> 4 === 9);
      assert.equal(ons.length, notes.length);
      ons.forEach(({ startMs }, index) => {
        const byClocksMs = clocks.some((clock) => Math.abs(clock.startMs - startMs) < 2)
          ? DIN_MS_PER_BYTE
          : 0;
        const delayMs = startMs - notes[index];
        assert.ok(delayMs <= MESSAGE_MS + byClocksMs + HAIR_MS, `note ${index} is ${delayMs} ms late`);
      });

      const controls = driver.sent.filter(({ bytes }) => bytes[0] === 0xb0);
      const last = new Map(controls.map(({ bytes }) => [bytes[1], bytes[2]]));
      for (let controller = 0; controller < 16; controller++)
        assert.equal(last.get(controller + 70), (5099 + controller) % 128);
      const { coalesced, droppedFull, droppedLate } = stats.counters!;
      assert.equal(controls.length + coalesced + droppedFull + droppedLate, given);
      const bytesPerSecond = (controls.length * 3 - 48) / 5;
      assert.ok(
        bytesPerSecond < 0.51 * 3125 && bytesPerSecond > 0.4 * 3125,
        `${bytesPerSecond} bytes a second`
      );
    });
  }
});
