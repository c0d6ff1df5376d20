import { TICKS_PER_CLOCK, TICKS_PER_SIXTEENTH } from '../../music/event';
import { beatTicks, meter, nextBeat, type Meter } from '../../music/meter';
import { TempoCurve, ticksIn } from '../../music/tempo';
import type { SharedTransportState } from '../shared/transport-state';
import { startLeadMs, type ClockOut } from './clock-out';
import { Cursor, type Course, type LoopRange, type Stretch } from './cursor';

/** Length of a span: long enough to be cheap on a wire, short enough for a tempo change to be heard soon. */
const SPAN_MS = 30;

/** How often a stopped transport says that it is there. */
const KEEP_ALIVE_MS = 1000;

/** Segments of run time that are remembered, so that late answers are known to be late and not unknown. */
const MAX_SEGMENTS = 16;

/** Settings of a transport; tempo, position and meter are its state and change by commands. */
export interface TransportConfig {
  lookaheadMs: number;
  clockWhileStopped: boolean;
  sendStartStop: boolean;
  sendSongPosition: boolean;
}

/** What a transport tells the outside. */
export interface Announcer {
  span(
    transport: Transport,
    epoch: number,
    stretch: Stretch,
    timeMs: number,
    bpm: number,
    running: boolean,
    primed: boolean
  ): void;
  beat(
    transport: Transport,
    epoch: number,
    meter: Meter,
    position: number,
    timeMs: number,
    bpm: number
  ): void;
  /** What was primed is void. */
  unprimed(transport: Transport): void;
  /** Run ticks of `epoch` now have a place: tick + shift. Events that wait for another epoch are void. */
  epochBegan(transport: Transport, epoch: number, shift: number): void;
  /** What `epoch` would play from `key` on is void. */
  epochEnds(transport: Transport, epoch: number, key: number): void;
  /** Everything that sounds or waits on behalf of the transport ends now. */
  stopped(transport: Transport, nowMs: number): void;
  /** Largest negative offset of an output, as a positive number of ms. */
  earliestOffsetMs(): number;
}

/** A stretch of run time with its place on the tempo curve: run tick + shift = tick of the curve. */
interface Segment {
  readonly epoch: number;
  readonly shift: number;
  readonly from: number;
  until: number;
}

/** A stretch that was announced, in ticks of the curve. */
interface Piece {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly position: number;
  readonly meter: Meter;
}

/** Where the run ticks of an event belong; see {@link Transport.place}. */
export const enum Place {
  /** `shift` was set: the event has its key. */
  known,
  /** The epoch was primed and has not begun. */
  waiting,
  /** The epoch is over, or never was. */
  stale
}

/**
 * One musical time: tempo, song position, loop and meter, and the spans that are announced ahead of it.
 *
 * Its tempo curve runs on for ever; starting and stopping only lay run time over it. So MIDI clock stands on one
 * grid, and whatever is queued in ticks keeps its place when the tempo changes.
 */
export class Transport implements Course {
  running = false;
  tempo: TempoCurve;
  loop: LoopRange | undefined;
  readonly clockOuts: ClockOut[] = [];
  /** Set by {@link place}. */
  shift = 0;
  /** Set by {@link place}: the key from which on the epoch is over. */
  until = Infinity;

  private epochs = 0;
  private position = 0;
  private meter: Meter;
  private cursor: Cursor | undefined;
  private segments: Segment[] = [];
  private pieces: Piece[] = [];
  private beatPosition = 0;
  private jumpTo: number | undefined;
  private continuing!: Cursor;
  private starting!: Cursor;
  private keepAliveMs: number;

  constructor(
    readonly index: number,
    readonly id: string,
    public config: TransportConfig,
    initial: { bpm: number; meter: Meter; loop: LoopRange | undefined },
    private readonly announcer: Announcer,
    private readonly shared: SharedTransportState,
    nowMs: number
  ) {
    this.tempo = TempoCurve.constant(initial.bpm, nowMs, 0);
    this.meter = initial.meter;
    this.loop = initial.loop;
    this.keepAliveMs = nowMs + KEEP_ALIVE_MS;
    this.prime(nowMs);
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  /** Plays from the start of the song; while running that is heard after the lookahead. */
  start(nowMs: number): void {
    if (this.running) this.jumpTo = 0;
    else this.begin(this.starting, 0, nowMs);
    this.turn(nowMs);
  }

  /** Plays on from where it stands. While running nothing changes. */
  continue(nowMs: number): void {
    if (this.running) return;
    this.begin(this.continuing, this.position, nowMs);
    this.turn(nowMs);
  }

  /** Silence now; the position stays. */
  stop(nowMs: number): void {
    if (!this.running) return;
    this.advance(nowMs);
    this.position = this.jumpTo ?? this.upcomingJump() ?? this.positionAt(nowMs);
    this.meter = this.cursor?.latestMeter ?? this.meter;
    this.running = false;
    this.jumpTo = undefined;
    this.cursor = undefined;
    this.pieces = [];
    this.segments = [];
    for (const clock of this.clockOuts) clock.stop(this.tempo.tickAt(nowMs));
    this.announcer.stopped(this, nowMs);
    this.prime(nowMs);
  }

  /** Goes to a song position; while running that is heard after the lookahead. */
  locate(position: number, nowMs: number): void {
    if (this.running) {
      this.jumpTo = position;
      this.turn(nowMs);
      return;
    }
    this.position = position;
    for (const clock of this.clockOuts) clock.locate(position, nowMs);
    this.prime(nowMs);
  }

  /** From now on. What is queued moves with it. */
  setBpm(bpm: number, nowMs: number): void {
    this.setTempo(this.tempo.withBpm(bpm, nowMs), nowMs);
  }

  /** From now on the tempo runs to `bpm` over `ticks`. */
  ramp(bpm: number, ticks: number, nowMs: number): void {
    this.setTempo(this.tempo.withRamp(bpm, ticks, nowMs), nowMs);
  }

  /** From the next bar line that was not announced yet; while stopped at once. */
  setMeter(beatsPerBar: number, beatUnit: number, nowMs: number): void {
    if (this.cursor !== undefined) {
      this.cursor.setMeter(beatsPerBar, beatUnit);
    } else {
      this.meter = meter(beatsPerBar, beatUnit);
      this.prime(nowMs);
    }
  }

  /** From the lookahead on; a position beyond the range plays on to its end of the song. */
  setLoop(loop: LoopRange | undefined, nowMs: number): void {
    this.loop = loop;
    if (!this.running) this.prime(nowMs);
  }

  configure(config: TransportConfig, nowMs: number): void {
    const longer = config.lookaheadMs !== this.config.lookaheadMs;
    this.config = config;
    this.publish();
    if (longer && !this.running) this.prime(nowMs);
    this.turn(nowMs);
  }

  // ---- the loop ----------------------------------------------------------------------------------------------

  /** Announces what has come within the lookahead, and the beats that sound. */
  turn(nowMs: number): void {
    this.advance(nowMs);
    if (this.running) {
      this.announce(nowMs);
    } else if (nowMs >= this.keepAliveMs) {
      const { run, position, meter } = this.continuing;
      const here = { from: run, to: run, position, meter };
      this.announcer.span(this, this.continuing.epoch, here, nowMs, this.tempo.bpmAt(nowMs), false, false);
      this.keepAliveMs = nowMs + KEEP_ALIVE_MS;
    }
  }

  nextDeadlineMs(): number {
    if (this.cursor === undefined) return this.keepAliveMs;
    return Math.min(this.announceMs(), this.nextBeatMs());
  }

  /** Finds out where events of an epoch belong and sets {@link shift} and {@link until}. */
  place(epoch: number): Place {
    for (let index = this.segments.length - 1; index >= 0; index--) {
      const segment = this.segments[index];
      if (segment.epoch !== epoch) continue;
      this.shift = segment.shift;
      this.until = segment.until;
      return Place.known;
    }
    const primed = !this.running && (epoch === this.continuing.epoch || epoch === this.starting.epoch);
    return primed ? Place.waiting : Place.stale;
  }

  msAt(tick: number): number {
    return this.tempo.msAt(tick);
  }

  /** Song position that sounds at `nowMs`. */
  positionAt(nowMs: number): number {
    if (!this.running) return this.position;
    const tick = this.tempo.tickAt(nowMs);
    let found = this.pieces[0];
    for (const piece of this.pieces) if (piece.from <= tick) found = piece;
    return found === undefined
      ? this.position
      : found.position + Math.max(0, Math.min(tick, found.to) - found.from);
  }

  /** The first sixteenth of the song at or after a tick of the curve. */
  sixteenthFrom(tick: number): { tick: number; position: number } {
    const piece = this.pieces.find(({ to }) => to > tick) ?? this.pieces.at(-1);
    if (piece === undefined) return { tick, position: 0 };
    const from = Math.max(tick, piece.from);
    const here = piece.position + (from - piece.from);
    const position = Math.ceil(here / TICKS_PER_SIXTEENTH - 1e-9) * TICKS_PER_SIXTEENTH;
    const past = this.loop !== undefined && here < this.loop.end && position >= this.loop.end;
    return {
      tick: from + position - here,
      position: past
        ? this.loop!.start + ((position - this.loop!.end) % (this.loop!.end - this.loop!.start))
        : position
    };
  }

  // ---- inside ------------------------------------------------------------------------------------------------

  private begin(primed: Cursor, position: number, nowMs: number): void {
    const tempo = this.tempo;
    const pulseMs = ticksToMs(TICKS_PER_CLOCK, tempo.bpmAt(nowMs));
    const leadMs = this.clockOuts.length > 0 ? startLeadMs(pulseMs) : 1;
    const soonest = tempo.tickAt(nowMs + leadMs + this.announcer.earliestOffsetMs());
    const tick = onGrid(soonest, position);
    // Where nobody hears the grid there is no need to wait for it.
    if (this.clockOuts.length === 0) this.tempo = tempo.relabelled(tick - soonest);

    const { epoch } = primed;
    this.running = true;
    this.segments = [{ epoch, shift: tick - position, from: tick, until: Infinity }];
    this.pieces = [];
    this.cursor = new Cursor(epoch, position, position, this.meter);
    while (this.cursor.run < primed.run) this.walk(primed.run - this.cursor.run);
    this.announcer.epochBegan(this, epoch, tick - position);
    for (const clock of this.clockOuts) {
      if (position === 0) clock.start(tick);
      else clock.continue(tick, position);
    }
    this.publish();
  }

  private setTempo(tempo: TempoCurve, nowMs: number): void {
    this.advance(nowMs);
    this.tempo = tempo;
    this.publish();
    if (!this.running) {
      this.extendPrimed(this.continuing, nowMs);
      if (this.starting !== this.continuing) this.extendPrimed(this.starting, nowMs);
    }
    this.turn(nowMs);
  }

  private announce(nowMs: number): void {
    while (this.announceMs() <= nowMs) {
      if (this.jumpTo !== undefined) this.jump(this.jumpTo);
      else this.announceNext(Infinity);
    }
  }

  /** Goes on at another position, on the first pulse that was not announced yet. */
  private jump(position: number): void {
    this.jumpTo = undefined;
    const last = this.segments[this.segments.length - 1];
    const tick = onGrid(this.cursorTick(), position);
    const cursor = this.cursor as Cursor;
    while (tick - last.shift - cursor.run > 1e-6) this.announceNext(tick - last.shift - cursor.run);
    last.until = tick;
    this.announcer.epochEnds(this, last.epoch, tick);

    const epoch = ++this.epochs;
    const { beatsPerBar, beatUnit } = cursor.latestMeter;
    this.cursor = new Cursor(epoch, position, position, meter(beatsPerBar, beatUnit));
    this.segments.push({ epoch, shift: tick - position, from: tick, until: Infinity });
    if (this.segments.length > MAX_SEGMENTS) this.segments.shift();
    for (const clock of this.clockOuts) clock.jump(tick, position);
    this.publish();
  }

  private announceNext(limitTicks: number): void {
    const stretch = this.walk(limitTicks);
    const timeMs = this.tempo.msAt(stretch.from + this.segments[this.segments.length - 1].shift);
    this.announcer.span(
      this,
      (this.cursor as Cursor).epoch,
      stretch,
      timeMs,
      this.tempo.bpmAt(timeMs),
      true,
      false
    );
  }

  private walk(limitTicks: number): Stretch {
    const cursor = this.cursor as Cursor;
    const { shift } = this.segments[this.segments.length - 1];
    const bpm = this.tempo.bpmAt(this.tempo.msAt(cursor.run + shift));
    const stretch = cursor.next(Math.min(limitTicks, spanTicks(bpm)), this);
    this.pieces.push({
      epoch: cursor.epoch,
      from: stretch.from + shift,
      to: stretch.to + shift,
      position: stretch.position,
      meter: stretch.meter
    });
    if (this.pieces.length === 1) this.enterPiece(this.pieces[0]);
    return stretch;
  }

  /** Announces what would sound first, under the epochs that the next continue and the next start will use. */
  private prime(nowMs: number): void {
    this.announcer.unprimed(this);
    this.continuing = new Cursor(++this.epochs, this.position, this.position, this.meter);
    this.extendPrimed(this.continuing, nowMs);
    if (this.position === 0) {
      this.starting = this.continuing;
    } else {
      this.starting = new Cursor(++this.epochs, 0, 0, this.meter);
      this.extendPrimed(this.starting, nowMs);
    }
    this.publish();
  }

  private extendPrimed(cursor: Cursor, nowMs: number): void {
    const bpm = this.tempo.bpmAt(nowMs);
    const from = cursor === this.continuing ? this.position : 0;
    const horizon = from + ticksIn(this.aheadMs(), bpm);
    while (cursor.run < horizon) {
      const stretch = cursor.next(spanTicks(bpm), this);
      this.announcer.span(this, cursor.epoch, stretch, NaN, bpm, false, true);
    }
  }

  /** Leaves behind what has sounded, beat by beat. */
  private advance(nowMs: number): void {
    for (;;) {
      const piece = this.pieces[0];
      if (piece === undefined) break;
      const dueMs = this.nextBeatMs();
      if (dueMs > nowMs) break;
      const tick = this.beatTick(piece);
      if (tick < piece.to) {
        this.announcer.beat(
          this,
          piece.epoch,
          piece.meter,
          this.beatPosition,
          dueMs,
          this.tempo.bpmAt(dueMs)
        );
        this.beatPosition += beatTicks(piece.meter);
      } else {
        this.pieces.shift();
        const next = this.pieces[0];
        if (next === undefined) break;
        this.enterPiece(next);
        if (next.epoch !== piece.epoch) this.publish();
      }
    }
  }

  private enterPiece(piece: Piece): void {
    this.beatPosition = nextBeat(piece.meter, piece.position);
  }

  private beatTick(piece: Piece): number {
    return piece.from + (this.beatPosition - piece.position);
  }

  /** When the next beat sounds, or the piece in which there is none is over. */
  private nextBeatMs(): number {
    const piece = this.pieces[0];
    return piece === undefined ? Infinity : this.tempo.msAt(Math.min(this.beatTick(piece), piece.to));
  }

  /** The target of a jump that was announced and has not sounded: stopping before it means to stop there. */
  private upcomingJump(): number | undefined {
    const last = this.pieces.at(-1);
    const first = this.pieces[0];
    if (last === undefined || first === undefined || last.epoch === first.epoch) return undefined;
    return this.pieces.find(({ epoch }) => epoch === last.epoch)?.position;
  }

  /** When the next span is to be announced. */
  private announceMs(): number {
    return this.tempo.msAt(this.cursorTick()) - this.aheadMs();
  }

  private cursorTick(): number {
    return (this.cursor as Cursor).run + this.segments[this.segments.length - 1].shift;
  }

  private aheadMs(): number {
    return this.config.lookaheadMs + this.announcer.earliestOffsetMs();
  }

  private publish(): void {
    const first = this.pieces[0];
    const next = this.segments.at(-1);
    const current = this.segments.find(({ epoch }) => epoch === first?.epoch) ?? next;
    this.shared.write({
      running: this.running,
      tempo: this.tempo,
      epoch: current?.epoch ?? this.continuing.epoch,
      shift: current?.shift ?? 0,
      nextEpoch: next?.epoch ?? this.continuing.epoch,
      nextShift: next?.shift ?? 0,
      continueEpoch: this.continuing.epoch,
      startEpoch: this.starting.epoch,
      stoppedPosition: this.position,
      lookaheadMs: this.config.lookaheadMs
    });
  }
}

/** A span in ticks: whole ticks where that leaves its length near SPAN_MS, eighths of a tick at the slowest tempi. */
function spanTicks(bpm: number): number {
  const ticks = ticksIn(SPAN_MS, bpm);
  return ticks >= 8 ? Math.round(ticks) : Math.round(ticks * 8) / 8;
}

function ticksToMs(ticks: number, bpm: number): number {
  return ticks / ticksIn(1, bpm);
}

/** The first tick at or after `tick` from which `position` runs in step with the grid of MIDI clock. */
function onGrid(tick: number, position: number): number {
  return position + Math.ceil((tick - position) / TICKS_PER_CLOCK) * TICKS_PER_CLOCK;
}
