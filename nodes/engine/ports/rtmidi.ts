import { existsSync } from 'node:fs';
import { MAX_SYSEX_BYTES } from '../../music/event';
import { PortNotFound, PortUnavailable } from '../errors';
import { SendResult, type Direction, type DriverSink, type MidiDriver, type PortInfo } from './driver';
import type { RtMidiInput } from './rtmidi-input';
import { PortNames, reasonOf, type RtMidiPorts } from './rtmidi-names';

/** The part of `Output` of @julusian/midi that is used here. */
export interface RtMidiOutput extends RtMidiPorts {
  openPort(index: number): void;
  openVirtualPort(name: string): void;
  closePort(): void;
  sendMessage(message: Buffer): void;
}

/** The part of the module @julusian/midi that is used here; tests put a fake in its place. */
export interface RtMidiModule {
  Output: new () => RtMidiOutput;
}

/** The same with its inputs, which need an event loop. */
export interface RtMidiFullModule extends RtMidiModule {
  Input: new () => RtMidiInput;
}

const SEQUENCER_DEVICE = '/dev/snd/seq';

/** Loads RtMidi; never throws. A module that loads can still fail at `new RtMidiDriver`, where MIDI is missing. */
export function loadRtMidi(): { module: RtMidiFullModule } | { module: undefined; reason: string } {
  if (process.platform === 'linux' && !existsSync(SEQUENCER_DEVICE)) {
    // RtMidi would say so too, but on stderr.
    return { module: undefined, reason: `there is no ${SEQUENCER_DEVICE}` };
  }
  try {
    const module = require('@julusian/midi/lazy') as RtMidiFullModule & {
      verifyLibraryLoaded(): void;
    };
    module.verifyLibraryLoaded();
    return { module };
  } catch (error) {
    return { module: undefined, reason: reasonOf(error) };
  }
}

const SYSEX_START = 0xf0;
const SYSEX_END = 0xf7;
const FIRST_STATUS = 0x80;
const FIRST_REALTIME = 0xf8;

interface OpenOutput {
  name: string;
  output: RtMidiOutput;
  /** The pieces of a sysex that has not ended. */
  sysex: Buffer | undefined;
  sysexLength: number;
}

/**
 * Outputs through RtMidi: what there is on macOS and Windows, and where the addon is missing. It tells no errors and no
 * changes of ports (see `RtMidiPortWatch`), and its inputs need an event loop, so they live in another thread.
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
    this.names = new PortNames(() => new midi.Output());
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
    if (end > MAX_SYSEX_BYTES + 2) {
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
