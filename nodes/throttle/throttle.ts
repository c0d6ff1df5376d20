import { TICKS_PER_QUARTER } from '../music/event';
import { ParameterReader, type Unit } from '../music/thinning/parameters';
import { MAX_STREAMS, Thinner, type Placed } from '../music/thinning/thinner';
import type { At, Engine, Horizon } from '../engine';

/** What a throttle needs to know of time. */
export type ThrottleTime = Pick<Engine, 'now' | 'timeOf' | 'stampAt' | 'transport'>;

/** A message as it passes. */
export type Msg = Record<string, unknown>;

/** Where messages go. */
export interface ThrottleWires {
  pass(msg: Msg): void;
  held(msg: Msg): void;
}

/** Since the throttle was deployed first: taken + resent = passed + heldBack + voided + pending. */
export interface ThrottleCounts {
  /** Values that came, of controllers and parameters. */
  taken: number;
  /** Values that went on. */
  passed: number;
  /** Values that did not, because a newer one did. */
  heldBack: number;
  /** Values that waited when the music that they belong to was stopped before them, or taken back. */
  voided: number;
  /** Values that went on for a time before which the music was stopped, and were sent once more. */
  resent: number;
  /** Values that wait. */
  pending: number;
}

/** A value with all that is needed to send it once more. */
interface Item {
  key: string;
  msg: Msg;
  at: At | undefined;
  enteredMs: number;
  /** The stamp with which it goes on, where that is not its own. */
  moved: At | undefined;
  /** When it was meant to be and when it goes on, once it does. */
  gone?: { eventMs: number; slotMs: number };
}

/** The stream of a parameter, see `streamOf`. */
const PARAMETER = / n?rpn /;

/** A parameter that comes as separate control changes: where its latest value began, and which has gone on last. */
interface Sequence {
  begun: Item;
  gone: Item | undefined;
}

/** So early before its time a value is let go, for the wires between here and the worker. */
const AHEAD_MS = 3;

/** So much later than it came a live value may sound: what follows it keeps its distance from that. */
const HOP_MS = 1;

/** What was primed for an epoch that has not begun: its times are those of its ticks at the tempo of that moment. */
interface Primed {
  clock: string;
  epoch: number;
  msPerTick: number;
  thinner: Thinner<Item>;
}

/**
 * Thins values by the time at which they sound: those with a stamp by the stamp, live ones by their arrival. A value
 * that waits is sent when the clock has announced the time behind it, or just before its time; where the music stops
 * in between, what was due before sounds at once, and what was not never does.
 */
export class Throttle {
  private readonly main: Thinner<Item>;
  private readonly primed = new Map<string, Primed>();
  private readonly horizons = new Map<string, { epoch: number; startMs: number; ms: number }>();
  private readonly revisions = new Map<string, number>();
  /** What is known of parameters that come as separate control changes. */
  readonly parameters = new ParameterReader();
  private readonly sequences = new Map<string, Sequence>();
  private readonly counts = { taken: 0, passed: 0, heldBack: 0, voided: 0, resent: 0 };
  /** Where messages go; undefined while there is no node. */
  wires: ThrottleWires | undefined;
  /** Asks for a call of {@link hear} at an engine time. */
  askAt: (timeMs: number) => void = () => undefined;

  /** @param throttleMs least time between two values of a controller, 0–1000; 0 lets everything pass */
  constructor(
    private readonly time: ThrottleTime,
    private throttleMs: number
  ) {
    this.main = this.thinner();
  }

  get gapMs(): number {
    return this.throttleMs;
  }

  set gapMs(ms: number) {
    this.throttleMs = ms;
    for (const thinner of this.thinners()) {
      if (ms > 0) thinner.gapMs = ms;
      else thinner.releaseUntil(() => Infinity, -Infinity);
    }
  }

  read(): ThrottleCounts {
    return { ...this.counts, pending: this.thinners().reduce((sum, { held }) => sum + held, 0) };
  }

  /**
   * Takes a value.
   * @param key what it is a value of
   * @param role what it is to the value before, where it is a part of a parameter
   */
  take(key: string, msg: Msg, at: At | undefined, role?: Unit<unknown>['role']): void {
    const nowMs = this.time.now();
    this.counts.taken++;
    const item: Item = { key, msg, at, enteredMs: nowMs, moved: undefined };
    const placed = this.throttleMs === 0 ? undefined : this.place(at, nowMs);
    if (placed === undefined) return this.pass(item);
    if (role !== undefined && this.goesWith(item, role, placed.ms)) return;
    const { thinner, ms } = placed;
    const known = at?.replay === true ? thinner.find(key, (other) => isSame(other.at, at)) : undefined;
    if (known === undefined) {
      const earliestMs = thinner === this.main ? nowMs : -Infinity;
      thinner.take(key, item, ms, earliestMs, at === undefined ? HOP_MS : 0);
    } else if (known.isHeld) this.counts.heldBack++;
    else
      this.pass({ ...known.item, moved: { ...(known.item.moved ?? (known.item.at as At)), replay: true } });
    this.ask();
  }

  /** Lets go what is due, and looks at what a clock has changed. */
  hear(horizon: Horizon): void {
    switch (horizon.type) {
      case 'announced':
        this.announced(horizon);
        break;
      case 'cancelled':
        this.cancelled(horizon);
        break;
      case 'restarted':
        this.lost(horizon.lostMs);
    }
    this.release();
  }

  /** The node is back: what has changed meanwhile is looked at. */
  resume(): void {
    this.revisions.clear();
    this.release();
  }

  /**
   * Whether a part of a parameter goes on with the value before it, and not before that: the other half of one that went
   * on a moment ago, which would be torn apart; or a step, which all that waits goes before.
   */
  private goesWith(item: Item, role: Unit<unknown>['role'], ms: number): boolean {
    const { key } = item;
    const sequence = this.sequences.get(key);
    if (role === 'steps') {
      for (const thinner of this.thinners()) {
        const waiting = thinner.recall(key);
        if (waiting !== undefined) this.passAfter(sequence?.gone, waiting.item, waiting.eventMs);
      }
    } else {
      const slotMs = sequence?.begun.gone?.slotMs ?? -Infinity;
      if (role === 'begins' || ms >= slotMs + this.throttleMs) {
        this.begin(key, { begun: item, gone: sequence?.gone });
        return false;
      }
    }
    this.passAfter(sequence?.gone, item, ms);
    return true;
  }

  private begin(key: string, sequence: Sequence): void {
    if (this.sequences.size >= MAX_STREAMS) this.sequences.clear();
    this.sequences.set(key, sequence);
  }

  /** A value goes on at its time, or right behind an earlier one of its stream that had to wait until later. */
  private passAfter(before: Item | undefined, item: Item, ms: number): void {
    if (before?.gone !== undefined && before.gone.eventMs <= ms && before.gone.slotMs > ms)
      item.moved = before.moved;
    this.pass(item);
  }

  // ---- where a value stands in time --------------------------------------------------------------------------

  /** Undefined where it is not known when it sounds, or that it never does: then it is left as it is. */
  private place(at: At | undefined, nowMs: number): { thinner: Thinner<Item>; ms: number } | undefined {
    if (at === undefined) return { thinner: this.main, ms: nowMs };
    if (!('clock' in at)) return { thinner: this.main, ms: at.timeMs };
    const ms = this.time.timeOf(at);
    if (ms !== undefined) {
      if (this.primed.has(nameOf(at))) this.review(at.clock);
      return { thinner: this.main, ms };
    }
    const primed = this.primedFor(at.clock, at.epoch);
    return primed && { thinner: primed.thinner, ms: at.tick * primed.msPerTick };
  }

  private primedFor(clock: string, epoch: number): Primed | undefined {
    const transport = this.time.transport(clock);
    if (transport === undefined) return undefined;
    const { running, continueEpoch, startEpoch } = transport.state();
    if (running || (epoch !== continueEpoch && epoch !== startEpoch)) return undefined;
    const name = nameOf({ clock, epoch });
    let primed = this.primed.get(name);
    if (primed === undefined) {
      this.review(clock);
      const msPerTick = 60_000 / TICKS_PER_QUARTER / transport.bpm();
      primed = { clock, epoch, msPerTick, thinner: this.thinner() };
      this.primed.set(name, primed);
    }
    return primed;
  }

  // ---- what is told ------------------------------------------------------------------------------------------

  private announced(horizon: Extract<Horizon, { type: 'announced' }>): void {
    const { clock, epoch, fromTick, revision } = horizon;
    if (this.revisions.get(clock) !== revision) {
      this.revisions.set(clock, revision);
      this.review(clock);
    }
    const ms = this.time.timeOf({ clock, epoch, tick: fromTick });
    if (ms !== undefined) {
      const known = this.horizons.get(clock);
      const startMs = known?.epoch === epoch ? known.startMs : ms;
      this.horizons.set(clock, { epoch, startMs, ms });
    }
    const primed = this.primed.get(nameOf({ clock, epoch }));
    primed?.thinner.releaseUntil(() => fromTick * primed.msPerTick, -Infinity);
  }

  /** Tempo, run or epoch of a clock are others than before. */
  private review(clock: string): void {
    const transport = this.time.transport(clock);
    const state = transport?.state();
    for (const [name, { clock: of, epoch, thinner }] of this.primed) {
      if (of !== clock) continue;
      const isWaiting =
        state !== undefined &&
        !state.running &&
        (epoch === state.continueEpoch || epoch === state.startEpoch);
      if (isWaiting) continue;
      this.primed.delete(name);
      const held = thinner.held;
      if (this.time.timeOf({ clock, epoch, tick: 0 }) === undefined) this.counts.voided += held;
      else this.main.adopt(thinner, ({ item }) => this.time.timeOf(item.at as At), this.time.now());
    }
    const isHere = ({ at }: Item) => at !== undefined && 'clock' in at && at.clock === clock;
    this.keep(isHere, ({ item, eventMs, slotMs }) => {
      const ms = this.time.timeOf(item.at as At);
      // What is over stays where it was.
      return ms ?? (slotMs <= this.endOf(item) ? eventMs : undefined);
    });
  }

  private cancelled({ source, clock, epoch, fromTick }: Extract<Horizon, { type: 'cancelled' }>): void {
    const nowMs = this.time.now();
    const isIts = ({ at, moved = at }: Item) => {
      if (at?.source !== source) return false;
      if (clock === undefined) return true;
      if (!('clock' in at) || at.clock !== clock || (epoch !== undefined && at.epoch !== epoch)) return false;
      return epoch === undefined || moved === undefined || !('clock' in moved) || moved.tick >= fromTick;
    };
    this.keep(isIts, ({ eventMs, slotMs }) => (slotMs <= nowMs ? eventMs : undefined), nowMs);
    for (const { thinner } of this.primed.values()) {
      const before = thinner.held;
      thinner.review(
        ({ item, eventMs }) => (isIts(item) ? undefined : eventMs),
        () => undefined
      );
      this.counts.voided += before - thinner.held;
    }
  }

  /** What was queued is lost; what is stamped in engine time is to come all the same. */
  private lost(lostMs: number): void {
    const nowMs = this.time.now();
    const again: Item[] = [];
    const isClocked = ({ at }: Item) => at !== undefined && 'clock' in at;
    this.keep(
      () => true,
      ({ item, eventMs, slotMs }) => {
        if (slotMs <= lostMs) return eventMs;
        if (eventMs > nowMs && !isClocked(item)) again.push(item);
        return undefined;
      },
      nowMs
    );
    for (const { key, msg, at } of again) this.resend(key, msg, at);
    for (const { thinner } of this.primed.values()) this.counts.voided += thinner.held;
    this.primed.clear();
    this.horizons.clear();
  }

  /**
   * Places anew what `concerns` tells. Of what is void then, the newest value that should have sounded by now, or by
   * the end of its music, is sent.
   */
  private keep(
    concerns: (item: Item) => boolean,
    newMs: (placed: Placed<Item>) => number | undefined,
    endMs?: number
  ): void {
    const pendingBefore = this.main.held;
    const owed = new Map<string, Placed<Item>>();
    this.main.review(
      (placed) => (concerns(placed.item) ? newMs(placed) : placed.eventMs),
      (key, placed) => {
        const best = owed.get(key);
        const isOver = placed.eventMs <= (endMs ?? this.endOf(placed.item));
        if (isOver && (best === undefined || placed.eventMs >= best.eventMs)) owed.set(key, { ...placed });
      }
    );
    this.counts.voided += pendingBefore - this.main.held;
    for (const [key, { item }] of owed) this.resend(key, item.msg, undefined);
  }

  private resend(key: string, msg: Msg, at: At | undefined): void {
    const nowMs = this.time.now();
    this.counts.resent++;
    const ms = at !== undefined && 'timeMs' in at ? at.timeMs : nowMs;
    const live = { ...msg };
    delete live.at;
    const item: Item = { key, msg: at === undefined ? live : msg, at, enteredMs: nowMs, moved: undefined };
    this.main.take(key, item, ms, nowMs, at === undefined ? HOP_MS : 0);
  }

  /** When the music that a value belongs to was over; Infinity where it was not stopped. */
  private endOf({ at, enteredMs }: Item): number {
    if (at === undefined || !('clock' in at)) return Infinity;
    const transport = this.time.transport(at.clock);
    if (transport === undefined) return this.time.now();
    const { stoppedMs } = transport.state();
    return stoppedMs >= enteredMs ? stoppedMs : Infinity;
  }

  // ---- what goes out -----------------------------------------------------------------------------------------

  private release(): void {
    const nowMs = this.time.now();
    if (this.main.nextMs < Infinity) {
      this.main.releaseUntil(({ at }) => {
        const horizon = at !== undefined && 'clock' in at ? this.horizons.get(at.clock) : undefined;
        return Math.max(nowMs + AHEAD_MS, horizon?.ms ?? -Infinity);
      }, nowMs);
    }
    this.ask();
  }

  private ask(): void {
    if (this.main.nextMs < Infinity) this.askAt(this.main.nextMs - AHEAD_MS);
  }

  private thinner(): Thinner<Item> {
    return new Thinner<Item>(this.throttleMs || 1, {
      pass: (item, slotMs, eventMs) => this.goOn(item, slotMs, eventMs),
      drop: ({ msg }) => {
        this.counts.heldBack++;
        this.wires?.held(msg);
      }
    });
  }

  /** A value has its slot: it goes on with the stamp of that. */
  private goOn(item: Item, slotMs: number, eventMs: number): void {
    const { at } = item;
    item.gone = { eventMs, slotMs };
    const sequence = this.sequences.get(item.key);
    if (sequence !== undefined) sequence.gone = item;
    // One that came as an event of its own may be followed by a step, too.
    else if (PARAMETER.test(item.key)) this.begin(item.key, { begun: item, gone: item });
    if (slotMs === eventMs) return this.pass(item);
    if (at === undefined || !('clock' in at)) item.moved = { ...at, timeMs: slotMs };
    else {
      item.moved = this.moved(at, slotMs);
      if (item.moved === undefined) {
        // Its epoch is over: it should have sounded before, unless the music was stopped before that.
        if (eventMs > Math.min(this.endOf(item), slotMs)) {
          this.counts.voided++;
          return;
        }
        item.moved = timed(at, slotMs);
      }
    }
    this.pass(item);
  }

  /** The stamp of a clock at another time; in engine time where its epoch ends before; undefined where it is over. */
  private moved(at: Extract<At, { clock: string }>, slotMs: number): At | undefined {
    const primed = this.primed.get(nameOf(at));
    if (primed !== undefined) return { ...at, tick: slotMs / primed.msPerTick };
    if (this.time.timeOf(at) === undefined) return undefined;
    const horizon = this.horizons.get(at.clock);
    const endsBefore = horizon !== undefined && horizon.epoch > at.epoch && slotMs >= horizon.startMs;
    return endsBefore ? timed(at, slotMs) : this.time.stampAt(at, slotMs);
  }

  private pass({ msg, moved }: Item): void {
    this.counts.passed++;
    this.wires?.pass(moved === undefined ? msg : { ...msg, at: moved });
  }

  private thinners(): Thinner<Item>[] {
    return [this.main, ...[...this.primed.values()].map(({ thinner }) => thinner)];
  }
}

/** A stamp of the same origin in engine time. */
function timed({ source, ordinal, replay }: At, timeMs: number): At {
  return { timeMs, source, ordinal, replay };
}

function nameOf({ clock, epoch }: { clock: string; epoch: number }): string {
  return `${epoch} ${clock}`;
}

/** Whether two stamps are those of one event. */
function isSame(a: At | undefined, b: At): boolean {
  if (a === undefined || a.source !== b.source || a.ordinal !== b.ordinal) return false;
  if ('clock' in a) return 'clock' in b && a.clock === b.clock && a.epoch === b.epoch && a.tick === b.tick;
  return !('clock' in b) && a.timeMs === b.timeMs;
}
