import { barBeatAt, meter, type Meter } from '../../music/meter';
import { PortNotFound, ResourceExhausted } from '../errors';
import type { DriverSink, MidiDriver } from '../ports/driver';
import { Control, MAX_PORTS, type SharedMemory } from '../shared/memory';
import {
  BeatField,
  EventField,
  Flag,
  Inbound,
  InputField,
  Kind,
  Outbound,
  OutboundField,
  SpanField,
  SpanFlag
} from '../shared/records';
import { RecordRing } from '../shared/ring';
import { At, PortStats, STATS_BYTES } from '../shared/stats';
import { SharedTransportState } from '../shared/transport-state';
import type { Waiter } from '../thread/waiter';
import { ClockOut } from './clock-out';
import type { Command, News, OutputConfig, PortAddress } from './commands';
import type { Stretch } from './cursor';
import { LEDGER_BYTES } from './ledger';
import { Incoming, OutputPort, type Owned, type PortLimits } from './port';
import { NONE } from './slab';
import { Place, Transport, type Announcer } from './transport';

/** Records taken per turn, so that a flood of events cannot keep what is due from being sent. */
const RECORDS_PER_TURN = 256;

/** Heartbeats of the main loop, some ten a second, for which a span keeps the MIDI clock of an output alive. */
const LEASE_BEATS = 25;

/** What the core needs of the thread it runs in. */
export interface CoreHost {
  waiter: Waiter;
  memory: SharedMemory;
  /** The driver of real ports first, then loopback. */
  drivers: { hardware: MidiDriver | undefined; loopback: MidiDriver };
  limits: PortLimits;
  takeCommand(): Command | undefined;
  tell(news: News): void;
  /** Wakes the main thread: there are records for it. */
  knock(): void;
}

/** An output: one instrument's way to a port. Several may share a port and differ in offset. */
interface Output {
  port: OutputPort;
  config: OutputConfig;
  clock: { out: ClockOut; transport: Transport; untilBeat: number } | undefined;
}

interface OpenPort {
  key: string;
  port: OutputPort;
  index: number;
  driver: MidiDriver;
  handle: number;
  users: number;
}

/**
 * The realtime side of the engine, without its thread: takes records and commands, keeps transports, sends what is
 * due. `turn` is one pass of the loop; whoever calls it decides what time it is.
 */
export class Core implements Announcer, DriverSink {
  private readonly transports: (Transport | undefined)[] = [];
  /** By their numbers; the loop walks over arrays, which costs no garbage. */
  private readonly outputs: (Output | undefined)[] = [];
  private readonly ports: OpenPort[] = [];
  private readonly inputs: ({ driver: MidiDriver; handle: number } | undefined)[] = [];
  private readonly sysex = new Map<number, Uint8Array>();
  private readonly inbox: RecordRing;
  private readonly outbox: RecordRing;
  private readonly control: Int32Array;
  private readonly incoming = new Incoming();
  private polled: MidiDriver | undefined;
  private news = false;
  private earliestMs = 0;

  constructor(private readonly host: CoreHost) {
    this.inbox = new RecordRing(host.memory.inbox);
    this.outbox = new RecordRing(host.memory.outbox);
    this.control = new Int32Array(host.memory.control);
  }

  /** One pass of the loop. Returns when the next is due, in ms of engine time. */
  turn(): number {
    const nowMs = this.host.waiter.now();
    this.control[Control.workerBeat]++;
    this.takeRecords(nowMs);
    this.poll(this.host.drivers.hardware);
    this.send(nowMs);
    this.poll(this.host.drivers.loopback);
    for (const transport of this.transports) transport?.turn(nowMs);
    if (this.news) {
      this.news = false;
      this.host.knock();
    }
    return this.inbox.length > 0 ? nowMs : this.nextDeadlineMs();
  }

  /** Releases everything on all ports and closes them; the core is not used afterwards. */
  close(): void {
    const nowMs = this.host.waiter.now();
    for (const output of this.outputs) output?.clock?.out.end(nowMs);
    for (const { port } of this.ports) port.flush(nowMs);
    this.host.drivers.hardware?.dispose();
    this.host.drivers.loopback.dispose();
  }

  // ---- the loop ----------------------------------------------------------------------------------------------

  private send(nowMs: number): void {
    for (let index = 0; index < this.outputs.length; index++) {
      const output = this.outputs[index];
      if (output?.clock === undefined) continue;
      if (output.clock.untilBeat - this.control[Control.mainBeat] < 0) this.endClock(index, output, true);
      else output.clock.out.dispatch(nowMs);
    }
    for (const open of this.ports) {
      open.port.dispatch(nowMs);
      if (open.port.gone) this.lose(open);
    }
  }

  private nextDeadlineMs(): number {
    let earliest = Infinity;
    for (const output of this.outputs) {
      if (output?.clock !== undefined) earliest = Math.min(earliest, output.clock.out.nextDeadlineMs());
    }
    for (const { port } of this.ports) earliest = Math.min(earliest, port.nextDeadlineMs());
    for (const transport of this.transports) {
      if (transport !== undefined) earliest = Math.min(earliest, transport.nextDeadlineMs());
    }
    return earliest;
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
    const output = this.outputs[outputIndex];
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
      port.stats.add(At.droppedStale);
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
    const index = route & 0xffff;
    const output = this.outputs[index];
    const transport = this.transports[(route >>> 16) - 1];
    if (output === undefined || transport === undefined) return;
    if (output.clock !== undefined && output.clock.transport !== transport)
      this.endClock(index, output, false);
    if (output.clock === undefined) {
      const out = new ClockOut(transport, index, output.port, output.config.offsetMs, nowMs);
      transport.clockOuts.push(out);
      output.clock = { out, transport, untilBeat: 0 };
    }
    output.clock.untilBeat = this.control[Control.mainBeat] + LEASE_BEATS;
  }

  private endClock(index: number, output: Output, tellMain: boolean): void {
    const { clock } = output;
    if (clock === undefined) return;
    output.clock = undefined;
    const place = clock.transport.clockOuts.indexOf(clock.out);
    if (place >= 0) clock.transport.clockOuts.splice(place, 1);
    clock.out.end(this.host.waiter.now());
    if (tellMain) this.writeOutbound(Outbound.leaseEnded, index);
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
        return this.transports[command.transport]?.start(nowMs);
      case 'continue':
        return this.transports[command.transport]?.continue(nowMs);
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
      case 'openOutput':
        return this.openOutput(command.output, command.address, command.label, command.config);
      case 'configureOutput':
        return this.configureOutput(command.output, command.config);
      case 'closeOutput':
        return this.closeOutput(command.output, nowMs);
      case 'endClock': {
        const output = this.outputs[command.output];
        if (output !== undefined) this.endClock(command.output, output, false);
        return;
      }
      case 'openInput':
        return this.openInput(command.input, command.address, command.label);
      case 'closeInput': {
        const input = this.inputs[command.input];
        this.inputs[command.input] = undefined;
        input?.driver.close(input.handle);
        return;
      }
      case 'sysex':
        this.sysex.set(command.id, command.bytes);
        return;
      case 'cancel':
        return this.cancel(command);
      case 'release':
        for (const { port } of this.ports) port.release((source) => source === command.source, nowMs);
        return;
      case 'panic':
        return this.panic(command.output, nowMs);
      case 'listPorts':
        return this.portsChanged();
    }
  }

  private removeTransport(index: number, nowMs: number): void {
    const transport = this.transports[index];
    if (transport === undefined) return;
    transport.stop(nowMs);
    this.outputs.forEach((output, at) => {
      if (output?.clock?.transport === transport) this.endClock(at, output, true);
    });
    for (const { port } of this.ports) port.dropLanesOf(index);
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
    for (const { port } of this.ports) port.cancel(source, index ?? NONE, fromKey, command.epoch ?? NONE);
  }

  private panic(output: number | undefined, nowMs: number): void {
    const only = output === undefined ? undefined : this.outputs[output]?.port;
    for (const { port } of this.ports) {
      if (output === undefined || port === only) port.panic(nowMs);
    }
  }

  // ---- ports -------------------------------------------------------------------------------------------------

  private openOutput(index: number, address: PortAddress, label: string, config: OutputConfig): void {
    try {
      const open = this.openPort(address, label);
      open.users++;
      this.outputs[index] = { port: open.port, config, clock: undefined };
      this.configureOutput(index, config);
      this.host.tell({ op: 'opened', subject: 'output', index, port: open.index });
    } catch (error) {
      this.host.tell({ op: 'refused', subject: 'output', index, message: (error as Error).message });
    }
  }

  private openPort(address: PortAddress, label: string): OpenPort {
    const key = portKey(address);
    const already = this.ports.find((open) => open.key === key);
    if (already !== undefined) return already;
    const driver = this.driver(address);
    const taken = new Set(this.ports.map(({ index }) => index));
    let index = 0;
    while (taken.has(index)) index++;
    if (index >= MAX_PORTS) throw new ResourceExhausted('open MIDI ports', MAX_PORTS);
    const handle = address.virtual
      ? driver.openVirtual(address.name, 'out')
      : driver.open(address.name, 'out', label);
    const { memory, waiter, limits } = this.host;
    const stats = new PortStats(memory.stats, index * STATS_BYTES);
    const ledger = new Uint8Array(memory.ledgers, index * LEDGER_BYTES, LEDGER_BYTES);
    const port = new OutputPort(address.name, driver, handle, waiter, stats, ledger, limits, this.sysex);
    const open = { key, port, index, driver, handle, users: 0 };
    this.ports.push(open);
    return open;
  }

  private driver(address: PortAddress): MidiDriver {
    const driver = this.host.drivers[address.driver];
    if (driver === undefined) throw new PortNotFound(address.name, []);
    return driver;
  }

  private configureOutput(index: number, config: OutputConfig): void {
    const output = this.outputs[index];
    if (output === undefined) return;
    output.config = config;
    output.port.setOffset(index, config.offsetMs);
    output.port.wire.configure(config.usPerByte, config.controlShare);
    if (output.clock !== undefined) output.clock.out.offsetMs = config.offsetMs;
    this.earliestMs = 0;
    for (const other of this.outputs) {
      if (other !== undefined) this.earliestMs = Math.max(this.earliestMs, -other.config.offsetMs);
    }
  }

  private closeOutput(index: number, nowMs: number): void {
    const output = this.outputs[index];
    if (output === undefined) return;
    this.endClock(index, output, false);
    output.port.releaseOutput(index, nowMs);
    this.outputs[index] = undefined;
    const open = this.ports.find(({ port }) => port === output.port);
    if (open === undefined || --open.users > 0) return;
    open.port.flush(nowMs);
    this.forgetPort(open);
  }

  private lose(lost: OpenPort): void {
    const outputs: number[] = [];
    this.outputs.forEach((output, index) => {
      if (output?.port !== lost.port) return;
      this.endClock(index, output, true);
      this.outputs[index] = undefined;
      outputs.push(index);
    });
    lost.port.ledger.clear();
    this.forgetPort(lost);
    this.host.tell({ op: 'gone', port: lost.port.name, outputs });
  }

  private forgetPort(open: OpenPort): void {
    this.ports.splice(this.ports.indexOf(open), 1);
    open.driver.close(open.handle);
  }

  private openInput(index: number, address: PortAddress, label: string): void {
    try {
      const driver = this.driver(address);
      const handle = address.virtual
        ? driver.openVirtual(address.name, 'in')
        : driver.open(address.name, 'in', label);
      this.inputs[index] = { driver, handle };
      this.host.tell({ op: 'opened', subject: 'input', index, port: handle });
    } catch (error) {
      this.host.tell({ op: 'refused', subject: 'input', index, message: (error as Error).message });
    }
  }

  private poll(driver: MidiDriver | undefined): void {
    if (driver === undefined) return;
    this.polled = driver;
    driver.poll(this);
  }

  // ---- DriverSink --------------------------------------------------------------------------------------------

  receive(handle: number, timeMs: number, bytes: Uint8Array, length: number): void {
    for (let index = 0; index < this.inputs.length; index++) {
      const input = this.inputs[index];
      if (input === undefined || input.handle !== handle || input.driver !== this.polled) continue;
      for (let from = 0; from < length; from += InputField.maxBytes) {
        this.writeInput(index, timeMs, bytes, from, Math.min(length - from, InputField.maxBytes));
      }
    }
  }

  private writeInput(input: number, timeMs: number, bytes: Uint8Array, from: number, length: number): void {
    const record = this.claimOutbound(Outbound.input, input);
    if (record < 0) return;
    const int = RecordRing.int(record);
    const byteBase = (RecordRing.double(record) + InputField.bytes) * 8;
    for (let index = 0; index < length; index++) {
      const at = (byteBase >> 2) + (index >> 2);
      const shift = (index & 3) * 8;
      if (shift === 0) this.outbox.ints[at] = bytes[from + index];
      else this.outbox.ints[at] |= bytes[from + index] << shift;
    }
    this.outbox.doubles[RecordRing.double(record) + InputField.timeMs] = timeMs;
    this.outbox.ints[int + InputField.length] = length;
    this.outbox.publish();
  }

  portsChanged(): void {
    const { hardware, loopback } = this.host.drivers;
    this.host.tell({ op: 'ports', ports: [...(hardware?.list() ?? []), ...loopback.list()] });
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
    const record = this.claimOutbound(Outbound.span, transport.index);
    if (record < 0) return;
    const { doubles, ints } = this.outbox;
    const double = RecordRing.double(record);
    const int = RecordRing.int(record);
    doubles[double + SpanField.from] = stretch.from;
    doubles[double + SpanField.to] = stretch.to;
    doubles[double + SpanField.position] = stretch.position;
    doubles[double + SpanField.timeMs] = timeMs;
    doubles[double + SpanField.bpm] = bpm;
    ints[int + SpanField.epoch] = epoch;
    ints[int + SpanField.beatsPerBar] = stretch.meter.beatsPerBar;
    ints[int + SpanField.beatUnit] = stretch.meter.beatUnit;
    ints[int + SpanField.flags] = (running ? SpanFlag.running : 0) | (primed ? SpanFlag.primed : 0);
    this.outbox.publish();
  }

  beat(
    transport: Transport,
    epoch: number,
    meter: Meter,
    position: number,
    timeMs: number,
    bpm: number
  ): void {
    const record = this.claimOutbound(Outbound.beat, transport.index);
    if (record < 0) return;
    const { doubles, ints } = this.outbox;
    const double = RecordRing.double(record);
    const int = RecordRing.int(record);
    const { bar, beat } = barBeatAt(meter, position);
    doubles[double + BeatField.position] = position;
    doubles[double + BeatField.timeMs] = timeMs;
    doubles[double + BeatField.bpm] = bpm;
    ints[int + BeatField.epoch] = epoch;
    ints[int + BeatField.bar] = bar;
    ints[int + BeatField.beat] = beat;
    ints[int + BeatField.beatsPerBar] = meter.beatsPerBar;
    this.outbox.publish();
  }

  unprimed(transport: Transport): void {
    this.writeOutbound(Outbound.unprimed, transport.index);
  }

  epochBegan(transport: Transport, epoch: number, shift: number): void {
    for (const { port } of this.ports) port.beginEpoch(transport.index, epoch, shift);
  }

  epochEnds(transport: Transport, epoch: number, key: number): void {
    for (const { port } of this.ports) port.cancel(undefined, transport.index, key, epoch);
  }

  stopped(transport: Transport, nowMs: number): void {
    const owned: Owned = (_source, owner) => owner === transport.index;
    for (const { port } of this.ports) port.release(owned, nowMs);
  }

  earliestOffsetMs(): number {
    return this.earliestMs;
  }

  // ---- records to the main thread ----------------------------------------------------------------------------

  private claimOutbound(kind: Outbound, subject: number): number {
    const record = this.outbox.claim();
    this.news = true;
    if (record < 0) {
      this.control[Control.lost]++;
      return record;
    }
    const int = RecordRing.int(record);
    this.outbox.ints[int + OutboundField.kind] = kind;
    this.outbox.ints[int + OutboundField.subject] = subject;
    return record;
  }

  private writeOutbound(kind: Outbound, subject: number): void {
    if (this.claimOutbound(kind, subject) >= 0) this.outbox.publish();
  }
}

function portKey({ driver, name, virtual }: PortAddress): string {
  return `${driver}${virtual ? ' virtual' : ''} ${name}`;
}
