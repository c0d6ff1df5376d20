import { PortNotFound, PortUnavailable } from '../errors';
import { DeltaStamps } from './delta-stamps';
import type { PortInfo } from './driver';
import { PortNames, reasonOf, type RtMidiPorts } from './rtmidi-names';

/** The part of `Input` of @julusian/midi that is used here. */
export interface RtMidiInput extends RtMidiPorts {
  ignoreTypes(sysex: boolean, timing: boolean, activeSensing: boolean): void;
  openPort(index: number): void;
  openVirtualPort(name: string): void;
  closePort(): void;
  on(event: 'messageBuffer', heard: (deltaSeconds: number, message: Uint8Array) => void): unknown;
  removeAllListeners(): unknown;
}

/** Hears what arrives: one message as RtMidi cuts them, when it arrived. */
export type RtMidiHeard = (bytes: Uint8Array, timeMs: number) => void;

/**
 * Inputs through RtMidi. Its callbacks need an event loop, so they live in the main thread: what is stamped is right,
 * what is passed on is as late as that thread is busy.
 */
export class RtMidiInputs {
  private readonly names: PortNames;
  private readonly open = new Set<string>();

  /**
   * @param failed told what a listener throws
   * @throws PortUnavailable
   */
  constructor(
    private readonly midi: { Input: new () => RtMidiInput },
    private readonly now: () => number,
    private readonly failed: (error: Error) => void
  ) {
    this.names = new PortNames(() => new midi.Input());
  }

  list(): PortInfo[] {
    return this.names.ports().map(({ name, kind }) => ({ name, direction: 'in', kind }));
  }

  /**
   * Opens a port, or makes one of that name where `virtual`. Returns a function that closes it.
   * @throws PortNotFound, PortUnavailable
   */
  listen(name: string, virtual: boolean, heard: RtMidiHeard): () => void {
    if (this.open.has(name)) throw new PortUnavailable(name, 'it is open already');
    const index = virtual ? 0 : this.names.indexOf(name);
    if (index < 0) throw new PortNotFound(name, this.names.read());
    let input: RtMidiInput | undefined;
    try {
      input = new this.midi.Input();
      input.ignoreTypes(false, false, false);
      this.attach(input, heard);
      if (virtual) input.openVirtualPort(name);
      else input.openPort(index);
    } catch (error) {
      input?.destroy();
      throw new PortUnavailable(name, reasonOf(error));
    }
    this.open.add(name);
    const opened = input;
    return () => {
      if (!this.open.delete(name)) return;
      opened.removeAllListeners();
      opened.destroy();
    };
  }

  dispose(): void {
    this.names.dispose();
  }

  private attach(input: RtMidiInput, heard: RtMidiHeard): void {
    const stamps = new DeltaStamps();
    input.on('messageBuffer', (deltaSeconds, message) => {
      // What is thrown into RtMidi ends the process.
      try {
        heard(message, stamps.stamp(deltaSeconds * 1000, this.now()));
      } catch (error) {
        this.failed(error as Error);
      }
    });
  }
}
