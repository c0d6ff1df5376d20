import { barBeatAt, meter, nextBarLine, type Meter } from '../../music/meter';

/** Shortest loop: a 64th note. Shorter ones would only make spans, not music. */
export const MIN_LOOP_TICKS = 60;

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

/**
 * Walks through a song in run time: run ticks go on evenly, song position jumps at the end of a loop. Every stretch
 * that it gives joins the one before it exactly, and none crosses a jump or a change of meter.
 */
export class Cursor {
  private nextMeter: { meter: Meter; at: number } | undefined;

  constructor(
    readonly epoch: number,
    /** Run tick up to which was walked. */
    public run: number,
    /** Song position there. */
    public position: number,
    public meter: Meter
  ) {}

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
    if (this.nextMeter !== undefined)
      this.takeMeter(meter(this.latestMeter.beatsPerBar, this.latestMeter.beatUnit));
  }

  private takeMeter(next: Meter): void {
    this.meter = next;
    this.nextMeter = undefined;
  }
}

function loopEndAhead(loop: LoopRange | undefined, position: number): number | undefined {
  return loop !== undefined && position < loop.end ? loop.end : undefined;
}
