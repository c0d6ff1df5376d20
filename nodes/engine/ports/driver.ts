import type { PhasorError } from '../../music/errors';

export type Direction = 'in' | 'out';

/** A MIDI port that a driver can open. */
export interface PortInfo {
  /** Stable name: what stays the same when the device is plugged in again. Never holds client or port numbers. */
  name: string;
  direction: Direction;
  /** What stands behind it: a real device, another program, the kernel's "Through", or this process. */
  kind: 'hardware' | 'software' | 'through' | 'loopback';
}

/** What a driver can do; the contract test and the status texts are graded by it. */
export interface DriverCapabilities {
  /** `send` reports a port that is gone or a reader that is full. */
  reportsSendErrors: boolean;
  /** Ports that come and go are announced; otherwise somebody has to poll `list`. */
  announcesPorts: boolean;
  /** Input carries the time of its arrival in the kernel, not of its reading. */
  stampsInput: boolean;
  /** Other programs see our ports under our own names. */
  namesPorts: boolean;
  receives: boolean;
  virtualPorts: boolean;
}

/** What a driver tells the loop while it polls. Calls must not allocate; `bytes` is valid during the call only. */
export interface DriverSink {
  /** One complete message, or one piece of a sysex, that arrived at an opened port. */
  receive(handle: number, timeMs: number, bytes: Uint8Array, length: number): void;
  /** Something that arrived was lost, because it was not read in time; which port it arrived at is not known. */
  inputLost(): void;
  /**
   * The port behind an open handle went away, and may be back under its name already: nothing arrives or leaves through
   * the handle any more. Told before the change of ports that it belongs to; the handle is still to be closed.
   */
  gone(handle: number): void;
  /** The set of ports changed: `list` gives the new one. */
  portsChanged(): void;
}

/** Result of `send`: zero is success; the others say why nothing went out. */
export const SendResult = { ok: 0, gone: -1, full: -2, refused: -3 } as const;

/**
 * Seam between the engine and MIDI. A driver lives in the worker and is used by its one loop only; no call
 * blocks for longer than a system call does, and only `list`, `open` and `close` may allocate.
 */
export interface MidiDriver {
  readonly name: 'alsa' | 'rtmidi' | 'loopback';
  readonly can: Readonly<DriverCapabilities>;
  /** All ports there are now, except the engine's own. */
  list(): PortInfo[];
  /**
   * Opens a port and returns a small non-negative handle. A port can be opened once per direction.
   * @param name the stable name; twins are told apart by ` #2`, ` #3` … behind it, and keep that while they are open
   * @param label what others see as the name of our end, where the driver names ports
   * @throws PortNotFound, PortUnavailable (see errors.ts)
   */
  open(name: string, direction: Direction, label: string): number;
  /** Creates a port of ours that other programs connect to; throws where `can.virtualPorts` is false. */
  openVirtual(label: string, direction: Direction): number;
  close(handle: number): void;
  /**
   * Sends one complete MIDI message, the first `length` of `bytes`. Never throws, never blocks, never retries.
   * A sysex may come in pieces, one call each, with only realtime messages in between.
   */
  send(handle: number, bytes: Uint8Array, length: number): number;
  /** Hands over what has arrived. Called once per turn of the loop. */
  poll(sink: DriverSink): void;
  /** Closes everything. The driver is not used afterwards. */
  dispose(): void;
}

/** Why a driver could not be had; kept for the status and the start-up report. */
export interface DriverRefusal {
  driver: MidiDriver['name'];
  error: PhasorError | Error;
}
