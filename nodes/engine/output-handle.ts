import { InvalidParameter } from '../music/errors';
import type { MusicEvent } from '../music/event';
import { ticksIn } from '../music/tempo';
import { said } from '../music/words';
import { Backoff } from './backoff';
import type { Channel } from './channel';
import type { OutputConfig, PortAddress } from './core/commands';
import { NONE } from './core/slab';
import { BufferOverrun, PortDisconnected, PortNotFound, type PhasorError } from './errors';
import type { Patches } from './patches';
import { resolvePort, type PortSpec } from './port-spec';
import type { PortInfo } from './ports/driver';
import type { RecoveryPolicy } from './settings';
import { sourceNumber } from './shared/records';
import type { At } from './stamp';
import { MAX_WAIT_MS } from './thread/waiter';
import type { TransportHandle } from './transport-handle';

/** How an output stands with its port. */
export type OutputStatus =
  | { state: 'opening' }
  | { state: 'open'; port: string; kind: PortInfo['kind'] }
  | { state: 'missing'; error: PhasorError };

export interface OutputListener {
  outputChanged(status: OutputStatus): void;
  /** Events were dropped since the last such call; at most one a second. */
  outputOverran?(error: BufferOverrun): void;
}

/** What an output asks of the engine around it. */
export interface OutputHost {
  ports(): readonly PortInfo[];
  transport(clock: string): TransportHandle | undefined;
  now(): number;
  mainBeat(): number;
  /** Whether an event was taken back while it was on its way. */
  isVoid(at: At | undefined): boolean;
  /** Tempo of a clock that runs, or the usual one. */
  bpm(): number;
  readonly recovery: RecoveryPolicy;
  readonly patches: Patches;
}

/** Where an event is from, where its stamp does not say. */
export interface Origin {
  source: string;
  enteredMs: number;
}

const LEASE_BEATS = 25;
/** So far ahead of its time the worker has looked by itself, also where the system wakes it late. */
const FAR_MS = 2 * MAX_WAIT_MS;

/**
 * An instrument's way to its port. The device's nodes share it; it finds its port by name whenever ports change,
 * and outlives a deploy.
 */
export class OutputHandle {
  status: OutputStatus = { state: 'opening' };
  /** Port number in the worker, for the metrics; undefined while not open. */
  portIndex: number | undefined;
  /** The port that it has, or asks for. */
  address: PortAddress | undefined;
  private readonly listeners = new Set<OutputListener>();
  /** Ends of notes that a core which is gone left sounding. */
  private readonly owed: MusicEvent[] = [];
  private clock: { transport: TransportHandle; untilBeat: number } | undefined;
  private droppedSeen = { full: 0, late: 0 };
  /** It lost its port, and the policy is not to look for it before somebody deploys. */
  private isHalted = false;
  /** Events in no clock's time that came while the port was being looked for: nobody will ask for them again. */
  unsent = 0;
  /** Events that waited for a port when it went. */
  stranded = 0;
  /** Whether events were given while there was no port. */
  private missed = false;
  /** Whether events were dropped at the last look. */
  private overran = false;
  private readonly backoff = new Backoff(() => this.findPort());

  constructor(
    readonly index: number,
    readonly id: string,
    public name: string,
    private spec: PortSpec,
    public midiChannel: number,
    private config: OutputConfig,
    private readonly channel: Channel,
    private readonly host: OutputHost
  ) {}

  get hasListeners(): boolean {
    return this.listeners.size > 0;
  }

  attach(listener: OutputListener): void {
    this.listeners.add(listener);
  }

  detach(listener: OutputListener): void {
    this.listeners.delete(listener);
  }

  configure(name: string, spec: PortSpec, midiChannel: number, config: OutputConfig): void {
    this.name = name;
    this.midiChannel = midiChannel;
    this.isHalted = false;
    const moved = JSON.stringify(spec) !== JSON.stringify(this.spec);
    this.spec = spec;
    this.config = config;
    if (moved || !config.restores) this.host.patches.forget(this.id);
    if (moved) {
      this.close();
      this.findPort();
    } else if (this.address !== undefined) {
      this.tellConfig(this.address);
    } else if (this.status.state === 'missing') {
      this.findPort();
    }
  }

  /** Another part of the wire for controllers, 0–1, until the device is configured anew. */
  share(controlShare: number): void {
    this.config = { ...this.config, controlShare };
    if (this.address !== undefined) this.tellConfig(this.address);
  }

  private tellConfig(address: PortAddress): void {
    const { index: output, config } = this;
    this.channel.command({ op: 'configureOutput', output, config, patch: this.patchOf(address) });
  }

  private patchOf(address: PortAddress): SharedArrayBuffer | undefined {
    return this.config.restores ? this.host.patches.of(this.id, address) : undefined;
  }

  /** Opens the port that the spec names, if it is there now and not open already. */
  findPort(): void {
    if (this.address !== undefined || this.isHalted) return;
    this.backoff.stop();
    const ports = this.host.ports();
    const found = resolvePort(this.spec, ports);
    if (found === undefined) {
      // A port that was here is gone until it is back, and not unknown.
      if (this.status.state === 'missing' && this.status.error instanceof PortDisconnected) return;
      const names = ports.filter(({ direction }) => direction === 'out').map(({ name }) => name);
      this.become({ state: 'missing', error: new PortNotFound(this.spec.port || this.spec.mode, names) });
      return;
    }
    this.address = found;
    const label = this.name || found.name;
    this.channel.command({
      op: 'openOutput',
      output: this.index,
      address: found,
      label,
      config: this.config,
      patch: this.patchOf(found),
      // If the port refuses, they are kept for the next try.
      sounding: [...this.owed]
    });
  }

  /** The list of ports is another one: the port may have come, gone, or been beaten by a better one. */
  portsChanged(): void {
    const { address } = this;
    if (address === undefined) return this.findPort();
    const better =
      this.spec.mode === 'auto' && address.driver === 'loopback' && resolvePort(this.spec, this.host.ports());
    if (better && better.driver === 'hardware') {
      this.close();
      this.findPort();
    } else if (
      address.driver === 'hardware' &&
      !address.virtual &&
      !this.host.ports().some(isThe(address.name))
    ) {
      this.channel.command({ op: 'closeOutput', output: this.index });
      this.lost();
      if (resolvePort(this.spec, this.host.ports()) !== undefined) this.findPort();
    }
  }

  /** The port was away and is back under the same name: what was open is dead. */
  replugged(): void {
    if (this.address?.driver !== 'hardware' || this.address.virtual) return;
    this.channel.command({ op: 'closeOutput', output: this.index });
    this.lost();
    this.findPort();
  }

  /**
   * Queues an event. While the port is being opened it is dropped and counted; in a clock's time it will be asked for
   * again.
   * Throws InvalidParameter for a stamp of an unknown clock, PortNotFound, PortDisconnected or PortUnavailable while there
   * is no port, BufferOverrun where the worker is too far behind.
   */
  send(event: MusicEvent, at: At | undefined, origin: Origin): void {
    const transport = this.check(at);
    if (this.host.isVoid(at)) return;
    const musical = at !== undefined && 'clock' in at;
    if (this.address === undefined) {
      if (!musical) this.unsent++;
      this.missed = true;
      return;
    }
    const address = {
      output: this.index,
      transport,
      epoch: musical ? at.epoch : 0,
      time: musical ? at.tick : at?.timeMs,
      source: sourceNumber(at?.source ?? origin.source),
      ordinal: at?.ordinal ?? 0,
      replay: at?.replay === true,
      enteredMs: origin.enteredMs
    };
    this.channel.send(musical ? event : this.inTime(event), this.midiChannel, address, this.isFar(at));
  }

  /** Whether the worker looks into its ring by itself before this is due. */
  private isFar(at: At | undefined): boolean {
    if (at === undefined) return false;
    const dueMs = 'clock' in at ? this.host.transport(at.clock)?.timeOf(at.epoch, at.tick) : at.timeMs;
    return dueMs !== undefined && dueMs + this.config.offsetMs > this.host.now() + FAR_MS;
  }

  /** Whether `send` would take an event with this stamp: throws what it would throw. Returns its transport or NONE. */
  check(at: At | undefined): number {
    if (this.status.state === 'missing') {
      this.missed = true;
      throw this.status.error;
    }
    if (at === undefined || !('clock' in at)) return NONE;
    const transport = this.host.transport(at.clock);
    if (transport === undefined) {
      throw new InvalidParameter('at.clock', at.clock, 'there is no such clock (any more)');
    }
    return transport.index;
  }

  /** A note that has lost its clock lasts as long as it would at the tempo that plays here. */
  private inTime(event: MusicEvent): MusicEvent {
    if (event.type !== 'note' || event.durationTicks === undefined) return event;
    const { durationTicks, ...note } = event;
    return {
      ...note,
      durationMs: durationTicks / ticksIn(1, this.clock?.transport.bpm() ?? this.host.bpm())
    };
  }

  /** Gives the port the MIDI clock of a transport, for a while. Throws where another clock has it. */
  lease(transport: TransportHandle): void {
    const beat = this.host.mainBeat();
    if (this.clock !== undefined && this.clock.transport !== transport && this.clock.untilBeat - beat >= 0) {
      const holder = this.clock.transport.name;
      throw new InvalidParameter(
        'clock',
        transport.name,
        `${this.name} already gets its MIDI clock from "${holder}"; wire one clock to an output`
      );
    }
    const renewed = this.clock?.transport === transport && this.clock.untilBeat - beat >= 0;
    this.clock = { transport, untilBeat: beat + LEASE_BEATS };
    this.channel.lease(this.index, transport.index, renewed);
  }

  panic(): void {
    this.channel.command({ op: 'panic', output: this.index });
  }

  close(): void {
    this.backoff.stop();
    if (this.address !== undefined) this.channel.command({ op: 'closeOutput', output: this.index });
    this.address = undefined;
    this.portIndex = undefined;
    this.clock = undefined;
    this.become({ state: 'opening' });
  }

  /** The core is gone, and the port with it. `sounding` is what it left on: it ends when the port is open again. */
  restore(sounding: MusicEvent[]): void {
    this.owed.push(...sounding);
    this.address = undefined;
    this.portIndex = undefined;
    this.clock = undefined;
    this.become({ state: 'opening' });
  }

  /**
   * Tells the listeners what the port has dropped since the last look.
   * @param full all since it was opened that found no room
   * @param late all that came too late
   */
  reportDropped(full: number, late: number): void {
    const seen = this.droppedSeen;
    this.droppedSeen = { full, late };
    if (this.status.state !== 'open') return;
    // Less than before: the port is another.
    const moreFull = full >= seen.full ? full - seen.full : full;
    const moreLate = late >= seen.late ? late - seen.late : late;
    if (moreFull > 0 && this.host.recovery.BufferOverrun === 'stop') this.panic();
    const overran = moreFull + moreLate > 0;
    if (this.overran && !overran) this.become(this.status);
    this.overran = overran;
    if (!overran) return;
    const error = new BufferOverrun(
      said('the queue of "__port__"', { port: this.status.port }),
      moreFull + moreLate,
      moreLate
    );
    for (const listener of this.listeners) listener.outputOverran?.(error);
  }

  // ---- news --------------------------------------------------------------------------------------------------

  /** The port is open. Returns whether events were given before, and refused because it was not. */
  opened(port: number): boolean {
    if (this.address === undefined) return false;
    this.portIndex = port;
    this.backoff.reset();
    const { name, driver } = this.address;
    const info = this.host.ports().find(isThe(name));
    this.become({
      state: 'open',
      port: name,
      kind: info?.kind ?? (driver === 'loopback' ? 'loopback' : 'software')
    });
    this.owed.length = 0;
    const { missed } = this;
    this.missed = false;
    return missed;
  }

  refused(error: PhasorError): void {
    this.address = undefined;
    this.become({ state: 'missing', error });
    if (this.host.recovery.PortUnavailable === 'stop') this.isHalted = true;
    if (this.isHalted) return;
    this.backoff.later();
  }

  /** There is no core any more. */
  fail(error: PhasorError): void {
    this.backoff.stop();
    this.address = undefined;
    this.become({ state: 'missing', error });
  }

  /**
   * The port vanished; it is looked for whenever the list of ports changes.
   * @param dropped events that waited for it
   */
  lost(dropped = 0): void {
    this.stranded += dropped;
    const name = this.address?.name ?? this.name;
    this.address = undefined;
    this.portIndex = undefined;
    this.clock = undefined;
    if (this.host.recovery.PortDisconnected === 'stop') this.isHalted = true;
    this.become({ state: 'missing', error: new PortDisconnected(name) });
  }

  leaseEnded(): void {
    this.clock = undefined;
  }

  private become(status: OutputStatus): void {
    this.status = status;
    for (const listener of this.listeners) listener.outputChanged(status);
  }
}

function isThe(portName: string): (port: PortInfo) => boolean {
  return ({ name, direction }) => direction === 'out' && name === portName;
}
