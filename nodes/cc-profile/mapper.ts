import type { MusicEvent } from '../music/event';
import { eventsOf, Receiver, settingAt, type Parameter, type Profile, type Received } from '../music/profile';
import { Smoother, type Axis, type Point, type TimeOf } from './smoother';

/** A parameter that is to be set. */
export interface Move {
  parameter: Parameter;
  /** 0–1. */
  position: number;
  channel: number | undefined;
  axis: Axis;
  /** Where on its axis; the ramp, where there is one, begins here. */
  start: number;
  /** The message that asked for it: what is made from it keeps its other properties. */
  origin: object;
}

/** What goes out: events of one value of one parameter, in order. */
export interface Emission {
  events: MusicEvent[];
  parameter: Parameter;
  position: number;
  label?: string;
  /** Where a point of a ramp is; undefined where the stamp of the origin holds. */
  point: Point | undefined;
  origin: object;
}

export interface MapperOptions {
  /** Whether the low byte of pairs is sent. */
  fine: boolean;
  timeOf: TimeOf;
  /** Length of a ramp that begins somewhere, in units of its axis; 0 for none. */
  rampLength(axis: Axis): number;
}

/** Last value of a parameter on a channel. */
export interface LastValue {
  name: string;
  channel: number | undefined;
  position: number;
}

/** How far ahead of its time a step of a ramp is sent. A new target is heard this much later at most. */
export const AHEAD_MS = 60;

/** So far behind the last step of a ramp that has been sent is what ends it. */
const BEHIND_MS = 1;

/** A parameter on a channel. */
interface Channelled {
  parameter: Parameter;
  channel: number | undefined;
  smoother: Smoother;
  origin: object;
  /** What the device was sent last. */
  deviceValue: number | undefined;
}

/**
 * Turns moves of parameters into events of a device and back, with ramps where they are asked for, and knows the last
 * value of each parameter.
 */
export class Mapper {
  private receiver: Receiver;
  private readonly moving = new Map<string, Channelled>();
  /** Up to when steps of ramps are on their way that nobody knows of any more. */
  private leftUntilMs = -Infinity;

  /** @param values last values, kept over a deploy */
  constructor(
    private current: Profile,
    private readonly values: Map<string, LastValue>,
    public options: MapperOptions
  ) {
    this.receiver = new Receiver(current);
    this.forgetStrangers();
  }

  get profile(): Profile {
    return this.current;
  }

  /** Goes on with another profile. Values of parameters that it does not have are forgotten; ramps end where they are. */
  set profile(profile: Profile) {
    if (profile === this.current) return;
    if (profile.id !== this.current.id) this.values.clear();
    this.current = profile;
    this.receiver = new Receiver(profile);
    this.endRamps();
    this.forgetStrangers();
  }

  /** Whether there are steps of ramps still to be sent. */
  get busy(): boolean {
    for (const { smoother } of this.moving.values()) if (smoother.busy) return true;
    return false;
  }

  /** What to send for moves, of which every one is valid. Ramps begin; {@link until} gives their steps. */
  take(moves: readonly Move[]): Emission[] {
    return moves.flatMap((move) => this.takeOne(move));
  }

  /** The steps of ramps that are due within {@link AHEAD_MS}. */
  until(nowMs: number): Emission[] {
    const emissions: Emission[] = [];
    for (const [key, moving] of this.moving) {
      for (const point of moving.smoother.until(nowMs + AHEAD_MS)) {
        const emission = this.step(moving, point);
        if (emission !== undefined) emissions.push(emission);
      }
      if (moving.smoother.isOver(nowMs)) this.moving.delete(key);
    }
    return emissions;
  }

  /** The parameter that an event from a device means, if any; its value is then known. */
  receive(event: MusicEvent, channel: number | undefined): Received | undefined {
    const received = this.receiver.take(event);
    if (received === undefined) return undefined;
    const at = received.channel ?? channel;
    this.remember(received.parameter, at, received.value);
    this.moving.get(keyOf(received.parameter, at))?.smoother.jump(received.value);
    return received;
  }

  /** The last value of everything, as far as one is known. */
  lastValues(): LastValue[] {
    return [...this.values.values()];
  }

  /** The last value of everything, to be sent again. */
  resend(): Emission[] {
    return this.lastValues().flatMap(({ name, channel, position }) => {
      const parameter = this.current.resolve(name);
      return parameter === undefined ? [] : [this.emission(parameter, channel, position, undefined, {})];
    });
  }

  forget(): void {
    this.values.clear();
    this.endRamps();
  }

  private takeOne(move: Move): Emission[] {
    const { parameter, channel, position, axis, start, origin } = move;
    const key = keyOf(parameter, channel);
    const last = this.values.get(key)?.position;
    this.remember(parameter, channel, position);
    const length = parameter.steps === undefined ? this.options.rampLength(axis) : 0;
    let moving = this.moving.get(key);
    if (length <= 0 || (last === undefined && moving === undefined)) {
      const point = this.pointBehind(moving, move);
      moving?.smoother.jump(position, point?.at);
      return [this.emission(parameter, channel, position, point, origin)];
    }
    if (moving === undefined) {
      const smoother = new Smoother(last as number, this.options.timeOf);
      moving = { parameter, channel, smoother, origin, deviceValue: undefined };
      this.moving.set(key, moving);
    }
    moving.origin = origin;
    moving.smoother.add({ to: position, axis, start, length });
    return [];
  }

  /** Where a value goes that must not be overtaken by steps which have been sent ahead; undefined: where it belongs. */
  private pointBehind(moving: Channelled | undefined, { position, axis, start }: Move): Point | undefined {
    const sentUntilMs = Math.max(moving?.smoother.givenUntilMs ?? -Infinity, this.leftUntilMs);
    const startMs = this.options.timeOf(axis, start);
    if (startMs === undefined || startMs > sentUntilMs) return undefined;
    return { position, axis: { kind: 'time' }, at: sentUntilMs + BEHIND_MS, last: true };
  }

  private endRamps(): void {
    for (const { smoother } of this.moving.values())
      this.leftUntilMs = Math.max(this.leftUntilMs, smoother.givenUntilMs);
    this.moving.clear();
  }

  private step(moving: Channelled, point: Point): Emission | undefined {
    const { parameter, channel, origin } = moving;
    const { deviceValue } = settingAt(parameter, point.position);
    // A step that the device would not notice costs nothing; the end of a ramp is always sent.
    if (deviceValue === moving.deviceValue && !point.last) return undefined;
    moving.deviceValue = deviceValue;
    return this.emission(parameter, channel, point.position, point, origin);
  }

  private emission(
    parameter: Parameter,
    channel: number | undefined,
    position: number,
    point: Point | undefined,
    origin: object
  ): Emission {
    const { deviceValue, label } = settingAt(parameter, position);
    const events = eventsOf(parameter, deviceValue, { channel, fine: this.options.fine });
    return { events, parameter, position, label, point, origin };
  }

  private remember(parameter: Parameter, channel: number | undefined, position: number): void {
    this.values.set(keyOf(parameter, channel), { name: parameter.name, channel, position });
  }

  private forgetStrangers(): void {
    for (const [key, { name }] of this.values)
      if (this.current.resolve(name)?.name !== name) this.values.delete(key);
  }
}

function keyOf({ name }: Parameter, channel: number | undefined): string {
  return `${channel ?? ''} ${name}`;
}
