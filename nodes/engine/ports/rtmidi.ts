import { existsSync } from 'node:fs';
import { PortNotFound, PortUnavailable } from '../errors';
import { SendResult, type Direction, type DriverSink, type MidiDriver, type PortInfo } from './driver';

/** The part of `Output` of @julusian/midi that is used here. */
export interface RtMidiOutput {
  getPortCount(): number;
  getPortName(index: number): string;
  openPort(index: number): void;
  openVirtualPort(name: string): void;
  closePort(): void;
  destroy(): void;
  sendMessage(message: Buffer): void;
}

/** The part of the module @julusian/midi that is used here; tests put a fake in its place. */
export interface RtMidiModule {
  Output: new () => RtMidiOutput;
}

const SEQUENCER_DEVICE = '/dev/snd/seq';

/** Loads RtMidi; never throws. A module that loads can still fail at `new RtMidiDriver`, where MIDI is missing. */
export function loadRtMidi(): { module: RtMidiModule } | { module: undefined; reason: string } {
  if (process.platform === 'linux' && !existsSync(SEQUENCER_DEVICE)) {
    // RtMidi would say so too, but on stderr.
    return { module: undefined, reason: `there is no ${SEQUENCER_DEVICE}` };
  }
  try {
    const module = require('@julusian/midi/lazy') as RtMidiModule & { verifyLibraryLoaded(): void };
    module.verifyLibraryLoaded();
    return { module };
  } catch (error) {
    return { module: undefined, reason: reasonOf(error) };
  }
}

/** A sysex that comes in pieces is put together up to this size: RtMidi takes whole messages only. */
const MAX_SYSEX_BYTES = 65536;
const SYSEX_START = 0xf0;
const SYSEX_END = 0xf7;
const FIRST_STATUS = 0x80;
const FIRST_REALTIME = 0xf8;
/** ALSA gives programs client numbers from here on; the kernel's own clients have lower ones. */
const FIRST_PROGRAM = 128;

interface OpenOutput {
  name: string;
  output: RtMidiOutput;
  /** The pieces of a sysex that has not ended. */
  sysex: Buffer | undefined;
  sysexLength: number;
}

/**
 * Outputs through RtMidi: what there is on macOS and Windows, and where the addon is missing. It tells no errors and no
 * changes of ports (see {@link RtMidiPortWatch}), and its inputs need an event loop, so they live in another thread.
 */
export class RtMidiDriver implements MidiDriver {
  readonly name = 'rtmidi';
  readonly can = {
    reportsSendErrors: false,
    announcesPorts: false,
    stampsInput: false,
    namesPorts: false,
    receives: false,
    virtualPorts: process.platform !== 'win32'
  };

  private readonly names: PortNames;
  private readonly outputs: (OpenOutput | undefined)[] = [];
  /** Messages are copied into one of these by length, because RtMidi takes Buffers only. */
  private readonly buffers = [1, 2, 3].map((length) => Buffer.alloc(length));

  /** @throws PortUnavailable */
  constructor(private readonly midi: RtMidiModule) {
    this.names = new PortNames(midi);
  }

  list(): PortInfo[] {
    return this.names.ports().map(({ name, kind }) => ({ name, direction: 'out', kind }));
  }

  open(name: string, direction: Direction, _label: string): number {
    requireOutput(name, direction);
    if (this.outputs.some((open) => open?.name === name))
      throw new PortUnavailable(name, 'it is open already');
    const index = this.names.indexOf(name);
    if (index < 0) throw new PortNotFound(name, this.names.read());
    return this.add(name, (output) => output.openPort(index));
  }

  openVirtual(label: string, direction: Direction): number {
    requireOutput(label, direction);
    if (!this.can.virtualPorts) throw new PortUnavailable(label, 'Windows has no virtual MIDI ports');
    return this.add(label, (output) => output.openVirtualPort(label));
  }

  close(handle: number): void {
    this.outputs[handle]?.output.destroy();
    this.outputs[handle] = undefined;
  }

  send(handle: number, bytes: Uint8Array, length: number): number {
    const open = this.outputs[handle];
    if (!open) return SendResult.gone;
    if (length === 0) return SendResult.ok;
    const status = bytes[0];
    if (status === SYSEX_START || status === SYSEX_END || status < FIRST_STATUS) {
      return this.sendSysex(open, bytes, length);
    }
    const buffer = this.buffers[length - 1];
    if (!buffer) return SendResult.refused;
    if (status < FIRST_REALTIME) open.sysex = undefined;
    for (let i = 0; i < length; i++) buffer[i] = bytes[i];
    return transmit(open.output, buffer);
  }

  /** Nothing arrives here; see `can`. */
  poll(_sink: DriverSink): void {}

  dispose(): void {
    for (let handle = 0; handle < this.outputs.length; handle++) this.close(handle);
    this.names.dispose();
  }

  private add(name: string, connect: (output: RtMidiOutput) => void): number {
    let output: RtMidiOutput | undefined;
    try {
      output = new this.midi.Output();
      connect(output);
    } catch (error) {
      output?.destroy();
      throw new PortUnavailable(name, reasonOf(error));
    }
    const free = this.outputs.indexOf(undefined);
    const handle = free < 0 ? this.outputs.length : free;
    this.outputs[handle] = { name, output, sysex: undefined, sysexLength: 0 };
    return handle;
  }

  private sendSysex(open: OpenOutput, bytes: Uint8Array, length: number): number {
    if (bytes[0] === SYSEX_START) {
      open.sysex = Buffer.alloc(Math.max(length, 256));
      open.sysexLength = 0;
    }
    if (!open.sysex) return SendResult.refused; // goes on with what never began
    const end = open.sysexLength + length;
    if (end > MAX_SYSEX_BYTES) {
      open.sysex = undefined;
      return SendResult.refused;
    }
    if (end > open.sysex.length)
      open.sysex = Buffer.concat([open.sysex], Math.max(end, 2 * open.sysex.length));
    for (let i = 0; i < length; i++) open.sysex[open.sysexLength + i] = bytes[i];
    open.sysexLength = end;
    if (bytes[length - 1] !== SYSEX_END) return SendResult.ok;
    const whole = open.sysex.subarray(0, end);
    open.sysex = undefined;
    return transmit(open.output, whole);
  }
}

/** Watches the list of ports for the main thread, because RtMidi tells no changes. */
export class RtMidiPortWatch {
  private readonly names: PortNames;
  private readonly timer: NodeJS.Timeout;
  private seen: string;

  /**
   * @param onChange called after each change of the list
   * @throws PortUnavailable
   */
  constructor(midi: RtMidiModule, onChange: () => void, pollMs = 1000) {
    this.names = new PortNames(midi);
    this.seen = this.names.read().join('\n');
    this.timer = setInterval(() => {
      const now = this.names.read().join('\n');
      if (now === this.seen) return;
      this.seen = now;
      onChange();
    }, pollMs);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.names.dispose();
  }
}

interface NamedPort {
  name: string;
  kind: PortInfo['kind'];
}

/** The names of the output ports, read through a handle that is never opened: a new one per reading is slow. */
class PortNames {
  private readonly handle: RtMidiOutput;

  constructor(midi: RtMidiModule) {
    try {
      this.handle = new midi.Output();
    } catch (error) {
      throw new PortUnavailable('RtMidi', reasonOf(error));
    }
  }

  /** All ports but those of RtMidi clients, which may be our own; twins are numbered. */
  ports(): NamedPort[] {
    return this.scan().filter(({ name }) => name !== '');
  }

  read(): string[] {
    return this.ports().map(({ name }) => name);
  }

  /** Index of a port for `openPort`, -1 if there is none of that name. */
  indexOf(name: string): number {
    return this.scan().findIndex((port) => port.name === name);
  }

  dispose(): void {
    this.handle.destroy();
  }

  /** One port per index, without a name where it is hidden. */
  private scan(): NamedPort[] {
    const ports: NamedPort[] = [];
    const counts = new Map<string, number>();
    const count = this.handle.getPortCount();
    for (let index = 0; index < count; index++) {
      const given = this.handle.getPortName(index);
      const stable = stableName(given);
      const twin = (counts.get(stable) ?? 0) + 1;
      counts.set(stable, twin);
      const name = twin === 1 ? stable : `${stable} #${twin}`;
      ports.push({ name: stable.startsWith('RtMidi ') ? '' : name, kind: kindOf(given) });
    }
    return ports;
  }
}

/** On Linux RtMidi puts the client and port numbers behind the name; they change when a device is plugged in again. */
function stableName(name: string): string {
  return process.platform === 'linux' ? name.replace(/ \d+:\d+$/, '') : name;
}

/** RtMidi does not tell what is behind a port; on Linux the client's name and number do. */
function kindOf(given: string): PortInfo['kind'] {
  if (process.platform !== 'linux') return 'hardware';
  if (given.startsWith('Midi Through')) return 'through';
  const client = Number(/ (\d+):\d+$/.exec(given)?.[1] ?? 0);
  return client >= FIRST_PROGRAM || given.startsWith('Virtual Raw MIDI') ? 'software' : 'hardware';
}

function requireOutput(name: string, direction: Direction): void {
  if (direction === 'in') throw new PortUnavailable(name, 'this driver has outputs only');
}

function transmit(output: RtMidiOutput, message: Buffer): number {
  try {
    output.sendMessage(message);
    return SendResult.ok;
  } catch {
    return SendResult.refused;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
