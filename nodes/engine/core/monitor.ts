import type { Outbox } from './outbox';

const CLOCK = 0xf8;
const ACTIVE_SENSING = 0xfe;

/**
 * Shows the main thread what is handed over to the ports, while somebody there looks. MIDI clock and
 * Active Sensing are left out: they are no music, and would be most of it.
 */
export class Monitor {
  /** Whether anybody looks. */
  on = false;

  constructor(private readonly outbox: Outbox) {}

  /** @param port number of the port, as in the news of its opening */
  sent(port: number, timeMs: number, bytes: Uint8Array, length: number): void {
    if (bytes[0] !== CLOCK && bytes[0] !== ACTIVE_SENSING) this.outbox.sent(port, timeMs, bytes, length);
  }
}
