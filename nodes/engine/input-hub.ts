import type { Channel } from './channel';
import type { PortAddress } from './core/commands';
import { InputField } from './shared/records';
import { RecordRing } from './shared/ring';

type Heard = (bytes: Uint8Array, timeMs: number) => void;

interface Input {
  heard: Set<Heard>;
  address: PortAddress;
  key: string;
  /** Sysex that arrives in several records. */
  parts: number[];
}

const SYSEX_START = 0xf0;
const SYSEX_END = 0xf7;

/** A sysex that does not end is given up beyond this. */
const MAX_JOINED_BYTES = 65_536;

/** The inputs that are open in the worker, each with all who listen to it. */
export class InputHub {
  private readonly inputs: (Input | undefined)[] = [];

  constructor(private readonly channel: Channel) {}

  /** Hears what arrives at a port; the bytes are a fresh copy. Returns a function that ends it. */
  open(address: PortAddress, heard: Heard): () => void {
    const key = JSON.stringify(address);
    let index = this.inputs.findIndex((input) => input?.key === key);
    if (index < 0) {
      index = this.inputs.indexOf(undefined);
      if (index < 0) index = this.inputs.length;
      this.inputs[index] = { heard: new Set(), address, key, parts: [] };
      this.request(index, address);
    }
    const input = this.inputs[index] as Input;
    input.heard.add(heard);
    return () => {
      if (!input.heard.delete(heard) || input.heard.size > 0) return;
      this.inputs[index] = undefined;
      this.channel.command({ op: 'closeInput', input: index });
    };
  }

  /** Opens in a new core what was open in the old one. */
  reopen(): void {
    this.inputs.forEach((input, index) => input && this.request(index, input.address));
  }

  private request(index: number, address: PortAddress): void {
    this.channel.command({ op: 'openInput', input: index, address, label: address.name });
  }

  /** Takes an input record. */
  take(index: number, ring: RecordRing, record: number): void {
    const input = this.inputs[index];
    if (input === undefined) return;
    const double = RecordRing.double(record);
    const timeMs = ring.doubles[double + InputField.timeMs];
    const length = ring.ints[RecordRing.int(record) + InputField.length];
    const bytes = new Uint8Array(length);
    const words = (double + InputField.bytes) * 2;
    for (let at = 0; at < length; at++) bytes[at] = (ring.ints[words + (at >> 2)] >> ((at & 3) * 8)) & 0xff;
    const whole = join(input, bytes);
    if (whole !== undefined) for (const heard of [...input.heard]) heard(whole, timeMs);
  }
}

function join(input: Input, bytes: Uint8Array): Uint8Array | undefined {
  const ended = bytes[bytes.length - 1] === SYSEX_END;
  if (input.parts.length === 0 && (bytes[0] !== SYSEX_START || ended)) return bytes;
  input.parts.push(...bytes);
  if (!ended && input.parts.length < MAX_JOINED_BYTES) return undefined;
  const whole = Uint8Array.from(input.parts);
  input.parts = [];
  return ended ? whole : undefined;
}
