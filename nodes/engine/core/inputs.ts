import type { MidiDriver } from '../ports/driver';
import { EventField, MAX_RECORD_BYTES } from '../shared/records';
import { RecordRing } from '../shared/ring';
import type { PortAddress } from './commands';
import type { Follows } from './follow/follows';
import type { Outbox } from './outbox';
import type { Outputs } from './outputs';
import { ThruRoute, type ThruConfig } from './thru';
import type { SysexStore } from './sysex-store';

interface OpenInput {
  driver: MidiDriver;
  handle: number;
}

/** The inputs that are open, by the numbers that the main thread gave them, and the routes that begin at them. */
export class Inputs {
  private readonly all: (OpenInput | undefined)[] = [];
  private readonly routes: ThruRoute[] = [];
  private readonly piece = new Uint8Array(MAX_RECORD_BYTES);

  /** @param looped told of a route on which messages go round in a circle */
  constructor(
    private readonly outbox: Outbox,
    private readonly outputs: Outputs,
    private readonly sysex: SysexStore,
    private readonly follows: Follows,
    private readonly looped: (source: number) => void
  ) {}

  /** Opens an input and returns its handle. Throws what the driver says. */
  open(index: number, driver: MidiDriver, address: PortAddress, label: string): number {
    const handle = address.virtual
      ? driver.openVirtual(address.name, 'in')
      : driver.open(address.name, 'in', label);
    this.all[index] = { driver, handle };
    return handle;
  }

  /** The routes that begin here end, with what they play. */
  close(index: number, nowMs: number): void {
    for (const { config, source } of [...this.routes]) {
      if (config.input === index) this.endRoute(source, nowMs);
    }
    const input = this.all[index];
    this.all[index] = undefined;
    this.follows.inputClosed(index);
    input?.driver.close(input.handle);
  }

  /** The port behind a handle is gone. Returns the inputs that lost it; they are closed. */
  lose(driver: MidiDriver, handle: number, nowMs: number): number[] {
    const lost: number[] = [];
    this.all.forEach((input, index) => {
      if (input === undefined || input.driver !== driver || input.handle !== handle) return;
      this.close(index, nowMs);
      lost.push(index);
    });
    return lost;
  }

  /** Makes a route of a node, in place of the one that it had; what that one plays ends. */
  setRoute(source: number, config: ThruConfig, nowMs: number): void {
    this.endRoute(source, nowMs);
    this.routes.push(new ThruRoute(config, source, this.outputs, this.sysex));
  }

  endRoute(source: number, nowMs: number): void {
    const at = this.routes.findIndex((route) => route.source === source);
    if (at >= 0) this.routes.splice(at, 1)[0].release(nowMs);
  }

  /** Something arrived at a port: one message, or a piece of a sysex. */
  receive(
    driver: MidiDriver,
    handle: number,
    timeMs: number,
    bytes: Uint8Array,
    length: number,
    nowMs: number
  ): void {
    for (let index = 0; index < this.all.length; index++) {
      const input = this.all[index];
      if (input === undefined || input.handle !== handle || input.driver !== driver) continue;
      this.pass(index, bytes, length, timeMs, nowMs);
      this.outbox.input(index, timeMs, bytes, length);
    }
  }

  /** Something that arrived at one of a driver's inputs was lost. */
  lost(driver: MidiDriver): void {
    for (let index = 0; index < this.all.length; index++)
      if (this.all[index]?.driver === driver) this.outbox.inputLost(index);
    for (const route of this.routes) if (this.all[route.config.input]?.driver === driver) route.inputLost();
  }

  /** Something arrived at an input that lives in the main thread. */
  take(ring: RecordRing, record: number, nowMs: number): void {
    const int = RecordRing.int(record);
    const length = ring.ints[int + EventField.flags];
    for (let at = 0; at < length; at++)
      this.piece[at] = ring.ints[int + EventField.bytes + (at >> 2)] >> ((at & 3) * 8);
    const timeMs = ring.doubles[RecordRing.double(record) + EventField.time];
    this.pass(ring.ints[int + EventField.route], this.piece, length, timeMs, nowMs);
  }

  private pass(index: number, bytes: Uint8Array, length: number, timeMs: number, nowMs: number): void {
    this.follows.take(index, bytes, length, timeMs, nowMs);
    for (let at = 0; at < this.routes.length; at++) {
      const route = this.routes[at];
      if (route.config.input !== index) continue;
      const { loops } = route.guard;
      route.take(bytes, length, nowMs);
      if (route.guard.loops === loops) continue;
      route.release(nowMs);
      this.looped(route.source);
    }
  }
}
