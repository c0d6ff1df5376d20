import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { MusicEvent } from '../../../nodes/music/event';
import {
  DEFAULT_SETTINGS,
  type At,
  type OutputHandle,
  type Span,
  type TransportHandle
} from '../../../nodes/engine';
import {
  SendResult,
  type DriverSink,
  type MidiDriver,
  type PortInfo
} from '../../../nodes/engine/ports/driver';
import { CLOCK, fakeEngine, type FakeEngine } from '../../support/fake-engine';
import { runs } from '../../support/runs';

/** A port that can be pulled, refuse, and note all that it takes. */
class Synth implements MidiDriver {
  readonly name = 'alsa';
  readonly can = {
    reportsSendErrors: true,
    announcesPorts: true,
    stampsInput: true,
    namesPorts: true,
    receives: false,
    virtualPorts: false
  };
  readonly taken: { timeMs: number; bytes: number[] }[] = [];
  now = () => 0;
  isPlugged = true;
  isFull = false;
  private changed = false;

  plug(isPlugged: boolean): void {
    this.changed ||= isPlugged !== this.isPlugged;
    this.isPlugged = isPlugged;
  }

  list(): PortInfo[] {
    return this.isPlugged ? [{ name: 'synth', direction: 'out', kind: 'hardware' }] : [];
  }

  open(): number {
    if (!this.isPlugged) throw new Error('it is gone');
    return 0;
  }

  openVirtual(): number {
    throw new Error('not with this driver');
  }

  send(_handle: number, bytes: Uint8Array, length: number): number {
    if (!this.isPlugged) return SendResult.gone;
    if (this.isFull) return SendResult.full;
    this.taken.push({ timeMs: this.now(), bytes: [...bytes.subarray(0, length)] });
    return SendResult.ok;
  }

  poll(sink: DriverSink): void {
    if (!this.changed) return;
    this.changed = false;
    sink.portsChanged();
  }

  close(): void {}
  dispose(): void {}
}

/** Of a thousand steps each. */
const RUNS = runs(100);
const LOOKS_PER_REPORT = 50;
const BOUND = 64;
/** Events that are never dropped may go beyond the bound. */
const SURE = 64;
const SPEC = { mode: 'name', port: 'synth' } as const;
const WIRE = { offsetMs: 0, usPerByte: 0, controlShare: 1 };
/** Velocities tell who made a message: what the engine ends by itself has 64. */
const GIVEN_OFF = 7;

interface Step {
  act: number;
  value: number;
  ahead: number;
  kind: number;
}

/**
 * The engine, and beside it what is plain to see: what was given, what the port has taken, and what it would mean for
 * somebody who listens.
 */
class Performance {
  readonly synth = new Synth();
  readonly fake: FakeEngine;
  readonly output: OutputHandle;
  readonly transport: TransportHandle;
  private span: Span | undefined;
  /** Given to the port that is open now. */
  private given = 0;
  private readonly due = new Map<number, number>();
  private read = 0;
  private ids = 0;
  private looks = 0;

  constructor() {
    const limits = { maxPendingEvents: BOUND, lateToleranceMs: 50, restartsPerMinute: 1e9, lookaheadMs: 150 };
    this.fake = fakeEngine({ ...DEFAULT_SETTINGS, ...limits }, this.synth);
    this.synth.now = () => this.fake.engine.now();
    const { engine } = this.fake;
    this.output = engine.openOutput(
      'device',
      { name: 'device', spec: SPEC, channel: 1, output: WIRE },
      { outputChanged: () => undefined }
    );
    this.transport = engine.openTransport('clock', 'clock', CLOCK, {
      span: (span) => {
        this.span = span;
        if (this.output.status.state === 'open') this.output.lease(this.transport);
      },
      beat: () => undefined,
      changed: () => undefined
    }).transport;
    this.advance(50);
  }

  advance(ms: number): void {
    this.fake.advance(ms);
    this.look();
  }

  do({ act, value, ahead, kind }: Step): void {
    const { fake, transport, synth } = this;
    const { engine, link } = fake;
    if (act < 55) this.give(this.event(kind, value), this.stamp(kind, ahead));
    else if (act < 80) this.advance(value % 12);
    else if (act < 83) transport.start();
    else if (act < 84) transport.stop();
    else if (act < 85) transport.continue();
    else if (act < 86) transport.locate((value % 16) * 960);
    else if (act < 87) transport.setBpm(40 + value);
    else if (act < 88) transport.setLoop(kind === 0 ? { start: 0, end: 3840 } : undefined);
    else if (act < 90) engine.release(`source ${value % 3}`);
    else if (act < 92) engine.cancel({ source: `source ${value % 3}`, clock: 'clock' });
    else if (act < 93) this.output.panic();
    else if (act < 94) link.listening = !link.listening;
    else if (act < 96) synth.isFull = !synth.isFull && kind === 0;
    else if (act < 97) synth.plug(!synth.isPlugged);
    else if (act < 98 && kind === 0) {
      link.listening = true;
      link.crash(new Error('a fault'), value % 2 === 0);
    }
    this.look();
  }

  /** Notes that can be told apart, or (velocity 127) of few pitches; ends, controllers, programs, bends. */
  private event(kind: number, value: number): MusicEvent {
    if (kind < 3) {
      const id = this.ids++;
      const note = { channel: (id & 15) + 1, note: (id >> 4) & 127, velocity: 65 + ((id >> 11) % 62) };
      return kind === 0 ? { type: 'noteOn', ...note } : { type: 'note', ...note, durationMs: 1 + value };
    }
    const note = value % 5;
    if (kind === 3) return { type: 'note', note, velocity: 127, durationMs: 1 + value };
    if (kind === 4) return { type: 'noteOff', note, velocity: GIVEN_OFF };
    if (kind === 5) return { type: 'cc', controller: 7 + (value % 3), value: value % 128 };
    if (kind === 6) return { type: 'program', program: value % 128 };
    return { type: 'pitchBend', value };
  }

  private stamp(kind: number, ahead: number): At | undefined {
    const { span } = this;
    if (ahead % 4 === 0) return undefined;
    if (ahead % 4 === 1 || span === undefined || kind < 3) return { timeMs: this.fake.engine.now() + ahead };
    return {
      clock: 'clock',
      epoch: span.epoch - (ahead % 8 === 2 ? 1 : 0),
      tick: span.from + ahead * 2,
      source: `source ${ahead % 3}`,
      ordinal: kind,
      replay: ahead % 8 === 7
    };
  }

  private give(event: MusicEvent, at: At | undefined): void {
    const nowMs = this.fake.engine.now();
    const isQueued = this.output.address !== undefined;
    try {
      this.output.send(event, at, { source: `source ${event.type.length % 3}`, enteredMs: nowMs });
    } catch (error) {
      assert.match(
        (error as { code: string }).code,
        /PortDisconnected|PortNotFound|PortUnavailable|BufferOverrun/
      );
      return;
    }
    if (isQueued) this.given++;
    if ((event.type === 'noteOn' || event.type === 'note') && event.velocity < 127)
      this.due.set(
        idOf([0x8f + event.channel!, event.note, event.velocity]),
        at !== undefined && 'timeMs' in at ? at.timeMs : nowMs
      );
  }

  /** Compares all that can be seen from outside. */
  private look(): void {
    const { synth } = this;
    for (; this.read < synth.taken.length; this.read++) this.assertInPlace(synth.taken[this.read]);
    // A report costs more than all the rest.
    if (this.looks++ % LOOKS_PER_REPORT > 0) return;
    const pending = this.counters()?.pending ?? 0;
    assert.ok(pending >= 0 && pending <= BOUND + SURE, `${pending} wait`);
  }

  /** Each note comes once, and not before its time. */
  private assertInPlace({ timeMs, bytes }: { timeMs: number; bytes: number[] }): void {
    if (bytes[0] >> 4 !== 9 || bytes[2] === 127) return;
    const id = idOf(bytes);
    const dueMs = this.due.get(id);
    assert.ok(dueMs !== undefined, `${bytes.join(' ')} was not given, or comes twice`);
    this.due.delete(id);
    assert.ok(timeMs >= dueMs - 1e-6, `${bytes.join(' ')} comes ${dueMs - timeMs} ms early`);
    assert.ok(timeMs <= dueMs + 51, `${bytes.join(' ')} comes ${timeMs - dueMs} ms late`);
  }

  private counters() {
    return this.fake.engine.outputReports()[0].counters;
  }

  /** Lets everything come to rest: then ledger and counts agree with what was heard. */
  rest(): void {
    const { fake, synth, transport } = this;
    fake.link.listening = true;
    synth.isFull = false;
    synth.plug(true);
    this.advance(1000);
    assert.equal(this.output.status.state, 'open');
    // A synth that was pulled keeps what it played: that is for whoever plugs it in. The ledger knows of the others.
    this.fake.engine.panic();
    transport.stop();
    this.advance(1000);
    assert.equal(fake.engine.soundingNotes(), 0);
    assert.equal(this.counters()?.pending, 0);
  }

  /** From here on nothing is amiss: all that is given is accounted for. */
  count(steps: readonly Step[]): void {
    const before = this.counters()!;
    const from = this.synth.taken.length;
    this.given = 0;
    for (const step of steps) if (step.act < 93) this.do(step);
    this.transport.stop();
    this.advance(1000);
    const after = this.counters()!;
    const heard = this.synth.taken.slice(from).filter(({ bytes }) => isGiven(bytes)).length;
    const more = (
      ['coalesced', 'droppedFull', 'droppedLate', 'droppedStale', 'duplicates', 'cancelled'] as const
    ).map((name) => after[name] - before[name]);
    assert.equal(
      heard + more.reduce((sum, count) => sum + count, 0) + after.pending,
      this.given,
      `heard ${heard}, then ${more.join(' ')}, ${after.pending} wait`
    );
    assert.equal(soundingAfter(this.synth.taken.slice(from)), this.fake.engine.soundingNotes());
  }
}

/** Voices that are down after these messages. */
function soundingAfter(messages: readonly { bytes: number[] }[]): number {
  const down = new Set<number>();
  for (const { bytes } of messages) {
    if (bytes[0] >> 4 === 9) down.add(voiceOf(bytes));
    else if (bytes[0] >> 4 === 8) down.delete(voiceOf(bytes));
  }
  return down.size;
}

const voiceOf = ([status, note]: readonly number[]) => (status & 15) * 128 + note;
const idOf = (bytes: readonly number[]) => voiceOf(bytes) * 128 + bytes[2];

/** Not one of the messages that the engine makes: clock and transport, ends, and what a panic sends. */
function isGiven([status, first, value]: readonly number[]): boolean {
  if (status >= 0xf0) return false;
  if (status >> 4 === 8) return value === GIVEN_OFF;
  return status >> 4 !== 0xb || (first !== 64 && first < 120);
}

describe('the engine against a simple model', () => {
  const step = fc.record({
    act: fc.nat(99),
    value: fc.nat(127),
    ahead: fc.integer({ min: -60, max: 200 }),
    kind: fc.nat(7)
  });
  const steps = fc.array(step, { minLength: 1000, maxLength: 1000 });

  it(`keeps order, bounds, ledger and counts over ${RUNS} 000 random events, commands and faults`, function () {
    this.timeout(30_000);
    fc.assert(
      fc.property(steps, (all) => {
        const performance = new Performance();
        for (const one of all.slice(0, 700)) performance.do(one);
        performance.rest();
        performance.count(all.slice(700));
      }),
      // A thousand steps shrink for minutes.
      { numRuns: RUNS, endOnFailure: true }
    );
  });
});
