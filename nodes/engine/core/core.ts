import { meter, type Meter } from '../../music/meter';
import type { DriverSink, MidiDriver } from '../ports/driver';
import { Control } from '../shared/memory';
import { EventField, Flag, Inbound, Kind, Outbound, SpanFlag } from '../shared/records';
import { RecordRing } from '../shared/ring';
import { At } from '../shared/stats';
import { SharedTransportState } from '../shared/transport-state';
import type { Command, News } from './commands';
import type { Stretch } from './cursor';
import { Follows } from './follow/follows';
import { Inputs } from './inputs';
import { Monitor } from './monitor';
import { Outbox } from './outbox';
import { Outputs, type OpenPort, type OutputsHost } from './outputs';
import { Incoming, type Owned } from './port';
import { NONE } from './slab';
import type { Announcer } from './announcer';
import { Place, Transport } from './transport';
import { SysexStore } from './sysex-store';

/** Records taken per turn, so that a flood of events cannot keep what is due from being sent. */
const RECORDS_PER_TURN = 256;

/** Ports are listed no more often, however many programs come and go. */
export const LIST_MS = 50;

/** What the core needs of the thread it runs in. */
export interface CoreHost extends OutputsHost {
  takeCommand(): Command | undefined;
  tell(news: News): void;
  /** Wakes the main thread: there are records for it. */
  knock(): void;
}

/**
 * The realtime side of the engine, without its thread: takes records and commands, keeps transports, sends what is
 * due. `turn` is one pass of the loop; whoever calls it decides what time it is.
 */
export class Core implements Announcer, DriverSink {
  /** When the next pass is due, in ms. A field, because a number that a call returns may cost an allocation. */
  nextMs = Infinity;
  /** When something is next to be sent, in ms; not before {@link nextMs}. */
  sendMs = Infinity;
  private readonly transports: (Transport | undefined)[] = [];
  private readonly outputs: Outputs;
  private readonly inputs: Inputs;
  private readonly follows: Follows;
  private readonly sysex = new SysexStore();
  private readonly inbox: RecordRing;
  private readonly outbox: Outbox;
  private readonly monitor: Monitor;
  private readonly control: Int32Array;
  private readonly incoming = new Incoming();
  private polled: MidiDriver | undefined;
  private polledMs = 0;
  /** When a list of ports that changed is told, and when that was done last. */
  private listAtMs = Infinity;
  private listedMs = -Infinity;

  constructor(private readonly host: CoreHost) {
    this.inbox = new RecordRing(host.memory.inbox);
    this.outbox = new Outbox(host.memory);
    this.monitor = new Monitor(this.outbox);
    this.outputs = new Outputs(host, this.sysex, this.monitor);
    this.follows = new Follows(host.memory, (index) => this.outbox.plain(Outbound.followed, index));
    this.inputs = new Inputs(this.outbox, this.outputs, this.sysex, this.follows, (source) =>
      host.tell({ op: 'looped', source })
    );
    this.control = new Int32Array(host.memory.control);
  }

  /** One pass of the loop. Returns when the next is due, in ms of engine time. */
  turn(): number {
    this.pass();
    return this.nextMs;
  }

  /** One pass of the loop; sets {@link nextMs} and {@link sendMs}. */
  pass(): void {
    const { waiter, drivers } = this.host;
    this.control[Control.workerBeat]++;
    this.takeRecords(waiter.now());
    this.poll(drivers.hardware, waiter.now());
    // What is sent goes by the time after that: much to read takes a while.
    const nowMs = waiter.now();
    this.send(nowMs);
    this.poll(drivers.loopback, nowMs);
    this.follows.turn(nowMs);
    for (const transport of this.transports) transport?.turn(nowMs);
    if (nowMs >= this.listAtMs) this.tellPorts(nowMs);
    if (this.outbox.takeWritten()) this.host.knock();
    this.nextMs = this.sendMs = nowMs;
    if (this.inbox.length === 0) this.findNext();
  }

  /** Lists the ports. In a pass it comes behind what is due: with dozens of other programs it takes long enough to be heard. */
  tellPorts(nowMs: number): void {
    const { hardware, loopback } = this.host.drivers;
    this.listedMs = nowMs;
    this.listAtMs = Infinity;
    this.host.tell({ op: 'ports', ports: [...(hardware?.list() ?? []), ...loopback.list()] });
  }

  /** Releases everything on all ports and closes them; the core is not used afterwards. */
  close(): void {
    const nowMs = this.host.waiter.now();
    for (const output of this.outputs.all) output?.clock?.out.end(nowMs);
    for (const { port } of this.outputs.ports) port.flush(nowMs);
    this.host.drivers.hardware?.dispose();
    this.host.drivers.loopback.dispose();
  }

  // ---- the loop ----------------------------------------------------------------------------------------------

  private send(nowMs: number): void {
    const outputs = this.outputs.all;
    for (let index = 0; index < outputs.length; index++) {
      const clock = outputs[index]?.clock;
      if (clock === undefined) continue;
      if (this.outputs.isLeaseOver(clock)) this.endClock(index, nowMs);
      else clock.out.dispatch(nowMs);
    }
    for (const open of this.outputs.ports) {
      open.port.dispatch(nowMs);
      if (open.port.gone) this.lose(open, nowMs);
    }
  }

  private findNext(): void {
    let earliest = Infinity;
    for (const output of this.outputs.all) {
      if (output?.clock !== undefined) earliest = Math.min(earliest, output.clock.out.nextDeadlineMs());
    }
    for (const { port } of this.outputs.ports) earliest = Math.min(earliest, port.nextDeadlineMs());
    this.sendMs = earliest;
    for (const transport of this.transports) {
      if (transport !== undefined) earliest = Math.min(earliest, transport.nextDeadlineMs());
    }
    this.nextMs = Math.min(earliest, this.follows.nextDeadlineMs(), this.listAtMs);
  }

  private takeRecords(nowMs: number): void {
    for (let taken = 0; taken < RECORDS_PER_TURN; taken++) {
      const record = this.inbox.peek();
      if (record < 0) return;
      const int = RecordRing.int(record);
      switch (this.inbox.ints[int + EventField.kind] as Inbound) {
        case Inbound.event:
          this.takeEvent(record, nowMs);
          break;
        case Inbound.lease:
          this.takeLease(this.inbox.ints[int + EventField.route], nowMs);
          break;
        case Inbound.command:
          this.takeCommand(nowMs);
          break;
        case Inbound.input:
          this.inputs.take(this.inbox, record, nowMs);
      }
      this.inbox.release();
    }
  }

  private takeEvent(record: number, nowMs: number): void {
    const { doubles, ints } = this.inbox;
    const double = RecordRing.double(record);
    const int = RecordRing.int(record);
    const route = ints[int + EventField.route];
    const outputIndex = route & 0xffff;
    const output = this.outputs.all[outputIndex];
    const event = this.incoming;
    event.flags = ints[int + EventField.flags];
    event.bytes0 = ints[int + EventField.bytes];
    if (output === undefined) {
      if ((event.flags & Flag.kindMask) === Kind.sysex) this.sysex.delete(event.bytes0);
      return;
    }
    event.bytes1 = ints[int + EventField.bytes + 1];
    event.bytes2 = ints[int + EventField.bytes + 2];
    event.epoch = ints[int + EventField.epoch];
    event.ordinal = ints[int + EventField.ordinal];
    event.stamp = doubles[double + EventField.time];
    event.duration = doubles[double + EventField.duration];
    event.source = doubles[double + EventField.source];
    event.enteredMs = doubles[double + EventField.enteredMs];
    event.waiting = false;

    const { port } = output;
    const transport = route >>> 16 === 0 ? undefined : this.transports[(route >>> 16) - 1];
    const isOff = (event.flags & Flag.kindMask) === Kind.noteOff;
    if ((event.flags & Flag.ticks) !== 0 && transport !== undefined) {
      const lane = port.lane(outputIndex, transport.index, transport, output.config.offsetMs);
      const place = transport.place(event.epoch);
      event.waiting = place === Place.waiting;
      event.key = event.stamp + transport.shift;
      if (place !== Place.stale && (event.waiting || event.key < transport.until || isOff)) {
        port.accept(lane, event, nowMs);
        return;
      }
      if (!isOff) port.stats.add(At.droppedStale);
    } else if ((event.flags & Flag.ticks) === 0) {
      const { offsetMs } = output.config;
      event.key = (event.flags & Flag.immediate) !== 0 ? nowMs - offsetMs : event.stamp;
      port.accept(port.lane(outputIndex, NONE, undefined, offsetMs), event, nowMs);
      return;
    }
    // Its epoch is over or its clock is gone; the end of a note goes all the same.
    if (isOff) {
      event.key = nowMs - output.config.offsetMs;
      port.accept(port.lane(outputIndex, NONE, undefined, output.config.offsetMs), event, nowMs);
    } else if ((event.flags & Flag.kindMask) === Kind.sysex) {
      this.sysex.delete(event.bytes0);
    }
  }

  private takeLease(route: number, nowMs: number): void {
    const transport = this.transports[(route >>> 16) - 1];
    if (transport !== undefined) this.outputs.lease(route & 0xffff, transport, nowMs);
  }

  private endClock(output: number, nowMs: number): void {
    this.outputs.endClock(output, nowMs);
    this.outbox.plain(Outbound.leaseEnded, output);
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  private takeCommand(nowMs: number): void {
    const command = this.host.takeCommand();
    if (command === undefined) return;
    try {
      this.obey(command, nowMs);
    } catch (error) {
      const { message, stack } = error as Error;
      this.host.tell({ op: 'fault', during: command.op, message, stack });
    }
  }

  private obey(command: Command, nowMs: number): void {
    switch (command.op) {
      case 'createTransport': {
        const shared = new SharedTransportState(this.host.memory.transports, command.transport);
        const { transport: index, id, config, bpm, beatsPerBar, beatUnit, loop } = command;
        const initial = { bpm, meter: meter(beatsPerBar, beatUnit), loop };
        this.transports[index] = new Transport(index, id, config, initial, this, shared, nowMs);
        return;
      }
      case 'removeTransport':
        return this.removeTransport(command.transport, nowMs);
      case 'configureTransport':
        return this.transports[command.transport]?.configure(command.config, nowMs);
      case 'start':
        return this.transports[command.transport]?.start(nowMs, command.delayMs, command.countInTicks);
      case 'continue':
        return this.transports[command.transport]?.continue(nowMs, command.countInTicks);
      case 'stop':
        return this.transports[command.transport]?.stop(nowMs);
      case 'locate':
        return this.transports[command.transport]?.locate(command.position, nowMs);
      case 'bpm':
        return this.transports[command.transport]?.setBpm(command.bpm, nowMs);
      case 'ramp':
        return this.transports[command.transport]?.ramp(command.bpm, command.ticks, nowMs);
      case 'meter':
        return this.transports[command.transport]?.setMeter(command.beatsPerBar, command.beatUnit, nowMs);
      case 'loop':
        return this.transports[command.transport]?.setLoop(command.loop, nowMs);
      case 'resume':
        return this.transports[command.transport]?.resume(command, nowMs);
      case 'openOutput':
        return this.open('output', command.output, () => {
          return this.outputs.open(command);
        });
      case 'configureOutput':
        return this.outputs.configure(command);
      case 'closeOutput':
        return this.outputs.close(command.output, nowMs);
      case 'endClock':
        return this.outputs.endClock(command.output, nowMs);
      case 'openInput': {
        const { input, address, label } = command;
        return this.open('input', input, () =>
          this.inputs.open(input, this.outputs.driver(address), address, label)
        );
      }
      case 'closeInput':
        return this.inputs.close(command.input, nowMs);
      case 'thru':
        return this.inputs.setRoute(command.source, command.route, nowMs);
      case 'endThru':
        return this.inputs.endRoute(command.source, nowMs);
      case 'follow': {
        const transport = this.transports[command.transport];
        if (transport !== undefined) this.follows.follow(transport, command.input, command.config, nowMs);
        return;
      }
      case 'unfollow': {
        const transport = this.transports[command.transport];
        if (transport !== undefined) this.follows.unfollow(transport);
        return;
      }
      case 'sysex':
        this.sysex.set(command.id, command.bytes);
        return;
      case 'cancel':
        return this.cancel(command);
      case 'release':
        for (const { port } of this.outputs.ports) port.release((source) => source === command.source, nowMs);
        return;
      case 'panic':
        return this.panic(command.output, nowMs);
      case 'listPorts':
        return this.portsChanged();
      case 'monitor':
        this.monitor.on = command.on;
        return;
    }
  }

  private removeTransport(index: number, nowMs: number): void {
    const transport = this.transports[index];
    if (transport === undefined) return;
    this.follows.unfollow(transport);
    transport.stop(nowMs);
    this.outputs.all.forEach((output, at) => {
      if (output?.clock?.transport === transport) this.endClock(at, nowMs);
    });
    for (const { port } of this.outputs.ports) port.dropLanesOf(index);
    this.transports[index] = undefined;
  }

  private cancel(command: Extract<Command, { op: 'cancel' }>): void {
    const { transport: index, source, fromTick } = command;
    const transport = index === undefined ? undefined : this.transports[index];
    let fromKey = -Infinity;
    if (
      transport !== undefined &&
      command.epoch !== undefined &&
      transport.place(command.epoch) === Place.known
    ) {
      fromKey = fromTick + transport.shift;
    }
    for (const { port } of this.outputs.ports)
      port.cancel(source, index ?? NONE, fromKey, command.epoch ?? NONE);
  }

  private panic(output: number | undefined, nowMs: number): void {
    const only = output === undefined ? undefined : this.outputs.all[output]?.port;
    for (const { port } of this.outputs.ports) {
      if (output === undefined || port === only) port.panic(nowMs);
    }
  }

  // ---- ports -------------------------------------------------------------------------------------------------

  /** Opens something and tells the main thread how that went. */
  private open(subject: 'output' | 'input', index: number, open: () => number): void {
    try {
      this.host.tell({ op: 'opened', subject, index, port: open() });
    } catch (error) {
      this.host.tell({ op: 'refused', subject, index, message: (error as Error).message });
    }
  }

  private lose(lost: OpenPort, nowMs: number): void {
    const { outputs: indices, dropped } = this.outputs.lose(lost, nowMs);
    this.host.tell({ op: 'gone', subject: 'output', indices, dropped });
  }

  private poll(driver: MidiDriver | undefined, nowMs: number): void {
    if (driver === undefined) return;
    this.polled = driver;
    this.polledMs = nowMs;
    driver.poll(this);
  }

  // ---- DriverSink --------------------------------------------------------------------------------------------

  receive(handle: number, timeMs: number, bytes: Uint8Array, length: number): void {
    const { polled, polledMs } = this;
    if (polled !== undefined) this.inputs.receive(polled, handle, timeMs, bytes, length, polledMs);
  }

  inputLost(): void {
    this.control[Control.lostInputs]++;
    if (this.polled !== undefined) this.inputs.lost(this.polled);
  }

  gone(handle: number): void {
    const { polled, polledMs } = this;
    if (polled === undefined) return;
    const open = this.outputs.ports.find((each) => each.driver === polled && each.handle === handle);
    if (open !== undefined) this.lose(open, polledMs);
    const indices = this.inputs.lose(polled, handle, polledMs);
    if (indices.length > 0) this.host.tell({ op: 'gone', subject: 'input', indices });
  }

  portsChanged(): void {
    this.listAtMs = this.listedMs + LIST_MS;
  }

  // ---- Announcer ---------------------------------------------------------------------------------------------

  span(
    transport: Transport,
    epoch: number,
    stretch: Stretch,
    timeMs: number,
    bpm: number,
    running: boolean,
    primed: boolean
  ): void {
    const flags = (running ? SpanFlag.running : 0) | (primed ? SpanFlag.primed : 0);
    this.outbox.span(transport.index, epoch, stretch, timeMs, bpm, flags);
  }

  beat(
    transport: Transport,
    epoch: number,
    meter: Meter,
    position: number,
    timeMs: number,
    bpm: number
  ): void {
    this.outbox.beat(transport.index, epoch, meter, position, timeMs, bpm);
  }

  unprimed(transport: Transport): void {
    this.outbox.plain(Outbound.unprimed, transport.index);
  }

  epochBegan(transport: Transport, epoch: number, shift: number): void {
    for (const { port } of this.outputs.ports) port.beginEpoch(transport.index, epoch, shift);
  }

  epochEnds(transport: Transport, epoch: number, key: number): void {
    for (const { port } of this.outputs.ports) port.cancel(undefined, transport.index, key, epoch);
  }

  stopped(transport: Transport, nowMs: number): void {
    const owned: Owned = (_source, owner) => owner === transport.index;
    for (const { port } of this.outputs.ports) port.release(owned, nowMs);
  }

  earliestOffsetMs(): number {
    return this.outputs.earliestMs;
  }
}
