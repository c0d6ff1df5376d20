import type { Channel } from './channel';
import type { News } from './core/commands';
import { Internal } from './errors';
import type { Horizons } from './horizon';
import type { InputDesk } from './input-desk';
import type { Lifeline } from './lifeline';
import type { OutputDesk } from './output-desk';
import type { PortInfo } from './ports/driver';
import { loadRtMidi } from './ports/rtmidi';
import { RtMidiInputs } from './ports/rtmidi-input';
import { RtMidiPortWatch, type PortChange } from './ports/rtmidi-watch';
import type { SentWatch } from './sent-watch';
import { Control } from './shared/memory';
import { Outbound, OutboundField } from './shared/records';
import { RecordRing } from './shared/ring';
import type { TransportDesk } from './transport-desk';
import type { TransportHandle } from './transport-handle';

/** Records taken before Node-RED gets its turn again. */
const RECORDS_PER_TURN = 1000;

/** Who is told what comes from the worker. */
export interface IncomingHost {
  readonly line: Lifeline;
  readonly channel: Channel;
  readonly transports: TransportDesk;
  readonly outputs: OutputDesk;
  readonly inputs: InputDesk;
  readonly horizons: Horizons;
  readonly sentWatch: SentWatch;
  tell(event: 'ready' | 'ports' | 'fault', error?: Internal): void;
}

/** Takes what comes from the worker, records in their ring and news by message, to those whom it concerns. */
export class Incoming {
  /** All ports that are there. */
  portList: PortInfo[] = [];
  private portWatch: RtMidiPortWatch | undefined;
  private disposed = false;

  constructor(private readonly host: IncomingHost) {}

  /** Nothing is taken any more. */
  dispose(): void {
    this.disposed = true;
    this.portWatch?.stop();
  }

  /** Takes the records that wait. */
  takeRecords(): void {
    const { line } = this.host;
    // Lowered first: what is written from here on knocks again.
    Atomics.store(line.control, Control.knocked, 0);
    for (let taken = 0; taken < RECORDS_PER_TURN; taken++) {
      const record = line.outbox.peek();
      if (record < 0) return;
      const int = RecordRing.int(record);
      const { [int + OutboundField.kind]: kind, [int + OutboundField.subject]: subject } = line.outbox.ints;
      try {
        this.takeRecord(kind, subject, record);
      } catch (error) {
        // A listener that throws keeps neither the others from their news nor Node-RED from living.
        this.host.tell('fault', new Internal(`listener: ${(error as Error).message}`, error));
      }
      line.outbox.release();
    }
    setImmediate(() => this.takeRecords());
  }

  private takeRecord(kind: Outbound, subject: number, record: number): void {
    const { transports, outputs, inputs, line } = this.host;
    switch (kind) {
      case Outbound.span:
        return this.takeSpan(transports.at(subject), record);
      case Outbound.beat:
        return transports.at(subject)?.takeBeat(line.outbox, record);
      case Outbound.unprimed:
        return transports.at(subject)?.takeUnprimed();
      case Outbound.followed:
        return transports.at(subject)?.takeFollowed();
      case Outbound.leaseEnded:
        return outputs.leaseEnded(subject);
      case Outbound.input:
        return inputs.hub.take(subject, line.outbox, record);
      case Outbound.sent:
        return this.takeSent(subject, record);
    }
  }

  private takeSpan(transport: TransportHandle | undefined, record: number): void {
    if (transport === undefined) return;
    const { horizons, line } = this.host;
    horizons.announced(transport.takeSpan(line.outbox, record), transport.revision);
  }

  /** Takes a piece of news. */
  take(news: News): void {
    const { line, channel, transports, outputs, inputs, horizons } = this.host;
    // What comes after the end finds nothing that it could be about.
    if (this.disposed) return;
    switch (news.op) {
      case 'ready': {
        const { driver, waiter, granted, priority, advice, refused } = news;
        Object.assign(line.status, {
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
        this.portList = [...news.ports, ...inputs.list()];
        outputs.portsChanged();
        inputs.portsChanged();
        if (line.lostMs !== undefined) horizons.restarted(line.lostMs);
        line.lostMs = undefined;
        this.host.tell(first ? 'ready' : 'ports');
        return;
      }
      case 'opened':
        if (news.subject === 'input') inputs.hub.opened(news.index);
        else if (outputs.opened(news.index, news.port)) {
          // What was answered while there was no port is asked for again.
          for (const transport of transports.all()) transport.replay();
        }
        return;
      case 'refused': {
        const { index, message } = news;
        if (news.subject === 'input') return inputs.hub.refused(index, message);
        return outputs.refused(index, message);
      }
      case 'gone':
        if (news.subject === 'input') inputs.hub.lost(news.indices);
        else outputs.lost(news.indices, news.dropped);
        channel.command({ op: 'listPorts' });
        return;
      case 'looped':
        return inputs.looped(news.source);
      case 'fault':
        this.host.tell('fault', new Internal(`${news.during}: ${news.message}`, news.stack));
    }
  }

  /** RtMidi listens in this thread, and tells no changes of ports. */
  private watchPorts(): void {
    const { module } = loadRtMidi();
    if (module === undefined || this.portWatch !== undefined) return;
    const failed = (error: Error) =>
      this.host.tell('fault', new Internal(`MIDI input: ${error.message}`, error));
    this.host.inputs.listenHere(new RtMidiInputs(module, () => this.host.line.link.now(), failed));
    const lists = [() => new module.Output(), () => new module.Input()];
    this.portWatch = new RtMidiPortWatch(lists, (change) => this.portsAreOthers(change));
  }

  private portsAreOthers({ replugged }: PortChange): void {
    if (replugged) {
      this.host.outputs.replugged();
      this.host.inputs.replugged();
    }
    this.host.channel.command({ op: 'listPorts' });
  }

  /** Devices that share a port share what is sent to it: it is told of the first. */
  private takeSent(port: number, record: number): void {
    const { outputs, sentWatch, line } = this.host;
    const output = outputs.ofPort(port);
    if (output !== undefined) sentWatch.take(output.id, line.outbox, record);
  }
}
