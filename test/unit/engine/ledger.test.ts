import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import { RANK } from '../../../nodes/music/event';
import { Ledger, LEDGER_BYTES, releasesOf, VOICES } from '../../../nodes/engine/core/ledger';
import { NONE } from '../../../nodes/engine/core/slab';
import { At } from '../../../nodes/engine/shared/stats';
import { hex, PortRig, type Place } from '../../support/din-driver';
import { runs } from '../../support/runs';

describe('the ledger', () => {
  it('names each note and each pedal once, and knows how it ends', () => {
    const voices = new Set<number>();
    for (let channel = 0; channel < 16; channel++) {
      for (let note = 0; note < 128; note++) {
        const voice = Ledger.voice(0x90 | channel | (note << 8) | (100 << 16));
        assert.equal(Ledger.voice(Ledger.ending(voice)), voice);
        assert.equal(Ledger.isPedal(voice), false);
        voices.add(voice);
      }
      for (const pedal of [64, 66]) {
        const voice = Ledger.voice(0xb0 | channel | (pedal << 8));
        assert.equal(Ledger.ending(voice), 0xb0 | channel | (pedal << 8));
        assert.equal(Ledger.isPedal(voice), true);
        voices.add(voice);
      }
    }
    assert.equal(voices.size, VOICES);
    for (const word of [0xb0 | (65 << 8), 0xe0, 0xc0 | (64 << 8), 0xa0, 0xf8])
      assert.equal(Ledger.voice(word), NONE);
  });

  it('says in shared memory what is down, for those who outlive its thread', () => {
    const memory = new Uint8Array(LEDGER_BYTES);
    const ledger = new Ledger(memory);
    ledger.press(Ledger.voice(0x93 | (60 << 8)), NONE, Float64Array.of(1), 0, 2, 3);
    ledger.press(Ledger.voice(0xb5 | (66 << 8)), NONE, Float64Array.of(1), 0, 2, 3);
    assert.deepEqual(releasesOf(memory), [
      { type: 'noteOff', channel: 4, note: 60, velocity: 64 },
      { type: 'cc', channel: 6, controller: 66, value: 0 }
    ]);
    const asked: number[][] = [];
    ledger.forEach(
      (...owner) => asked.push(owner) > 0,
      (voice) => ledger.release(voice, 0)
    );
    assert.deepEqual(asked, [
      [1, 2, 3],
      [1, 2, 3]
    ]);
    assert.deepEqual(releasesOf(memory), []);
  });
});

/** What the model knows of an event that waits. */
interface Waiting {
  dueMs: number;
  rank: number;
  order: number;
  event: MusicEvent;
  place: Required<Pick<Place, 'source' | 'transport' | 'ordinal'>> & { key: number };
  /** It ends the note that this is the number of. */
  ends?: number;
}

/** A port as it is described, in plain arrays: everything is looked for anew each time. */
class Model {
  nowMs = 0;
  order = 0;
  notes = 0;
  waiting: Waiting[] = [];
  sent: string[] = [];
  sounding = new Map<number, { id: number; source: number; transport: number; planned: boolean }>();
  counts = { cancelled: 0, droppedLate: 0, duplicates: 0 };
  private newestCc = new Map<number, number>();
  private sentKey = [-Infinity, -Infinity];

  give(event: MusicEvent, place: Waiting['place'], replay: boolean): void {
    const { key } = place;
    const same = (other: Waiting) =>
      other.ends === undefined &&
      other.place.key === key &&
      other.place.source === place.source &&
      other.place.transport === place.transport &&
      other.place.ordinal === place.ordinal &&
      JSON.stringify(other.event) === JSON.stringify(event);
    if (replay && (key <= this.nowMs || key <= this.sentKey[place.transport] || this.waiting.some(same))) {
      this.counts.duplicates++;
      return;
    }
    const isLate = key < this.nowMs;
    const isStale =
      event.type === 'cc'
        ? (this.newestCc.get(event.controller) ?? -Infinity) > key
        : event.type !== 'noteOff' && event.type !== 'program' && this.nowMs - key > 10;
    if (isLate && isStale) {
      this.counts.droppedLate++;
      return;
    }
    this.waiting.push({ dueMs: key, rank: RANK[event.type], order: this.order++, event, place });
  }

  /** Sends what is due; where a note has begun, its end may come before what is due after it. */
  dispatch(): void {
    for (;;) {
      const late = this.waiting.filter(({ dueMs }) => dueMs <= this.nowMs).sort(before);
      if (late.length === 0) return;
      const untilMs =
        late.find(({ event: { type } }) => type === 'note' || type === 'noteOn')?.dueMs ?? this.nowMs;
      const due = late.filter(({ dueMs }) => dueMs <= untilMs);
      this.waiting = this.waiting.filter(({ dueMs }) => dueMs > untilMs);
      const voids = new Set<number>();
      due.forEach((item, index) => {
        if (item.event.type === 'cc')
          this.newestCc.set(
            item.event.controller,
            Math.max(item.dueMs, this.newestCc.get(item.event.controller) ?? -Infinity)
          );
        this.sentKey[item.place.transport] = Math.max(this.sentKey[item.place.transport], item.place.key);
        this.send(item, due.slice(index + 1), voids);
      });
    }
  }

  private send(item: Waiting, later: Waiting[], voids: Set<number>): void {
    const { event, place } = item;
    if (item.ends !== undefined && voids.has(item.ends)) return;
    const end = (pitch: number) => {
      const { id } = this.sounding.get(pitch)!;
      voids.add(id);
      this.waiting = this.waiting.filter(({ ends }) => ends !== id);
      this.sounding.delete(pitch);
    };
    switch (event.type) {
      case 'note':
      case 'noteOn': {
        if (this.sounding.has(event.note)) {
          end(event.note);
          this.sent.push(hex([0x80, event.note, 64]));
        }
        this.sent.push(hex([0x90, event.note, event.velocity]));
        const id = this.notes++;
        const planned = event.type === 'note';
        this.sounding.set(event.note, { id, source: place.source, transport: place.transport, planned });
        if (event.type !== 'note') return;
        const dueMs = item.dueMs + Math.max(1, event.durationTicks!);
        const off: MusicEvent = { type: 'noteOff', note: event.note, velocity: 64 };
        this.waiting.push({
          dueMs,
          rank: 2,
          order: this.order++,
          event: off,
          place: { ...place, key: dueMs },
          ends: id
        });
        return;
      }
      case 'noteOff': {
        const isForLater = later.some(
          (other) =>
            (other.event.type === 'note' || other.event.type === 'noteOn') &&
            other.event.note === event.note &&
            other.dueMs === item.dueMs &&
            other.order < item.order
        );
        if (this.sounding.has(event.note)) end(event.note);
        else if (isForLater) {
          this.waiting.push({ ...item, dueMs: item.dueMs + 1, place: { ...place, key: place.key + 1 } });
          return;
        }
        this.sent.push(hex([0x80, event.note, event.velocity]));
        return;
      }
      case 'cc':
        this.sent.push(hex([0xb0, event.controller, event.value]));
        return;
      case 'program':
        this.sent.push(hex([0xc0, event.program]));
    }
  }

  /** Drops what matches; ends stay that are needed. */
  takeBack(matches: (item: Waiting) => boolean): void {
    const isEnd = ({ event }: Waiting) => event.type === 'noteOff';
    const keep = (kept: boolean) => {
      if (!kept) this.counts.cancelled++;
      return kept;
    };
    this.waiting = this.waiting.filter((item) => keep(isEnd(item) || !matches(item)));
    const pitch = ({ event }: Waiting) => ('note' in event ? event.note : NONE);
    const awaited = new Set(this.waiting.filter((item) => !isEnd(item)).map(pitch));
    this.waiting = this.waiting.filter((item) => {
      if (!isEnd(item) || item.ends !== undefined || !matches(item)) return true;
      const sounding = this.sounding.get(pitch(item));
      return keep(awaited.has(pitch(item)) || (sounding !== undefined && !sounding.planned));
    });
  }

  release(owned: (source: number, transport: number) => boolean): void {
    const ending = [...this.sounding].filter(([, { source, transport }]) => owned(source, transport));
    for (const [pitch, { id }] of ending.sort(([a], [b]) => a - b)) {
      this.sent.push(hex([0x80, pitch, 64]));
      this.waiting = this.waiting.filter(({ ends }) => ends !== id);
      this.sounding.delete(pitch);
    }
    this.takeBack(({ place }) => owned(place.source, place.transport));
  }
}

const before = (a: Waiting, b: Waiting) => a.dueMs - b.dueMs || a.rank - b.rank || a.order - b.order;

describe('a port against a simple model', () => {
  const pitch = fc.nat(4);
  const event: fc.Arbitrary<MusicEvent> = fc.oneof(
    fc
      .tuple(pitch, fc.nat(12))
      .map(([note, durationTicks]): MusicEvent => ({ type: 'note', note, velocity: 100, durationTicks })),
    pitch.map((note): MusicEvent => ({ type: 'noteOn', note, velocity: 90 })),
    pitch.map((note): MusicEvent => ({ type: 'noteOff', note, velocity: 7 })),
    fc
      .tuple(fc.nat(2), fc.nat(9))
      .map(([controller, value]): MusicEvent => ({ type: 'cc', controller: controller + 70, value })),
    fc.nat(3).map((program): MusicEvent => ({ type: 'program', program }))
  );
  const step = fc.record({
    act: fc.nat(39),
    event,
    ahead: fc.integer({ min: -20, max: 25 }),
    source: fc.nat(2),
    transport: fc.nat(1),
    ordinal: fc.nat(1),
    replay: fc.boolean(),
    ms: fc.nat(6)
  });

  it('agrees in order, ledger and counts over random events and commands, a thousand at a time', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1000, maxLength: 1000 }), (steps) => {
        const rig = new PortRig({ lateToleranceMs: 10 });
        const model = new Model();
        rig.run(0);
        for (const { act, ahead, source, transport, ordinal, replay, ms, ...rest } of steps) {
          if (act < 24) {
            const key = model.nowMs + ahead;
            rig.give(rest.event, { tick: key, source, transport, ordinal, replay });
            model.give(rest.event, { key, source, transport, ordinal }, replay);
          } else if (act < 36) {
            rig.run(ms);
            const untilMs = model.nowMs + ms;
            for (; ; model.nowMs++) {
              model.dispatch();
              if (model.nowMs === untilMs) break;
            }
          } else if (act === 36) {
            const fromKey = model.nowMs + ahead;
            rig.port.cancel(source, transport, fromKey, NONE);
            model.takeBack(
              ({ place }) => place.source === source && place.transport === transport && place.key >= fromKey
            );
          } else {
            rig.run(0);
            model.dispatch();
            const owned = (its: number, clock: number) =>
              act === 37
                ? its === source
                : act === 38
                  ? clock === transport
                  : its === source && clock === transport;
            rig.port.release(owned, rig.nowMs);
            model.release(owned);
            model.dispatch();
          }
          assert.equal(rig.driver.sent.length, model.sent.length);
        }
        assert.deepEqual(rig.heard, model.sent);
        const { cancelled, droppedLate, duplicates, pending } = rig.stats.readCounters();
        assert.deepEqual({ cancelled, droppedLate, duplicates }, model.counts);
        assert.equal(pending, model.waiting.filter(({ ends }) => ends === undefined).length);
        assert.deepEqual(
          rig.sounding,
          [...model.sounding.keys()].sort().map((note) => hex([0x80, note, 64]))
        );
        rig.port.flush(rig.nowMs);
        assert.deepEqual(rig.sounding, []);
        assert.equal(rig.stats.get(At.pending), 0);
      }),
      { numRuns: runs(30) }
    );
  });
});

describe('a port that stood still for longer than its notes last', () => {
  for (const usPerByte of [0, 320]) {
    it(`plays what it owes in the order of its time, at ${usPerByte} µs a byte`, () => {
      const rig = new PortRig({ usPerByte, lateToleranceMs: 500 });
      [60, 64, 60, 67].forEach((note, index) =>
        rig.give({ type: 'note', note, velocity: 100, durationTicks: 30 }, { tick: 10 + index * 50 })
      );
      rig.waiter.nowMs += 300;
      assert.deepEqual(
        rig.run(100).map((message) => message.slice(0, 5)),
        ['90 3c', '80 3c', '90 40', '80 40', '90 3c', '80 3c', '90 43', '80 43']
      );
    });
  }
});

describe('a port that was frozen', () => {
  it('ends what sounded, and plays nothing of what is over', () => {
    const rig = new PortRig();
    [60, 64, 67].forEach((note, index) =>
      rig.give(
        { type: 'note', note, velocity: 100, durationTicks: 300 },
        { tick: rig.nowMs + 10 + index * 400 }
      )
    );
    rig.run(20);
    rig.waiter.nowMs += 1200;
    assert.deepEqual(
      rig.run(1000).map((message) => message.slice(0, 5)),
      ['80 3c', '90 43', '80 43']
    );
    assert.equal(rig.stats.get(At.droppedLate), 1);
  });
});

describe('a port on a slow wire with a small bound', () => {
  const step = fc.record({
    act: fc.nat(19),
    kind: fc.nat(9),
    pitch: fc.nat(5),
    ahead: fc.integer({ min: -60, max: 60 }),
    source: fc.nat(2),
    ms: fc.nat(20)
  });
  const events: ((pitch: number) => MusicEvent)[] = [
    (note) => ({ type: 'note', note, velocity: 1, durationMs: note * 9 }),
    (note) => ({ type: 'note', note, velocity: 1, durationMs: 3000 }),
    (note) => ({ type: 'noteOn', note, velocity: 1 }),
    (note) => ({ type: 'noteOff', note, velocity: 1 }),
    (value) => ({ type: 'cc', controller: 7, value }),
    (value) => ({ type: 'cc', controller: 64, value: value * 25 }),
    (value) => ({ type: 'nrpn', parameter: value, value }),
    (program) => ({ type: 'program', program, bank: 1 }),
    (length) => ({ type: 'sysex', data: new Array<number>(length * 4).fill(1) }),
    () => ({ type: 'continue' })
  ];

  it('keeps the end of a pedal that is released while the port is full', () => {
    const rig = new PortRig({ usPerByte: 320, maxPendingEvents: 4 });
    rig.give({ type: 'cc', controller: 64, value: 127 }, { timeMs: 0, source: 1 });
    rig.run(10);
    for (let value = 0; value < 4; value++)
      rig.give({ type: 'noteOn', note: value, velocity: 1 }, { timeMs: 10 });
    rig.run(0);
    rig.port.release((source) => source === 1, rig.nowMs);
    for (let note = 10; note < 30; note++)
      rig.give({ type: 'noteOn', note, velocity: 1 }, { timeMs: rig.nowMs });
    rig.run(200);
    assert.ok(
      rig.driver.sent.some(({ bytes }) => bytes[0] === 0xb0 && bytes[1] === 64 && bytes[2] === 0),
      'the pedal is lifted'
    );
  });

  it('keeps its bound, its order and its ends over random steps, a thousand at a time', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1000, maxLength: 1000 }), (steps) => {
        const rig = new PortRig({ usPerByte: 320, maxPendingEvents: 30 });
        let sure = 0;
        for (const { act, kind, pitch, ahead, source, ms } of steps) {
          if (act < 14) {
            const event = events[kind](pitch);
            const lifts = event.type === 'cc' && event.controller === 64 && event.value < 64;
            if (event.type === 'noteOff' || event.type === 'continue' || lifts) sure++;
            rig.give(event, { timeMs: rig.nowMs + ahead, source });
          } else if (act < 18) rig.run(ms);
          else if (act === 18) rig.port.release((its) => its === source, rig.nowMs);
          else if (pitch === 0) rig.port.cancel(source, NONE, rig.nowMs + ahead, NONE);
          const { pending } = rig.stats.readCounters();
          assert.ok(pending >= 0 && pending <= 30 + sure + 64, `${pending} wait`);
        }
        rig.run(20_000);
        rig.port.release(() => true, rig.nowMs);
        rig.run(1000);
        assert.deepEqual(rig.sounding, []);
        assert.equal(rig.stats.get(At.pending), 0);
        assert.equal(rig.sysex.size, 0);
        assertWellFormed(rig.driver.sent.flatMap(({ bytes }) => bytes));
      }),
      { numRuns: runs(20) }
    );
  });
});

/** Each on is followed by one off before the next on of its pitch; sysex and parameters are in one piece. */
function assertWellFormed(bytes: number[]): void {
  const down = new Set<number>();
  const plain = bytes.filter((byte) => byte < 0xf8);
  for (let at = 0; at < plain.length;) {
    const [status, first] = plain.slice(at, at + 2);
    if (status === 0xf0) {
      const end = plain.indexOf(0xf7, at);
      assert.ok(plain.slice(at + 1, end).every((byte) => byte < 0x80));
      at = end + 1;
      continue;
    }
    if (status === 0x90) {
      assert.ok(!down.has(first), `note ${first} starts twice`);
      down.add(first);
    } else if (status === 0x80) down.delete(first);
    else if (status === 0xb0 && first === 99) {
      assert.deepEqual([plain[at + 4], plain[at + 7], plain[at + 10]], [98, 6, 38]);
    } else if (status === 0xb0 && first === 0) assert.deepEqual([plain[at + 4], plain[at + 6]], [32, 0xc0]);
    at += status === 0xc0 ? 2 : 3;
  }
  assert.equal(down.size, 0);
}
