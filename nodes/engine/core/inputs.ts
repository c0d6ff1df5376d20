import type { MidiDriver } from '../ports/driver';
import { EventField, MAX_RECORD_BYTES } from '../shared/records';
import { RecordRing } from '../shared/ring';
import type { PortAddress } from './commands';
import type { Outbox } from './outbox';

interface OpenInput {
  driver: MidiDriver;
  handle: number;
}

/** The inputs that are open, by the numbers that the main thread gave them. The loop walks over an array. */
export class Inputs {
  private readonly all: (OpenInput | undefined)[] = [];

  private readonly piece = new Uint8Array(MAX_RECORD_BYTES);

  constructor(private readonly outbox: Outbox) {}

  /** Opens an input and returns its handle. Throws what the driver says. */
  open(index: number, driver: MidiDriver, address: PortAddress, label: string): number {
    const handle = address.virtual
      ? driver.openVirtual(address.name, 'in')
      : driver.open(address.name, 'in', label);
    this.all[index] = { driver, handle };
    return handle;
  }

  close(index: number): void {
    const input = this.all[index];
    this.all[index] = undefined;
    input?.driver.close(input.handle);
  }

  /** Something arrived at a port: one message, or a piece of a sysex. */
  receive(driver: MidiDriver, handle: number, timeMs: number, bytes: Uint8Array, length: number): void {
    for (let index = 0; index < this.all.length; index++) {
      const input = this.all[index];
      if (input === undefined || input.handle !== handle || input.driver !== driver) continue;
      this.outbox.input(index, timeMs, bytes, length);
    }
  }

  /** Something arrived at an input that lives in the main thread. */
  take(ring: RecordRing, record: number): void {
    const int = RecordRing.int(record);
    const length = ring.ints[int + EventField.flags];
    for (let at = 0; at < length; at++)
      this.piece[at] = ring.ints[int + EventField.bytes + (at >> 2)] >> ((at & 3) * 8);
  }
}
