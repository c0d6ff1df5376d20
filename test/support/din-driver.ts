import type { MusicEvent } from '../../nodes/music/event';
import { Ledger, LEDGER_BYTES, VOICES } from '../../nodes/engine/core/ledger';
import { Incoming, OutputPort } from '../../nodes/engine/core/port';
import { NONE } from '../../nodes/engine/core/slab';
import { SendResult, type Direction, type MidiDriver, type PortInfo } from '../../nodes/engine/ports/driver';
import { EventField, writeEvent } from '../../nodes/engine/shared/records';
import { RecordRing } from '../../nodes/engine/shared/ring';
import { PortStats, STATS_BYTES } from '../../nodes/engine/shared/stats';
import { FakeWaiter } from '../../nodes/engine/thread/inline-link';
import { SysexStore } from '../../nodes/engine/core/sysex-store';

/** DIN MIDI carries 3125 bytes a second. */
export const DIN_MS_PER_BYTE = 0.32;

/** What was handed over at once, and when its bytes are on the cable: one after the other from `startMs` on. */
export interface OnCable {
  sentMs: number;
  startMs: number;
  bytes: number[];
}

/** A port with a DIN cable behind it: takes everything at once, lets it out at 3125 bytes a second. */
export class DinDriver implements MidiDriver {
  readonly name = 'alsa';
  readonly can = {
    reportsSendErrors: true,
    announcesPorts: true,
    stampsInput: false,
    namesPorts: true,
    receives: false,
    virtualPorts: false
  };
  readonly sent: OnCable[] = [];
  /** What `send` answers. */
  result: number = SendResult.ok;
  private freeMs = 0;

  /** @param now the clock that stamps the bytes; may be set later */
  constructor(
    public now: () => number = () => 0,
    private readonly msPerByte = DIN_MS_PER_BYTE
  ) {}

  send(_handle: number, bytes: Uint8Array, length: number): number {
    if (this.result !== SendResult.ok) return this.result;
    const sentMs = this.now();
    const startMs = Math.max(sentMs, this.freeMs);
    this.freeMs = startMs + length * this.msPerByte;
    this.sent.push({ sentMs, startMs, bytes: [...bytes.subarray(0, length)] });
    return this.result;
  }

  list(): PortInfo[] {
    return [{ name: 'DIN', direction: 'out', kind: 'hardware' }];
  }

  open(_name: string, _direction: Direction): number {
    return 0;
  }

  openVirtual(): number {
    throw new Error('not with this driver');
  }

  close(): void {}
  poll(): void {}
  dispose(): void {}
}

/** Where and whose an event is; one transport tick is one millisecond. */
export interface Place {
  /** Engine time. */
  timeMs?: number;
  tick?: number;
  transport?: number;
  output?: number;
  offsetMs?: number;
  epoch?: number;
  source?: number;
  ordinal?: number;
  replay?: boolean;
  waiting?: boolean;
}

const TICKS = { msAt: (tick: number) => tick };

/** An output port on a fake clock, without an engine around it. */
export class PortRig {
  readonly waiter = new FakeWaiter();
  readonly driver: DinDriver;
  readonly stats = new PortStats(new SharedArrayBuffer(STATS_BYTES));
  readonly ledger = new Uint8Array(LEDGER_BYTES);
  readonly sysex = new SysexStore();
  readonly port: OutputPort;
  private readonly ring = new RecordRing(RecordRing.memory(2));
  private readonly incoming = new Incoming();
  private sysexIds = 0;

  /** @param usPerByte speed of the wire as the port takes it; 0 is no limit */
  constructor({ maxPendingEvents = 1000, lateToleranceMs = 50, usPerByte = 0, controlShare = 0.5 } = {}) {
    this.driver = new DinDriver(() => this.waiter.nowMs, usPerByte / 1000);
    const limits = { maxPendingEvents, lateToleranceMs };
    const { driver, waiter, stats, ledger, sysex } = this;
    this.port = new OutputPort('DIN', driver, 0, waiter, stats, ledger, limits, sysex);
    this.port.wire.configure(usPerByte, controlShare);
  }

  get nowMs(): number {
    return this.waiter.nowMs;
  }

  /** Everything sent so far, message by message, as hexadecimal text. */
  get heard(): string[] {
    return this.driver.sent.map(({ bytes }) => hex(bytes));
  }

  /** What sounds, as the ledger in shared memory says: the messages that would end it. */
  get sounding(): string[] {
    const voices = Array.from({ length: VOICES }, (_, voice) => voice).filter((voice) => this.ledger[voice]);
    return voices.map((voice) => hex(unpack(Ledger.ending(voice))));
  }

  /** Gives the port an event, as the core does. */
  give(event: MusicEvent, place: Place = {}): void {
    const { output = 0, offsetMs = 0, epoch = 1, source = 1, ordinal = 0, replay = false } = place;
    const transport = place.tick === undefined ? NONE : (place.transport ?? 0);
    const time = place.tick ?? place.timeMs;
    const enteredMs = this.nowMs;
    const record = this.ring.claim();
    const { ints, doubles } = this.ring;
    const id = ++this.sysexIds;
    if (event.type === 'sysex') this.sysex.set(id, Uint8Array.from([0xf0, ...event.data, 0xf7]));
    writeEvent(
      this.ring,
      record,
      event,
      1,
      { output, transport, epoch, time, source, ordinal, replay, enteredMs },
      id
    );
    const int = RecordRing.int(record);
    const double = RecordRing.double(record);
    const { incoming } = this;
    incoming.flags = ints[int + EventField.flags];
    incoming.bytes0 = ints[int + EventField.bytes];
    incoming.bytes1 = ints[int + EventField.bytes + 1];
    incoming.bytes2 = ints[int + EventField.bytes + 2];
    incoming.epoch = epoch;
    incoming.ordinal = ordinal;
    incoming.stamp = doubles[double + EventField.time];
    incoming.duration = doubles[double + EventField.duration];
    incoming.source = source;
    incoming.enteredMs = enteredMs;
    incoming.key = time ?? enteredMs - offsetMs;
    incoming.waiting = place.waiting === true;
    const lane = this.port.lane(output, transport, transport === NONE ? undefined : TICKS, offsetMs);
    this.port.accept(lane, incoming, this.nowMs);
  }

  /** Lets time go by, deadline by deadline. Returns what was sent, as hexadecimal text. */
  run(ms: number): string[] {
    const from = this.driver.sent.length;
    const endMs = this.nowMs + ms;
    for (;;) {
      this.port.dispatch(this.nowMs);
      const nextMs = this.port.nextDeadlineMs();
      if (nextMs > endMs) break;
      if (nextMs <= this.nowMs) throw new Error(`the port asks for ${nextMs} at ${this.nowMs}`);
      this.waiter.nowMs = nextMs;
    }
    this.waiter.nowMs = endMs;
    this.port.dispatch(endMs);
    return this.driver.sent.slice(from).map(({ bytes }) => hex(bytes));
  }
}

/** Bytes as hexadecimal text. */
export function hex(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function unpack(word: number): number[] {
  return [word & 0xff, (word >> 8) & 0xff, (word >> 16) & 0xff];
}
