import { encodeEvent } from '../music/bytes';
import { MAX_SYSEX_BYTES, type MusicEvent } from '../music/event';
import type { Command } from './core/commands';
import { BufferOverrun } from './errors';
import {
  EventField,
  Inbound,
  MAX_RECORD_BYTES,
  writeEvent,
  writeInput,
  type EventAddress
} from './shared/records';
import { RecordRing } from './shared/ring';
import type { EngineLink } from './thread/link';

/** Records that events leave free for commands, so that a flood of notes cannot keep a stop from getting through. */
const COMMAND_RESERVE = 64;

/** So many records wake the worker whatever they are, before the ring fills up. */
const MANY_RECORDS = 256;

/** How soon a full ring is tried again; a core that is gone will never read it. */
const RETRY_MS = 5;

const WAY = 'the way to the realtime worker';

/** The way from the main thread to the core: events, commands and leases in the order in which they were given. */
export class Channel {
  private inbox: RecordRing;
  private readonly sysex = new Uint8Array(MAX_SYSEX_BYTES + 2);
  private sysexIds = 0;
  /** Markers of commands that found no room; they go before anything else. */
  private owed = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(private link: EngineLink) {
    this.inbox = new RecordRing(link.memory.inbox);
  }

  /** Goes on with a new core; what the old one had not taken is lost with it. */
  rebind(link: EngineLink): void {
    this.link = link;
    this.inbox = new RecordRing(link.memory.inbox);
    this.owed = 0;
  }

  /**
   * Throws BufferOverrun where the core is too far behind.
   * @param canWait the worker need not be woken for it: it is due after the worker has looked by itself
   */
  send(event: MusicEvent, channel: number, address: EventAddress, canWait = false): void {
    this.payOwed();
    const record = this.owed > 0 ? -1 : this.inbox.claim(COMMAND_RESERVE);
    if (record < 0) throw new BufferOverrun(WAY, 1);
    let sysexId = 0;
    if (event.type === 'sysex') {
      const length = encodeEvent(event, channel, this.sysex);
      sysexId = this.sysexIds = (this.sysexIds + 1) & 0x7fffffff;
      // The bytes must be there before the record that names them: their own marker stands ahead of it.
      this.command({ op: 'sysex', id: sysexId, bytes: this.sysex.slice(0, length) });
      return this.write(this.inbox.claim(), event, channel, address, sysexId, canWait);
    }
    this.write(record, event, channel, address, sysexId, canWait);
  }

  command(command: Command): void {
    this.link.post(command);
    this.owed++;
    this.payOwed();
    this.link.ring();
  }

  /**
   * Keeps the MIDI clock of a transport alive on an output. A full ring is no harm: the next span does it again.
   * @param canWait the output has it already
   */
  lease(output: number, transport: number, canWait = false): void {
    const record = this.inbox.claim(COMMAND_RESERVE);
    if (record < 0) return;
    const int = RecordRing.int(record);
    this.inbox.ints[int + EventField.kind] = Inbound.lease;
    this.inbox.ints[int + EventField.route] = output | ((transport + 1) << 16);
    this.inbox.publish();
    this.wake(canWait);
  }

  /** What arrived in this thread, for routes and followers in the worker. A full ring loses it. */
  input(input: number, bytes: Uint8Array, timeMs: number): void {
    const others = Math.ceil(bytes.length / MAX_RECORD_BYTES) - 1;
    // All of it or nothing: a sysex must have no hole.
    if (this.inbox.claim(COMMAND_RESERVE + others) < 0) return;
    for (let from = 0; from < bytes.length; from += MAX_RECORD_BYTES) {
      const record = this.inbox.claim();
      writeInput(this.inbox, record, input, timeMs, bytes, from);
      this.inbox.publish();
    }
    this.link.ring();
  }

  private write(
    record: number,
    event: MusicEvent,
    channel: number,
    address: EventAddress,
    sysexId: number,
    canWait: boolean
  ): void {
    if (record < 0) throw new BufferOverrun(WAY, 1);
    writeEvent(this.inbox, record, event, channel, address, sysexId);
    this.inbox.publish();
    this.wake(canWait);
  }

  /** A ring for each note of each voice would keep the worker awake for nothing. */
  private wake(canWait: boolean): void {
    if (!canWait || this.inbox.length >= MANY_RECORDS) this.link.ring();
  }

  private payOwed(): void {
    while (this.owed > 0) {
      const record = this.inbox.claim();
      if (record < 0) {
        this.retry ??= setTimeout(() => {
          this.retry = undefined;
          this.payOwed();
        }, RETRY_MS).unref();
        return;
      }
      this.inbox.ints[RecordRing.int(record) + EventField.kind] = Inbound.command;
      this.inbox.publish();
      this.owed--;
    }
  }
}
