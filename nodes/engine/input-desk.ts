import type { Channel } from './channel';
import type { PortAddress } from './core/commands';
import type { FollowConfig } from './core/follow/following';
import type { PhasorError } from './errors';
import { FollowHandle } from './follow-handle';
import type { Grace } from './grace';
import { InputHandle, type InputConfig, type InputListener } from './input-handle';
import { InputHub, type InputUser, type ListenHere } from './input-hub';
import type { OutputHandle } from './output-handle';
import type { PortInfo } from './ports/driver';
import type { RtMidiInputs } from './ports/rtmidi-input';
import { sourceNumber } from './shared/records';
import type { TransportHandle } from './transport-handle';
import { ThruHandle, type ThruListener, type ThruSettings } from './thru-handle';

/** The inputs of devices by the ids of their nodes, and the ports that are open for them. */
export class InputDesk {
  readonly hub: InputHub;
  private readonly handles = new Map<string, InputHandle>();
  private readonly follows = new Map<string, FollowHandle>();
  private readonly thrus = new Map<string, ThruHandle>();
  /** Set where inputs live in this thread. */
  private here: RtMidiInputs | undefined;

  /**
   * @param ports all that are there now
   * @param outputLeft told of an output that a route plays to no more
   */
  constructor(
    private readonly channel: Channel,
    private readonly grace: Grace,
    private readonly ports: () => readonly PortInfo[],
    private readonly isReady: () => boolean,
    private readonly outputLeft: (output: OutputHandle) => void
  ) {
    const listenHere = ({ driver }: PortAddress): ListenHere | undefined => {
      const { here } = this;
      if (here === undefined || driver !== 'hardware') return undefined;
      return ({ name, virtual }, heard) => here.listen(name, virtual, heard);
    };
    this.hub = new InputHub(channel, listenHere);
  }

  /** From now on hardware is listened to in this thread. */
  listenHere(inputs: RtMidiInputs): void {
    this.here = inputs;
  }

  /** What this thread can listen to. */
  list(): PortInfo[] {
    return this.here?.list() ?? [];
  }

  /** Listens to a port without a device. */
  tap(address: PortAddress, user: InputUser): () => void {
    return this.hub.open(address, user).close;
  }

  /** See `Engine.openInput`. */
  open(id: string, config: InputConfig, listener: InputListener): InputHandle {
    this.grace.keep(key(id));
    let input = this.handles.get(id);
    if (input === undefined) {
      input = new InputHandle(id, config, { hub: this.hub, ports: this.ports });
      this.handles.set(id, input);
      input.attach(listener);
      if (this.isReady()) input.findPort();
    } else {
      input.attach(listener);
      input.configure(config);
    }
    return input;
  }

  /** @param removed whether the node is gone for good; otherwise it has a while to come back */
  close(id: string, listener: InputListener, removed: boolean): void {
    const input = this.handles.get(id);
    if (input === undefined) return;
    input.detach(listener);
    this.settle(input, removed);
  }

  /** Lets an input go where nobody listens: neither a node nor a clock that follows nor a route. */
  private settle(input: InputHandle, removed: boolean): void {
    const { id } = input;
    if (input.hasListeners || this.handles.get(id) !== input) return;
    this.grace.leave(key(id), removed, () => {
      this.handles.delete(id);
      input.close();
    });
  }

  /** See `Engine.openThru`. */
  openThru(
    id: string,
    input: InputHandle,
    output: OutputHandle,
    settings: ThruSettings,
    told: ThruListener
  ): ThruHandle {
    this.grace.keep(thruKey(id));
    const known = this.thrus.get(id);
    if (known?.equals(input, output, settings)) {
      known.told = told;
      return known;
    }
    known?.end();
    const thru = new ThruHandle(id, input, output, settings, this.channel, told);
    this.thrus.set(id, thru);
    if (known !== undefined) this.thruEnded(known);
    return thru;
  }

  /** @param removed whether it is gone for good; otherwise it has a while to come back */
  closeThru(id: string, removed: boolean): void {
    this.grace.leave(thruKey(id), removed, () => {
      const thru = this.thrus.get(id);
      if (thru === undefined) return;
      this.thrus.delete(id);
      thru.end();
      this.thruEnded(thru);
    });
  }

  private thruEnded({ input, output }: ThruHandle): void {
    this.settle(input, false);
    this.outputLeft(output);
  }

  /** See `Engine.follow`. */
  follow(transport: TransportHandle, input: InputHandle | undefined, config: FollowConfig): void {
    const known = this.follows.get(transport.id);
    if (known !== undefined && known.input === input && known.transport === transport)
      return known.configure(config);
    known?.end();
    this.follows.delete(transport.id);
    if (input !== undefined)
      this.follows.set(transport.id, new FollowHandle(transport, input, config, this.channel));
    if (known !== undefined) this.settle(known.input, false);
  }

  /** The worker noticed that a route plays to itself. */
  looped(source: number): void {
    for (const thru of this.thrus.values()) if (sourceNumber(thru.id) === source) thru.looped();
  }

  portsChanged(): void {
    for (const input of this.handles.values()) input.portsChanged();
  }

  replugged(): void {
    for (const input of this.handles.values()) input.replugged();
  }

  fail(error: PhasorError): void {
    for (const input of this.handles.values()) input.fail(error);
  }

  dispose(): void {
    for (const input of this.handles.values()) input.close();
    this.here?.dispose();
  }
}

/** A device has an output by its id, and an input. */
function key(id: string): string {
  return `input ${id}`;
}

function thruKey(id: string): string {
  return `thru ${id}`;
}
