/** Controllers below the channel mode messages. */
const CONTROLLERS = 120;
const CHANNELS = 16;
/** Parameters (RPN and NRPN) that are remembered for a port; of more, those that were set first are forgotten. */
export const MAX_PARAMETERS = 256;

/** Marks what is known: a seven-bit value never has this bit. */
const KNOWN = 0x80;

const CONTROL_CHANGE = 0xb0;
const PROGRAM_CHANGE = 0xc0;
const [MODULATION, EXPRESSION, RESET_CONTROLLERS] = [1, 11, 121];
const [BANK_MSB, BANK_LSB] = [0, 32];
const [DATA_MSB, DATA_LSB, INCREMENT, DECREMENT] = [6, 38, 96, 97];
const [NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB] = [98, 99, 100, 101];

/** Pedals that hold notes: those who pressed them, and what they held, are gone. */
const HOLDING = [64, 66, 69];

/** What is no state of its own: parts of parameters, and pedals. */
const isPlain = new Uint8Array(128).fill(1, 0, CONTROLLERS);
for (const controller of [DATA_MSB, DATA_LSB, INCREMENT, DECREMENT, NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB])
  isPlain[controller] = 0;
for (const controller of HOLDING) isPlain[controller] = 0;

/** Bytes of a channel: its controllers; program with its bank; the parameter that is selected, and how. */
const Channel = {
  program: CONTROLLERS,
  programMsb: 121,
  programLsb: 122,
  high: 123,
  low: 124,
  kind: 125,
  bytes: 128
} as const;
/** How a parameter is selected. */
const [UNSELECTED, REGISTERED, OTHER] = [0, 1, 2];
/** Bytes of a parameter: channel (known or 0), kind, number, value, and whether the fine byte comes first. */
const Parameter = { channel: 0, kind: 1, high: 2, low: 3, msb: 4, lsb: 5, lsbFirst: 6, bytes: 8 } as const;

const PARAMETERS_AT = CHANNELS * Channel.bytes;
/** Which parameter is forgotten next; two bytes. */
const OLDEST_AT = PARAMETERS_AT + MAX_PARAMETERS * Parameter.bytes;

/** Bytes of memory that a patch takes. */
export const PATCH_BYTES = OLDEST_AT + 2;

/** The longest message of {@link Patch.write}: a parameter with its value. */
export const MAX_SETTING_BYTES = 12;

/** The first settings are the programs of the channels. */
export const PROGRAMS = CHANNELS;
const PARAMETERS_FROM = PROGRAMS + CHANNELS * CONTROLLERS;
const SELECTED_FROM = PARAMETERS_FROM + MAX_PARAMETERS;
/** Settings that a patch can have, in the order in which they are to be sent. */
export const SETTINGS = SELECTED_FROM + CHANNELS;

/**
 * What the instruments behind a port are set to, as far as it was sent there: on each channel program and bank,
 * the last value of each controller, and parameters (RPN, NRPN) as a whole. Not what is a gesture and no setting: bend,
 * pressure, pedals that hold notes. Lies in memory that outlives the worker; taking a message allocates nothing.
 */
export class Patch {
  private readonly bytes: Uint8Array;
  /** Per channel 1 where the last data byte of the selected parameter was the fine one. */
  private readonly sawLsb = new Uint8Array(CHANNELS);
  /** Per setting 1 where it was sent since this port was opened: it needs no repetition. */
  private readonly isFresh = new Uint8Array(SETTINGS);
  /** Where {@link write} puts a setting. */
  readonly message = new Uint8Array(MAX_SETTING_BYTES);

  /** @param memory PATCH_BYTES bytes; all zero knows of nothing */
  constructor(readonly memory: SharedArrayBuffer) {
    this.bytes = new Uint8Array(memory);
  }

  /** Takes note of a message that is sent, its bytes packed lowest first. */
  take(word: number): void {
    const channel = (word & 0xf) * Channel.bytes;
    const first = (word >> 8) & 0x7f;
    const status = word & 0xf0;
    if (status === CONTROL_CHANGE) this.takeControl(channel, first, (word >> 16) & 0x7f);
    else if (status === PROGRAM_CHANGE) {
      const { bytes } = this;
      bytes[channel + Channel.program] = first | KNOWN;
      bytes[channel + Channel.programMsb] = bytes[channel + BANK_MSB];
      bytes[channel + Channel.programLsb] = bytes[channel + BANK_LSB];
    }
  }

  /**
   * Writes one setting as a complete message, or several, to {@link message}.
   * @param setting its number, 0 to SETTINGS - 1
   * @returns bytes written; 0 where it is not known, or was sent anew
   */
  write(setting: number): number {
    if (this.isFresh[setting] !== 0) return 0;
    if (setting < PROGRAMS) return this.writeProgram(setting);
    if (setting < PARAMETERS_FROM) return this.writeController(setting - PROGRAMS);
    if (setting < SELECTED_FROM) return this.writeParameter(setting - PARAMETERS_FROM);
    return this.writeSelection(setting - SELECTED_FROM);
  }

  private takeControl(channel: number, controller: number, value: number): void {
    const { bytes } = this;
    if (isPlain[controller] !== 0) {
      bytes[channel + controller] = value | KNOWN;
      this.isFresh[PROGRAMS + (channel / Channel.bytes) * CONTROLLERS + controller] = 1;
      return;
    }
    switch (controller) {
      case NRPN_MSB:
      case RPN_MSB:
        return this.select(channel, controller === RPN_MSB ? REGISTERED : OTHER, Channel.high, value);
      case NRPN_LSB:
      case RPN_LSB:
        return this.select(channel, controller === RPN_LSB ? REGISTERED : OTHER, Channel.low, value);
      case DATA_MSB:
        return this.setParameter(channel, Parameter.msb, value | KNOWN);
      case DATA_LSB:
        return this.setParameter(channel, Parameter.lsb, value | KNOWN);
      case INCREMENT:
      case DECREMENT:
        return this.forgetParameter(channel);
      case RESET_CONTROLLERS:
        bytes[channel + MODULATION] = bytes[channel + EXPRESSION] = 0;
        bytes[channel + Channel.kind] = UNSELECTED;
    }
  }

  private select(channel: number, kind: number, part: number, value: number): void {
    const { bytes } = this;
    if (bytes[channel + Channel.kind] !== kind)
      bytes[channel + Channel.high] = bytes[channel + Channel.low] = 0;
    bytes[channel + Channel.kind] = kind;
    bytes[channel + part] = value | KNOWN;
    this.sawLsb[channel / Channel.bytes] = 0;
  }

  /** Whether both halves of a parameter's number are known, and it is one: 127 127 stands for none. */
  private isSelected(channel: number): boolean {
    const high = this.bytes[channel + Channel.high];
    const low = this.bytes[channel + Channel.low];
    return (
      this.bytes[channel + Channel.kind] !== UNSELECTED && high !== 0 && low !== 0 && (high & low) !== 0xff
    );
  }

  private setParameter(channel: number, part: number, value: number): void {
    if (!this.isSelected(channel)) return;
    const { bytes, sawLsb } = this;
    const number = channel / Channel.bytes;
    let at = this.find(channel);
    if (at < 0) {
      const oldest = bytes[OLDEST_AT] | (bytes[OLDEST_AT + 1] << 8);
      at = PARAMETERS_AT + oldest * Parameter.bytes;
      const next = (oldest + 1) % MAX_PARAMETERS;
      bytes[OLDEST_AT] = next & 0xff;
      bytes[OLDEST_AT + 1] = next >> 8;
      // Void until it is whole: the worker may end in between.
      bytes[at + Parameter.channel] = bytes[at + Parameter.msb] = bytes[at + Parameter.lsb] = 0;
      bytes[at + Parameter.kind] = bytes[channel + Channel.kind];
      bytes[at + Parameter.high] = bytes[channel + Channel.high];
      bytes[at + Parameter.low] = bytes[channel + Channel.low];
      bytes[at + Parameter.channel] = number | KNOWN;
    }
    bytes[at + part] = value;
    this.isFresh[PARAMETERS_FROM + (at - PARAMETERS_AT) / Parameter.bytes] = 1;
    if (part === Parameter.msb) bytes[at + Parameter.lsbFirst] = sawLsb[number];
    sawLsb[number] = part === Parameter.lsb ? 1 : 0;
  }

  /** By how much it changes only the instrument knows. */
  private forgetParameter(channel: number): void {
    const at = this.isSelected(channel) ? this.find(channel) : -1;
    if (at >= 0) this.bytes[at + Parameter.msb] = this.bytes[at + Parameter.lsb] = 0;
  }

  /** Where the parameter stands that is selected on a channel, or -1. */
  private find(channel: number): number {
    const { bytes } = this;
    const number = (channel / Channel.bytes) | KNOWN;
    for (let at = PARAMETERS_AT; at < OLDEST_AT; at += Parameter.bytes) {
      if (
        bytes[at + Parameter.channel] === number &&
        bytes[at + Parameter.kind] === bytes[channel + Channel.kind] &&
        bytes[at + Parameter.high] === bytes[channel + Channel.high] &&
        bytes[at + Parameter.low] === bytes[channel + Channel.low]
      ) {
        return at;
      }
    }
    return -1;
  }

  // ---- writing -----------------------------------------------------------------------------------------------

  private writeProgram(channel: number): number {
    const { bytes, message } = this;
    const from = channel * Channel.bytes;
    if (bytes[from + Channel.program] === 0) return 0;
    let length = this.put(0, channel, BANK_MSB, bytes[from + Channel.programMsb]);
    length = this.put(length, channel, BANK_LSB, bytes[from + Channel.programLsb]);
    message[length] = PROGRAM_CHANGE | channel;
    message[length + 1] = bytes[from + Channel.program] & 0x7f;
    return length + 2;
  }

  private writeController(index: number): number {
    const { bytes } = this;
    const channel = Math.floor(index / CONTROLLERS);
    const controller = index % CONTROLLERS;
    const from = channel * Channel.bytes;
    const value = bytes[from + controller];
    // A bank goes with its program; it is sent again only where another is chosen for the next.
    if (controller === BANK_MSB && value === bytes[from + Channel.programMsb]) return 0;
    if (controller === BANK_LSB && value === bytes[from + Channel.programLsb]) return 0;
    return this.put(0, channel, controller, value);
  }

  private writeParameter(index: number): number {
    const { bytes } = this;
    const at = PARAMETERS_AT + index * Parameter.bytes;
    const msb = bytes[at + Parameter.msb];
    const lsb = bytes[at + Parameter.lsb];
    if (bytes[at + Parameter.channel] === 0 || (msb | lsb) === 0) return 0;
    const channel = bytes[at + Parameter.channel] & 0xf;
    const [high, low] = [bytes[at + Parameter.high], bytes[at + Parameter.low]];
    const length = this.putSelection(channel, bytes[at + Parameter.kind], high, low);
    if (bytes[at + Parameter.lsbFirst] !== 0)
      return this.put(this.put(length, channel, DATA_LSB, lsb), channel, DATA_MSB, msb);
    return this.put(this.put(length, channel, DATA_MSB, msb), channel, DATA_LSB, lsb);
  }

  /** After parameters: selects again what was, or none, so that a stray data byte changes nothing. */
  private writeSelection(channel: number): number {
    const { bytes } = this;
    let any = false;
    for (let at = PARAMETERS_AT; at < OLDEST_AT; at += Parameter.bytes)
      any ||=
        bytes[at + Parameter.channel] === (channel | KNOWN) &&
        (bytes[at + Parameter.msb] | bytes[at + Parameter.lsb]) !== 0;
    if (!any) return 0;
    const from = channel * Channel.bytes;
    if (!this.isSelected(from)) return this.putSelection(channel, REGISTERED, 127, 127);
    const [high, low] = [bytes[from + Channel.high], bytes[from + Channel.low]];
    return this.putSelection(channel, bytes[from + Channel.kind], high, low);
  }

  private putSelection(channel: number, kind: number, high: number, low: number): number {
    const registered = kind === REGISTERED;
    const length = this.put(0, channel, registered ? RPN_MSB : NRPN_MSB, high | KNOWN);
    return this.put(length, channel, registered ? RPN_LSB : NRPN_LSB, low | KNOWN);
  }

  /** Adds a controller where its value is known. Returns the length of what is written then. */
  private put(length: number, channel: number, controller: number, value: number): number {
    if (value === 0) return length;
    this.message[length] = CONTROL_CHANGE | channel;
    this.message[length + 1] = controller;
    this.message[length + 2] = value & 0x7f;
    return length + 3;
  }
}
