import { messageLength } from '../../music/bytes';
import { MAX_SYSEX_BYTES, RANK } from '../../music/event';
import { kindOfStatus, MessageKind, passes, type FilterSettings } from '../../music/midi-filter';
import { Flag, isFirmController, Kind } from '../shared/records';
import { LoopGuard } from './loop-guard';
import type { Outputs } from './outputs';
import { Incoming } from './port';
import { NONE } from './slab';
import type { SysexStore } from './sysex-store';

/** A way from an input to an output inside the worker. */
export interface ThruConfig {
  readonly input: number;
  readonly output: number;
  readonly filter: FilterSettings;
  /** 1–16: what is played there, whatever channel it comes on; 0: as it comes. */
  readonly channel: number;
}

const SYSEX_START = 0xf0;
const SYSEX_END = 0xf7;
const FIRST_REALTIME = 0xf8;

/** Numbers of sysex that are made here; those of the main thread are positive. */
let sysexIds = 0;

/**
 * Passes on what a player plays in the same turn of the loop in which it arrives. It goes the way of all events, queue,
 * wire and ledger, so it keeps its place in the order of the port and no note of it hangs. Short messages allocate
 * nothing.
 */
export class ThruRoute {
  readonly guard = new LoopGuard();
  private readonly event = new Incoming();
  /** A sysex that arrives in pieces. */
  private readonly sysex = new Uint8Array(MAX_SYSEX_BYTES + 2);
  private sysexLength = 0;

  /** @param source number of the node to whom what is played belongs */
  constructor(
    readonly config: ThruConfig,
    readonly source: number,
    private readonly outputs: Outputs,
    private readonly sysexStore: SysexStore
  ) {}

  /** Takes one message, or a piece of a sysex. */
  take(bytes: Uint8Array, length: number, nowMs: number): void {
    const status = bytes[0];
    if (status === SYSEX_START || status < 0x80 || status === SYSEX_END || this.sysexLength > 0) {
      if (status < FIRST_REALTIME) return this.takeSysex(bytes, length, nowMs);
    }
    if (length > 3 || length !== messageLength(status)) return;
    const first = length > 1 ? bytes[1] : 0;
    const second = length > 2 ? bytes[2] : 0;
    if (((first | second) & 0x80) !== 0 || !passes(this.config.filter, status, first)) return;
    const { channel } = this.config;
    const to = status < 0xf0 && channel > 0 ? (status & 0xf0) | (channel - 1) : status;
    const word = to | (first << 8) | (second << 16);
    if (this.guard.passes(word, nowMs)) this.give(kindOf(word), rankOf(status, second), length, word, nowMs);
  }

  /** Something that arrived was lost: a sysex that has begun is not whole. */
  inputLost(): void {
    this.sysexLength = 0;
  }

  /** Ends what sounds by this route, at once. */
  release(nowMs: number): void {
    const output = this.outputs.all[this.config.output];
    output?.port.release((source) => source === this.source, nowMs);
  }

  private give(kind: Kind, rank: number, length: number, word: number, nowMs: number): void {
    const output = this.outputs.all[this.config.output];
    if (output === undefined) return;
    const { event } = this;
    event.flags = kind | (rank << Flag.rankShift) | (length << Flag.lengthShift) | Flag.immediate;
    event.bytes0 = word;
    event.bytes1 = 0;
    event.bytes2 = 0;
    event.epoch = NONE;
    event.ordinal = 0;
    event.duration = 0;
    event.source = this.source;
    event.enteredMs = nowMs;
    event.stamp = nowMs;
    event.key = nowMs;
    event.waiting = false;
    const { offsetMs } = output.config;
    output.port.accept(output.port.lane(this.config.output, NONE, undefined, offsetMs), event, nowMs);
  }

  private takeSysex(bytes: Uint8Array, length: number, nowMs: number): void {
    if (bytes[0] === SYSEX_START) this.sysexLength = 0;
    else if (this.sysexLength === 0) return;
    if (bytes[0] >= 0x80 && bytes[0] < FIRST_REALTIME && bytes[0] !== SYSEX_START && bytes[0] !== SYSEX_END) {
      // Something else began: this one has no end.
      this.sysexLength = 0;
      return this.take(bytes, length, nowMs);
    }
    if (
      this.sysexLength + length > this.sysex.length ||
      (this.config.filter.kinds & MessageKind.sysex) === 0
    ) {
      this.sysexLength = 0;
      return;
    }
    for (let at = 0; at < length; at++) this.sysex[this.sysexLength++] = bytes[at];
    if (bytes[length - 1] !== SYSEX_END) return;
    const id = -(sysexIds = (sysexIds + 1) & 0x3fffffff) - 1;
    const whole = this.sysex.slice(0, this.sysexLength);
    this.sysexLength = 0;
    if (this.outputs.all[this.config.output] === undefined) return;
    this.sysexStore.set(id, whole);
    this.give(Kind.sysex, RANK.sysex, 0, id, nowMs);
  }
}

/** How the queue treats a message, by its bytes; a note-on of velocity 0 is a note-off. */
function kindOf(word: number): Kind {
  switch (word & 0xf0) {
    case 0x80:
      return Kind.noteOff;
    case 0x90:
      return word >> 16 === 0 ? Kind.noteOff : Kind.noteOn;
    case 0xb0:
      return isFirmController((word >> 8) & 0x7f) ? Kind.firmControl : Kind.softControl;
    case 0xf0:
      return Kind.realtime;
    default:
      return Kind.firmControl;
  }
}

function rankOf(status: number, second: number): number {
  switch (kindOfStatus(status)) {
    case MessageKind.notes:
      return status >= 0x90 && second > 0 ? RANK.noteOn : RANK.noteOff;
    case MessageKind.bends:
    case MessageKind.pressures:
      return RANK.pressure;
    case MessageKind.clock:
      return RANK.clock;
    case MessageKind.transport:
    case MessageKind.others:
      return RANK.start;
    default:
      return RANK.cc;
  }
}
