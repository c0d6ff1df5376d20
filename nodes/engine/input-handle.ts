import type { StreamFault } from '../music/byte-stream';
import type { PortAddress } from './core/commands';
import { PortDisconnected, PortNotFound, type PhasorError } from './errors';
import type { InputHub, InputUser } from './input-hub';
import { resolveInput, type PortSpec } from './port-spec';
import type { PortInfo } from './ports/driver';
import { Backoff } from './backoff';

/** How an input stands with its port. */
export type InputStatus =
  | { state: 'opening' }
  | { state: 'open'; port: string; kind: PortInfo['kind'] }
  | { state: 'missing'; error: PhasorError };

export interface InputListener {
  inputChanged(status: InputStatus): void;
  /** One complete message with its status byte, and when it arrived in engine time. The bytes are a shared copy. */
  received?(bytes: Uint8Array, timeMs: number): void;
  /** Bytes arrived that are no MIDI; they were not passed on. */
  malformed?(fault: StreamFault): void;
}

/** What a device sets for its input. */
export interface InputConfig {
  name: string;
  spec: PortSpec;
  /** Name of the output port of the same device: 'auto' takes the input of that name, where there is one. */
  beside: string;
}

/** What an input asks of the engine around it. */
export interface InputHost {
  hub: InputHub;
  ports(): readonly PortInfo[];
}

/**
 * The way from a port to the nodes of a device, which share it. It finds its port by name whenever ports change, tries
 * again where a port refuses, and outlives a deploy.
 */
export class InputHandle {
  status: InputStatus = { state: 'opening' };
  /** Number in the worker while a port is open or being opened; undefined otherwise. */
  index: number | undefined;
  /** Bytes that were no MIDI, by the row, since the input was made. */
  malformed = 0;
  private address: PortAddress | undefined;
  private close_: (() => void) | undefined;
  private readonly listeners = new Set<InputListener>();
  private readonly backoff = new Backoff(() => this.findPort());

  constructor(
    readonly id: string,
    private config: InputConfig,
    private readonly host: InputHost
  ) {}

  get name(): string {
    return this.config.name;
  }

  /** The port that is open, or being opened. */
  get port(): PortAddress | undefined {
    return this.address;
  }

  get hasListeners(): boolean {
    return this.listeners.size > 0;
  }

  attach(listener: InputListener): void {
    this.listeners.add(listener);
  }

  detach(listener: InputListener): void {
    this.listeners.delete(listener);
  }

  configure(config: InputConfig): void {
    const moved =
      JSON.stringify([config.spec, config.beside]) !== JSON.stringify([this.config.spec, this.config.beside]);
    this.config = config;
    if (!moved) return;
    this.close();
    this.findPort();
  }

  /** Opens the port that the spec names, if it is there now and not open already. */
  findPort(): void {
    if (this.address !== undefined) return;
    this.backoff.stop();
    const { spec } = this.config;
    const ports = this.host.ports();
    const found = this.resolve();
    if (found === undefined) {
      // A port that was here is gone until it is back, and not unknown.
      if (this.status.state === 'missing' && this.status.error instanceof PortDisconnected) return;
      const names = ports.filter(({ direction, kind }) => direction === 'in' && kind !== 'loopback');
      const wanted = spec.port || `${spec.mode} input`;
      return this.become({
        state: 'missing',
        error: new PortNotFound(
          wanted,
          names.map(({ name }) => name)
        )
      });
    }
    this.address = found;
    const { index, close } = this.host.hub.open(found, this.user(found));
    this.index = index;
    this.close_ = close;
  }

  /** The list of ports is another one: the port may have come, gone, or been beaten by a better one. */
  portsChanged(): void {
    const { address } = this;
    if (address === undefined) return this.findPort();
    if (address.driver !== 'hardware' || address.virtual) return;
    const isThere = this.host.ports().some(isThe(address.name));
    const better = this.config.spec.mode === 'auto' && isThere ? this.resolve() : undefined;
    if (isThere && (better === undefined || better.name === address.name)) return;
    if (!isThere) this.lost();
    else this.close();
    if (this.resolve() !== undefined) this.findPort();
  }

  /** The port was away and is back under the same name: what was open is dead. */
  replugged(): void {
    const { address } = this;
    if (address?.driver !== 'hardware' || address.virtual) return;
    this.lost();
    this.findPort();
  }

  close(): void {
    this.letGo();
    this.become({ state: 'opening' });
  }

  /** There is no core any more. */
  fail(error: PhasorError): void {
    this.letGo();
    this.become({ state: 'missing', error });
  }

  private resolve(): PortAddress | undefined {
    return resolveInput(this.config.spec, this.host.ports(), this.config.beside);
  }

  private lost(): void {
    const name = this.address?.name ?? this.name;
    this.letGo();
    this.become({ state: 'missing', error: new PortDisconnected(name) });
  }

  private letGo(): void {
    this.backoff.stop();
    this.close_?.();
    this.close_ = undefined;
    this.address = undefined;
    this.index = undefined;
  }

  private user(address: PortAddress): InputUser {
    return {
      received: (bytes, timeMs) => {
        for (const listener of [...this.listeners]) listener.received?.(bytes, timeMs);
      },
      opened: () => {
        if (this.address !== address) return;
        this.backoff.reset();
        const { name, driver } = address;
        const kind = this.host.ports().find(isThe(name))?.kind;
        this.become({
          state: 'open',
          port: name,
          kind: kind ?? (driver === 'loopback' ? 'loopback' : 'software')
        });
      },
      refused: (error) => {
        if (this.address !== address) return;
        this.letGo();
        this.become({ state: 'missing', error });
        this.backoff.later();
      },
      lost: () => {
        if (this.address === address) this.lost();
      },
      malformed: (fault) => {
        this.malformed++;
        for (const listener of [...this.listeners]) listener.malformed?.(fault);
      }
    };
  }

  private become(status: InputStatus): void {
    this.status = status;
    for (const listener of [...this.listeners]) listener.inputChanged(status);
  }
}

function isThe(portName: string): (port: PortInfo) => boolean {
  return ({ name, direction }) => direction === 'in' && name === portName;
}
