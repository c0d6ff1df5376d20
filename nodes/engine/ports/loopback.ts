import { PortUnavailable } from '../errors';
import { SendResult, type Direction, type DriverSink, type MidiDriver, type PortInfo } from './driver';

/** The port that is always there. */
export const LOOPBACK_NAME = 'Loopback';

/** Bytes that may wait between two polls, a header of 16 for each message included. */
const QUEUE_BYTES = 1 << 18;
const HEADER_BYTES = 16;

/** Handle of what was sent to a port that is closed now. */
const CLOSED = -1;

interface Opened {
  name: string;
  direction: Direction;
}

/**
 * Ports inside this process: what is sent to a name arrives at every input of that name. A name comes into being
 * when it is opened. It makes flows playable and testable where there is no MIDI at all.
 */
export class LoopbackDriver implements MidiDriver {
  readonly name = 'loopback';
  readonly can = {
    reportsSendErrors: true,
    announcesPorts: true,
    stampsInput: true,
    namesPorts: true,
    receives: true,
    virtualPorts: true
  };
  private readonly opened: (Opened | undefined)[] = [];
  private readonly bytes = new Uint8Array(QUEUE_BYTES);
  private readonly view = new DataView(this.bytes.buffer);
  private readonly message = new Uint8Array(QUEUE_BYTES >> 2);
  private used = 0;
  private changed = false;

  /** @param now the engine's clock; stands for the stamps that a kernel would give */
  constructor(private readonly now: () => number = () => performance.now()) {}

  list(): PortInfo[] {
    const names = new Set([LOOPBACK_NAME, ...this.opened.map((port) => port?.name ?? LOOPBACK_NAME)]);
    const directions: Direction[] = ['in', 'out'];
    return [...names].flatMap((name) =>
      directions.map((direction) => ({ name, direction, kind: 'loopback' as const }))
    );
  }

  open(name: string, direction: Direction): number {
    if (this.opened.some((port) => port?.name === name && port.direction === direction)) {
      throw new PortUnavailable(name, 'it is open already');
    }
    this.changed = true;
    const free = this.opened.indexOf(undefined);
    const handle = free < 0 ? this.opened.length : free;
    this.opened[handle] = { name, direction };
    return handle;
  }

  openVirtual(label: string, direction: Direction): number {
    return this.open(label, direction);
  }

  close(handle: number): void {
    if (this.opened[handle] === undefined) return;
    this.changed = true;
    this.opened[handle] = undefined;
    // What is on its way to this port must not arrive at the next one with this handle.
    for (let at = 0; at < this.used; at += HEADER_BYTES + this.view.getInt32(at + 12)) {
      if (this.view.getInt32(at + 8) === handle) this.view.setInt32(at + 8, CLOSED);
    }
  }

  send(handle: number, bytes: Uint8Array, length: number): number {
    const from = this.opened[handle];
    if (from === undefined || from.direction !== 'out') return SendResult.gone;
    for (let to = 0; to < this.opened.length; to++) {
      const port = this.opened[to];
      if (port === undefined || port.direction !== 'in' || port.name !== from.name) continue;
      if (this.used + HEADER_BYTES + length > QUEUE_BYTES || length > this.message.length)
        return SendResult.full;
      this.view.setFloat64(this.used, this.now());
      this.view.setInt32(this.used + 8, to);
      this.view.setInt32(this.used + 12, length);
      this.used += HEADER_BYTES;
      for (let index = 0; index < length; index++) this.bytes[this.used++] = bytes[index];
    }
    return SendResult.ok;
  }

  poll(sink: DriverSink): void {
    for (let at = 0; at < this.used;) {
      const timeMs = this.view.getFloat64(at);
      const handle = this.view.getInt32(at + 8);
      const length = this.view.getInt32(at + 12);
      at += HEADER_BYTES;
      for (let index = 0; index < length; index++) this.message[index] = this.bytes[at++];
      if (this.opened[handle] !== undefined) sink.receive(handle, timeMs, this.message, length);
    }
    this.used = 0;
    if (this.changed) {
      this.changed = false;
      sink.portsChanged();
    }
  }

  dispose(): void {
    this.opened.length = 0;
    this.used = 0;
  }
}
