import { InvalidParameter } from '../music/errors';
import { TICKS_PER_QUARTER } from '../music/event';
import { ticksIn } from '../music/tempo';
import type { At, Engine, Span } from '../engine';
import type { Smoothing } from './profile-config';
import type { Emission, Move } from './mapper';
import type { Wanted } from './messages';
import type { Axis } from './smoother';

const MS_PER_MINUTE = 60_000;
const USUAL_BPM = 120;

/** What the places of parameters in time need of the engine. */
type EngineTime = Pick<Engine, 'now' | 'timeOf' | 'transport'>;

/**
 * Time as a cc profile node sees it: of stamps, of the engine, and of the clock whose spans pass through the node.
 */
export class Stamps {
  private span: Span | undefined;

  /** @param source id of the node: what it sends without a source of its own is found by it */
  constructor(
    private readonly engine: EngineTime,
    private readonly source: string
  ) {}

  /** Takes notice of what passes, where it is a span. */
  pass(payload: unknown): void {
    const span = (payload ?? {}) as Partial<Span>;
    if ((span.type as string) !== 'span') return;
    if (span.running === false || typeof span.timeMs !== 'number' || typeof span.clock !== 'string') return;
    this.span = span as Span;
  }

  /** When a place on an axis is, in engine time. */
  timeOf(axis: Axis, at: number): number | undefined {
    if (axis.kind === 'time') return at;
    return this.engine.timeOf({ clock: axis.clock, epoch: axis.epoch, tick: at });
  }

  /** Length of a ramp in units of its axis. */
  rampLength({ amount, unit }: Smoothing, axis: Axis): number {
    if (amount === 0) return 0;
    if (axis.kind === 'ticks') {
      return unit === 'beats' ? amount * TICKS_PER_QUARTER : ticksIn(amount, this.bpmOf(axis.clock));
    }
    return unit === 'ms' ? amount : (amount * MS_PER_MINUTE) / this.bpmOf(this.span?.clock);
  }

  /** Puts a parameter in its place. Without a stamp that is now: in ticks where the ramp is musical and a clock passes. */
  place(wanted: Wanted, { unit, amount }: Smoothing): Move {
    const { at } = wanted;
    if (at !== undefined && 'clock' in at) {
      const { clock, epoch, tick } = at;
      return { ...wanted, axis: { kind: 'ticks', clock, epoch }, start: tick };
    }
    if (at !== undefined) return { ...wanted, axis: { kind: 'time' }, start: at.timeMs };
    const nowMs = this.engine.now();
    const tick = unit === 'beats' && amount > 0 ? this.tickAt(nowMs) : undefined;
    if (tick === undefined) return { ...wanted, axis: { kind: 'time' }, start: nowMs };
    const { clock, epoch } = this.span as Span;
    return { ...wanted, axis: { kind: 'ticks', clock, epoch }, start: tick };
  }

  /** The stamp of what is sent: that of its origin, or that of its step in a ramp. */
  stampOf({ point, origin }: Emission): At | undefined {
    const { at } = origin as { at?: At };
    if (point === undefined) return at;
    if (point.axis.kind === 'time') {
      return Number.isFinite(point.at) ? { timeMs: point.at, source: this.source } : undefined;
    }
    const { clock, epoch } = point.axis;
    return { source: this.source, ordinal: 0, ...at, clock, epoch, tick: point.at } as At;
  }

  /** The tick that sounds at an engine time, by the last span that passed. */
  private tickAt(nowMs: number): number | undefined {
    const { span } = this;
    if (span === undefined || span.timeMs === null) return undefined;
    const tick = span.from + ticksIn(nowMs - span.timeMs, span.bpm);
    return this.timeOf({ kind: 'ticks', clock: span.clock, epoch: span.epoch }, tick) === undefined
      ? undefined
      : tick;
  }

  private bpmOf(clock: string | undefined): number {
    if (clock === undefined) return USUAL_BPM;
    const transport = this.engine.transport(clock);
    if (transport !== undefined) return transport.bpm();
    if (this.span?.clock === clock) return this.span.bpm;
    throw new InvalidParameter('at.clock', clock, 'there is no such clock (any more)');
  }
}
