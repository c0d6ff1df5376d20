/** DIN MIDI: 31 250 baud, ten bits a byte. */
export const DIN_US_PER_BYTE = 320;

/** How far ahead of the wire a message may be handed over, so that the next is ready when the wire is free. */
const AHEAD_MS = 0.5;

/** Length of a channel message. */
const MESSAGE_BYTES = 3;

/** A sysex goes in pieces that take the wire for so long, or have a message's length, so that a clock waits no longer. */
const PIECE_MS = 1;

/** None is longer than the pieces that Linux uses itself. */
const MAX_PIECE_BYTES = 256;

/** Controllers may use up their share in bursts of this many bytes before they are held to it. */
const BURST_BYTES = 48;

/** Rounding must not make the share open a hair later than it said it would. */
const EPSILON_BYTES = 1e-6;

/**
 * Model of the cable behind a port. Bytes that were handed to the kernel cannot be overtaken any more, so the
 * engine keeps its own account of when the wire is free and hands over as little ahead as it can.
 */
export class Wire {
  /** When the last byte handed over has left. */
  busyUntilMs = 0;
  /** Set by {@link isOpen}: from when on the message that it was asked for may be handed over. */
  openAtMs = -Infinity;
  private pulseMs = -Infinity;
  private nextPulseMs = -Infinity;
  private msPerByte = 0;
  private controlBytesPerMs = Infinity;
  private tokens = BURST_BYTES;
  private tokensAtMs = 0;

  /**
   * @param usPerByte 320 for DIN, less for USB, 0 for no limit
   * @param controlShare part of the wire that thinnable controllers may take, 0–1
   */
  configure(usPerByte: number, controlShare: number): void {
    this.msPerByte = usPerByte / 1000;
    this.controlBytesPerMs = this.msPerByte === 0 ? Infinity : controlShare / this.msPerByte;
  }

  /** Whether anything ever has to wait for this wire. */
  get isLimited(): boolean {
    return this.msPerByte > 0;
  }

  /** Longest piece in which a sysex is handed over. */
  get pieceBytes(): number {
    const inTime = Math.floor(PIECE_MS / this.msPerByte);
    return Math.max(MESSAGE_BYTES, Math.min(MAX_PIECE_BYTES, inTime));
  }

  /**
   * Whether the next message may be handed over: a little ahead of the wire; but not so that a note or a clock that
   * comes meanwhile would have more than one message before it.
   * @param isControl whether it is a controller that may be thinned
   */
  isOpen(isControl: boolean, nowMs: number): boolean {
    const aheadMs = this.busyUntilMs - AHEAD_MS;
    const endMs = this.busyUntilMs + MESSAGE_BYTES * this.msPerByte;
    const isPulseNear = this.nextPulseMs >= aheadMs && this.nextPulseMs < endMs;
    this.openAtMs = isControl || isPulseNear ? this.busyUntilMs : aheadMs;
    return nowMs >= this.openAtMs;
  }

  /** Takes note of a pulse of MIDI clock that was due; the next is expected after the same time again. */
  pulse(dueMs: number): void {
    this.nextPulseMs = dueMs + (dueMs - this.pulseMs);
    this.pulseMs = dueMs;
  }

  /** Takes note of `bytes` handed over now. */
  carry(bytes: number, nowMs: number): void {
    // Without a limit it is never busy; not even until "now", which is later than when the loop's turn began.
    if (this.msPerByte > 0) this.busyUntilMs = Math.max(nowMs, this.busyUntilMs) + bytes * this.msPerByte;
  }

  /** How long `bytes` take of the controllers' share, in ms. */
  controlMs(bytes: number): number {
    return bytes / this.controlBytesPerMs;
  }

  /** From when on a controller message of `bytes` is within the share. */
  controlOpenAtMs(bytes: number): number {
    if (this.controlBytesPerMs === Infinity || this.tokens >= bytes) return this.tokensAtMs;
    return this.tokensAtMs + (bytes - this.tokens) / this.controlBytesPerMs;
  }

  /** Whether the share has room for `bytes` now. */
  mayControl(bytes: number, nowMs: number): boolean {
    this.refill(nowMs);
    return this.tokens >= bytes - EPSILON_BYTES;
  }

  /** Takes `bytes` of controllers off the share; what goes beyond it is paid back later. */
  carryControl(bytes: number, nowMs: number): void {
    this.refill(nowMs);
    if (this.controlBytesPerMs !== Infinity) this.tokens -= bytes;
  }

  private refill(nowMs: number): void {
    if (this.controlBytesPerMs === Infinity) this.tokens = BURST_BYTES;
    else
      this.tokens = Math.min(BURST_BYTES, this.tokens + (nowMs - this.tokensAtMs) * this.controlBytesPerMs);
    this.tokensAtMs = nowMs;
  }
}
