import { EventEmitter } from 'node:events';
import { Channel } from './channel';
import { FOLLOW_DEFAULTS, type FollowConfig } from './core/follow/following';
import { Grace } from './grace';
import { Horizons, type Horizon, type HorizonWatch } from './horizon';
import { InputDesk } from './input-desk';
import type { InputConfig, InputHandle, InputListener } from './input-handle';
import type { Received } from './input-hub';
import { Incoming } from './incoming';
import { Lifeline } from './lifeline';
import { OutputDesk, type DeviceConfig } from './output-desk';
import type { OutputHandle, OutputListener } from './output-handle';
import { Patches } from './patches';
import type { Health } from './health';
import { HealthWatch } from './health-watch';
import type { EngineReport, OutputReport, TransportReport } from './reports';
import { SentWatch, type Sent } from './sent-watch';
import type { EngineSettings } from './settings';
import { Control } from './shared/memory';
import { sourceNumber } from './shared/records';
import type { At } from './stamp';
import { ThreadLink, type LinkFactory, type ThreadOptions } from './thread/link';
import type { ThruListener, ThruSettings } from './thru-handle';
import { Takes } from './takes';
import { TransportDesk } from './transport-desk';
import type { ClockConfig, TransportHandle, TransportListener } from './transport-handle';

/**
 * The main thread's side of the engine: transports and outputs by the ids of the nodes that use them, and the way to
 * the worker that keeps time. Emits 'ready', 'ports', 'fault', 'restarted', 'failed', 'recovered', 'health' and 'disposed'.
 */
export class Engine extends EventEmitter {
  private readonly line: Lifeline;
  private readonly incoming: Incoming;
  private readonly channel: Channel;
  private readonly transports: TransportDesk;
  private readonly outputs: OutputDesk;
  private readonly inputs: InputDesk;
  private readonly sentWatch: SentWatch;
  private readonly horizons: Horizons;
  private readonly states = new Map<string, unknown>();
  private readonly takes = new Takes();
  private readonly grace: Grace;
  private readonly watch: HealthWatch;
  private readonly watchOver: NodeJS.Timeout;

  /** @param connect makes the connection to the core; a worker thread unless a test says otherwise */
  constructor(
    readonly settings: EngineSettings,
    connect: LinkFactory = (listener) => new ThreadLink(threadOptions(settings), listener)
  ) {
    super();
    this.setMaxListeners(0); // each node may listen to its health
    this.grace = new Grace(settings.graceMs);
    this.line = new Lifeline(settings, connect, {
      knocked: () => this.incoming.takeRecords(),
      news: (news) => this.incoming.take(news),
      keep: () => this.keep(),
      left: () => this.outputs.left(),
      givenUp: (failure) => {
        this.outputs.fail(failure);
        this.inputs.fail(failure);
      },
      tell: (event, error) => {
        this.emit(event, error);
        if (event === 'failed') this.emit('ready');
        this.watchHealth();
      }
    });
    this.channel = new Channel(this.line.link);
    this.transports = new TransportDesk(this.channel, this.grace, {
      now: () => this.now(),
      memory: () => this.line.link.memory,
      removed: (transport) => this.inputs.follow(transport, undefined, FOLLOW_DEFAULTS)
    });
    const isReady = () => this.line.status.state === 'ok';
    this.outputs = new OutputDesk(this.channel, this.grace, {
      ports: () => this.incoming.portList,
      transport: (clock) => this.transports.get(clock),
      now: () => this.line.link.now(),
      mainBeat: () => this.line.control[Control.mainBeat],
      isVoid: (at) => this.takes.isVoid(at),
      bpm: () => this.transports.runningBpm(),
      recovery: settings.recovery,
      patches: new Patches(),
      memory: () => this.line.link.memory,
      isReady,
      lateMs: settings.lateWarningMs
    });
    this.inputs = new InputDesk(
      this.channel,
      this.grace,
      () => this.incoming.portList,
      isReady,
      (output) => this.outputs.settle(output, false)
    );
    this.sentWatch = new SentWatch(this.channel);
    this.horizons = new Horizons(
      (timeMs, ring) => this.line.link.callAt(timeMs, ring),
      () => this.now()
    );
    this.incoming = new Incoming({
      line: this.line,
      channel: this.channel,
      transports: this.transports,
      outputs: this.outputs,
      inputs: this.inputs,
      horizons: this.horizons,
      sentWatch: this.sentWatch,
      tell: (event, error) => this.emit(event, error)
    });
    this.watch = new HealthWatch(settings, this.now());
    this.watchOver = setInterval(() => this.watchHealth(), 1000);
    this.watchOver.unref();
  }

  /**
   * Looks for events that ports have dropped, and tells the nodes that are concerned; judges how the engine does, and
   * emits 'health' where that has changed. Called once a second.
   */
  watchHealth(): void {
    this.outputs.reportDropped();
    const evidence = {
      report: this.report(),
      outputs: this.outputReports(),
      transports: this.transportReports()
    };
    if (this.watch.look(this.now(), evidence)) this.emit('health', this.watch.health);
  }

  /** How it does, judged once a second. */
  health(): Health {
    return this.watch.health;
  }

  /** Engine time in ms; the same clock as `performance.now()`. */
  now(): number {
    return this.line.link.now();
  }

  // ---- transports --------------------------------------------------------------------------------------------

  /**
   * The transport of a clock node. One that plays on since before a deploy is taken up again, and `resumed` tells so.
   * Throws ResourceExhausted beyond 64 clocks.
   */
  openTransport(
    id: string,
    name: string,
    config: ClockConfig,
    listener: TransportListener
  ): { transport: TransportHandle; resumed: boolean } {
    return this.transports.open(id, name, config, listener);
  }

  /** @param removed whether the node is gone for good; otherwise it has a while to come back */
  closeTransport(id: string, listener: TransportListener, removed: boolean): void {
    this.transports.close(id, listener, removed);
  }

  transport(id: string): TransportHandle | undefined {
    return this.transports.get(id);
  }

  /** Once more the spans of a clock that have not sounded, primed ones included: for nodes that changed. */
  prime(clock: string): void {
    this.transports.get(clock)?.replay();
  }

  /** When a stamp sounds, in engine time; undefined where that is not known. */
  timeOf(at: At): number | undefined {
    return this.transports.timeOf(at);
  }

  /** A stamp of the same origin at another time; undefined where it has a clock and its epoch is not laid out there. */
  stampAt(at: At, timeMs: number): At | undefined {
    return this.transports.stampAt(at, timeMs);
  }

  /**
   * Tells how far time is laid out: which ticks of which clock are asked for, and, with or without a clock that runs,
   * when a time has come that the watch was asked for. For nodes that hold something back; they stop it on close.
   */
  onHorizon(tell: (horizon: Horizon) => void): HorizonWatch {
    return this.horizons.watch(tell);
  }

  // ---- outputs -----------------------------------------------------------------------------------------------

  /** The output of a device; all nodes of the device share it. Throws ResourceExhausted beyond 256 devices. */
  openOutput(id: string, config: DeviceConfig, listener: OutputListener): OutputHandle {
    return this.outputs.open(id, config, listener);
  }

  /** @param removed whether the node is gone for good; otherwise it has a while to come back */
  closeOutput(id: string, listener: OutputListener, removed: boolean): void {
    this.outputs.close(id, listener, removed);
  }

  // ---- notes -------------------------------------------------------------------------------------------------

  /**
   * What a node that takes things back puts into its stamps as `take`, so that what is on the wires at that moment is
   * taken back as well.
   */
  get currentTake(): number {
    return this.takes.current;
  }

  /**
   * Drops what a node has queued in an epoch of a clock from a run tick on, and what comes from there with an earlier
   * {@link currentTake}; what sounds keeps its end.
   */
  cancel({
    source,
    clock,
    epoch,
    fromTick
  }: {
    source: string;
    clock: string;
    epoch?: number;
    fromTick?: number;
  }): void {
    const transport = this.transports.get(clock)?.index;
    if (transport === undefined) return;
    this.takes.recall(source, clock, epoch, fromTick ?? -Infinity, this.now());
    this.horizons.cancelled(source, clock, epoch, fromTick);
    this.channel.command({
      op: 'cancel',
      source: sourceNumber(source),
      transport,
      epoch,
      fromTick: fromTick ?? -Infinity
    });
  }

  /** What a node wants to find again when it comes back after a deploy. */
  openState<T>(id: string, make: () => T): { state: T; resumed: boolean } {
    this.grace.keep(id);
    const resumed = this.states.has(id);
    if (!resumed) this.states.set(id, make());
    return { state: this.states.get(id) as T, resumed };
  }

  /** The node closes; when it is gone for good, or does not come back, what it plays ends. */
  closeState(id: string, removed: boolean): void {
    this.grace.leave(id, removed, () => {
      this.states.delete(id);
      this.release(id);
    });
  }

  /** Nobody will come back: whatever waits for its node ends now. */
  endGrace(): void {
    this.grace.endAll();
  }

  /** A node is gone: what it plays ends, what it queued is dropped. */
  release(source: string): void {
    this.horizons.cancelled(source);
    this.channel.command({ op: 'release', source: sourceNumber(source) });
  }

  /** Everything off, everywhere. */
  panic(): void {
    this.channel.command({ op: 'panic', output: undefined });
  }

  // ---- inputs ------------------------------------------------------------------------------------------------

  /**
   * The input of a device; all nodes of the device share it. It finds its port by its stable name, tries again where a
   * port refuses (after 100 ms, then twice as long up to 5 s), and comes back with the port.
   */
  openInput(id: string, config: InputConfig, listener: InputListener): InputHandle {
    return this.inputs.open(id, config, listener);
  }

  /** @param removed whether the node is gone for good; otherwise it has a while to come back */
  closeInput(id: string, listener: InputListener, removed: boolean): void {
    this.inputs.close(id, listener, removed);
  }

  /**
   * A route from an input to an output inside the worker, for players who cannot wait for the flow; `id` is the node's.
   * Where both are one port inside this machine it is not made, and `told` hears of the loop.
   */
  openThru(
    id: string,
    input: InputHandle,
    output: OutputHandle,
    settings: ThruSettings,
    told: ThruListener
  ): void {
    this.inputs.openThru(id, input, output, settings, told);
  }

  /** Lets a transport follow the MIDI clock that arrives at an input, or none from now on. */
  follow(transport: TransportHandle, input: InputHandle | undefined, config: FollowConfig): void {
    this.inputs.follow(transport, input, config);
  }

  /** @param removed whether it is gone for good; otherwise it has a while to come back */
  closeThru(id: string, removed: boolean): void {
    this.inputs.closeThru(id, removed);
  }

  /** Name of the output whose port is that of an input: what is sent to it comes back there. */
  outputBeside(input: InputHandle | undefined): string {
    const port = input?.port?.name;
    return this.outputs.onPort(port)?.name ?? port ?? '';
  }

  /** Whether what is sent to two devices, by the ids of their nodes, goes to the same port. */
  sharePort(device: string, other: string): boolean {
    return this.outputs.sharePort(device, other);
  }

  /** Hears what is sent to a loopback port. Returns a function that ends it. */
  listen(port: string, heard: (bytes: Uint8Array, timeMs: number) => void): () => void {
    return this.inputs.tap({ driver: 'loopback', name: port, virtual: false }, { received: heard });
  }

  /**
   * Shows what is handed over to the ports, as long as it is asked for: without MIDI clock, a long sysex in parts, and
   * not everything when the main thread is far behind. Returns a function that ends it.
   */
  watchSent(sent: Sent): () => void {
    return this.sentWatch.add(sent);
  }

  /** Shows what arrives at the inputs that are open. Returns a function that ends it. */
  watchReceived(received: Received): () => void {
    this.inputs.hub.watchers.add(received);
    return () => this.inputs.hub.watchers.delete(received);
  }

  // ---- reports -----------------------------------------------------------------------------------------------

  report(): EngineReport {
    return {
      ...this.line.status,
      ports: this.incoming.portList,
      restartsMs: this.line.restarts.recent(this.now()),
      lostRecords: this.line.control[Control.lost],
      lostInputs: this.line.control[Control.lostInputs]
    };
  }

  outputReports(): OutputReport[] {
    return this.outputs.reports();
  }

  /** All transports, also those whose node is about to come back. */
  transportHandles(): TransportHandle[] {
    return this.transports.all();
  }

  /** How many events of an output's port left how late, in ms; what did not occur is left out. */
  histogramOf(output: string): [ms: number, count: number][] {
    return this.outputs.histogramOf(output);
  }

  transportReports(): TransportReport[] {
    return this.transports.reports();
  }

  /** Notes and pedals that are down on all ports. */
  soundingNotes(): number {
    return new Uint8Array(this.line.link.memory.ledgers).reduce((sum, down) => sum + down, 0);
  }

  /** Resolves when the worker has reported what it runs on. */
  async ready(): Promise<EngineReport> {
    if (this.line.status.state === 'starting') await new Promise((resolve) => this.once('ready', resolve));
    return this.report();
  }

  /** Releases all notes, closes all ports and ends the worker. */
  async dispose(): Promise<void> {
    this.grace.cancel();
    this.incoming.dispose();
    clearInterval(this.watchOver);
    this.horizons.dispose();
    this.outputs.closeAll();
    this.inputs.dispose();
    await this.line.stop();
    this.emit('disposed');
  }

  /** What goes on in another core, as it is now. */
  private keep(): () => void {
    const goOn = this.transports.keep();
    const sounding = this.outputs.sounding();
    return () => {
      const { link } = this.line;
      this.channel.rebind(link);
      goOn(link.memory);
      for (const [output, events] of sounding) output.restore(events);
      this.inputs.hub.reopen();
      this.sentWatch.reopen();
    };
  }
}

/** What the settings say about the worker. */
export function threadOptions(settings: EngineSettings): ThreadOptions {
  const { priority, clientName, driver, hangMs, maxPendingEvents, lateToleranceMs } = settings;
  return { priority, clientName, driver, hangMs, limits: { maxPendingEvents, lateToleranceMs } };
}
