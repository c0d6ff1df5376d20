import { TICKS_PER_SIXTEENTH } from '../../music/event';
import { ticksIn, type TempoCurve } from '../../music/tempo';
import { barBeatAt, beatTicks, meter, meterFrom, nextBarLine, nextBeat, type Meter } from '../../music/meter';

/** Length of a span: long enough to be cheap on a wire, short enough for a tempo change to be heard soon. */
const SPAN_MS = 30;

/** Shortest loop: a 64th note. Shorter ones would only make spans, not music. */
export const MIN_LOOP_TICKS = 60;

/** Stretches that are searched for a sixteenth; a loop in which these have none has none. */
const SEARCHED_STRETCHES = 8;

/** A range of the song that repeats; ticks, `end` is not part of it. */
export interface LoopRange {
  readonly start: number;
  readonly end: number;
}

/** What decides how song position goes on; shared by all cursors of a transport. */
export interface Course {
  loop: LoopRange | undefined;
}

/** A stretch without a jump of position or meter. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly position: number;
  readonly meter: Meter;
}

/** A stretch that was announced, in ticks of the tempo curve. */
export interface Piece extends Stretch {
  readonly epoch: number;
}

/** A place in the song and when it comes, in ticks of the tempo curve. */
export interface Spot {
  tick: number;
  position: number;
}

/**
 * The nearest of the positions that a transport can stand at. They are so much coarser than float64 that sums and
 * differences of ticks are exact, and spans meet without a gap however long it plays.
 */
export function exactTicks(ticks: number): number {
  return Math.round(ticks * 65536) / 65536;
}

export function exactLoop(loop: LoopRange | undefined): LoopRange | undefined {
  return loop && { start: exactTicks(loop.start), end: exactTicks(loop.end) };
}

/** A span from `tick` on, in ticks. */
export function spanTicks(tempo: TempoCurve, tick: number): number {
  const fromMs = tempo.msAt(tick);
  const toMs = fromMs + SPAN_MS;
  return roundSpan(tempo.tickAt(toMs) - tick, Math.min(tempo.bpmAt(fromMs), tempo.bpmAt(toMs)));
}

/** Whole ticks where that leaves the length of a span near SPAN_MS, eighths of a tick at the slowest tempi. */
function roundSpan(ticks: number, slowestBpm: number): number {
  return ticksIn(SPAN_MS, slowestBpm) >= 8 ? Math.round(ticks) : Math.max(1, Math.round(ticks * 8)) / 8;
}

/**
 * Walks through a song in run time: run ticks go on evenly, song position jumps at the end of a loop. Every stretch
 * that it gives joins the one before it exactly, and none crosses a jump or a change of meter.
 */
export class Cursor {
  meter: Meter;
  private nextMeter: { meter: Meter; at: number } | undefined;

  constructor(
    readonly epoch: number,
    /** Run tick up to which was walked. */
    public run: number,
    /** Song position there. */
    public position: number,
    current: Meter
  ) {
    this.meter = meterFrom(current, position);
  }

  /** Changes the meter at the next bar line, which may be here. */
  setMeter(beatsPerBar: number, beatUnit: number): void {
    const at = nextBarLine(this.meter, this.position);
    this.nextMeter = { meter: meter(beatsPerBar, beatUnit, at, barBeatAt(this.meter, at).bar - 1), at };
    this.turn(undefined);
  }

  /** The next stretch, at most `ticks` long, and steps to its end. */
  next(ticks: number, course: Course): Stretch {
    const { run, position } = this;
    const meterHere = this.meter;
    let end = run + ticks;
    let endPosition = position + ticks;
    for (const stop of [this.nextMeter?.at, loopEndAhead(course.loop, position)]) {
      if (stop === undefined || stop > endPosition || stop <= position) continue;
      end = run + (stop - position);
      endPosition = stop;
    }
    this.run = end;
    this.position = endPosition;
    this.turn(course.loop);
    return { from: run, to: end, position, meter: meterHere };
  }

  /** The meter that holds from the next bar line on. */
  get latestMeter(): Meter {
    return this.nextMeter?.meter ?? this.meter;
  }

  private turn(loop: LoopRange | undefined): void {
    if (this.nextMeter !== undefined && this.position >= this.nextMeter.at)
      this.takeMeter(this.nextMeter.meter);
    if (loop === undefined || this.position !== loop.end) return;
    this.position = loop.start;
    // A loop that comes round before the bar line is one.
    this.takeMeter(meterFrom(this.latestMeter, loop.start));
  }

  private takeMeter(next: Meter): void {
    this.meter = next;
    this.nextMeter = undefined;
  }
}

function loopEndAhead(loop: LoopRange | undefined, position: number): number | undefined {
  return loop !== undefined && position < loop.end ? loop.end : undefined;
}

/** The pieces that were announced and are not over, and the beats in them. */
export class Ahead {
  /** Song position of the next beat, if the first piece has one. */
  beatPosition = 0;
  /**
   * The next tick at which something happens: a beat, or the first of another epoch. That a piece is over is no such
   * thing. Infinity where there is none in what is announced.
   */
  nextEventTick = Infinity;
  private pieces: Piece[] = [];

  /** The piece that sounds, or will next. */
  get first(): Piece | undefined {
    return this.pieces[0];
  }

  add(piece: Piece): void {
    this.pieces.push(piece);
    if (this.pieces.length === 1) this.enter();
    else this.findEvent();
  }

  /** The first piece is over. */
  shift(): void {
    this.pieces.shift();
    this.enter();
  }

  clear(): void {
    this.pieces = [];
    this.findEvent();
  }

  /** When the next beat is, or the end of the first piece if that comes first. */
  get nextTick(): number {
    const { first } = this;
    if (first === undefined) return Infinity;
    return Math.min(first.to, first.from + (this.beatPosition - first.position));
  }

  stepBeat(): void {
    this.beatPosition += beatTicks((this.first as Piece).meter);
    this.findEvent();
  }

  /** Song position at a tick; undefined where nothing is announced. */
  positionAt(tick: number): number | undefined {
    let found = this.first;
    for (const piece of this.pieces) if (piece.from <= tick) found = piece;
    return found && found.position + Math.max(0, Math.min(tick, found.to) - found.from);
  }

  /** The first sixteenth of the song at or after a tick, here or where the walk goes on, `shift` ticks later. */
  sixteenthFrom(tick: number, { epoch, run, position, meter }: Cursor, shift: number, course: Course): Spot {
    for (const piece of this.pieces) {
      const spot = sixteenthIn(piece, tick, 0);
      if (spot !== undefined) return spot;
    }
    const scout = new Cursor(epoch, run, position, meter);
    for (let searched = 0; searched < SEARCHED_STRETCHES;) {
      const stretch = scout.next(TICKS_PER_SIXTEENTH, course);
      const spot = sixteenthIn(stretch, tick, shift);
      if (spot !== undefined) return spot;
      if (stretch.to + shift > tick) searched++;
    }
    return { tick, position: nextSixteenth(scout.position) };
  }

  private enter(): void {
    const { first } = this;
    if (first !== undefined) this.beatPosition = nextBeat(first.meter, first.position);
    this.findEvent();
  }

  private findEvent(): void {
    const { pieces } = this;
    this.nextEventTick = Infinity;
    for (let index = 0; index < pieces.length; index++) {
      const { epoch, from, to, position, meter } = pieces[index];
      const isOther = index > 0 && epoch !== pieces[index - 1].epoch;
      const beat = index === 0 ? this.beatPosition : nextBeat(meter, position);
      const tick = isOther ? from : from + (beat - position);
      if (tick >= to) continue;
      this.nextEventTick = tick;
      return;
    }
  }
}

function sixteenthIn({ from, to, position }: Stretch, tick: number, shift: number): Spot | undefined {
  const sixteenth = nextSixteenth(position + Math.max(0, tick - shift - from));
  const at = from + (sixteenth - position);
  return at < to ? { tick: at + shift, position: sixteenth } : undefined;
}

function nextSixteenth(position: number): number {
  return Math.ceil(position / TICKS_PER_SIXTEENTH) * TICKS_PER_SIXTEENTH;
}
