import { PortNotFound, ResourceExhausted } from '../errors';
import type { MidiDriver } from '../ports/driver';
import { Control, MAX_PORTS, type SharedMemory } from '../shared/memory';
import { At, PortStats, STATS_BYTES } from '../shared/stats';
import type { Waiter } from '../thread/waiter';
import { ClockOut } from './clock-out';
import type { Command, OutputConfig, PortAddress } from './commands';
import { LEDGER_BYTES } from './ledger';
import type { Monitor } from './monitor';
import { OutputPort, type PortLimits } from './port';
import type { Transport } from './transport';
import type { SysexStore } from './sysex-store';

/** Heartbeats of the main loop, some ten a second, for which a span keeps the MIDI clock of an output alive. */
const LEASE_BEATS = 25;

/** An output: one instrument's way to a port. Several may share a port and differ in offset. */
export interface Output {
  readonly port: OutputPort;
  config: OutputConfig;
  /** Memory of what its port is set to, where it wants that restored. */
  patch: SharedArrayBuffer | undefined;
  clock: { out: ClockOut; transport: Transport; untilBeat: number } | undefined;
}

/** An open port with what it takes to close it. */
export interface OpenPort {
  readonly key: string;
  readonly port: OutputPort;
  /** Its place in the shared memory. */
  readonly index: number;
  readonly driver: MidiDriver;
  readonly handle: number;
  users: number;
}

/** What is needed to open ports. */
export interface OutputsHost {
  waiter: Waiter;
  memory: SharedMemory;
  /** The driver of real ports, and the one that is always there. */
  drivers: { hardware: MidiDriver | undefined; loopback: MidiDriver };
  limits: PortLimits;
}

/** The outputs of the engine and the ports behind them. The loop walks over arrays, which costs no garbage. */
export class Outputs {
  /** By number; a gap is undefined. */
  readonly all: (Output | undefined)[] = [];
  readonly ports: OpenPort[] = [];
  /** Largest negative offset, as a positive number of ms: so much earlier than its time something may be sent. */
  earliestMs = 0;
  private readonly control: Int32Array;

  /** @param sysex bytes of the sysex events that are queued, by their numbers */
  constructor(
    private readonly host: OutputsHost,
    private readonly sysex: SysexStore,
    private readonly monitor: Monitor
  ) {
    this.control = new Int32Array(host.memory.control);
  }

  /** Opens an output and returns the number of its port. Throws what the driver says. */
  open(command: Extract<Command, { op: 'openOutput' }>): number {
    const { output, address, label, config, patch } = command;
    this.close(output, this.host.waiter.now());
    const open = this.openPort(address, label);
    open.users++;
    this.all[output] = { port: open.port, config, patch, clock: undefined };
    open.port.inherit(command.sounding ?? [], this.host.waiter.now());
    this.configure(command);
    return open.index;
  }

  configure({
    output: index,
    config,
    patch
  }: Pick<Command & { op: 'configureOutput' }, 'output' | 'config' | 'patch'>): void {
    const output = this.all[index];
    if (output === undefined) return;
    output.config = config;
    output.patch = patch;
    this.agree(output.port);
    output.port.setOffset(index, config.offsetMs);
    output.port.wire.configure(config.usPerByte, config.controlShare);
    if (output.clock !== undefined) output.clock.out.offsetMs = config.offsetMs;
    this.findEarliest();
  }

  private findEarliest(): void {
    this.earliestMs = 0;
    for (const other of this.all) {
      if (other !== undefined) this.earliestMs = Math.max(this.earliestMs, -other.config.offsetMs);
    }
  }

  /** Ends what sounds through an output; the port closes with its last user. */
  close(index: number, nowMs: number): void {
    const output = this.all[index];
    if (output === undefined) return;
    this.endClock(index, nowMs);
    output.port.releaseOutput(index, nowMs);
    this.all[index] = undefined;
    this.findEarliest();
    const open = this.ports.find(({ port }) => port === output.port);
    if (open === undefined) return;
    if (--open.users > 0) return this.agree(open.port);
    open.port.flush(nowMs);
    this.forget(open);
  }

  /** What one of the outputs of a port wishes, the port does. */
  private agree(port: OutputPort): void {
    let patch: SharedArrayBuffer | undefined;
    let senses = false;
    for (const output of this.all) {
      if (output?.port !== port) continue;
      patch ??= output.patch;
      senses ||= output.config.activeSensing === true;
    }
    const nowMs = this.host.waiter.now();
    port.remember(patch, nowMs);
    port.sense(senses, nowMs);
  }

  /** The port is gone. Returns the outputs that lost it, and how many events waited for it. */
  lose(lost: OpenPort, nowMs: number): { outputs: number[]; dropped: number } {
    const outputs: number[] = [];
    const dropped = lost.port.vanish();
    this.all.forEach((output, index) => {
      if (output?.port !== lost.port) return;
      this.endClock(index, nowMs);
      this.all[index] = undefined;
      outputs.push(index);
    });
    this.findEarliest();
    lost.port.ledger.clear();
    this.forget(lost);
    return { outputs, dropped };
  }

  /** Gives an output the MIDI clock of a transport, or keeps it going. */
  lease(index: number, transport: Transport, nowMs: number): void {
    const output = this.all[index];
    if (output === undefined) return;
    if (output.clock !== undefined && output.clock.transport !== transport) this.endClock(index, nowMs);
    if (output.clock === undefined) {
      const out = new ClockOut(transport, index, output.port, output.config.offsetMs, nowMs);
      transport.led.push(out);
      output.clock = { out, transport, untilBeat: 0 };
    }
    output.clock.untilBeat = this.control[Control.mainBeat] + LEASE_BEATS;
  }

  /** Whether nobody has kept the MIDI clock of an output alive for long enough. */
  isLeaseOver(clock: NonNullable<Output['clock']>): boolean {
    return clock.untilBeat - this.control[Control.mainBeat] < 0;
  }

  endClock(index: number, nowMs: number): void {
    const output = this.all[index];
    if (output?.clock === undefined) return;
    const { out, transport } = output.clock;
    output.clock = undefined;
    transport.led.splice(transport.led.indexOf(out), 1);
    out.end(nowMs);
  }

  driver(address: PortAddress): MidiDriver {
    const driver = this.host.drivers[address.driver];
    if (driver === undefined) throw new PortNotFound(address.name, []);
    return driver;
  }

  private openPort(address: PortAddress, label: string): OpenPort {
    const key = `${address.driver}${address.virtual ? ' virtual' : ''} ${address.name}`;
    const already = this.ports.find((open) => open.key === key);
    if (already !== undefined) return already;
    const driver = this.driver(address);
    const index = this.freeIndex();
    const handle = address.virtual
      ? driver.openVirtual(address.name, 'out')
      : driver.open(address.name, 'out', label);
    const { memory, waiter, limits } = this.host;
    const stats = new PortStats(memory.stats, index * STATS_BYTES);
    // The place may have been another port's.
    stats.set(At.pending, 0);
    stats.reset();
    const ledger = new Uint8Array(memory.ledgers, index * LEDGER_BYTES, LEDGER_BYTES);
    const port = new OutputPort(
      address.name,
      driver,
      handle,
      waiter,
      stats,
      ledger,
      limits,
      this.sysex,
      this.monitor,
      index
    );
    const open = { key, port, index, driver, handle, users: 0 };
    this.ports.push(open);
    return open;
  }

  private freeIndex(): number {
    for (let index = 0; index < MAX_PORTS; index++) {
      if (!this.ports.some((open) => open.index === index)) return index;
    }
    throw new ResourceExhausted('open MIDI ports', MAX_PORTS);
  }

  private forget(open: OpenPort): void {
    this.ports.splice(this.ports.indexOf(open), 1);
    open.driver.close(open.handle);
  }
}
