import type { ControlChangeEvent, MusicEvent, ParameterEvent } from '../event';
import { MAX_STREAMS } from './thinner';
import { streamOf } from './key';

const [DATA_MSB, DATA_LSB, INCREMENT, DECREMENT] = [6, 38, 96, 97];
/** 127/127 chooses no parameter. */
const NO_NUMBER = 127;

/** The controllers that choose a parameter: of which kind, and whether its high seven bits. */
const NUMBERS: ReadonlyMap<number, { type: Kind; half: Half }> = new Map([
  [98, { type: 'nrpn', half: 'low' }],
  [99, { type: 'nrpn', half: 'high' }],
  [100, { type: 'rpn', half: 'low' }],
  [101, { type: 'rpn', half: 'high' }]
]);

type Kind = ParameterEvent['type'];
type Half = 'high' | 'low';

/** Events that stay together, and what they are a stream of: undefined where every one of them counts. */
export interface Unit<E> {
  events: MusicEvent[];
  /** The last that was taken of it. */
  item: E;
  stream: string | undefined;
  /**
   * Of control changes that set a parameter: whether it begins a value, adds the other half to the one that it follows,
   * or moves the value by a step, for which whatever waits has to be there before.
   */
  role?: 'begins' | 'completes' | 'steps';
}

/** What is known of a channel. */
interface Channel {
  kind: Kind | undefined;
  /** The numbers that were chosen, of each kind, in the order in which they came. */
  readonly chosen: Record<Kind, ControlChangeEvent[]>;
  /** Controllers of the value that is being set. */
  readonly value: Set<number>;
}

/**
 * Reads control changes that choose a parameter (99 and 98, or 101 and 100) and set it (6 and 38, or one of them), however
 * many messages they come in. Numbers wait for their data; whatever sets a value goes on as one unit with the numbers
 * before it, so that units may be delayed, dropped and mixed, and none sets what it is not meant to. A unit has all that is
 * known of the value, in the order in which it came, so that none before it is needed.
 */
export class ParameterReader {
  private readonly channels = new Map<number, Channel>();
  /** The last data of each parameter, in the order in which they came. */
  private readonly data = new Map<string, ControlChangeEvent[]>();

  /**
   * Divides events that came together into units; every event that is no part of a parameter is its own.
   * @param channel 1–16, for events that name none
   */
  unitsOf<E>(items: readonly E[], eventOf: (item: E) => MusicEvent, channel: number): Unit<E>[] {
    const units: Unit<E>[] = [];
    for (const item of items) {
      const event = eventOf(item);
      const on = ('channel' in event ? event.channel : undefined) ?? channel;
      if (event.type === 'nrpn' || event.type === 'rpn') this.set(on, event);
      const unit = event.type === 'cc' ? this.control(on, event, item) : undefined;
      if (unit === null) continue;
      const last = units[units.length - 1];
      if (unit?.role === 'completes' && last?.role !== undefined && last.stream === unit.stream)
        units[units.length - 1] = { ...unit, role: last.role };
      else units.push(unit ?? { events: [event], item, stream: streamOf(event, channel) });
    }
    return units;
  }

  /** The unit of a control change; null where it waits for others, undefined where it is no part of a parameter. */
  private control<E>(on: number, event: ControlChangeEvent, item: E): Unit<E> | null | undefined {
    const { controller } = event;
    const number = NUMBERS.get(controller);
    if (number !== undefined) {
      const { chosen } = this.choose(on, number.type, [event]);
      return isNone(chosen[number.type]) ? { events: chosen[number.type], item, stream: undefined } : null;
    }
    const isStep = controller === INCREMENT || controller === DECREMENT;
    if (!isStep && controller !== DATA_MSB && controller !== DATA_LSB) return undefined;
    const { kind, chosen, value } = this.channel(on);
    const numbers = kind === undefined ? [] : chosen[kind];
    const parameter = kind && numberOf(numbers);
    if (parameter === undefined) return { events: [...numbers, event], item, stream: undefined };
    const stream = `${on} ${kind} ${parameter}`;
    if (isStep) {
      value.clear();
      this.data.delete(stream);
      return { events: [...numbers, event], item, stream, role: 'steps' };
    }
    const completes = value.size > 0 && !value.has(controller);
    if (!completes) value.clear();
    value.add(controller);
    const data = this.remember(stream, [event]);
    return { events: [...numbers, ...data], item, stream, role: completes ? 'completes' : 'begins' };
  }

  /** A parameter was set by an event of its own: what follows may be about it. */
  private set(on: number, { type, parameter, value, order, channel }: ParameterEvent): void {
    const cc = (controller: number, of: number): ControlChangeEvent => ({
      type: 'cc',
      controller,
      value: of,
      ...(channel === undefined ? {} : { channel })
    });
    const [high, low] = type === 'nrpn' ? [99, 98] : [101, 100];
    this.choose(on, type, [cc(high, parameter >> 7), cc(low, parameter & 0x7f)]);
    const data = [cc(DATA_MSB, value >> 7), cc(DATA_LSB, value & 0x7f)];
    this.remember(`${on} ${type} ${parameter}`, order === 'lsbFirst' ? data.reverse() : data);
  }

  private choose(on: number, kind: Kind, numbers: readonly ControlChangeEvent[]): Channel {
    const state = this.channel(on);
    state.kind = kind;
    state.chosen[kind] = merged(state.chosen[kind], numbers);
    state.value.clear();
    return state;
  }

  private remember(stream: string, data: readonly ControlChangeEvent[]): ControlChangeEvent[] {
    const all = merged(this.data.get(stream) ?? [], data);
    this.data.delete(stream);
    const [oldest] = this.data.keys();
    if (this.data.size >= MAX_STREAMS) this.data.delete(oldest);
    this.data.set(stream, all);
    return all;
  }

  private channel(on: number): Channel {
    const known = this.channels.get(on);
    if (known !== undefined) return known;
    const state: Channel = { kind: undefined, chosen: { nrpn: [], rpn: [] }, value: new Set() };
    this.channels.set(on, state);
    return state;
  }
}

/** Control changes with newer ones behind them, each controller once. */
function merged(
  old: readonly ControlChangeEvent[],
  newer: readonly ControlChangeEvent[]
): ControlChangeEvent[] {
  const stays = old.filter(({ controller }) => newer.every((other) => other.controller !== controller));
  return [...stays, ...newer];
}

function halfOf(numbers: readonly ControlChangeEvent[], wanted: Half): number | undefined {
  return numbers.find(({ controller }) => NUMBERS.get(controller)?.half === wanted)?.value;
}

/** The parameter that numbers choose; undefined where they choose none, or not wholly. */
function numberOf(numbers: readonly ControlChangeEvent[]): number | undefined {
  const [high, low] = [halfOf(numbers, 'high'), halfOf(numbers, 'low')];
  if (high === undefined || low === undefined || isNone(numbers)) return undefined;
  return (high << 7) | low;
}

function isNone(numbers: readonly ControlChangeEvent[]): boolean {
  return halfOf(numbers, 'high') === NO_NUMBER && halfOf(numbers, 'low') === NO_NUMBER;
}
