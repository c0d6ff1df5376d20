import type { MusicEvent } from '../event';
import type { Parameter } from './model';
import { readingOf, type Profile, type Reading } from './profile';

/** A parameter that was turned at a device. */
export interface Received extends Reading {
  parameter: Parameter;
  /** 1–16, or undefined where the event had none. */
  channel: number | undefined;
}

const DATA_HIGH = 6;
const DATA_LOW = 38;
const NRPN_LOW = 98;
const NRPN_HIGH = 99;
const RPN_LOW = 100;
const RPN_HIGH = 101;
/** Number of "no parameter" (MIDI 1.0): what follows is for nobody. */
const NONE = 16383;

/** What is known of a channel: the parameter that data entry goes to, and halves of values. */
class ChannelState {
  kind: 'nrpn' | 'rpn' = 'nrpn';
  high = 127;
  low = 127;
  dataLow = 0;
  dataHigh = 0;
  /** Last value of each controller. */
  readonly controllers = new Map<number, number>();
}

/**
 * Turns controllers, NRPN and RPN that arrive from a device into parameters: single control changes as MIDI inputs
 * report them, and whole events. One for each profile in use.
 */
export class Receiver {
  private readonly byController = new Map<number, { parameter: Parameter; part: 'whole' | 'high' | 'low' }>();
  private readonly byNumber = new Map<string, Parameter>();
  private readonly channels = new Map<number, ChannelState>();

  constructor(profile: Profile) {
    for (const parameter of profile.parameters) {
      const { address } = parameter;
      if (address.kind === 'cc') {
        this.byController.set(address.controller, { parameter, part: 'whole' });
      } else if (address.kind === 'cc14') {
        this.byController.set(address.controller, { parameter, part: 'high' });
        this.byController.set(address.low, { parameter, part: 'low' });
      } else {
        this.byNumber.set(`${address.kind} ${address.parameter}`, parameter);
      }
    }
  }

  /** The parameter and its value that an event means; undefined where it means none (yet). */
  take(event: MusicEvent): Received | undefined {
    switch (event.type) {
      case 'cc':
        return this.takeController(event.controller, event.value, event.channel);
      case 'cc14':
        this.stateOf(event.channel).controllers.set(event.controller + 32, event.value & 127);
        return this.takeController(event.controller, event.value >> 7, event.channel);
      case 'nrpn':
      case 'rpn':
        return this.takeNumbered(event.type, event.parameter, event.value, event.channel);
      default:
        return undefined;
    }
  }

  private takeController(
    controller: number,
    value: number,
    channel: number | undefined
  ): Received | undefined {
    const state = this.stateOf(channel);
    if (controller === DATA_HIGH || controller === DATA_LOW) return this.takeData(controller, value, channel);
    if (controller >= NRPN_LOW && controller <= RPN_HIGH) {
      state.kind = controller <= NRPN_HIGH ? 'nrpn' : 'rpn';
      if (controller === NRPN_HIGH || controller === RPN_HIGH) state.high = value;
      if (controller === NRPN_LOW || controller === RPN_LOW) state.low = value;
      state.dataHigh = state.dataLow = 0;
      return undefined;
    }
    const found = this.byController.get(controller);
    if (found === undefined) return undefined;
    const { parameter, part } = found;
    if (part === 'whole') return { parameter, channel, ...readingOf(parameter, value) };
    state.controllers.set(controller, value);
    return { parameter, channel, ...readingOf(parameter, this.pairOf(parameter, state)) };
  }

  /** The value of a pair. Where only the high byte ever came, the low one repeats it, so that 127 is all. */
  private pairOf({ address }: Parameter, { controllers }: ChannelState): number {
    if (address.kind !== 'cc14') return 0;
    const high = controllers.get(address.controller) ?? 0;
    const low = controllers.get(address.low) ?? high;
    return high * 128 + low;
  }

  private takeData(controller: number, value: number, channel: number | undefined): Received | undefined {
    const state = this.stateOf(channel);
    if (controller === DATA_HIGH) state.dataHigh = value;
    else state.dataLow = value;
    const number = state.high * 128 + state.low;
    const order = this.orderOf(state.kind, number);
    // With the low byte first, the high one completes the value.
    if (number === NONE || order === undefined || (order === 'lsbFirst' && controller === DATA_LOW)) {
      return undefined;
    }
    if (order === 'msbFirst' && controller === DATA_HIGH) state.dataLow = 0;
    return this.takeNumbered(state.kind, number, state.dataHigh * 128 + state.dataLow, channel);
  }

  private orderOf(kind: 'nrpn' | 'rpn', number: number): string | undefined {
    const address = this.byNumber.get(`${kind} ${number}`)?.address;
    return address !== undefined && 'order' in address ? address.order : undefined;
  }

  private takeNumbered(
    kind: 'nrpn' | 'rpn',
    number: number,
    value: number,
    channel: number | undefined
  ): Received | undefined {
    const parameter = this.byNumber.get(`${kind} ${number}`);
    if (parameter === undefined) return undefined;
    const bits = 'bits' in parameter.address ? parameter.address.bits : 14;
    return { parameter, channel, ...readingOf(parameter, bits === 7 ? value >> 7 : value) };
  }

  private stateOf(channel = 0): ChannelState {
    let state = this.channels.get(channel);
    if (state === undefined) this.channels.set(channel, (state = new ChannelState()));
    return state;
  }
}
