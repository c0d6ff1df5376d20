import type { MusicEvent } from '../music/event';
import { byIndex, freeIndex } from './by-index';
import type { Channel } from './channel';
import type { OutputConfig } from './core/commands';
import { LEDGER_BYTES, releasesOf } from './core/ledger';
import { PortUnavailable, type PhasorError } from './errors';
import type { Grace } from './grace';
import type { Left } from './last-will';
import { OutputHandle, type OutputHost, type OutputListener } from './output-handle';
import type { PortSpec } from './port-spec';
import { reportOf, type OutputReport } from './reports';
import { MAX_OUTPUTS, type SharedMemory } from './shared/memory';
import { At as Counted, PortStats, STATS_BYTES } from './shared/stats';

/** What a device sets. */
export interface DeviceConfig {
  name: string;
  spec: PortSpec;
  /** 1–16, for events without a channel. */
  channel: number;
  output: OutputConfig;
}

/** What the desk needs of the engine. */
export interface OutputDeskHost extends OutputHost {
  memory(): SharedMemory;
  /** Whether the worker is there and has told its ports. */
  isReady(): boolean;
  /** From when on an event counts as late. */
  readonly lateMs: number;
}

/** The outputs by the ids of their devices, and what is known of the ports behind them. */
export class OutputDesk {
  private readonly outputs = new Map<string, OutputHandle>();

  constructor(
    private readonly channel: Channel,
    private readonly grace: Grace,
    private readonly host: OutputDeskHost
  ) {}

  /** The output of a device; all nodes of the device share it. Throws ResourceExhausted beyond 256 devices. */
  open(
    id: string,
    { name, spec, channel, output: wire }: DeviceConfig,
    listener: OutputListener
  ): OutputHandle {
    this.grace.keep(id);
    let output = this.outputs.get(id);
    if (output === undefined) {
      const index = freeIndex(this.outputs.values(), MAX_OUTPUTS, 'devices');
      output = new OutputHandle(index, id, name, spec, channel, wire, this.channel, this.host);
      this.outputs.set(id, output);
      output.attach(listener);
      if (this.host.isReady()) output.findPort();
    } else {
      output.attach(listener);
      output.configure(name, spec, channel, wire);
    }
    return output;
  }

  /** @param removed whether the node is gone for good; otherwise it has a while to come back */
  close(id: string, listener: OutputListener, removed: boolean): void {
    const output = this.outputs.get(id);
    if (output === undefined) return;
    output.detach(listener);
    this.settle(output, removed);
  }

  /** Lets an output go where nobody plays to it: neither a node nor a route. */
  settle(output: OutputHandle, removed: boolean): void {
    const { id } = output;
    if (output.hasListeners || this.outputs.get(id) !== output) return;
    this.grace.leave(id, removed, () => {
      this.outputs.delete(id);
      output.close();
      this.host.patches.forget(id);
    });
  }

  closeAll(): void {
    for (const output of this.all()) output.close();
  }

  all(): Iterable<OutputHandle> {
    return this.outputs.values();
  }

  /** The first of the outputs that share a port, by its number. */
  ofPort(port: number): OutputHandle | undefined {
    for (const output of this.all()) if (output.portIndex === port) return output;
    return undefined;
  }

  /** Whether what is sent to two outputs goes to the same port. */
  sharePort(id: string, other: string): boolean {
    const port = this.outputs.get(id)?.portIndex;
    return id === other || (port !== undefined && port === this.outputs.get(other)?.portIndex);
  }

  /** The output whose open port has a name. */
  onPort(name: string | undefined): OutputHandle | undefined {
    for (const output of this.all())
      if (output.status.state === 'open' && output.status.port === name) return output;
    return undefined;
  }

  // ---- news ----------------------------------------------------------------------------------------------------

  portsChanged(): void {
    for (const output of this.all()) output.portsChanged();
  }

  /** Something was unplugged and plugged in again, unseen. */
  replugged(): void {
    for (const output of this.all()) output.replugged();
  }

  /** Returns whether what was answered while there was no port is to be asked for again. */
  opened(index: number, port: number): boolean {
    return byIndex(this.all(), index)?.opened(port) ?? false;
  }

  refused(index: number, reason: string): void {
    const output = byIndex(this.all(), index);
    output?.refused(new PortUnavailable(output.name, reason));
  }

  /** @param dropped events that waited for their port; those who share it count them once */
  lost(indices: readonly number[], dropped: number): void {
    const [first] = indices;
    for (const index of indices) {
      const output = byIndex(this.all(), index);
      // Where it has no port any more it knows already, and may be on its way to another.
      if (output?.portIndex !== undefined) output.lost(index === first ? dropped : 0);
    }
  }

  leaseEnded(index: number): void {
    byIndex(this.all(), index)?.leaseEnded();
  }

  fail(failure: PhasorError): void {
    for (const output of this.all()) output.fail(failure);
  }

  // ---- figures -------------------------------------------------------------------------------------------------

  /** Tells the nodes of a device what its port has dropped. */
  reportDropped(): void {
    for (const output of this.all()) {
      const stats = this.statsOf(output);
      if (stats === undefined) continue;
      output.reportDropped(stats.get(Counted.droppedFull), stats.get(Counted.droppedLate));
    }
  }

  reports(): OutputReport[] {
    return [...this.all()].map((output) => reportOf(output, this.statsOf(output), this.host.lateMs));
  }

  /** How many events of an output's port left how late, in ms; what did not occur is left out. */
  histogramOf(id: string): [ms: number, count: number][] {
    const output = this.outputs.get(id);
    return (output && this.statsOf(output)?.histogram('lateness')) ?? [];
  }

  // ---- what outlives a worker ----------------------------------------------------------------------------------

  /** What would end the notes and pedals that are down on each output's port. */
  sounding(): Map<OutputHandle, MusicEvent[]> {
    return new Map([...this.all()].map((output) => [output, this.soundingOf(output)]));
  }

  /** The same for those who have nobody but us to send it: with where to. */
  left(): Left[] {
    return [...this.sounding()].flatMap(([{ address, name: label }, events]) =>
      address === undefined || events.length === 0 ? [] : [{ address, label, events }]
    );
  }

  private soundingOf({ portIndex }: OutputHandle): MusicEvent[] {
    if (portIndex === undefined) return [];
    const { ledgers } = this.host.memory();
    return releasesOf(new Uint8Array(ledgers, portIndex * LEDGER_BYTES, LEDGER_BYTES));
  }

  private statsOf({ portIndex }: OutputHandle): PortStats | undefined {
    return portIndex === undefined
      ? undefined
      : new PortStats(this.host.memory().stats, portIndex * STATS_BYTES);
  }
}
