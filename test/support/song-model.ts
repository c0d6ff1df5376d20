import assert from 'node:assert/strict';
import type { Beat, Span } from '../../nodes/engine';
import { ExactTempo } from './exact-tempo';
import { Rational } from './rational';

const MICROSECOND = 1e-3;
const CLOCK = 40;

/** Positions are reckoned in 65 536ths of a tick; a command may be rounded to them. */
const GRAIN = 1 / 65_536;

interface Signature {
  beatsPerBar: number;
  beatUnit: number;
  /** Bars count from here, a bar line that is number `bar` from 0. */
  anchor: number;
  bar: number;
}

interface Loop {
  start: number;
  end: number;
}

/** Where an epoch has got to, and what is announced of it. Ticks of an epoch are sums of exact binary fractions. */
class Walk {
  readonly spans: { from: number; to: number; position: number; signature: Signature }[] = [];
  next: { signature: Signature; at: number } | undefined;
  readonly firstRun: number;
  readonly firstPosition: number;

  constructor(
    readonly epoch: number,
    public run: number,
    public position: number,
    public signature: Signature
  ) {
    this.firstRun = run;
    this.firstPosition = position;
    this.signature = countedFrom(signature, position);
  }

  /** Checks that a span is the next, and takes it. Returns whether its end is one that the song demands. */
  take(span: Span, loop: Loop | undefined): boolean {
    const { from, to, position, beatsPerBar, beatUnit, barPosition, bar } = span;
    assert.equal(from, this.run, 'a span begins where the one before it ended');
    assert.ok(to > from, 'a span has a length');
    assert.equal(position, this.position, 'song position');
    const { signature } = this;
    assert.deepEqual([beatsPerBar, beatUnit], [signature.beatsPerBar, signature.beatUnit]);
    assert.deepEqual([barPosition, bar], [signature.anchor, signature.bar + 1], 'where bars count from');
    this.spans.push({ from, to, position, signature: this.signature });
    this.run = to;
    this.position += to - from;
    let isCut = false;
    if (this.next !== undefined && position < this.next.at) {
      assert.ok(this.position <= this.next.at, 'a span does not cross a change of signature');
    }
    if (loop !== undefined && position < loop.end) {
      assert.ok(this.position <= loop.end, 'a span does not cross the end of a loop');
    }
    if (this.next !== undefined && this.position === this.next.at) {
      this.signature = this.next.signature;
      this.next = undefined;
      isCut = true;
    }
    if (loop !== undefined && position < loop.end && this.position === loop.end) {
      this.position = loop.start;
      this.signature = countedFrom(this.latest, loop.start);
      this.next = undefined;
      isCut = true;
    }
    return isCut;
  }

  /** A new signature holds from the next bar line on. */
  sign(beatsPerBar: number, beatUnit: number): void {
    const { anchor, bar } = this.signature;
    const length = beatTicks(this.signature) * this.signature.beatsPerBar;
    const bars = Math.ceil((this.position - anchor) / length);
    const at = anchor + bars * length;
    const signature = { beatsPerBar, beatUnit, anchor: at, bar: bar + bars };
    if (at === this.position) [this.signature, this.next] = [signature, undefined];
    else this.next = { signature, at };
  }

  get latest(): Signature {
    return this.next?.signature ?? this.signature;
  }
}

/**
 * What a clock has to do, from what it was told, without rounding. It takes what the engine announces, and fails
 * where that is wrong. Two things are the engine's choice, within limits that are checked: the moment of a start,
 * and on which pulse behind what was announced a jump takes place.
 */
export class SongModel {
  running = false;
  position = 0;
  /** Largest error of a time that was seen, in ms. */
  worstMs = 0;
  private readonly tempo: ExactTempo;
  private loop: Loop | undefined;
  private signature: Signature = { beatsPerBar: 4, beatUnit: 4, anchor: 0, bar: 0 };
  private readonly primed = new Map<number, Walk>();
  private highestEpoch = 0;
  private walk: Walk | undefined;
  /** Ticks of the tempo = run ticks + shift. */
  private shift = Rational.of(0);
  /** All that this run has announced, in ticks of the tempo. */
  private laid: { epoch: number; from: Rational; to: Rational; position: number; signature: Signature }[] =
    [];
  private beats: { at: Rational; epoch: number; position: number; signature: Signature }[] = [];
  private jump: { target: number; after: Rational } | undefined;
  private grid: Rational | undefined;
  private pulses = 0;
  /** The horizon may be refilled at this moment. */
  private refilledMs = 0;

  constructor(
    bpm: number,
    public lookaheadMs: number,
    private readonly hasClock: boolean,
    nowMs: number
  ) {
    this.tempo = new ExactTempo(bpm, nowMs);
  }

  // ---- commands ----------------------------------------------------------------------------------------------

  /** The epoch that began, and when its first tick sounds. */
  begin(epoch: number, firstMs: (run: number) => number, nowMs: number): void {
    const walk = this.primed.get(epoch);
    assert.ok(walk !== undefined, 'what starts was primed');
    const startMs = firstMs(walk.firstRun);
    assert.ok(startMs >= nowMs + 1 - 1e-9, 'a start leaves a millisecond for its message');
    let tick = this.tempo.tickAt(startMs);
    if (this.hasClock) {
      const soonest = this.tempo.tickAt(nowMs + 5);
      assert.ok(tick.minus(soonest).toNumber() < CLOCK, 'a start waits for the next pulse, not longer');
      tick = this.onGrid(tick, walk.firstPosition);
      this.compare(startMs, tick, 'a start stands on the grid of MIDI clock');
    } else {
      assert.ok(startMs <= nowMs + 5, 'a start that nobody follows is immediate');
    }
    this.running = true;
    this.refilledMs = nowMs;
    this.shift = tick.minus(Rational.of(walk.firstRun)).reduced();
    this.walk = walk;
    this.laid = [];
    this.beats = [];
    for (const span of walk.spans) this.lay(span);
  }

  /** @param stands where the engine says that it stands now */
  stop(stands: number, nowMs: number): void {
    const walk = this.walk as Walk;
    const tick = this.tempo.tickAt(nowMs);
    const began = this.shift.plus(Rational.of(walk.firstRun));
    let expected = this.jump?.target ?? walk.firstPosition;
    if (this.jump === undefined && began.compare(tick) <= 0) {
      const piece = this.laid.filter(({ from }) => from.compare(tick) <= 0).at(-1)!;
      expected = piece.position + tick.minus(piece.from).toNumber();
    }
    assert.ok(Math.abs(stands - expected) <= GRAIN, `stopped at ${stands}, not at ${expected}`);
    this.running = false;
    this.refilledMs = nowMs;
    this.jump = undefined;
    this.position = stands;
    this.signature = countedFrom(walk.latest, stands);
  }

  locate(target: number, nowMs: number): void {
    if (this.running) {
      this.jump = { target, after: this.announced() };
    } else {
      this.position = Math.round(target / GRAIN) * GRAIN;
      this.signature = countedFrom(this.signature, this.position);
      this.refilledMs = nowMs;
    }
  }

  setBpm(bpm: number, nowMs: number): void {
    this.tempo.setBpm(bpm, nowMs);
    this.refilledMs = nowMs;
  }

  ramp(bpm: number, over: { beats: number } | { ms: number }, nowMs: number): void {
    const ticks =
      'beats' in over
        ? Rational.of(over.beats).times(Rational.of(960))
        : this.tempo.rampTicks(bpm, over.ms, nowMs);
    this.tempo.ramp(bpm, ticks, nowMs);
    this.refilledMs = nowMs;
  }

  sign(beatsPerBar: number, beatUnit: number, nowMs: number): void {
    if (this.running) return this.walk!.sign(beatsPerBar, beatUnit);
    this.signature = { beatsPerBar, beatUnit, anchor: 0, bar: 0 };
    this.refilledMs = nowMs;
  }

  setLoop(loop: Loop | undefined, nowMs: number): void {
    this.loop = loop;
    if (!this.running) this.refilledMs = nowMs;
  }

  setLookahead(ms: number, nowMs: number): void {
    this.lookaheadMs = ms;
    this.refilledMs = nowMs;
  }

  /** Song position up to which is announced. */
  get end(): number {
    return this.walk?.position ?? this.position;
  }

  // ---- what the engine says ------------------------------------------------------------------------------------

  span(span: Span, nowMs: number): void {
    if (span.primed) return this.takePrimed(span, nowMs);
    if (span.from === span.to) return assert.ok(!span.running, 'an empty span only tells that nothing runs');
    assert.ok(this.running && span.running);
    if (span.epoch !== this.walk!.epoch) this.takeJump(span);
    const { walk } = this;
    const isCut = walk!.take(span, this.loop) || this.jump !== undefined;
    this.lay(walk!.spans.at(-1)!);
    const { from, to } = this.laid.at(-1)!;
    const timeMs = span.timeMs as number;
    this.compare(timeMs, from, 'a span');
    assert.ok(Math.abs(span.bpm / this.tempo.bpmAt(timeMs).toNumber() - 1) < 1e-9, 'tempo of a span');
    const lengthMs = this.tempo.msAt(to).toNumber() - timeMs;
    assert.ok(lengthMs <= 40 && (isCut || lengthMs >= 20), `a span of ${lengthMs} ms`);
    const aheadMs = timeMs - nowMs;
    assert.ok(aheadMs <= this.lookaheadMs + MICROSECOND, `announced ${aheadMs} ms ahead`);
    if (nowMs !== this.refilledMs) {
      assert.ok(aheadMs >= this.lookaheadMs - MICROSECOND, `announced only ${aheadMs} ms ahead`);
    }
  }

  beat({ epoch, position, timeMs, bar, beat }: Beat): void {
    const expected = this.beats.shift();
    assert.ok(expected !== undefined, 'a beat that nothing announced');
    this.compare(timeMs, expected.at, 'a beat');
    const { anchor, bar: anchorBar, beatsPerBar } = expected.signature;
    const beats = (expected.position - anchor) / beatTicks(expected.signature);
    assert.deepEqual(
      { epoch, position, bar, beat },
      {
        epoch: expected.epoch,
        position: expected.position,
        bar: anchorBar + Math.floor(beats / beatsPerBar) + 1,
        beat: (beats % beatsPerBar) + 1
      }
    );
  }

  /** A pulse of MIDI clock was sent. */
  pulse(timeMs: number): void {
    this.grid ??= this.tempo.tickAt(timeMs);
    this.compare(timeMs, this.nextPulse(), 'a pulse');
    this.pulses++;
  }

  /** Time has come to `nowMs`: nothing that was due by then may be missing. */
  settle(nowMs: number): void {
    const dueMs = (tick: Rational) => this.tempo.msAt(tick).toNumber();
    if (this.grid !== undefined) assert.ok(dueMs(this.nextPulse()) > nowMs - 1e-6, 'a pulse is missing');
    if (!this.running) return;
    if (this.beats.length > 0) assert.ok(dueMs(this.beats[0].at) > nowMs - 1e-6, 'a beat is missing');
    assert.ok(dueMs(this.announced()) >= nowMs + this.lookaheadMs - MICROSECOND, 'the horizon is not full');
  }

  /** Stopped: what would sound first is announced for a continue and for a start. */
  checkPrimed(continueEpoch: number, startEpoch: number, nowMs: number): void {
    // A ramp that runs while stopped makes it shorter, until a start refills it.
    if (nowMs !== this.refilledMs) return;
    const horizon = (this.lookaheadMs * this.tempo.bpmAt(nowMs).toNumber()) / 62.5;
    for (const [epoch, position] of [
      [continueEpoch, this.position],
      [startEpoch, 0]
    ]) {
      const walk = this.primed.get(epoch);
      assert.equal(walk?.firstPosition, position, 'primed from where it will begin');
      assert.ok(walk!.run - walk!.firstRun >= horizon - 1e-6, 'primed as far as the lookahead');
    }
  }

  // ---- inside --------------------------------------------------------------------------------------------------

  private takePrimed(span: Span, nowMs: number): void {
    assert.ok(!this.running && !span.running && span.timeMs === null);
    let walk = this.primed.get(span.epoch);
    if (walk === undefined) {
      this.checkEpoch(span.epoch);
      walk = new Walk(span.epoch, span.from, span.position, this.signature);
      this.primed.set(span.epoch, walk);
    }
    const isCut = walk.take(span, this.loop);
    const lengthMs = ((span.to - span.from) * 62.5) / this.tempo.bpmAt(nowMs).toNumber();
    assert.ok(lengthMs <= 40 && (isCut || lengthMs >= 20), `a primed span of ${lengthMs} ms`);
  }

  private takeJump(span: Span): void {
    this.checkEpoch(span.epoch);
    assert.ok(this.jump !== undefined, 'an epoch that nothing called for');
    assert.ok(Math.abs(span.position - this.jump.target) <= GRAIN, 'goes where it was told to');
    const at = this.announced();
    const late = at.minus(this.jump.after).toNumber();
    assert.ok(late >= 0 && late < CLOCK, 'jumps on the first pulse that was not announced');
    const shift = at.minus(Rational.of(span.from)).reduced();
    const moved = shift.plus(Rational.of(span.from - span.position)).minus(this.shift);
    const origin = Rational.of(this.walk!.firstRun - this.walk!.firstPosition);
    assert.ok(moved.minus(origin).toNumber() % CLOCK === 0, 'a jump stands on the grid of MIDI clock');
    this.walk = new Walk(span.epoch, span.from, span.position, this.walk!.latest);
    this.shift = shift;
    this.jump = undefined;
  }

  private checkEpoch(epoch: number): void {
    assert.ok(epoch > this.highestEpoch, 'epochs grow');
    this.highestEpoch = epoch;
  }

  private lay({ from, to, position, signature }: Walk['spans'][number]): void {
    const { epoch } = this.walk as Walk;
    const begins = this.shift.plus(Rational.of(from));
    this.laid.push({ epoch, from: begins, to: this.shift.plus(Rational.of(to)), position, signature });
    const step = beatTicks(signature);
    const first = Math.ceil((position - signature.anchor) / step) * step + signature.anchor;
    for (let beat = first; beat < position + to - from; beat += step) {
      this.beats.push({ at: begins.plus(Rational.of(beat - position)), epoch, position: beat, signature });
    }
  }

  private announced(): Rational {
    return this.shift.plus(Rational.of(this.walk!.run));
  }

  private nextPulse(): Rational {
    return this.grid!.plus(Rational.of(this.pulses * CLOCK));
  }

  /** The nearest tick from which a position runs in step with the pulses. */
  private onGrid(tick: Rational, position: number): Rational {
    const origin = this.grid!.plus(Rational.of(position));
    return origin.plus(Rational.of(Math.round(tick.minus(origin).toNumber() / CLOCK) * CLOCK));
  }

  private compare(timeMs: number, tick: Rational, what: string): void {
    const errorMs = Math.abs(timeMs - this.tempo.msAt(tick).toNumber());
    assert.ok(errorMs <= MICROSECOND, `${what} is ${errorMs} ms off`);
    this.worstMs = Math.max(this.worstMs, errorMs);
  }
}

function beatTicks({ beatUnit }: Signature): number {
  return 3840 / beatUnit;
}

/** Where the song goes back before a signature was set, its bars count from the start of the song. */
function countedFrom(signature: Signature, position: number): Signature {
  return position < signature.anchor ? { ...signature, anchor: 0, bar: 0 } : signature;
}
