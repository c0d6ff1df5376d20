import { byIndex, freeIndex } from './by-index';
import type { Channel } from './channel';
import type { Grace } from './grace';
import { MAX_TRANSPORTS, type SharedMemory } from './shared/memory';
import type { TransportReport } from './reports';
import type { At } from './stamp';
import { TransportHandle, type ClockConfig, type TransportListener } from './transport-handle';

/** What the desk needs of the engine. */
export interface TransportDeskHost {
  now(): number;
  memory(): SharedMemory;
  /** A transport is gone: it follows nobody any more. */
  removed(transport: TransportHandle): void;
}

/** The transports by the ids of their clock nodes, and where their stamps stand in time. */
export class TransportDesk {
  private readonly transports = new Map<string, TransportHandle>();

  constructor(
    private readonly channel: Channel,
    private readonly grace: Grace,
    private readonly host: TransportDeskHost
  ) {}

  /** See `Engine.openTransport`. */
  open(
    id: string,
    name: string,
    config: ClockConfig,
    listener: TransportListener
  ): { transport: TransportHandle; resumed: boolean } {
    this.grace.keep(id);
    let transport = this.transports.get(id);
    const resumed = transport !== undefined;
    if (transport === undefined) {
      const index = freeIndex(this.transports.values(), MAX_TRANSPORTS, 'clocks');
      transport = new TransportHandle(index, id, name, config, this.channel, this.host.memory(), () =>
        this.host.now()
      );
      this.transports.set(id, transport);
    } else {
      transport.configure(config, name);
    }
    transport.attach(listener);
    return { transport, resumed };
  }

  /** See `Engine.closeTransport`. */
  close(id: string, listener: TransportListener, removed: boolean): void {
    const transport = this.transports.get(id);
    if (transport === undefined) return;
    transport.detach(listener);
    if (transport.hasListener) return;
    this.grace.leave(id, removed, () => {
      this.transports.delete(id);
      this.host.removed(transport);
      transport.remove();
    });
  }

  get(id: string): TransportHandle | undefined {
    return this.transports.get(id);
  }

  /** By its place in the shared memory. */
  at(index: number): TransportHandle | undefined {
    return byIndex(this.transports.values(), index);
  }

  all(): TransportHandle[] {
    return [...this.transports.values()];
  }

  /** See `Engine.timeOf`. */
  timeOf(at: At): number | undefined {
    return 'clock' in at ? this.transports.get(at.clock)?.timeOf(at.epoch, at.tick) : at.timeMs;
  }

  /** See `Engine.stampAt`. */
  stampAt(at: At, timeMs: number): At | undefined {
    if (!('clock' in at)) return { ...at, timeMs };
    const tick = this.transports.get(at.clock)?.tickOf(at.epoch, timeMs);
    return tick === undefined ? undefined : { ...at, tick };
  }

  /** The tempo of the first that runs. */
  runningBpm(): number {
    for (const transport of this.transports.values()) if (transport.state().running) return transport.bpm();
    return 120;
  }

  reports(): TransportReport[] {
    return [...this.transports.values()].map(({ id, name, missedMs }) => ({ id, name, missedMs }));
  }

  /** What is known of all of them now; the answer lets them go on from there in a new core. */
  keep(): (memory: SharedMemory) => void {
    const snapshots = [...this.transports.values()].map((transport) => ({
      transport,
      snapshot: transport.lastKnown()
    }));
    return (memory) => {
      for (const { transport, snapshot } of snapshots) transport.restore(snapshot, memory);
    };
  }
}
