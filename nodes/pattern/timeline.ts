import type { Span } from '../engine';
import { meterOf, nextBarLine, nextBeat } from '../music/meter';
import type { Performance, Played, Stretch } from '../music/player/performance';
import type { Quantum, When } from './pattern-config';

/** Where a launched pattern began: in an epoch its time goes on from there, whatever the song position does. */
export interface Anchor {
  readonly epoch: number;
  readonly tick: number;
  readonly position: number;
}

/** What holds from a run tick on, until the next entry. */
export interface Entry {
  readonly epoch: number;
  /** −Infinity: from the begin of its epoch, or of an earlier one that has been left. */
  readonly tick: number;
  /** Undefined: nothing sounds. */
  readonly performance: Performance | undefined;
  /** Undefined: it runs with the position of the song. */
  readonly anchor: Anchor | undefined;
}

/** What sounds in a span, in run ticks. */
export interface Sounding {
  readonly tick: number;
  readonly event: Played['event'];
}

/** A place in run time. */
export interface Place {
  readonly epoch: number;
  readonly tick: number;
}

/** What is now in a clock, in run ticks: how much has sounded, and which epochs may still sound. */
export interface Moment {
  readonly running: boolean;
  /** Epochs that sound or will, the one that sounds first. */
  readonly epochs: readonly number[];
  readonly nowTick: number;
  /** From how many ticks ahead of now on a change can still be made without losing a note. */
  readonly marginTicks: number;
}

/** Entries that are remembered; beyond, the oldest are forgotten, which are long over. */
const MAX_ENTRIES = 64;
/** Spans that are remembered: more than the longest lookahead holds. */
const MAX_SPANS = 512;

/**
 * What a pattern plays on one clock: which performance holds when. It is a record of run time, so that a span that is
 * answered again gets the same answer, whatever has been changed for later in the meantime.
 */
export class Timeline {
  private entries: Entry[] = [];
  private spans: Span[] = [];

  /** The latest entry. */
  get last(): Entry | undefined {
    return this.entries.at(-1);
  }

  /** Remembers a span, for changes to come. */
  remember(span: Span): void {
    if (span.replay || span.to <= span.from) return;
    this.spans.push(span);
    if (this.spans.length > 2 * MAX_SPANS) this.spans = this.spans.slice(-MAX_SPANS);
  }

  /** What sounds in a span. */
  answer(span: Span): Sounding[] {
    const { epoch, from, to } = span;
    if (to <= from) return [];
    const sounding: Sounding[] = [];
    for (let index = this.entries.length - 1; index >= 0; index--) {
      const entry = this.entries[index];
      const { performance } = entry;
      const begin = tickIn(epoch, entry);
      const next = this.entries[index + 1];
      const end = next === undefined ? Infinity : tickIn(epoch, next);
      if (performance === undefined || begin >= end) continue;
      if (begin >= to + performance.early || end <= from - performance.late) continue;
      const { position, stretch } = placeOf(entry, span, begin, end);
      for (const played of performance.play(stretch, position, position + (to - from))) {
        sounding.push({ tick: from + (played.position - position), event: played.event });
      }
      if (begin === -Infinity) break;
    }
    return sounding.length > 1 ? sounding.sort((a, b) => a.tick - b.tick) : sounding;
  }

  /** Run ticks in a span at which an entry's cycles are full. */
  ends(span: Span): { tick: number; entry: Entry }[] {
    const entry = this.entryAt(span.epoch, span.from);
    if (entry?.performance === undefined) return [];
    const { position, stretch } = placeOf(entry, span, tickIn(span.epoch, entry), Infinity);
    return entry.performance
      .ends(stretch.origin, position, position + (span.to - span.from))
      .map((end) => ({ tick: span.from + (end - position), entry }))
      .filter(({ tick }) => tick > tickIn(span.epoch, entry));
  }

  /** Sets what holds from a place on; what was to come there and later is gone. */
  set(entry: Entry): void {
    const kept = this.entries.filter((other) => isBefore(other, entry));
    kept.push(entry);
    this.entries = kept.slice(-MAX_ENTRIES);
  }

  /** Forgets what holds no more at a place. */
  prune({ epoch, tick }: Place): void {
    const current = this.entryAt(epoch, tick);
    if (current !== undefined) this.entries = this.entries.slice(this.entries.indexOf(current));
  }

  /** The spans that have not sounded and may, as they are answered again. */
  pending({ running, epochs, nowTick }: Moment): Span[] {
    this.spans = this.spans.filter(
      ({ epoch, to }) => epochs.includes(epoch) && (!running || epoch !== epochs[0] || to > nowTick)
    );
    return this.spans.map((span) => ({ ...span, replay: true }));
  }

  /** The first place from a run tick on, in an epoch, that `when` names; the tick itself where no span is known. */
  next(when: When | Quantum, epoch: number, tick: number): number {
    if (when === 'now' || when === 'none' || tick === -Infinity) return tick;
    const span = this.spanAt(epoch, tick);
    if (span === undefined) return tick;
    const position = span.position + (tick - span.from);
    if (when === 'cycle') {
      const entry = this.entryAt(epoch, tick);
      if (entry?.performance === undefined) return this.next('bar', epoch, tick);
      const { position: at, stretch } = placeOf(
        entry,
        { ...span, from: tick, position },
        -Infinity,
        Infinity
      );
      return tick + (entry.performance.nextPass(stretch.origin, at) - at);
    }
    return tick + (launchPosition(span, when, position) - position);
  }

  /** Song position at a run tick, as far as is known. */
  positionAt(epoch: number, tick: number): number | undefined {
    const span = this.spanAt(epoch, tick);
    return span && Math.max(0, span.position + (tick - span.from));
  }

  /**
   * Where what holds at a run tick is in its own song time, and from where on that counts; undefined where nothing
   * sounds.
   */
  where(epoch: number, tick: number): { position: number; origin: number } | undefined {
    const entry = this.entryAt(epoch, tick);
    const span = this.spanAt(epoch, tick);
    if (entry?.performance === undefined || span === undefined) return undefined;
    const here = { ...span, from: tick, position: span.position + (tick - span.from) };
    const { position, stretch } = placeOf(entry, here, -Infinity, Infinity);
    return { position, origin: stretch.origin };
  }

  /** Where in its first pattern it is at a run tick, in ticks; undefined where nothing of that sounds. */
  placeAt(epoch: number, tick: number): number | undefined {
    const here = this.where(epoch, tick);
    return here && this.entryAt(epoch, tick)!.performance!.placeAt(here.origin, here.position);
  }

  /** What holds at a run tick. */
  entryAt(epoch: number, tick: number): Entry | undefined {
    return lastOf(this.entries, (entry) => tickIn(epoch, entry) <= tick);
  }

  /** The span that holds a run tick, or the last one before it, or the first of the epoch. */
  private spanAt(epoch: number, tick: number): Span | undefined {
    const own = this.spans.filter((span) => span.epoch === epoch);
    return lastOf(own, ({ from }) => from <= tick) ?? own[0];
  }
}

/** The song position at or after another at which a launch begins; bars count as the clock of the span counts them. */
export function launchPosition(span: Span, quantum: Quantum | When, position: number): number {
  const here = meterOf(span);
  if (quantum === 'beat') return nextBeat(here, position);
  return nextBarLine(here, position, typeof quantum === 'number' ? quantum : 1);
}

function lastOf<T>(items: readonly T[], test: (item: T) => boolean): T | undefined {
  for (let index = items.length - 1; index >= 0; index--) if (test(items[index])) return items[index];
  return undefined;
}

/** Where an entry begins in an epoch. */
function tickIn(epoch: number, entry: Place): number {
  if (entry.epoch === epoch) return entry.tick;
  return entry.epoch < epoch ? -Infinity : Infinity;
}

function isBefore(a: Place, b: Place): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.tick < b.tick);
}

/** A span and an entry's share of time in the song ticks that the entry counts in. */
function placeOf(
  { anchor }: Entry,
  span: Span,
  begin: number,
  end: number
): { position: number; stretch: Stretch } {
  let { position } = span;
  let origin = 0;
  if (anchor !== undefined) {
    // In the epoch of its launch a pattern does not follow jumps of the song; later it is where it would be then.
    const isHere = anchor.epoch === span.epoch;
    if (isHere) position = anchor.position + (span.from - anchor.tick);
    if (isHere || position >= anchor.position) origin = anchor.position;
  }
  position = Math.max(0, position);
  return {
    position,
    stretch: { origin, from: position + (begin - span.from), to: position + (end - span.from) }
  };
}
