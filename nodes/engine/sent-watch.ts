import type { Channel } from './channel';
import { copyMessage, InputField } from './shared/records';
import { RecordRing } from './shared/ring';

/** Told what was handed over to the port of an output, and when, in engine time. */
export type Sent = (output: string, bytes: Uint8Array, timeMs: number) => void;

const scratch = new Uint8Array(InputField.maxBytes);

/** Those who look at what is sent; the worker shows it only while there are any. */
export class SentWatch {
  private readonly watchers = new Set<Sent>();

  constructor(private readonly channel: Channel) {}

  /** Returns a function that ends it. */
  add(sent: Sent): () => void {
    this.watchers.add(sent);
    if (this.watchers.size === 1) this.ask(true);
    return () => {
      if (this.watchers.delete(sent) && this.watchers.size === 0) this.ask(false);
    };
  }

  /** Asks a new core for what the old one was asked for. */
  reopen(): void {
    if (this.watchers.size > 0) this.ask(true);
  }

  /** Takes a record of what was sent by an output. */
  take(output: string, ring: RecordRing, record: number): void {
    const bytes = scratch.slice(0, copyMessage(ring, record, scratch));
    const timeMs = ring.doubles[RecordRing.double(record) + InputField.timeMs];
    for (const sent of [...this.watchers]) sent(output, bytes, timeMs);
  }

  private ask(on: boolean): void {
    this.channel.command({ op: 'monitor', on });
  }
}
