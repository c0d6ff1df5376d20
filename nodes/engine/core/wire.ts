/** DIN MIDI: 31 250 baud, ten bits a byte. */
export const DIN_US_PER_BYTE = 320;

/** How far ahead of the wire a message may be handed over; about one short message, so that the next is ready. */
const AHEAD_MS = 0.5;

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

  /** From when on the next message may be handed over. */
  get openAtMs(): number {
    return this.busyUntilMs - AHEAD_MS;
  }

  isOpen(nowMs: number): boolean {
    return nowMs >= this.openAtMs;
  }

  /** Takes note of `bytes` handed over now. */
  carry(bytes: number, nowMs: number): void {
    this.busyUntilMs = Math.max(nowMs, this.busyUntilMs) + bytes * this.msPerByte;
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
