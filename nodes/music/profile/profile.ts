import { InvalidParameter, numberWithin } from '../errors';
import type { MusicEvent } from '../event';
import { positionOfStep, positionOfValue, stepAt, stepOfValue, valueAt } from './curve';
import { plainName, type Parameter, type RawProfile } from './model';

/** What a profile says about itself. */
export interface About {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly source?: string;
  readonly firmware?: string;
}

/** A value of a parameter as messages have it: a position from 0 to 1, and the label where there are steps. */
export interface Reading {
  value: number;
  label?: string;
}

/** A value ready to be sent. */
export interface Setting extends Reading {
  parameter: Parameter;
  /** In the device's own numbers. */
  deviceValue: number;
}

/** The parameters of one synth, found by name, alias or role. Frozen. */
export class Profile implements About {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly source?: string;
  readonly firmware?: string;
  private readonly byName = new Map<string, Parameter>();
  private readonly byRole = new Map<string, Parameter>();

  /** @param raw what it was read from, for editing and export */
  constructor(
    about: About,
    readonly parameters: readonly Parameter[],
    readonly raw: RawProfile
  ) {
    this.id = about.id;
    this.name = about.name;
    this.description = about.description;
    this.source = about.source;
    this.firmware = about.firmware;
    for (const parameter of parameters) {
      this.byName.set(plainName(parameter.name), parameter);
      for (const alias of parameter.aliases) this.byName.set(plainName(alias), parameter);
      if (parameter.role !== undefined) this.byRole.set(parameter.role, parameter);
    }
    Object.freeze(this.parameters);
    Object.freeze(this);
  }

  /** The parameter that a name, an alias or a role means; undefined for anything else. */
  resolve(name: unknown): Parameter | undefined {
    if (typeof name !== 'string') return undefined;
    return this.byName.get(plainName(name)) ?? this.byRole.get(name.trim().toLowerCase());
  }

  /** As {@link resolve}, and throws InvalidParameter where there is no such parameter. */
  find(name: unknown): Parameter {
    const found = this.resolve(name);
    if (found !== undefined) return found;
    throw new InvalidParameter('parameter', name, `"${this.name}" has ${listed(this.parameters)}`);
  }

  /**
   * What to send for a value: a position from 0 to 1 (also as text), or the label of a step.
   * Throws InvalidParameter or OutOfBounds, naming the parameter.
   */
  setting(name: unknown, value: unknown): Setting {
    const parameter = this.find(name);
    const { steps } = parameter;
    const index = steps?.findIndex(({ label }) => typeof value === 'string' && same(label, value)) ?? -1;
    if (steps !== undefined && index >= 0) {
      const { value: deviceValue, label } = steps[index];
      return { parameter, value: positionOfStep(steps.length, index), label, deviceValue };
    }
    const position = numberWithin(parameter.name, toPosition(parameter, value), 0, 1);
    return { ...settingAt(parameter, position), parameter };
  }

  /** The events that set a parameter to a value; see {@link setting} and {@link eventsOf}. */
  toEvents(name: unknown, value: unknown, options: SendOptions = {}): MusicEvent[] {
    const { parameter, deviceValue } = this.setting(name, value);
    return eventsOf(parameter, deviceValue, options);
  }
}

function same(a: string, b: string): boolean {
  return plainName(a) === plainName(b);
}

const LONGEST_LIST = 40;

function listed(parameters: readonly Parameter[]): string {
  const names = parameters.slice(0, LONGEST_LIST).map(({ name }) => name);
  if (parameters.length > LONGEST_LIST) names.push(`and ${parameters.length - LONGEST_LIST} more`);
  return names.join(', ');
}

function toPosition({ name, steps }: Parameter, value: unknown): unknown {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  const labels = steps === undefined ? '' : ` or one of ${steps.map(({ label }) => label).join(', ')}`;
  throw new InvalidParameter(name, value, `a number from 0 to 1${labels} is needed`);
}

/** What a position, 0–1, of a parameter means to the device. */
export function settingAt(parameter: Parameter, position: number): Setting {
  const { steps, curve, range } = parameter;
  if (steps === undefined) {
    return { parameter, value: position, deviceValue: valueAt(curve, range, position) };
  }
  const index = stepAt(steps.length, position);
  const { value: deviceValue, label } = steps[index];
  return { parameter, value: positionOfStep(steps.length, index), label, deviceValue };
}

/** What a value of the device means to messages. */
export function readingOf({ steps, curve, range }: Parameter, deviceValue: number): Reading {
  if (steps === undefined) return { value: positionOfValue(curve, range, deviceValue) };
  const index = stepOfValue(steps, deviceValue);
  return { value: positionOfStep(steps.length, index), label: steps[index].label };
}

/** How to send a value. */
export interface SendOptions {
  /** 1–16; left out, the device's own is meant. */
  channel?: number;
  /** Whether the low byte of a pair of controllers is sent too; it is, unless this is false. */
  fine?: boolean;
}

/** The events, in order, that carry a value of the device. */
export function eventsOf({ address }: Parameter, deviceValue: number, options: SendOptions): MusicEvent[] {
  const on = options.channel === undefined ? {} : { channel: options.channel };
  switch (address.kind) {
    case 'cc':
      return [{ type: 'cc', ...on, controller: address.controller, value: deviceValue }];
    case 'cc14': {
      const { controller, low, order } = address;
      const high: MusicEvent = { type: 'cc', ...on, controller, value: deviceValue >> 7 };
      if (options.fine === false) return [high];
      if (low === controller + 32 && controller < 32 && order === 'msbFirst') {
        return [{ type: 'cc14', ...on, controller, value: deviceValue }];
      }
      const rest: MusicEvent = { type: 'cc', ...on, controller: low, value: deviceValue & 127 };
      return order === 'msbFirst' ? [high, rest] : [rest, high];
    }
    default: {
      const { kind, parameter, order, bits } = address;
      const value = bits === 7 ? deviceValue << 7 : deviceValue;
      return [{ type: kind, ...on, parameter, value, order }];
    }
  }
}
