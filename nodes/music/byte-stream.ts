import { messageLength } from './bytes';
import { MAX_SYSEX_BYTES } from './event';

/** Why bytes of a stream were given up. */
export type StreamFault =
  /** Data bytes where a status byte was due. */
  | 'strayData'
  /** A message or a sysex ended by the status byte of another. */
  | 'cutShort'
  /** F7 where no sysex had begun. */
  | 'strayEnd'
  /** F4, F5, F9 or FD: the standard leaves them undefined. */
  | 'undefinedStatus'
  /** A sysex beyond the limit. */
  | 'tooLong';

/** Who is told what a stream holds. */
export interface StreamListener {
  /** One complete message, its status byte included; a copy that the listener may keep. */
  message(bytes: Uint8Array): void;
  /** Bytes were given up; a row of stray data counts once. */
  malformed(fault: StreamFault): void;
}

const SYSEX = 0xf0;
const END_OF_SYSEX = 0xf7;
const FIRST_SYSTEM = 0xf0;
const FIRST_REALTIME = 0xf8;
const FIRST_STATUS = 0x80;

/** Longest sysex that is joined, in bytes with F0 and F7: beyond it, it is given up. */
export const MAX_JOINED_SYSEX_BYTES = MAX_SYSEX_BYTES + 2;

/** What a sysex buffer begins with; it doubles until it is at the limit, and stays. */
const FIRST_SYSEX_ROOM = 256;

/**
 * Reads MIDI as it comes from a cable (MIDI 1.0): bytes in portions of any size, running status, realtime bytes in the
 * middle of other messages, sysex in pieces. Strict: only complete messages come out, everything else is reported and
 * never guessed at. Takes no more memory than the longest sysex allowed.
 */
export class ByteStream {
  /** Status of the message that is being read, 0 for none; after a channel message it stays: running status. */
  private status = 0;
  /** Data bytes read of it. */
  private count = 0;
  private first = 0;
  private sysex = new Uint8Array(FIRST_SYSEX_ROOM);
  /** Bytes of a sysex read so far, 0 outside of one. */
  private sysexLength = 0;
  /** Data bytes go nowhere: a row of them was reported already. */
  private straying = false;

  constructor(
    private readonly listener: StreamListener,
    private readonly maxSysexBytes = MAX_JOINED_SYSEX_BYTES
  ) {}

  /** Takes the first `length` bytes. What is no byte counts by its lowest eight bits. */
  take(bytes: ArrayLike<number>, length = bytes.length): void {
    for (let at = 0; at < length; at++) {
      const byte = bytes[at] & 0xff;
      if (byte >= FIRST_REALTIME) this.takeRealtime(byte);
      else if (byte >= FIRST_STATUS) this.takeStatus(byte);
      else if (this.sysexLength > 0) this.append(byte);
      else this.takeData(byte);
    }
  }

  /** Forgets what was begun: another cable, another sender. */
  reset(): void {
    this.status = 0;
    this.count = 0;
    this.sysexLength = 0;
    this.straying = false;
  }

  private takeRealtime(byte: number): void {
    if (messageLength(byte) === 0) this.listener.malformed('undefinedStatus');
    else this.listener.message(Uint8Array.of(byte));
  }

  private takeStatus(byte: number): void {
    if (byte === END_OF_SYSEX) return this.takeEnd();
    if (this.sysexLength > 0 || this.count > 0) this.listener.malformed('cutShort');
    this.reset();
    if (byte === SYSEX) {
      this.append(byte);
      return;
    }
    const length = messageLength(byte);
    if (length === 0) return this.listener.malformed('undefinedStatus');
    if (length === 1) return this.listener.message(Uint8Array.of(byte));
    this.status = byte;
  }

  private takeEnd(): void {
    const { sysexLength } = this;
    if (sysexLength > 0 && this.append(END_OF_SYSEX)) {
      const whole = this.sysex.slice(0, this.sysexLength);
      this.reset();
      return this.listener.message(whole);
    }
    // After one that was too long this is its end, and was reported with it.
    const isKnown = sysexLength > 0 || (this.straying && this.status === SYSEX);
    if (!isKnown) this.listener.malformed(this.count > 0 ? 'cutShort' : 'strayEnd');
    this.reset();
  }

  private takeData(byte: number): void {
    if (this.status === 0 || this.status === SYSEX) {
      if (!this.straying) this.listener.malformed('strayData');
      this.straying = true;
      return;
    }
    const { status } = this;
    if (this.count === 0 && messageLength(status) === 3) {
      this.first = byte;
      this.count = 1;
      return;
    }
    this.count = 0;
    // Only channel messages have a running status.
    if (status >= FIRST_SYSTEM) this.status = 0;
    this.listener.message(
      messageLength(status) === 3 ? Uint8Array.of(status, this.first, byte) : Uint8Array.of(status, byte)
    );
  }

  /** Adds a byte to the sysex, or gives the sysex up. Returns whether it was added. */
  private append(byte: number): boolean {
    if (this.sysexLength === this.maxSysexBytes) {
      this.reset();
      // The rest of its data is skipped, up to the next status byte.
      this.status = SYSEX;
      this.straying = true;
      this.listener.malformed('tooLong');
      return false;
    }
    if (this.sysexLength === this.sysex.length) {
      const larger = new Uint8Array(Math.min(this.maxSysexBytes, 2 * this.sysex.length));
      larger.set(this.sysex);
      this.sysex = larger;
    }
    this.sysex[this.sysexLength++] = byte;
    return true;
  }
}
