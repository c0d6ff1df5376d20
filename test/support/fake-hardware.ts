import { PortNotFound, PortUnavailable } from '../../nodes/engine/errors';
import {
  SendResult,
  type Direction,
  type DriverSink,
  type MidiDriver,
  type PortInfo
} from '../../nodes/engine/ports/driver';
import type { Heard } from './fake-engine';

interface Open {
  name: string;
  direction: Direction;
  /** The port that it was opened for is gone, also where there is another of that name. */
  gone: 'no' | 'untold' | 'told';
}

/** Interfaces that are plugged in and out by a test, with what is played to them and what they send. */
export class FakeHardware implements MidiDriver {
  readonly name = 'alsa';
  readonly can = {
    reportsSendErrors: true,
    announcesPorts: true,
    stampsInput: true,
    namesPorts: true,
    receives: true,
    virtualPorts: true
  };
  /** Whether an opening is refused, as by a port that another program holds. */
  refuses = false;
  /** After so many messages more one throws, once. */
  failAfter = Infinity;
  /** What was sent to each port since it was first plugged in. */
  readonly sent = new Map<string, Heard[]>();
  /** How often each port was opened, and how many are open now. */
  opened = 0;
  private readonly handles: (Open | undefined)[] = [];
  private arrivals: { name: string; timeMs: number; bytes: Uint8Array }[] = [];
  private changed = false;
  private lost = false;
  private readonly names = new Set<string>();

  /** @param now the clock that stamps what is sent; set later where an engine makes it */
  constructor(
    names: readonly string[],
    public now: () => number = () => 0
  ) {
    for (const name of names) this.plug(name);
  }

  get openHandles(): number {
    return this.handles.filter((handle) => handle !== undefined).length;
  }

  plug(name: string): void {
    this.names.add(name);
    if (!this.sent.has(name)) this.sent.set(name, []);
    this.changed = true;
  }

  unplug(name: string): void {
    this.names.delete(name);
    for (const open of this.handles) if (open?.name === name && open.gone === 'no') open.gone = 'untold';
    this.changed = true;
  }

  /** Something arrives from a port. It is handed over at the next turn of the loop. */
  arrive(name: string, bytes: readonly number[], timeMs = this.now()): void {
    this.arrivals.push({ name, timeMs, bytes: Uint8Array.from(bytes) });
  }

  /** The system has thrown away what arrived, because it was not read in time. */
  loseInput(): void {
    this.lost = true;
  }

  heard(name: string): Heard[] {
    return this.sent.get(name) ?? [];
  }

  list(): PortInfo[] {
    const directions: Direction[] = ['in', 'out'];
    return [...this.names].flatMap((name) =>
      directions.map((direction) => ({ name, direction, kind: 'hardware' as const }))
    );
  }

  open(name: string, direction: Direction): number {
    if (!this.names.has(name)) throw new PortNotFound(name, [...this.names]);
    if (this.refuses) throw new PortUnavailable(name, 'another program holds it for itself');
    if (this.handles.some((open) => open?.name === name && open.direction === direction))
      throw new PortUnavailable(name, 'it is open already');
    return this.add(name, direction);
  }

  openVirtual(label: string, direction: Direction): number {
    return this.add(label, direction);
  }

  close(handle: number): void {
    this.handles[handle] = undefined;
  }

  send(handle: number, bytes: Uint8Array, length: number): number {
    const open = this.handles[handle];
    if (open === undefined || open.gone !== 'no') return SendResult.gone;
    if (this.failAfter-- <= 0) {
      this.failAfter = Infinity;
      throw new Error('on purpose');
    }
    this.heard(open.name).push({ timeMs: this.now(), bytes: [...bytes.subarray(0, length)] });
    return SendResult.ok;
  }

  poll(sink: DriverSink): void {
    if (this.lost) sink.inputLost();
    this.lost = false;
    const { arrivals } = this;
    this.arrivals = [];
    for (const { name, timeMs, bytes } of arrivals) {
      const handle = this.handles.findIndex(
        (open) => open?.name === name && open.direction === 'in' && open.gone === 'no'
      );
      if (handle >= 0) sink.receive(handle, timeMs, bytes, bytes.length);
    }
    if (!this.changed) return;
    this.changed = false;
    this.handles.forEach((open, handle) => {
      if (open?.gone !== 'untold') return;
      open.gone = 'told';
      sink.gone(handle);
    });
    sink.portsChanged();
  }

  dispose(): void {
    this.handles.length = 0;
  }

  private add(name: string, direction: Direction): number {
    this.opened++;
    const free = this.handles.indexOf(undefined);
    const handle = free < 0 ? this.handles.length : free;
    this.handles[handle] = { name, direction, gone: 'no' };
    return handle;
  }
}
