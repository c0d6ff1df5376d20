/** Where a ramp runs: in engine time, or in the run ticks of an epoch of a clock. */
export type Axis = { kind: 'time' } | { kind: 'ticks'; clock: string; epoch: number };

/** What a parameter is to become: it arrives at `to` exactly `length` behind `start`, both in units of the axis. */
export interface Target {
  to: number;
  axis: Axis;
  start: number;
  length: number;
}

/** A step of a ramp. */
export interface Point {
  position: number;
  axis: Axis;
  /** In units of the axis. */
  at: number;
  /** Whether this is where the ramp leads. */
  last: boolean;
}

/** When a place on an axis is, in engine time; undefined where its clock does not run there (any more). */
export type TimeOf = (axis: Axis, at: number) => number | undefined;

/** Steps of a ramp: one in 10 ms, and never more than this. */
export const STEP_MS = 10;
export const MAX_STEPS = 256;

/** Targets that wait for their turn; beyond it the newest takes the place of the last one. */
const MAX_WAITING = 64;

interface Ramp extends Target {
  from: number;
  steps: number;
  /** The next step to be given, 1 to `steps`. */
  next: number;
}

/**
 * Ramps of one parameter, from where it is to where it is to be. Points are given a little ahead of their time, so that
 * whoever plays them can do it evenly; what has been given is never taken back, and a new target begins behind it.
 * Targets come in the order of their time.
 */
export class Smoother {
  private ramp: Ramp | undefined;
  private readonly waiting: Target[] = [];
  private givenMs = -Infinity;

  /** @param position where the parameter is, 0–1 */
  constructor(
    private position: number,
    private readonly timeOf: TimeOf
  ) {}

  /** Engine time of the last point that was given; -Infinity where there was none. */
  get givenUntilMs(): number {
    return this.givenMs;
  }

  get busy(): boolean {
    return this.ramp !== undefined || this.waiting.length > 0;
  }

  /** Whether nothing is to be given any more, and everything that was given has sounded. */
  isOver(nowMs: number): boolean {
    return !this.busy && this.givenMs <= nowMs;
  }

  /** Takes a target, unless it is known: a replayed answer comes a second time. */
  add(target: Target): void {
    const known = [this.ramp, ...this.waiting].some(
      (other) => other !== undefined && other.start === target.start && sameAxis(other.axis, target.axis)
    );
    if (known && target.axis.kind === 'ticks') return;
    if (this.waiting.length >= MAX_WAITING) this.waiting.pop();
    this.waiting.push(target);
  }

  /** The parameter is elsewhere, and nothing is under way any more. @param atMs when it is there, if that is not now */
  jump(position: number, atMs = -Infinity): void {
    this.position = position;
    this.givenMs = Math.max(this.givenMs, atMs);
    this.ramp = undefined;
    this.waiting.length = 0;
  }

  /** The points up to an engine time, in order. */
  until(limitMs: number): Point[] {
    const points: Point[] = [];
    for (;;) {
      const target = this.waiting[0];
      const startMs = target && this.timeOf(target.axis, target.start);
      if (target !== undefined && startMs === undefined) {
        // Its clock stands: there is no time to spread it over.
        this.waiting.shift();
        this.ramp = undefined;
        points.push(this.give({ position: target.to, axis: target.axis, at: target.start, last: true }));
        continue;
      }
      const next = this.peek();
      if (target !== undefined && (next === undefined || (startMs as number) <= next.timeMs)) {
        if ((startMs as number) > limitMs) return points;
        this.begin(this.waiting.shift() as Target, startMs as number);
        continue;
      }
      if (next === undefined || next.timeMs > limitMs) return points;
      points.push(this.give(next.point));
      this.givenMs = Math.max(this.givenMs, next.timeMs);
      const ramp = this.ramp as Ramp;
      if (++ramp.next > ramp.steps) this.ramp = undefined;
    }
  }

  private give(point: Point): Point {
    this.position = point.position;
    return point;
  }

  /** The next point of the ramp and its time. A ramp whose clock has stopped is at its end now. */
  private peek(): { point: Point; timeMs: number } | undefined {
    const { ramp } = this;
    if (ramp === undefined) return undefined;
    const share = ramp.next / ramp.steps;
    const at = ramp.start + ramp.length * share;
    const last = ramp.next === ramp.steps;
    const timeMs = this.timeOf(ramp.axis, at);
    if (timeMs === undefined) {
      ramp.next = ramp.steps;
      return {
        point: { position: ramp.to, axis: { kind: 'time' }, at: -Infinity, last: true },
        timeMs: -Infinity
      };
    }
    const position = last ? ramp.to : ramp.from + (ramp.to - ramp.from) * share;
    return { point: { position, axis: ramp.axis, at, last }, timeMs };
  }

  private begin(target: Target, startMs: number): void {
    const endMs = this.timeOf(target.axis, target.start + target.length) ?? startMs;
    const lengthMs = endMs - startMs;
    // Behind what has been given, at the speed that was asked for.
    const behindMs = Math.max(0, this.givenMs - startMs);
    const start = lengthMs > 0 ? target.start + (behindMs * target.length) / lengthMs : target.start;
    const steps = Math.min(MAX_STEPS, Math.max(1, Math.ceil(lengthMs / STEP_MS)));
    this.ramp = { ...target, start, from: this.position, steps, next: 1 };
  }
}

function sameAxis(a: Axis, b: Axis): boolean {
  if (a.kind !== 'ticks' || b.kind !== 'ticks') return a.kind === b.kind;
  return a.clock === b.clock && a.epoch === b.epoch;
}
