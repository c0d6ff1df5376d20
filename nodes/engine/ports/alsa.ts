import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { PortNotFound, PortUnavailable, ResourceExhausted } from '../errors';
import { INBOX, monotonicOffsetMs, type NativeAddon, type NativePort } from '../thread/native';
import { SendResult, type Direction, type DriverSink, type MidiDriver, type PortInfo } from './driver';
import { nameTwins, type Twin } from './twins';

const { EAGAIN, EBADF, EINVAL, ENODEV, ENOENT, ENOMEM, ENXIO, EACCES, EPERM, EBUSY } = constants.errno;

/** Bits of `<sound/asequencer.h>`. */
const READABLE = (1 << 0) | (1 << 5);
const WRITABLE = (1 << 1) | (1 << 6);
const HIDDEN = (1 << 7) | (1 << 8) | (1 << 9); // not for export; inactive; the raw end of a MIDI 2.0 device
const HARDWARE = 1 << 16;
const SYSTEM_CLIENT = 0;
const THROUGH_CLIENT = 14;
const MAX_CLIENTS = 64;

/** Room for one message or one piece of a sysex. */
const INBOX_SIZE = 1024;
/** Messages handed over per turn, so that a flood of input cannot keep the loop from sending. */
const MESSAGES_PER_POLL = 256;

/** A port of ours that is open. */
interface OpenPort {
  name: string;
  direction: Direction;
  /** The port that it is connected with, by the numbers of the kernel; none where others connect to it. */
  peer: { client: number; port: number } | undefined;
  /** Whether it was told that the port behind it is gone. */
  toldGone: boolean;
}

/** A port of another client under its stable name. */
interface NamedPort extends PortInfo {
  client: number;
  port: number;
}

/**
 * The kernel's sequencer, spoken to directly: one client under our name with a port for each one opened, errors that
 * are reported, input stamped in the kernel, and word of every port that comes or goes. The handles are our port numbers.
 */
export class AlsaDriver implements MidiDriver {
  readonly name = 'alsa';
  readonly can = {
    reportsSendErrors: true,
    announcesPorts: true,
    stampsInput: true,
    namesPorts: true,
    receives: true,
    virtualPorts: true
  };

  /** The addon's number of the sequencer, for {@link NativeWaiter.watch}. */
  readonly sequencer: number;
  /** False where the kernel lacks snd-hrtimer: input is then stamped to some milliseconds only. */
  readonly hrtimer: boolean;
  private readonly client: number;
  private readonly times: Float64Array;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly ports = new Map<number, OpenPort>();
  private changesSeen = 0;
  private overrunsSeen = 0;
  /** The numbers of the twins, as last given. */
  private twins = new Map<string, number>();

  /**
   * @param clientName what other programs call us
   * @throws PortUnavailable, ResourceExhausted
   */
  constructor(
    private readonly native: NativeAddon,
    clientName = 'Phasor'
  ) {
    const memory = new SharedArrayBuffer(INBOX_SIZE);
    this.times = new Float64Array(memory, 0, 2);
    this.words = new Int32Array(memory, 0, INBOX.bytes / 4);
    this.bytes = new Uint8Array(memory, INBOX.bytes);
    this.times[INBOX.offsetMs / 8] = monotonicOffsetMs(native);
    this.sequencer = native.openSequencer(clientName, new Uint8Array(memory));
    if (this.sequencer < 0) throw sequencerError(this.sequencer);
    const info = native.sequencerInfo(this.sequencer);
    if (typeof info === 'number') throw sequencerError(info);
    this.client = info.client;
    this.hrtimer = info.hrtimer;
  }

  list(): PortInfo[] {
    return this.namedPorts().map(({ name, direction, kind }) => ({ name, direction, kind }));
  }

  open(name: string, direction: Direction, label: string): number {
    for (const port of this.ports.values()) {
      if (port.name === name && port.direction === direction)
        throw new PortUnavailable(name, 'it is open already');
    }
    const peer = this.find(name, direction);
    const handle = this.create(name, direction, label, peer);
    const result = this.native.connect(this.sequencer, handle, peer.client, peer.port);
    if (result < 0) {
      this.close(handle);
      this.find(name, direction); // went away meanwhile?
      throw new PortUnavailable(name, refusal(result));
    }
    return handle;
  }

  openVirtual(label: string, direction: Direction): number {
    return this.create(label, direction, label);
  }

  close(handle: number): void {
    if (this.ports.delete(handle)) this.native.deletePort(this.sequencer, handle);
  }

  send(handle: number, bytes: Uint8Array, length: number): number {
    const result = this.native.send(this.sequencer, handle, bytes, length);
    switch (-result) {
      case 0:
        return SendResult.ok;
      case EAGAIN:
      case ENOMEM:
        return SendResult.full;
      case EBADF:
      case ENODEV:
      case ENOENT:
      case ENXIO:
        return SendResult.gone;
      default:
        return SendResult.refused;
    }
  }

  poll(sink: DriverSink): void {
    for (let i = 0; i < MESSAGES_PER_POLL; i++) {
      const length = this.native.receive(this.sequencer);
      if (length <= 0) break;
      sink.receive(this.words[INBOX.port / 4], this.times[0], this.bytes, length);
    }
    const overruns = this.words[INBOX.overruns / 4];
    if (overruns !== this.overrunsSeen) {
      this.overrunsSeen = overruns;
      sink.inputLost();
    }
    const changes = this.words[INBOX.changes / 4];
    if (changes !== this.changesSeen) {
      this.changesSeen = changes;
      for (const [handle, open] of this.ports) {
        if (open.toldGone || this.native.isGone(this.sequencer, handle) !== 1) continue;
        open.toldGone = true;
        sink.gone(handle);
      }
      sink.portsChanged();
    }
  }

  dispose(): void {
    this.ports.clear();
    this.native.closeSequencer(this.sequencer);
  }

  private create(name: string, direction: Direction, label: string, peer?: NamedPort): number {
    const handle = this.native.createPort(this.sequencer, label, direction === 'in');
    if (handle < 0) throw new PortUnavailable(name, refusal(handle));
    this.ports.set(handle, { name, direction, peer, toldGone: false });
    return handle;
  }

  private isHeld(client: number, port: number): boolean {
    for (const { peer, toldGone } of this.ports.values())
      if (!toldGone && peer?.client === client && peer.port === port) return true;
    return false;
  }

  private find(name: string, direction: Direction): NamedPort {
    const ports = this.namedPorts().filter((port) => port.direction === direction);
    const found = ports.find((port) => port.name === name);
    if (!found) {
      throw new PortNotFound(
        name,
        ports.map((port) => port.name)
      );
    }
    return found;
  }

  /** The ports of others by stable name; twins are numbered in the order of the kernel's own numbers. */
  private namedPorts(): NamedPort[] {
    const ports = this.native.listPorts(this.sequencer);
    if (typeof ports === 'number') throw sequencerError(ports);
    const found: (NamedPort & Twin)[] = [];
    for (const port of ports) {
      if (port.client === SYSTEM_CLIENT || port.client === this.client || port.capability & HIDDEN) continue;
      for (const direction of ['in', 'out'] as const) {
        const needed = direction === 'in' ? READABLE : WRITABLE;
        if ((port.capability & needed) !== needed) continue;
        const name = `${port.clientName}:${port.portName}`;
        const { client, port: number } = port;
        found.push({
          ...{ name, direction, kind: kindOf(port), client, port: number },
          isHeld: this.isHeld(client, number)
        });
      }
    }
    this.twins = nameTwins(found, this.twins);
    return found;
  }
}

function kindOf(port: NativePort): PortInfo['kind'] {
  if (port.client === THROUGH_CLIENT) return 'through';
  return port.kernelClient && port.type & HARDWARE ? 'hardware' : 'software';
}

/** Why the kernel did not let us open or connect a port. */
function refusal(result: number): string {
  switch (-result) {
    case EBUSY:
      return 'another program holds it for itself';
    case EACCES:
    case EPERM:
      return 'it does not permit connections';
    case EINVAL:
    case ENOENT:
      return 'it went away';
    case ENOMEM:
      return 'this client has no ports left';
    default:
      return getSystemErrorName(result);
  }
}

/** Why there is no sequencer at all, and what to do. */
function sequencerError(result: number): PortUnavailable | ResourceExhausted {
  const device = '/dev/snd/seq';
  switch (-result) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return new PortUnavailable(
        device,
        'this machine has no ALSA sequencer; load the module snd-seq, or start the container with --device /dev/snd/seq'
      );
    case EACCES:
    case EPERM:
      return new PortUnavailable(
        device,
        'not permitted; add the user that runs Node-RED to the group "audio"'
      );
    case ENOMEM:
      return new ResourceExhausted('ALSA sequencer clients', MAX_CLIENTS);
    default:
      return new PortUnavailable(device, getSystemErrorName(result));
  }
}
