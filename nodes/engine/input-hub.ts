import { ByteStream, type StreamFault } from '../music/byte-stream';
import type { Channel } from './channel';
import type { PortAddress } from './core/commands';
import { PortUnavailable, type PhasorError } from './errors';
import { copyMessage, InputField } from './shared/records';
import { RecordRing } from './shared/ring';

/** Told what arrived at a port, and when, in engine time. */
export type Received = (port: string, bytes: Uint8Array, timeMs: number) => void;

/** Who uses an input. */
export interface InputUser {
  /** One complete message; the bytes are a copy that all users of the input share. */
  received(bytes: Uint8Array, timeMs: number): void;
  opened?(): void;
  /** It could not be opened, and is given up. */
  refused?(error: PhasorError): void;
  /** Its port went away; it is closed. */
  lost?(): void;
  /** Bytes arrived that are no MIDI. */
  malformed?(fault: StreamFault): void;
}

/** A port that is open elsewhere than in the worker. Returns a function that closes it. */
export type ListenHere = (
  address: PortAddress,
  heard: (bytes: Uint8Array, timeMs: number) => void
) => () => void;

/** One port to which several listen. */
interface Input {
  readonly key: string;
  readonly address: PortAddress;
  readonly users: Set<InputUser>;
  readonly stream: ByteStream;
  isOpen: boolean;
  /** When the bytes arrived that the stream is given. */
  timeMs: number;
  /** Closes it where it is open in this thread. */
  closeHere: (() => void) | undefined;
}

/**
 * The inputs that are open, each with all who listen to it. A port is opened once however many do. What arrives is read
 * strictly: only whole messages are passed on.
 */
export class InputHub {
  /** Those who look at all that arrives, whatever the port. */
  readonly watchers = new Set<Received>();
  private readonly inputs: (Input | undefined)[] = [];

  constructor(
    private readonly channel: Channel,
    private readonly listenHere: (address: PortAddress) => ListenHere | undefined = () => undefined
  ) {}

  /** Hears what arrives at a port. Returns the number of the input and a function that ends it. */
  open(address: PortAddress, user: InputUser): { index: number; close: () => void } {
    const key = JSON.stringify(address);
    let index = this.inputs.findIndex((input) => input?.key === key);
    const isNew = index < 0;
    if (isNew) {
      index = this.inputs.indexOf(undefined);
      if (index < 0) index = this.inputs.length;
      this.inputs[index] = makeInput(key, address, this.watchers);
    }
    const input = this.inputs[index] as Input;
    input.users.add(user);
    if (isNew) this.request(index, input);
    else if (input.isOpen) user.opened?.();
    return { index, close: () => this.leave(index, input, user) };
  }

  /** Opens in a new core what was open in the old one. */
  reopen(): void {
    this.inputs.forEach((input, index) => {
      if (input === undefined) return;
      if (input.closeHere !== undefined) {
        // It goes on in this thread; what the new core is to do with it is said again.
        if (input.isOpen) this.opened(index);
        return;
      }
      input.isOpen = false;
      input.stream.reset();
      this.request(index, input);
    });
  }

  opened(index: number): void {
    const input = this.inputs[index];
    if (input === undefined) return;
    input.isOpen = true;
    for (const user of [...input.users]) user.opened?.();
  }

  /** @param reason what the worker said, or the error itself */
  refused(index: number, reason: string | PhasorError): void {
    const input = this.inputs[index];
    if (input === undefined) return;
    this.inputs[index] = undefined;
    const error = typeof reason === 'string' ? new PortUnavailable(input.address.name, reason) : reason;
    for (const user of [...input.users]) user.refused?.(error);
  }

  /** The worker closed inputs whose port went away. One that is not open yet is another, under the same number. */
  lost(indices: readonly number[]): void {
    for (const index of indices) {
      const input = this.inputs[index];
      if (input?.isOpen !== true || input.closeHere !== undefined) continue;
      this.inputs[index] = undefined;
      for (const user of [...input.users]) user.lost?.();
    }
  }

  /** Takes an input record. */
  take(index: number, ring: RecordRing, record: number): void {
    const input = this.inputs[index];
    if (input === undefined) return;
    const length = copyMessage(ring, record, scratch);
    input.timeMs = ring.doubles[RecordRing.double(record) + InputField.timeMs];
    if (ring.ints[RecordRing.int(record) + InputField.afterLoss] !== 0) input.stream.reset();
    input.stream.take(scratch, length);
  }

  private request(index: number, input: Input): void {
    const { address } = input;
    const listen = this.listenHere(address);
    if (listen === undefined) {
      this.channel.command({ op: 'openInput', input: index, address, label: address.name });
      return;
    }
    try {
      input.closeHere = listen(address, (bytes, timeMs) => {
        input.timeMs = timeMs;
        input.stream.take(bytes);
        this.channel.input(index, bytes, timeMs);
      });
    } catch (error) {
      // Not before the caller knows the number.
      setImmediate(() => this.refused(index, error as PhasorError));
      return;
    }
    setImmediate(() => this.inputs[index] === input && this.opened(index));
  }

  private leave(index: number, input: Input, user: InputUser): void {
    if (!input.users.delete(user) || input.users.size > 0 || this.inputs[index] !== input) return;
    this.inputs[index] = undefined;
    if (input.closeHere !== undefined) input.closeHere();
    else this.channel.command({ op: 'closeInput', input: index });
  }
}

const scratch = new Uint8Array(InputField.maxBytes);

function makeInput(key: string, address: PortAddress, watchers: ReadonlySet<Received>): Input {
  const input: Input = {
    key,
    address,
    users: new Set(),
    isOpen: false,
    timeMs: 0,
    closeHere: undefined,
    stream: new ByteStream({
      message: (bytes) => {
        for (const user of [...input.users]) user.received(bytes, input.timeMs);
        for (const received of watchers) received(address.name, bytes, input.timeMs);
      },
      malformed: (fault) => {
        for (const user of [...input.users]) user.malformed?.(fault);
      }
    })
  };
  return input;
}
