import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import { encodeEvent } from '../../../nodes/music/bytes';
import { comparePlaced } from '../../../nodes/music/event';
import { NONE } from '../../../nodes/engine/core/slab';
import { SendResult } from '../../../nodes/engine/ports/driver';
import { At, ClockLateness, Lateness } from '../../../nodes/engine/shared/stats';
import { hex, PortRig } from '../../support/din-driver';

const note = (pitch: number, rest: object = {}): MusicEvent => ({
  type: 'note',
  note: pitch,
  velocity: 100,
  durationMs: 10,
  ...rest
});
const on = (pitch: number): MusicEvent => ({ type: 'noteOn', note: pitch, velocity: 100 });
const off = (pitch: number): MusicEvent => ({ type: 'noteOff', note: pitch, velocity: 64 });
const cc = (controller: number, value: number): MusicEvent => ({ type: 'cc', controller, value });

/** When each message was handed over, and what it was. */
const timed = (rig: PortRig) => rig.driver.sent.map(({ sentMs, bytes }) => `${sentMs} ${hex(bytes)}`);

describe('order within a port', () => {
  it('sorts what falls on one tick: transport, clock, offs, controllers and programs, bend, ons, sysex', () => {
    const rig = new PortRig();
    const given: MusicEvent[] = [
      { type: 'sysex', data: [1, 2] },
      on(60),
      { type: 'pitchBend', value: 0 },
      cc(7, 1),
      { type: 'program', program: 3 },
      off(40),
      { type: 'clock' },
      { type: 'start' }
    ];
    for (const event of given) rig.give(event, { tick: 5 });
    assert.deepEqual(rig.run(10), [
      'fa',
      'f8',
      '80 28 40',
      'b0 07 01',
      'c0 03',
      'e0 00 40',
      '90 3c 64',
      'f0 01 02 f7'
    ]);
  });

  it('keeps to time, rank and order of arrival, whatever comes', () => {
    const event = fc.oneof(
      fc.nat(5).map((pitch) => off(pitch + 40)),
      fc.nat(3).map((value) => cc(99, value)),
      fc.nat(3).map((program): MusicEvent => ({ type: 'program', program, bank: 129 })),
      fc.nat(3).map((value): MusicEvent => ({ type: 'pressure', value })),
      fc.nat(3).map((value): MusicEvent => ({ type: 'sysex', data: [value] }))
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), event), { maxLength: 100 }), (given) => {
        const rig = new PortRig();
        for (const [tick, what] of given) rig.give(what, { tick });
        const expected = given
          .map(([time, what], ordinal) => ({ time, ordinal, event: what }))
          .sort(comparePlaced)
          .map((placed) => {
            const bytes = new Uint8Array(16);
            return [...bytes.subarray(0, encodeEvent(placed.event, 1, bytes))];
          });
        rig.run(30);
        assert.deepEqual(
          rig.driver.sent.flatMap(({ bytes }) => bytes),
          expected.flat()
        );
      }),
      { numRuns: 200 }
    );
  });

  it('keeps bank, parameter and value together and in their order', () => {
    for (const usPerByte of [0, 100, 320]) {
      const rig = new PortRig({ usPerByte });
      rig.give(cc(0, 1), { tick: 1 });
      rig.give(cc(32, 2), { tick: 1 });
      rig.give({ type: 'program', program: 3 }, { tick: 1 });
      rig.give({ type: 'nrpn', parameter: 129, value: 130 }, { tick: 1 });
      rig.give(on(60), { tick: 1 });
      rig.give({ type: 'rpn', parameter: 1, value: 2, order: 'lsbFirst' }, { tick: 2 });
      rig.give(cc(7, 9), { tick: 2 });
      assert.deepEqual(rig.run(100), [
        ...['b0 00 01', 'b0 20 02', 'c0 03'],
        ...['b0 63 01', 'b0 62 01', 'b0 06 01', 'b0 26 02', '90 3c 64'],
        ...['b0 65 00', 'b0 64 01', 'b0 26 02', 'b0 06 00', 'b0 07 09']
      ]);
    }
  });

  it('merges outputs with different offsets by the time at which they are due', () => {
    const rig = new PortRig();
    rig.give(on(60), { tick: 100, output: 0, offsetMs: -30 });
    rig.give(on(61), { tick: 80, output: 1, offsetMs: 0 });
    rig.give(on(62), { timeMs: 75, output: 2, offsetMs: 20 });
    rig.run(200);
    assert.deepEqual(timed(rig), ['70 90 3c 64', '80 90 3d 64', '95 90 3e 64']);
    rig.port.setOffset(1, 50);
    rig.give(on(63), { tick: 200, output: 1, offsetMs: 50 });
    rig.give(on(64), { tick: 240, output: 0, offsetMs: -30 });
    rig.run(200);
    assert.deepEqual(timed(rig).slice(3), ['210 90 40 64', '250 90 3f 64']);
  });

  it('plays what has no stamp in the order in which it was given', () => {
    const rig = new PortRig();
    rig.give(on(60));
    rig.waiter.nowMs += 0.01;
    rig.give(off(60));
    rig.waiter.nowMs += 0.01;
    rig.give(cc(7, 1));
    assert.deepEqual(rig.run(5), ['90 3c 64', '80 3c 40', 'b0 07 01']);
    assert.equal(rig.stats.get(At.playedLate), 0);
  });
});

describe('notes and their ends', () => {
  it('ends a note after its duration, in ticks and in ms', () => {
    const rig = new PortRig();
    rig.give(note(60), { timeMs: 5 });
    rig.give(note(61, { durationMs: undefined, durationTicks: 20 }), { tick: 6 });
    rig.give(note(62), { tick: 7, offsetMs: 0 });
    rig.run(50);
    assert.deepEqual(timed(rig), [
      ...['5 90 3c 64', '6 90 3d 64', '7 90 3e 64'],
      ...['15 80 3c 40', '17 80 3e 40', '26 80 3d 40']
    ]);
    assert.deepEqual(rig.sounding, []);
  });

  it('lets a note of no duration sound, and end after its on', () => {
    const rig = new PortRig();
    rig.give(note(60, { durationMs: 0 }), { timeMs: 5 });
    rig.give(note(61, { durationMs: undefined, durationTicks: 0 }), { tick: 5 });
    rig.run(10);
    assert.deepEqual(timed(rig), ['5 90 3c 64', '5 90 3d 64', '6 80 3c 40', '6 80 3d 40']);
  });

  it('ends the first note where the same pitch comes again, and its own off is void', () => {
    const rig = new PortRig();
    rig.give(note(60, { durationMs: 50 }), { timeMs: 0 });
    rig.give(note(60, { durationMs: 70 }), { timeMs: 20 });
    rig.run(200);
    assert.deepEqual(timed(rig), ['0 90 3c 64', '20 80 3c 40', '20 90 3c 64', '90 80 3c 40']);
  });

  it('ends a note by a note-off of the user, and its own off is void', () => {
    const rig = new PortRig();
    rig.give(note(60, { durationMs: 50 }), { timeMs: 0 });
    rig.give(off(60), { timeMs: 20 });
    rig.run(200);
    assert.deepEqual(timed(rig), ['0 90 3c 64', '20 80 3c 40']);
  });

  it('lets no note hang whose off has the stamp of its on', () => {
    const rig = new PortRig();
    rig.give(on(60), { tick: 5 });
    rig.give(off(60), { tick: 5 });
    rig.run(10);
    assert.deepEqual(timed(rig), ['5 90 3c 64', '6 80 3c 40']);
    rig.give(on(60), { tick: 20 });
    rig.give(on(60), { tick: 30 });
    rig.give(off(60), { tick: 30 });
    rig.give(off(60), { tick: 40 });
    assert.deepEqual(rig.run(50), ['90 3c 64', '80 3c 40', '90 3c 64', '80 3c 40']);
  });

  it('plays a late note with its end', () => {
    const rig = new PortRig();
    rig.run(100);
    rig.give(note(60, { durationMs: undefined, durationTicks: 20 }), { tick: 60 });
    rig.give(note(61), { timeMs: 60 });
    rig.run(50);
    assert.deepEqual(timed(rig), ['100 90 3c 64', '100 90 3d 64', '100 80 3c 40', '110 80 3d 40']);
    assert.equal(rig.stats.get(At.playedLate), 2);
  });
});

describe('what is late', () => {
  it('is over after a freeze: not played beyond half a second, or beyond what is tolerated', () => {
    for (const [lateToleranceMs, frozenMs, isHeard] of [
      [50, 490, true],
      [50, 510, false],
      [2000, 1990, true],
      [2000, 2010, false]
    ] as const) {
      const rig = new PortRig({ lateToleranceMs });
      rig.give(on(60), { timeMs: 100 });
      rig.waiter.nowMs = 100 + frozenMs;
      rig.run(1);
      assert.equal(rig.heard.length, isHeard ? 1 : 0, `${frozenMs} ms`);
      assert.equal(rig.stats.get(At.droppedLate), isHeard ? 0 : 1);
    }
  });

  it('is played up to the tolerance and dropped beyond; ends and what sets a state always go', () => {
    const rig = new PortRig({ lateToleranceMs: 50 });
    rig.run(1000);
    rig.give(on(60), { timeMs: 950 });
    rig.give(on(61), { timeMs: 949 });
    rig.give({ type: 'sysex', data: [1] }, { timeMs: 900 });
    rig.give(off(62), { timeMs: 0 });
    rig.give({ type: 'program', program: 1 }, { timeMs: 0 });
    rig.give({ type: 'stop' }, { timeMs: 0 });
    rig.give(cc(7, 1), { timeMs: 0 });
    assert.deepEqual(rig.run(1), ['fc', '80 3e 40', 'c0 01', 'b0 07 01', '90 3c 64']);
    assert.equal(rig.stats.get(At.droppedLate), 2);
    assert.equal(rig.stats.get(At.playedLate), 5);
    assert.equal(rig.sysex.size, 0);
  });

  it('does not set a controller back', () => {
    const rig = new PortRig();
    rig.give(cc(7, 10), { timeMs: 100 });
    rig.run(110);
    rig.give(cc(7, 5), { timeMs: 90 });
    rig.give(cc(8, 5), { timeMs: 90 });
    rig.give(cc(7, 11), { timeMs: 105 });
    assert.deepEqual(rig.run(10), ['b0 08 05', 'b0 07 0b']);
    assert.equal(rig.stats.get(At.droppedLate), 1);
  });
});

describe('taking back', () => {
  it('cancels what has not sounded, by source, clock, epoch and place, and keeps the ends of what sounds', () => {
    const rig = new PortRig();
    rig.give(note(60, { durationMs: 50 }), { tick: 0, source: 7 });
    rig.give(on(61), { tick: 1, source: 7 });
    rig.give(off(61), { tick: 40, source: 7 });
    rig.give(cc(64, 127), { tick: 2, source: 7 });
    rig.give(cc(64, 0), { tick: 41, source: 7 });
    rig.run(10);
    rig.give(on(62), { tick: 30, source: 7 });
    rig.give(off(62), { tick: 35, source: 7 });
    rig.give(on(63), { tick: 30, source: 8 });
    rig.give(on(64), { tick: 30, source: 7, transport: 1 });
    rig.give(on(65), { tick: 30, source: 7, epoch: 2 });
    rig.give(on(66), { tick: 19, source: 7 });
    rig.port.cancel(7, 0, 20, 1);
    assert.equal(rig.stats.get(At.cancelled), 2);
    rig.run(100);
    assert.deepEqual(timed(rig).slice(3), [
      ...['19 90 42 64', '30 90 3f 64', '30 90 40 64', '30 90 41 64'],
      ...['40 80 3d 40', '41 b0 40 00', '50 80 3c 40']
    ]);
  });

  it('silences an owner and nobody else', () => {
    const rig = new PortRig();
    rig.give(note(60, { durationMs: 500 }), { tick: 0, source: 7, transport: 3, output: 1 });
    rig.give(on(61), { tick: 0, source: 7 });
    rig.give(cc(64, 127), { tick: 0, source: 7 });
    rig.give(cc(66, 64), { tick: 0, source: 8 });
    rig.give(on(62), { tick: 0, source: 8, transport: 3 });
    rig.give(on(63), { timeMs: 0, source: 8, output: 1 });
    rig.give(on(64), { tick: 400, source: 7 });
    rig.give(off(62), { tick: 400, source: 7 });
    rig.run(10);
    const sent = () => rig.heard.length;
    let from = sent();
    rig.port.release((source) => source === 7, 10);
    assert.deepEqual(rig.heard.slice(from), ['80 3c 40', '80 3d 40', 'b0 40 00']);
    assert.deepEqual(rig.sounding, ['80 3e 40', '80 3f 40', 'b0 42 00']);
    from = sent();
    rig.port.release((_, transport) => transport === 3, 10);
    assert.deepEqual(rig.heard.slice(from), ['80 3e 40']);
    from = sent();
    rig.port.releaseOutput(1, 10);
    assert.deepEqual(rig.heard.slice(from), ['80 3f 40']);
    from = sent();
    rig.port.flush(10);
    assert.deepEqual(rig.heard.slice(from), ['b0 42 00']);
    assert.deepEqual(rig.sounding, []);
    assert.equal(rig.stats.get(At.pending), 0);
  });

  it('keeps the end of a note that another owner has started, or is still to start', () => {
    const rig = new PortRig();
    rig.give(on(60), { tick: 0, source: 1 });
    rig.run(10);
    rig.give(off(60), { tick: 50, source: 2 });
    rig.give(on(61), { tick: 40, source: 1 });
    rig.give(off(61), { tick: 50, source: 2 });
    rig.give(off(62), { tick: 50, source: 2 });
    rig.port.release((source) => source === 2, 10);
    assert.deepEqual(rig.run(100), ['90 3d 64', '80 3c 40', '80 3d 40']);
  });

  it('does not end the next note of a pitch by what was to end the one before', () => {
    const rig = new PortRig({ usPerByte: 320 });
    rig.give(on(60), { source: 1 });
    rig.run(10);
    rig.give({ type: 'sysex', data: new Array<number>(30).fill(0) });
    rig.run(1);
    rig.give(on(60), { source: 2 });
    rig.run(1);
    rig.port.release((source) => source === 1, rig.nowMs);
    rig.run(50);
    assert.deepEqual(rig.heard.slice(-2), ['80 3c 40', '90 3c 64']);
    assert.deepEqual(rig.sounding, ['80 3c 40']);
  });

  it('ends everything on panic, on channels it knows nothing of too, once', () => {
    const rig = new PortRig();
    rig.give(on(60));
    rig.give(note(61, { durationMs: 500 }));
    rig.give(note(62), { timeMs: 100 });
    rig.run(1);
    rig.port.panic(1);
    const sent = rig.heard.slice(2);
    assert.deepEqual(sent.slice(0, 2), ['80 3c 40', '80 3d 40']);
    for (let channel = 0; channel < 16; channel++)
      for (const mode of ['40 00', '78 00', '79 00', '7b 00'])
        assert.ok(sent.includes(`b${channel.toString(16)} ${mode}`));
    assert.deepEqual(rig.run(1000), []);
    assert.deepEqual(rig.sounding, []);
  });

  it('lets nobody take back a release that waits for the wire', () => {
    const rig = new PortRig({ usPerByte: 320 });
    rig.give(cc(64, 127), { source: 5 });
    rig.give(on(60), { source: 5 });
    rig.run(20);
    rig.give({ type: 'sysex', data: new Array<number>(30).fill(0) });
    rig.run(1);
    rig.port.release((source) => source === 5, rig.nowMs);
    rig.port.release((source) => source === 5, rig.nowMs);
    rig.port.cancel(5, NONE, -Infinity, NONE);
    rig.port.cancel(undefined, NONE, -Infinity, NONE);
    const sent = rig.run(100);
    assert.deepEqual(sent.slice(-2), ['80 3c 40', 'b0 40 00']);
    assert.deepEqual(rig.sounding, []);
  });

  it('sends all that is owed when the port closes, however slow the wire', () => {
    const rig = new PortRig({ usPerByte: 320 });
    for (let pitch = 0; pitch < 10; pitch++) rig.give(note(pitch, { durationMs: 5000 }));
    rig.run(100);
    rig.give({ type: 'sysex', data: new Array<number>(30).fill(0) });
    rig.run(2);
    rig.port.flush(rig.nowMs);
    const bytes = rig.driver.sent.flatMap((message) => message.bytes);
    assert.ok(bytes.includes(0xf7), 'a sysex that has begun ends');
    assert.deepEqual(
      rig.heard.slice(-10),
      Array.from({ length: 10 }, (_, pitch) => hex([0x80, pitch, 64]))
    );
    assert.deepEqual(rig.sounding, []);
  });

  it('drops what waits for a transport that is gone, and gives its lanes to others', () => {
    const rig = new PortRig();
    rig.give(on(60), { tick: 10, transport: 4 });
    rig.give(on(61), { tick: 10, transport: 4, waiting: true });
    rig.port.dropLanesOf(4);
    assert.equal(rig.stats.get(At.pending), 0);
    rig.give(on(62), { tick: 10, transport: 4, waiting: true });
    rig.port.beginEpoch(4, 1, 5);
    rig.run(100);
    assert.deepEqual(timed(rig), ['15 90 3e 64']);
  });

  it('forgets all that waits when the driver says that the port is gone', () => {
    const rig = new PortRig({ usPerByte: 320 });
    rig.give({ type: 'sysex', data: [1, 2, 3, 4, 5] });
    rig.give({ type: 'sysex', data: [1, 2, 3, 4, 5] }, { timeMs: 50 });
    rig.give(on(60));
    rig.driver.result = SendResult.gone;
    rig.run(1);
    assert.equal(rig.port.gone, true);
    assert.equal(rig.sysex.size, 0);
    assert.equal(rig.stats.get(At.pending), 0);
    assert.equal(rig.stats.get(At.sendErrors), 1);
    assert.equal(rig.port.nextDeadlineMs(), Infinity);
  });
});

describe('epochs and replays', () => {
  it('plays what waits when its epoch begins, and drops what waits for another', () => {
    const rig = new PortRig();
    rig.give(on(60), { tick: 0, epoch: 1, waiting: true });
    rig.give(on(61), { tick: 0, epoch: 2, waiting: true });
    rig.give(on(62), { tick: 0, epoch: 2, waiting: true, transport: 9 });
    rig.run(10);
    rig.port.beginEpoch(0, 2, 20);
    rig.run(50);
    assert.deepEqual(timed(rig), ['20 90 3d 64']);
    assert.equal(rig.stats.get(At.droppedStale), 1);
    assert.equal(rig.stats.get(At.pending), 1);
  });

  it('does not let epochs that never begin fill the queue', () => {
    const rig = new PortRig({ maxPendingEvents: 20 });
    for (let epoch = 1; epoch < 100; epoch++) {
      for (let tick = 0; tick < 8; tick++) rig.give(on(60 + tick), { tick, epoch, waiting: true });
    }
    rig.port.beginEpoch(0, 99, 0);
    assert.equal(rig.run(10).filter((text) => text.startsWith('90')).length, 8);
    assert.equal(rig.stats.get(At.droppedFull), 0);
  });

  it('drops the answer to a replay that is queued, waits, or was sent', () => {
    const rig = new PortRig();
    const what = { tick: 20, source: 3, ordinal: 4 };
    rig.give(note(60), what);
    rig.give(note(60), { ...what, replay: true });
    rig.give(note(61), { ...what, replay: true });
    rig.give(note(60), { ...what, ordinal: 5, replay: true });
    rig.give(note(60), { ...what, source: 4, replay: true });
    rig.give(note(60), { ...what, output: 2, replay: true });
    assert.equal(rig.stats.get(At.duplicates), 1);
    rig.give(note(60), { ...what, epoch: 2, waiting: true });
    rig.give(note(60), { ...what, epoch: 2, waiting: true, replay: true });
    assert.equal(rig.stats.get(At.duplicates), 2);
    rig.run(25);
    const sent = rig.heard.length;
    rig.give(note(60), { ...what, replay: true });
    rig.give(note(60), { ...what, ordinal: 5, replay: true });
    rig.run(2);
    assert.equal(rig.stats.get(At.duplicates), 4);
    assert.equal(rig.heard.length, sent);
    rig.give(note(61), { ...what });
    assert.equal(rig.stats.get(At.duplicates), 4, 'without the mark it is an event like any other');
  });

  it('still knows what was sent after a late event of an earlier place', () => {
    const rig = new PortRig();
    rig.give(on(60), { tick: 20 });
    rig.run(20);
    rig.give(on(61), { tick: 5 });
    rig.run(0);
    rig.port.setOffset(0, 30);
    rig.give(on(60), { tick: 20, replay: true, offsetMs: 30 });
    assert.equal(rig.stats.get(At.duplicates), 1);
  });

  it('plays the answer to a replay in place of what was cancelled', () => {
    const rig = new PortRig();
    rig.give(on(60), { tick: 20 });
    rig.port.cancel(1, 0, 10, 1);
    rig.give(on(60), { tick: 20, replay: true });
    assert.deepEqual(rig.run(50), ['90 3c 64']);
  });
});

describe('what a port measures', () => {
  it('tells lateness from waiting for the wire', () => {
    const rig = new PortRig({ usPerByte: 320 });
    for (let pitch = 60; pitch < 70; pitch++) rig.give(on(pitch), { timeMs: 5 });
    for (let value = 0; value < 40; value++) rig.give(cc(value + 64, 1), { timeMs: 5 });
    rig.run(500);
    const histogram = (index: number) =>
      rig.stats.percentiles((['lateness', 'clockLateness', 'wireWait'] as const)[index]);
    assert.ok(histogram(Lateness).maxMs < 0.002, 'the engine was never late');
    assert.ok(histogram(2).maxMs > 40, 'the wire was busy');
    rig.port.sendRealtime(0xf8, 1, rig.nowMs - 3);
    assert.ok(Math.abs(histogram(ClockLateness).maxMs - 3) < 0.15);
  });
});
