import type { Span } from './span';

/** What a node that holds something back for a while is told. */
export type Horizon =
  /**
   * Run ticks [fromTick, toTick) of a clock are asked for now; what comes before has been asked for, and answered unless
   * the flow is busy. `revision` differs where tempo, run or epoch changed since. Repeated once a second while it stands.
   */
  | {
      type: 'announced';
      clock: string;
      epoch: number;
      fromTick: number;
      toTick: number;
      primed: boolean;
      revision: number;
    }
  /** A time that was asked for has come. */
  | { type: 'time'; nowMs: number }
  /** What a node had queued for a clock (undefined: for any) from a tick of an epoch on is void. */
  | { type: 'cancelled'; source: string; clock?: string; epoch?: number; fromTick: number }
  /** Another worker is there: what was to sound after `lostMs`, and was given before now, is lost; all epochs are over. */
  | { type: 'restarted'; lostMs: number };

/** A node's look at the horizon. */
export interface HorizonWatch {
  /** Be told when this time has come, in engine time; of several, the earliest. What was asked is then forgotten. */
  askAt(timeMs: number): void;
  stop(): void;
}

/** Calls back at an engine time or soon after. Returns a function that calls it off. */
export type Alarm = (timeMs: number, ring: () => void) => () => void;

interface Watcher {
  tell(horizon: Horizon): void;
  askedMs: number;
}

/** Who watches how far time is laid out. One alarm serves them all, however many values they hold. */
export class Horizons {
  private readonly watchers = new Set<Watcher>();
  private alarmMs = Infinity;
  private callOff: (() => void) | undefined;

  constructor(
    private readonly alarm: Alarm,
    private readonly now: () => number
  ) {}

  watch(tell: (horizon: Horizon) => void): HorizonWatch {
    const watcher: Watcher = { tell, askedMs: Infinity };
    this.watchers.add(watcher);
    return {
      askAt: (timeMs) => {
        if (!this.watchers.has(watcher)) return;
        watcher.askedMs = Math.min(watcher.askedMs, timeMs);
        this.setAlarm();
      },
      stop: () => {
        this.watchers.delete(watcher);
        if (this.watchers.size === 0) this.dispose();
      }
    };
  }

  /** A clock has announced a span, and its wires have it. */
  announced({ clock, epoch, from, to, primed }: Span, revision: number): void {
    if (this.watchers.size === 0) return;
    this.tell({ type: 'announced', clock, epoch, fromTick: from, toTick: to, primed, revision });
  }

  cancelled(source: string, clock?: string, epoch?: number, fromTick = -Infinity): void {
    this.tell({ type: 'cancelled', source, clock, epoch, fromTick });
  }

  restarted(lostMs: number): void {
    this.dispose();
    this.tell({ type: 'restarted', lostMs });
    this.setAlarm();
  }

  /** Calls the alarm off. */
  dispose(): void {
    this.callOff?.();
    this.callOff = undefined;
    this.alarmMs = Infinity;
  }

  private tell(horizon: Horizon): void {
    for (const watcher of [...this.watchers]) watcher.tell(horizon);
  }

  private setAlarm(): void {
    let earliest = Infinity;
    for (const { askedMs } of this.watchers) earliest = Math.min(earliest, askedMs);
    if (earliest >= this.alarmMs) return;
    this.callOff?.();
    this.alarmMs = earliest;
    this.callOff = this.alarm(earliest, () => this.ring());
  }

  private ring(): void {
    this.callOff = undefined;
    this.alarmMs = Infinity;
    const nowMs = this.now();
    for (const watcher of [...this.watchers]) {
      if (watcher.askedMs > nowMs) continue;
      watcher.askedMs = Infinity;
      watcher.tell({ type: 'time', nowMs });
    }
    this.setAlarm();
  }
}
