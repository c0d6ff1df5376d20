import { barBeatAt, meterFrom, type Meter } from '../../music/meter';
import { TICKS_PER_32ND } from '../../music/event';
import { Control, type SharedMemory } from '../shared/memory';
import { BeatField, InputField, Outbound, OutboundField, SpanField } from '../shared/records';
import { RecordRing } from '../shared/ring';
import type { Stretch } from './cursor';

/** So much of the ring input may fill: the rest is for what plays. */
const INPUT_SHARE = 0.75;

/** The core's way to tell the main thread: records in a ring, which it reads when it comes to it. */
export class Outbox {
  private readonly ring: RecordRing;
  private readonly control: Int32Array;
  private written = false;
  /** Inputs of which something was lost since their last record, by number. */
  private readonly lossy: boolean[] = [];

  constructor(memory: SharedMemory) {
    this.ring = new RecordRing(memory.outbox);
    this.control = new Int32Array(memory.control);
  }

  /** Whether anything was written since the last call. */
  takeWritten(): boolean {
    const { written } = this;
    this.written = false;
    return written;
  }

  /** @param flags of SpanFlag */
  span(transport: number, epoch: number, stretch: Stretch, timeMs: number, bpm: number, flags: number): void {
    const record = this.claim(Outbound.span, transport);
    if (record < 0) return;
    const { doubles, ints } = this.ring;
    const double = RecordRing.double(record);
    const int = RecordRing.int(record);
    doubles[double + SpanField.from] = stretch.from;
    doubles[double + SpanField.to] = stretch.to;
    doubles[double + SpanField.position] = stretch.position;
    doubles[double + SpanField.timeMs] = timeMs;
    doubles[double + SpanField.bpm] = bpm;
    ints[int + SpanField.epoch] = epoch;
    // After a stop a meter may wait for a bar line that lies ahead.
    const { beatsPerBar, beatUnit, anchorPosition, anchorBar } = meterFrom(stretch.meter, stretch.position);
    ints[int + SpanField.meter] = beatsPerBar | (beatUnit << 8) | flags;
    ints[int + SpanField.barPosition] = anchorPosition / TICKS_PER_32ND;
    ints[int + SpanField.bar] = anchorBar + 1;
    this.ring.publish();
  }

  beat(transport: number, epoch: number, meter: Meter, position: number, timeMs: number, bpm: number): void {
    const record = this.claim(Outbound.beat, transport);
    if (record < 0) return;
    const { doubles, ints } = this.ring;
    const double = RecordRing.double(record);
    const int = RecordRing.int(record);
    const { bar, beat } = barBeatAt(meter, position);
    doubles[double + BeatField.position] = position;
    doubles[double + BeatField.timeMs] = timeMs;
    doubles[double + BeatField.bpm] = bpm;
    ints[int + BeatField.epoch] = epoch;
    ints[int + BeatField.bar] = bar;
    ints[int + BeatField.beat] = beat;
    ints[int + BeatField.beatsPerBar] = meter.beatsPerBar;
    this.ring.publish();
  }

  /** One message that arrived; a long sysex takes several records. Lost where it would take the place of spans. */
  input(input: number, timeMs: number, bytes: Uint8Array, length: number): void {
    const records = Math.ceil(length / InputField.maxBytes);
    if (this.ring.length + records > this.ring.capacity * INPUT_SHARE) {
      this.control[Control.lostInputs]++;
      this.inputLost(input);
      return;
    }
    this.message(Outbound.input, input, timeMs, bytes, length, this.lossy[input] === true);
    this.lossy[input] = false;
  }

  /** Something that arrived was lost: what comes next does not go on with what came before. */
  inputLost(input: number): void {
    this.lossy[input] = true;
  }

  /** One message that left; dropped where it would take the place of spans and input. */
  sent(port: number, timeMs: number, bytes: Uint8Array, length: number): void {
    if (this.ring.length < this.ring.capacity / 2)
      this.message(Outbound.sent, port, timeMs, bytes, length, false);
  }

  /** A record that says nothing but what it is about. */
  plain(kind: Outbound.unprimed | Outbound.leaseEnded | Outbound.followed, subject: number): void {
    if (this.claim(kind, subject) >= 0) this.ring.publish();
  }

  private message(
    kind: Outbound,
    subject: number,
    timeMs: number,
    bytes: Uint8Array,
    length: number,
    afterLoss: boolean
  ): void {
    for (let from = 0; from < length; from += InputField.maxBytes) {
      const part = Math.min(length - from, InputField.maxBytes);
      this.part(kind, subject, timeMs, bytes, from, part, afterLoss && from === 0);
    }
  }

  private part(
    kind: Outbound,
    subject: number,
    timeMs: number,
    bytes: Uint8Array,
    from: number,
    length: number,
    afterLoss: boolean
  ): void {
    const record = this.claim(kind, subject);
    if (record < 0) return;
    const { doubles, ints } = this.ring;
    const double = RecordRing.double(record);
    const words = (double + InputField.bytes) * 2;
    for (let index = 0; index < length; index++) {
      const word = words + (index >> 2);
      const shift = (index & 3) * 8;
      ints[word] = (shift === 0 ? 0 : ints[word]) | (bytes[from + index] << shift);
    }
    doubles[double + InputField.timeMs] = timeMs;
    ints[RecordRing.int(record) + InputField.length] = length;
    ints[RecordRing.int(record) + InputField.afterLoss] = afterLoss ? 1 : 0;
    this.ring.publish();
  }

  /** A record with its kind and subject filled in, or −1: then the main thread is far behind, and it is counted. */
  private claim(kind: Outbound, subject: number): number {
    this.written = true;
    const record = this.ring.claim();
    if (record < 0) {
      this.control[Control.lost]++;
      return record;
    }
    const int = RecordRing.int(record);
    this.ring.ints[int + OutboundField.kind] = kind;
    this.ring.ints[int + OutboundField.subject] = subject;
    return record;
  }
}
