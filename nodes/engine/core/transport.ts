import { TICKS_PER_CLOCK } from '../../music/event';
import { meter, meterFrom, meterOf, type Meter } from '../../music/meter';
import { TempoCurve, ticksIn } from '../../music/tempo';
import type { SharedTransportState } from '../shared/transport-state';
import { startLeadMs, type Led } from './led';
import { Moment } from './lane';
import type { Resume, TransportConfig } from './transport-config';
import { Ahead, Cursor, exactLoop, exactTicks, spanTicks } from './cursor';
import type { Course, LoopRange, Spot, Stretch } from './cursor';
import type { Announcer } from './announcer';
import { Segments } from './segments';

/** How often a stopped transport says that it is there. */
const KEEP_ALIVE_MS = 1000;

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
  readonly led: Led[] = [];
  /** Set by {@link place}. */
  shift = 0;
  /** How far a clock that is followed has come: nothing beyond this tick of the curve sounds. */
  ceiling = Infinity;
  /** Set by {@link place}: the key from which on the epoch is over. */
  until = Infinity;

  private epochs = 0;
  private position = 0;
  private meter: Meter;
  private cursor: Cursor | undefined;
  private readonly segments = new Segments();
  private readonly ahead = new Ahead();
  private jumpTo: number | undefined;
  private startAtMs = Infinity;
  private stoppedMs = -Infinity;
  /** The tick up to which is counted in. */
  private countedTick = -Infinity;
  private continuing!: Cursor;
  private starting!: Cursor;
  private keepAliveMs: number;
  /** When the end of what was announced sounds. */
  private readonly horizon = new Moment();
  /** When the next beat sounds, or the end of a piece. */
  private readonly nextPiece = new Moment();
  /** When the next beat sounds, or another epoch begins: nothing else is worth a wake. */
  private readonly nextEvent = new Moment();
  /** When the next span is to be announced, and the next deadline: fields, so that nothing is boxed. */
  private announceMs = Infinity;
  private nextMs = Infinity;

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
    this.loop = exactLoop(initial.loop);
    this.keepAliveMs = nowMs + KEEP_ALIVE_MS;
    this.prime(nowMs);
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  /**
   * Plays from the start of the song; while running that is heard after the lookahead.
   * @param delayMs how long to wait first, unless another command comes in between
   * @param countInTicks how much later the music begins, behind a lookahead in which what is counted in can be
   *   answered; it counts as running meanwhile
   * @param tick of the curve at which it begins; without it as soon as possible
   */
  start(nowMs: number, delayMs = 0, countInTicks = 0, tick?: number): void {
    if (delayMs > 0 && !this.running) {
      this.startAtMs = nowMs + delayMs;
      return;
    }
    this.startAtMs = Infinity;
    if (this.running) this.jumpTo = 0;
    else this.begin(this.starting, 0, nowMs, countInTicks, tick);
    this.turn(nowMs);
  }

  /** Plays on from where it stands. While running nothing changes. */
  continue(nowMs: number, countInTicks = 0, tick?: number): void {
    this.startAtMs = Infinity;
    if (this.running) return;
    this.begin(this.continuing, this.position, nowMs, countInTicks, tick);
    this.turn(nowMs);
  }

  /** Silence now; the position stays, or is that of a tick of the curve. */
  stop(nowMs: number, tick?: number): void {
    this.startAtMs = Infinity;
    if (!this.running) return;
    this.turn(nowMs);
    this.advance(nowMs);
    this.position = exactTicks(this.jumpTo ?? this.upcomingJump(nowMs) ?? this.positionAt(nowMs, tick));
    this.meter = this.cursor?.latestMeter ?? this.meter;
    this.running = false;
    this.stoppedMs = nowMs;
    this.keepAliveMs = nowMs + KEEP_ALIVE_MS;
    this.jumpTo = undefined;
    this.cursor = undefined;
    this.ahead.clear();
    this.segments.clear();
    for (const slave of this.led) slave.stop(this.tempo.tickAt(nowMs));
    this.announcer.stopped(this, nowMs);
    this.prime(nowMs);
  }

  /** Goes to a song position; while running that is heard after the lookahead. */
  locate(position: number, nowMs: number): void {
    if (this.running) {
      this.jumpTo = exactTicks(position);
      this.turn(nowMs);
      return;
    }
    this.position = exactTicks(position);
    for (const slave of this.led) slave.locate(this.position, nowMs);
    this.prime(nowMs);
  }

  /** From now on. What is queued moves with it. */
  setBpm(bpm: number, nowMs: number): void {
    this.setTempo(this.tempo.withBpm(bpm, nowMs), nowMs);
  }

  /**
   * A clock that is followed has come to a tick: the curve goes on through it, and no further than the ceiling. The
   * past of the curve is forgotten, for it is hardly another one.
   */
  follow(tick: number, ms: number, bpm: number, ceiling: number, nowMs: number): void {
    this.advance(nowMs);
    this.tempo = TempoCurve.constant(bpm, ms, tick);
    this.ceiling = ceiling;
    this.publish();
    if (!this.running) {
      this.extendPrimed(this.continuing, nowMs);
      if (this.starting !== this.continuing) this.extendPrimed(this.starting, nowMs);
    }
    this.turn(nowMs);
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
    this.loop = exactLoop(loop);
    if (!this.running) this.prime(nowMs);
  }

  configure(config: TransportConfig, nowMs: number): void {
    const longer = config.lookaheadMs !== this.config.lookaheadMs;
    this.config = config;
    this.publish();
    if (longer && !this.running) this.prime(nowMs);
    this.turn(nowMs);
  }

  /** Takes over from a core that is gone: its tempo curve and, if it ran, the music where it would be by now. */
  resume({ running, tempo, tick, position, meter, epoch }: Resume, nowMs: number): void {
    this.tempo = TempoCurve.fromParts(tempo);
    this.meter = meterOf(meter);
    this.epochs = epoch;
    const soonest = this.tempo.tickAt(nowMs + 1 + this.announcer.earliestOffsetMs());
    const now = running ? position + Math.max(0, soonest - tick) : position;
    const { loop } = this;
    const wraps = loop !== undefined && position < loop.end && now >= loop.end;
    this.position = exactTicks(wraps ? loop.start + ((now - loop.end) % (loop.end - loop.start)) : now);
    this.prime(nowMs);
    if (running) this.continue(nowMs);
  }

  // ---- the loop ----------------------------------------------------------------------------------------------

  /** Announces what has come within the lookahead, and the beats that sound. */
  turn(nowMs: number): void {
    if (nowMs >= this.startAtMs) this.start(nowMs);
    this.advance(nowMs);
    if (this.running) this.announce(nowMs);
    if (nowMs >= this.keepAliveMs) {
      if (!this.running || this.tempo.tickAt(nowMs) < this.countedTick) this.sayThatItIsThere(nowMs);
      else this.keepAliveMs = Infinity;
    }
  }

  nextDeadlineMs(): number {
    this.findNext();
    return this.nextMs;
  }

  private findNext(): void {
    this.nextMs = Math.min(this.keepAliveMs, this.startAtMs);
    if (this.cursor === undefined) return;
    this.nextEvent.tick = this.ahead.nextEventTick;
    this.nextEvent.reckon(this);
    this.findAnnounce();
    this.nextMs = Math.min(
      this.announceMs,
      this.keepAliveMs,
      this.nextEvent.tick > this.ceiling ? Infinity : this.nextEvent.ms
    );
  }

  /** Finds out where events of an epoch belong and sets {@link shift} and {@link until}. */
  place(epoch: number): Place {
    const segment = this.segments.of(epoch);
    if (segment !== undefined) {
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
  positionAt(nowMs: number, tick = Math.min(this.ceiling, this.tempo.tickAt(nowMs))): number {
    if (!this.running) return this.position;
    return this.ahead.positionAt(tick) ?? (this.cursor as Cursor).position;
  }

  /** The first sixteenth of the song at or after a tick of the curve, behind all jumps that are laid out. */
  sixteenthFrom(tick: number): Spot {
    const { from, shift } = this.segments.last;
    return this.ahead.sixteenthFrom(Math.max(tick, from), this.cursor as Cursor, shift, this);
  }

  // ---- inside ------------------------------------------------------------------------------------------------

  private begin(primed: Cursor, position: number, nowMs: number, countInTicks: number, at?: number): void {
    const tempo = this.tempo;
    const pulseMs = TICKS_PER_CLOCK / ticksIn(1, tempo.bpmAt(nowMs));
    const leadMs = this.led.length > 0 ? startLeadMs(pulseMs) : 1;
    const soonest = tempo.tickAt(nowMs + leadMs + this.announcer.earliestOffsetMs());
    const onPulse = at ?? onGrid(soonest, position);
    // Where nobody hears the grid there is no need to wait for it.
    if (this.led.length === 0 && at === undefined) this.tempo = tempo.relabelled(onPulse - soonest);
    const waitTicks = countInTicks > 0 ? countInTicks + ticksIn(this.aheadMs(), tempo.bpmAt(nowMs)) : 0;
    const tick = at ?? onGrid(onPulse + waitTicks, position);

    const { epoch } = primed;
    this.running = true;
    this.segments.begin({ epoch, shift: tick - position, from: tick, until: Infinity });
    this.cursor = new Cursor(epoch, position, position, this.meter);
    this.countedTick = countInTicks > 0 ? tick : -Infinity;
    this.keepAliveMs = Infinity;
    if (countInTicks > 0) this.sayThatItIsThere(nowMs);
    while (this.cursor.run < primed.run) this.walk(primed.run - this.cursor.run);
    this.announcer.epochBegan(this, epoch, tick - position);
    for (const slave of this.led) slave.play(tick);
    this.publish();
  }

  /** An empty span, so that a clock on which nothing is to be announced is known to be there. */
  private sayThatItIsThere(nowMs: number): void {
    const { position, meter, cursor } = this;
    const here =
      cursor === undefined
        ? { from: position, to: position, position, meter }
        : { from: cursor.run, to: cursor.run, position: cursor.position, meter: cursor.meter };
    const { epoch } = cursor ?? this.continuing;
    this.announcer.span(this, epoch, here, nowMs, this.tempo.bpmAt(nowMs), this.running, false);
    this.keepAliveMs = nowMs + KEEP_ALIVE_MS;
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
    for (this.findAnnounce(); this.announceMs <= nowMs; this.findAnnounce()) {
      const tick = this.cursorTick();
      const jumpTick = this.jumpTo === undefined ? Infinity : onGrid(tick, this.jumpTo);
      if (this.jumpTo !== undefined && jumpTick === tick) this.jump(tick, this.jumpTo);
      else this.announceNext(jumpTick - tick);
    }
  }

  /** Goes on at another position; `tick`, up to which was announced, is in step with it. */
  private jump(tick: number, position: number): void {
    this.jumpTo = undefined;
    const { last } = this.segments;
    last.until = tick;
    this.announcer.epochEnds(this, last.epoch, tick);

    const epoch = ++this.epochs;
    this.cursor = new Cursor(epoch, position, position, (this.cursor as Cursor).latestMeter);
    this.segments.add(
      { epoch, shift: tick - position, from: tick, until: Infinity },
      this.ahead.first?.from ?? tick
    );
    for (const slave of this.led) slave.jump(tick);
    this.publish();
  }

  private announceNext(limitTicks: number): void {
    const stretch = this.walk(limitTicks);
    const timeMs = this.tempo.msAt(stretch.from + this.segments.last.shift);
    const { epoch } = this.cursor as Cursor;
    this.announcer.span(this, epoch, stretch, timeMs, this.tempo.bpmAt(timeMs), true, false);
  }

  private walk(limitTicks: number): Stretch {
    const cursor = this.cursor as Cursor;
    const { shift } = this.segments.last;
    const stretch = cursor.next(Math.min(limitTicks, spanTicks(this.tempo, this.cursorTick())), this);
    this.ahead.add({
      epoch: cursor.epoch,
      from: stretch.from + shift,
      to: stretch.to + shift,
      position: stretch.position,
      meter: stretch.meter
    });
    return stretch;
  }

  /** Announces what would sound first, under the epochs that the next continue and the next start will use. */
  private prime(nowMs: number): void {
    this.announcer.unprimed(this);
    this.meter = meterFrom(this.meter, this.position);
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
      const stretch = cursor.next(spanTicks(TempoCurve.constant(bpm), 0), this);
      this.announcer.span(this, cursor.epoch, stretch, NaN, bpm, false, true);
    }
  }

  /** Leaves behind what has sounded, beat by beat. */
  private advance(nowMs: number): void {
    for (;;) {
      const piece = this.ahead.first;
      const tick = this.ahead.nextTick;
      this.nextPiece.tick = tick;
      this.nextPiece.reckon(this);
      const dueMs = this.nextPiece.ms;
      if (piece === undefined || dueMs > nowMs || tick > this.ceiling) break;
      if (tick < piece.to) {
        const { beatPosition } = this.ahead;
        this.announcer.beat(this, piece.epoch, piece.meter, beatPosition, dueMs, this.tempo.bpmAt(dueMs));
        this.ahead.stepBeat();
      } else {
        this.ahead.shift();
        if (this.ahead.first !== undefined && this.ahead.first.epoch !== piece.epoch) this.publish();
      }
    }
  }

  /** The target of a jump that was laid out and has not sounded: stopping before it means to stop there. */
  private upcomingJump(nowMs: number): number | undefined {
    const { from, shift } = this.segments.last;
    return from > this.tempo.tickAt(nowMs) ? from - shift : undefined;
  }

  /** Finds out when the next span is to be announced. */
  private findAnnounce(): void {
    this.horizon.tick = this.cursorTick();
    this.horizon.reckon(this);
    this.announceMs = this.horizon.ms - this.aheadMs();
  }

  private cursorTick(): number {
    return (this.cursor as Cursor).run + this.segments.last.shift;
  }

  private aheadMs(): number {
    return this.config.lookaheadMs + this.announcer.earliestOffsetMs();
  }

  private publish(): void {
    const { first } = this.ahead;
    const next = this.segments.latest;
    const current = (first && this.segments.of(first.epoch)) ?? next;
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
      lookaheadMs: this.config.lookaheadMs,
      stoppedMs: this.stoppedMs
    });
  }
}

/** The first tick at or after `tick` from which `position` runs in step with the grid of MIDI clock. */
function onGrid(tick: number, position: number): number {
  return position + Math.ceil((tick - position) / TICKS_PER_CLOCK) * TICKS_PER_CLOCK;
}
