import { EventEmitter } from 'node:events';
import { byIndex, freeIndex } from './by-index';
import { Channel } from './channel';
import type { News } from './core/commands';
import { FOLLOW_DEFAULTS, type FollowConfig } from './core/follow/following';
import { Internal } from './errors';
import { Grace } from './grace';
import { Horizons, type Horizon, type HorizonWatch } from './horizon';
import { InputDesk } from './input-desk';
import type { InputConfig, InputHandle, InputListener } from './input-handle';
import type { Received } from './input-hub';
import { release } from './last-will';
import { OutputDesk, type DeviceConfig } from './output-desk';
import type { OutputHandle, OutputListener } from './output-handle';
import { Patches } from './patches';
import type { PortInfo } from './ports/driver';
import { loadRtMidi } from './ports/rtmidi';
import { RtMidiInputs } from './ports/rtmidi-input';
import { RtMidiPortWatch, type PortChange } from './ports/rtmidi-watch';
import type { Health } from './health';
import { HealthWatch } from './health-watch';
import type { EngineReport, OutputReport, TransportReport } from './reports';
import { Restarts } from './restarts';
import { SentWatch, type Sent } from './sent-watch';
import type { EngineSettings } from './settings';
import { Control, MAX_TRANSPORTS } from './shared/memory';
import { Outbound, OutboundField, sourceNumber } from './shared/records';
import { RecordRing } from './shared/ring';
import type { At } from './stamp';
import { ThreadLink, type EngineLink, type LinkFactory, type ThreadOptions } from './thread/link';
import type { ThruListener, ThruSettings } from './thru-handle';
import { Takes } from './takes';
import { TransportHandle, type ClockConfig, type TransportListener } from './transport-handle';

/** Records taken before Node-RED gets its turn again. */
const RECORDS_PER_TURN = 1000;

/**
 * The main thread's side of the engine: transports and outputs by the ids of the nodes that use them, and the way to
 * the worker that keeps time. Emits 'ready', 'ports', 'fault', 'restarted', 'failed', 'recovered', 'health' and 'disposed'.
 */
export class Engine extends EventEmitter {
  private link: EngineLink;
  private control: Int32Array;
  private outbox: RecordRing;
  private readonly channel: Channel;
  private readonly transports = new Map<string, TransportHandle>();
  private readonly outputs: OutputDesk;
  private readonly inputs: InputDesk;
  private readonly sentWatch: SentWatch;
  private readonly horizons: Horizons;
  private readonly states = new Map<string, unknown>();
  private readonly takes = new Takes();
  private readonly grace: Grace;
  private portList: PortInfo[] = [];
  private readonly restarts: Restarts;
  private readonly watch: HealthWatch;
  private readonly watchOver: NodeJS.Timeout;
  private disposed = false;
  /** When a worker ended, until another is there. */
  private lostMs: number | undefined;
  private portWatch: RtMidiPortWatch | undefined;
  private readonly status: EngineReport = {
    state: 'starting',
    driver: 'none',
    waiter: 'none',
    priority: { granted: 'none', priority: 0, advice: '' },
    ports: [],
    refused: [],
    restartsMs: [],
    lostRecords: 0
  };

  /** @param connect makes the connection to the core; a worker thread unless a test says otherwise */
  constructor(
    readonly settings: EngineSettings,
    private readonly connect: LinkFactory = (listener) => new ThreadLink(threadOptions(settings), listener)
  ) {
    super();
    this.setMaxListeners(0); // each node may listen to its health
    this.grace = new Grace(settings.graceMs);
    this.restarts = new Restarts(settings.recovery.Internal === 'stop' ? 0 : settings.restartsPerMinute);
    this.link = this.makeLink();
    this.control = new Int32Array(this.link.memory.control);
    this.outbox = new RecordRing(this.link.memory.outbox);
    this.channel = new Channel(this.link);
    const isReady = () => this.status.state === 'ok';
    this.outputs = new OutputDesk(this.channel, this.grace, {
      ports: () => this.portList,
      transport: (clock) => this.transports.get(clock),
      now: () => this.link.now(),
      mainBeat: () => this.control[Control.mainBeat],
      isVoid: (at) => this.takes.isVoid(at),
      bpm: () => this.runningBpm(),
      recovery: settings.recovery,
      patches: new Patches(),
      memory: () => this.link.memory,
      isReady,
      lateMs: settings.lateWarningMs
    });
    this.inputs = new InputDesk(this.channel, this.grace, () => this.portList, isReady);
    this.sentWatch = new SentWatch(this.channel);
    this.horizons = new Horizons(
      (timeMs, ring) => this.link.callAt(timeMs, ring),
      () => this.now()
    );
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
    return this.link.now();
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
    this.grace.keep(id);
    let transport = this.transports.get(id);
    const resumed = transport !== undefined;
    if (transport === undefined) {
      const index = freeIndex(this.transports.values(), MAX_TRANSPORTS, 'clocks');
      transport = new TransportHandle(index, id, name, config, this.channel, this.link.memory, () =>
        this.now()
      );
      this.transports.set(id, transport);
    } else {
      transport.configure(config, name);
    }
    transport.attach(listener);
    return { transport, resumed };
  }

  /** @param removed whether the node is gone for good; otherwise it has a while to come back */
  closeTransport(id: string, listener: TransportListener, removed: boolean): void {
    const transport = this.transports.get(id);
    if (transport === undefined) return;
    transport.detach(listener);
    if (transport.hasListener) return;
    this.grace.leave(id, removed, () => {
      this.transports.delete(id);
      this.inputs.follow(transport, undefined, FOLLOW_DEFAULTS);
      transport.remove();
    });
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
    return 'clock' in at ? this.transports.get(at.clock)?.timeOf(at.epoch, at.tick) : at.timeMs;
  }

  /** A stamp of the same origin at another time; undefined where it has a clock and its epoch is not laid out there. */
  stampAt(at: At, timeMs: number): At | undefined {
    if (!('clock' in at)) return { ...at, timeMs };
    const tick = this.transports.get(at.clock)?.tickOf(at.epoch, timeMs);
    return tick === undefined ? undefined : { ...at, tick };
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

  /** Devices that share a port share what is sent to it: it is told of the first. */
  private takeSent(port: number, record: number): void {
    const output = this.outputs.ofPort(port);
    if (output !== undefined) this.sentWatch.take(output.id, this.outbox, record);
  }

  // ---- reports -----------------------------------------------------------------------------------------------

  report(): EngineReport {
    return {
      ...this.status,
      ports: this.portList,
      restartsMs: this.restarts.recent(this.now()),
      lostRecords: this.control[Control.lost]
    };
  }

  outputReports(): OutputReport[] {
    return this.outputs.reports();
  }

  /** All transports, also those whose node is about to come back. */
  transportHandles(): TransportHandle[] {
    return [...this.transports.values()];
  }

  /** How many events of an output's port left how late, in ms; what did not occur is left out. */
  histogramOf(output: string): [ms: number, count: number][] {
    return this.outputs.histogramOf(output);
  }

  transportReports(): TransportReport[] {
    return [...this.transports.values()].map(({ id, name, missedMs }) => ({ id, name, missedMs }));
  }

  /** Notes and pedals that are down on all ports. */
  soundingNotes(): number {
    return new Uint8Array(this.link.memory.ledgers).reduce((sum, down) => sum + down, 0);
  }

  /** Resolves when the worker has reported what it runs on. */
  async ready(): Promise<EngineReport> {
    if (this.status.state === 'starting') await new Promise((resolve) => this.once('ready', resolve));
    return this.report();
  }

  /** Releases all notes, closes all ports and ends the worker. */
  async dispose(): Promise<void> {
    this.disposed = true;
    this.grace.cancel();
    this.portWatch?.stop();
    clearInterval(this.watchOver);
    this.horizons.dispose();
    this.outputs.closeAll();
    this.inputs.dispose();
    await this.link.stop();
    this.emit('disposed');
  }

  // ---- recovery ----------------------------------------------------------------------------------------------

  private makeLink(): EngineLink {
    const link: EngineLink = this.connect({
      knocked: () => this.takeRecords(),
      news: (news) => this.take(news),
      ended: (error) => this.coreEnded(error),
      stuck: (error) => this.fail(error),
      unstuck: () => {
        this.status.state = 'ok';
        delete this.status.error;
        this.emit('recovered');
        this.watchHealth();
      }
    });
    return link;
  }

  /** The core is gone. A few times a minute another takes over, in phase and with every note ended. */
  private coreEnded(error: Error | undefined): void {
    if (error === undefined || this.disposed) return;
    if (!this.restarts.ended(this.link.now())) return this.giveUp(error);
    const snapshots = [...this.transports.values()].map((transport) => ({
      transport,
      snapshot: transport.lastKnown()
    }));
    const sounding = this.outputs.sounding();

    this.link = this.makeLink();
    this.control = new Int32Array(this.link.memory.control);
    this.outbox = new RecordRing(this.link.memory.outbox);
    this.channel.rebind(this.link);
    for (const { transport, snapshot } of snapshots) transport.restore(snapshot, this.link.memory);
    for (const [output, events] of sounding) output.restore(events);
    this.inputs.hub.reopen();
    this.sentWatch.reopen();
    this.lostMs ??= this.now();
    this.emit(
      'restarted',
      new Internal(`the realtime worker was restarted, because ${error.message}`, error)
    );
    this.watchHealth();
  }

  private fail(error: Error): void {
    const failure = this.failure(error);
    this.status.state = 'failed';
    this.status.error = failure.message;
    this.emit('failed', failure);
    this.emit('ready');
    this.watchHealth();
  }

  /** No other core takes over, but what the last one left sounding ends. */
  private giveUp(error: Error): void {
    release(this.connect, this.outputs.left());
    const failure = this.failure(error);
    this.outputs.fail(failure);
    this.inputs.fail(failure);
    this.fail(error);
  }

  private failure(error: Error): Internal {
    return new Internal(`the realtime worker ended: ${error.message}; restart Node-RED`, error);
  }

  // ---- inside ------------------------------------------------------------------------------------------------

  private runningBpm(): number {
    for (const transport of this.transports.values()) if (transport.state().running) return transport.bpm();
    return 120;
  }

  private takeRecords(): void {
    // Lowered first: what is written from here on knocks again.
    Atomics.store(this.control, Control.knocked, 0);
    for (let taken = 0; taken < RECORDS_PER_TURN; taken++) {
      const record = this.outbox.peek();
      if (record < 0) return;
      const int = RecordRing.int(record);
      this.takeRecord(
        this.outbox.ints[int + OutboundField.kind],
        this.outbox.ints[int + OutboundField.subject],
        record
      );
      this.outbox.release();
    }
    setImmediate(() => this.takeRecords());
  }

  private takeRecord(kind: Outbound, subject: number, record: number): void {
    switch (kind) {
      case Outbound.span:
        return this.takeSpan(byIndex(this.transports.values(), subject), record);
      case Outbound.beat:
        return byIndex(this.transports.values(), subject)?.takeBeat(this.outbox, record);
      case Outbound.unprimed:
        return byIndex(this.transports.values(), subject)?.takeUnprimed();
      case Outbound.followed:
        return byIndex(this.transports.values(), subject)?.takeFollowed();
      case Outbound.leaseEnded:
        return this.outputs.leaseEnded(subject);
      case Outbound.input:
        return this.inputs.hub.take(subject, this.outbox, record);
      case Outbound.sent:
        return this.takeSent(subject, record);
    }
  }

  private takeSpan(transport: TransportHandle | undefined, record: number): void {
    if (transport === undefined) return;
    this.horizons.announced(transport.takeSpan(this.outbox, record), transport.revision);
  }

  private take(news: News): void {
    // What comes after the end finds nothing that it could be about.
    if (this.disposed) return;
    switch (news.op) {
      case 'ready': {
        const { driver, waiter, granted, priority, advice, refused } = news;
        Object.assign(this.status, {
          state: 'ok',
          driver,
          waiter,
          refused,
          priority: { granted, priority, advice }
        });
        if (driver === 'rtmidi') this.watchPorts();
        return;
      }
      case 'ports': {
        const first = this.portList.length === 0;
        this.portList = [...news.ports, ...this.inputs.list()];
        this.outputs.portsChanged();
        this.inputs.portsChanged();
        if (this.lostMs !== undefined) this.horizons.restarted(this.lostMs);
        this.lostMs = undefined;
        this.emit(first ? 'ready' : 'ports');
        return;
      }
      case 'opened':
        if (news.subject === 'input') this.inputs.hub.opened(news.index);
        else if (this.outputs.opened(news.index, news.port)) {
          // What was answered while there was no port is asked for again.
          for (const transport of this.transports.values()) transport.replay();
        }
        return;
      case 'refused': {
        const { index, message } = news;
        if (news.subject === 'input') return this.inputs.hub.refused(index, message);
        return this.outputs.refused(index, message);
      }
      case 'gone':
        this.outputs.lost(news.outputs);
        this.channel.command({ op: 'listPorts' });
        return;
      case 'looped':
        return this.inputs.looped(news.source);
      case 'fault':
        this.emit('fault', new Internal(`${news.during}: ${news.message}`, news.stack));
    }
  }

  /** RtMidi listens in this thread, and tells no changes of ports. */
  private watchPorts(): void {
    const { module } = loadRtMidi();
    if (module === undefined || this.portWatch !== undefined) return;
    const failed = (error: Error) => this.emit('fault', new Internal(`MIDI input: ${error.message}`, error));
    this.inputs.listenHere(new RtMidiInputs(module, () => this.now(), failed));
    const lists = [() => new module.Output(), () => new module.Input()];
    this.portWatch = new RtMidiPortWatch(lists, (change) => this.portsAreOthers(change));
  }

  private portsAreOthers({ replugged }: PortChange): void {
    if (replugged) {
      this.outputs.replugged();
      this.inputs.replugged();
    }
    this.channel.command({ op: 'listPorts' });
  }
}

/** What the settings say about the worker. */
export function threadOptions(settings: EngineSettings): ThreadOptions {
  const { priority, clientName, driver, hangMs, maxPendingEvents, lateToleranceMs } = settings;
  return { priority, clientName, driver, hangMs, limits: { maxPendingEvents, lateToleranceMs } };
}
