import { InvalidParameter, numberWithin } from '../music/errors';
import { TICKS_PER_32ND, TICKS_PER_QUARTER } from '../music/event';
import { meterOf, toWire, type Meter } from '../music/meter';
import { MAX_BPM, MIN_BPM, rampTicks } from '../music/tempo';
import type { Channel } from './channel';
import { MIN_LOOP_TICKS, type LoopRange } from './core/cursor';
import type { TransportConfig } from './core/transport-config';
import type { SharedMemory } from './shared/memory';
import { RecentSpans, type RunPlace, type Sounded } from './recent-spans';
import { SharedFollowState, type FollowReport } from './shared/follow-state';
import { BeatField, SpanField, SpanFlag } from './shared/records';
import { RecordRing } from './shared/ring';
import { SharedTransportState, type TransportState } from './shared/transport-state';
import type { Beat, Span } from './span';

/** What a clock is set to. Tempo, signature and loop are where it begins; played, they change. */
export interface ClockConfig extends TransportConfig {
  bpm: number;
  meter: Meter;
  loop?: LoopRange;
}

export interface TransportListener {
  /** Returns false where it cannot pass the span on yet, and will ask for it again. */
  span(span: Span): boolean | void;
  beat(beat: Beat): void;
  /** It started, stopped, or changed its tempo. */
  changed(): void;
  /** The clock that it follows is in another state, or off by more than the threshold: `drifted`. */
  followed?(report: FollowReport, drifted: boolean): void;
  /** So much time went by unheard: nobody was there to take its spans. */
  missed?(ms: number): void;
}

/** What it takes to go on in a new core: `position` sounds at `tick` of the tempo curve. */
export interface TransportSnapshot {
  state: TransportState;
  tick: number;
  position: number;
  meter: Meter;
}

/** Latest song position, in ticks: 100 000 bars of 4/4. */
export const MAX_POSITION_TICKS = 384_000_000;

/** Longest ramp, in quarter notes. */
const MAX_RAMP_BEATS = 100_000;

/**
 * A transport as the main thread holds it. It outlives the node that made it: a clock node that comes back after a
 * deploy finds it playing.
 */
export class TransportHandle {
  /** Spans that were announced and have not sounded, for those who come late. */
  private spans: Span[] = [];
  /** Those of them that nobody has taken. */
  private readonly untaken = new Set<Span>();
  /**
   * Set while no core has said a word of this transport, so what it has of it in shared memory may be nothing at all:
   * what the next one is to go on from, should this one end too.
   */
  private unsettled: { snapshot: TransportSnapshot | undefined } | undefined = { snapshot: undefined };
  /** Time that went by unheard, in ms. */
  missedMs = 0;
  private listener: TransportListener | undefined;
  private loop: LoopRange | undefined;
  private shared: SharedTransportState;
  private follow: SharedFollowState;
  private driftsSeen = 0;
  /**
   * How many ticks are counted in where it is started. An empty span that is `running` announces the count: the music
   * begins at its run tick.
   */
  countInTicks: () => number = () => 0;
  private readonly recent = new RecentSpans();
  /** The last beat that sounded, for the status. */
  lastBeat: Beat | undefined;

  constructor(
    readonly index: number,
    readonly id: string,
    public name: string,
    private config: ClockConfig,
    private readonly channel: Channel,
    memory: SharedMemory,
    private readonly now: () => number
  ) {
    this.shared = new SharedTransportState(memory.transports, index);
    this.follow = new SharedFollowState(memory.follows, index);
    this.loop = config.loop;
    this.create(config.bpm, config.meter);
  }

  private create(bpm: number, { beatsPerBar, beatUnit }: Meter): void {
    const { index: transport, id, config, loop } = this;
    this.channel.command({
      op: 'createTransport',
      transport,
      id,
      config: playing(config),
      bpm,
      beatsPerBar,
      beatUnit,
      loop
    });
  }

  /**
   * The core that kept this transport is gone. What is known of it here is enough to go on in phase: tempo and grid
   * from the shared state, song position and meter from the span that sounds now, or would on a continue.
   */
  snapshot(): TransportSnapshot {
    const state = this.state();
    const nowMs = this.now();
    const tick = state.tempo.tickAt(nowMs);
    const runTick = tick - state.shift;
    const sounding = this.spans.find(
      ({ epoch, from, to }) => state.running && epoch === state.epoch && from <= runTick && runTick < to
    );
    const standing = this.spans.find(({ epoch }) => !state.running && epoch === state.continueEpoch);
    const last = sounding ?? standing ?? this.spans.at(-1);
    return {
      state,
      tick,
      position:
        last === undefined || !state.running
          ? state.stoppedPosition
          : last.position + Math.max(0, runTick - last.from),
      meter: last === undefined ? this.config.meter : meterOf(last)
    };
  }

  /** What a new core is to go on from; undefined where the old one had not begun. */
  lastKnown(): TransportSnapshot | undefined {
    return this.unsettled === undefined ? this.snapshot() : this.unsettled.snapshot;
  }

  /** Goes on in a new core where the old one ended; `snapshot` is undefined where the old one had not begun. */
  restore(snapshot: TransportSnapshot | undefined, memory: SharedMemory): void {
    this.shared = new SharedTransportState(memory.transports, this.index);
    this.follow = new SharedFollowState(memory.follows, this.index);
    this.driftsSeen = 0;
    this.spans = [];
    this.untaken.clear();
    this.unsettled = { snapshot };
    if (snapshot === undefined) return this.create(this.config.bpm, this.config.meter);
    const { state, tick, position, meter } = snapshot;
    this.create(state.tempo.bpmAt(this.now()), meter);
    const { anchorMs, anchorTick, anchorBpm, slope, rampEndTick, finalBpm } = state.tempo;
    this.channel.command({
      op: 'resume',
      transport: this.index,
      running: state.running,
      tempo: [anchorMs, anchorTick, anchorBpm, slope, rampEndTick, finalBpm],
      tick,
      position: state.running ? position : state.stoppedPosition,
      meter: toWire(meter),
      epoch: Math.max(state.nextEpoch, state.continueEpoch, state.startEpoch)
    });
  }

  get hasListener(): boolean {
    return this.listener !== undefined;
  }

  attach(listener: TransportListener): void {
    this.listener = listener;
  }

  detach(listener: TransportListener): void {
    if (this.listener === listener) this.listener = undefined;
  }

  /** Takes over a config of a node that came back; only what differs from before changes what plays. */
  configure(config: ClockConfig, name: string): void {
    const before = this.config;
    this.config = config;
    this.name = name;
    if (JSON.stringify(playing(config)) !== JSON.stringify(playing(before))) {
      this.channel.command({ op: 'configureTransport', transport: this.index, config: playing(config) });
    }
    if (config.bpm !== before.bpm) this.setBpm(config.bpm);
    const { beatsPerBar, beatUnit } = config.meter;
    if (beatsPerBar !== before.meter.beatsPerBar || beatUnit !== before.meter.beatUnit)
      this.setMeter(config.meter);
  }

  /** @param delayMs how long to wait first, unless another command comes in between */
  start(delayMs = 0): void {
    const countInTicks = delayMs > 0 ? 0 : this.countInTicks();
    this.channel.command({ op: 'start', transport: this.index, delayMs, countInTicks });
  }

  continue(): void {
    this.channel.command({
      op: 'continue',
      transport: this.index,
      countInTicks: this.countInTicks()
    });
  }

  stop(): void {
    this.channel.command({ op: 'stop', transport: this.index });
  }

  /** Stops what runs, continues what stands. */
  toggle(): void {
    if (this.state().running) this.stop();
    else this.continue();
  }

  /** @param position song ticks, 0 to MAX_POSITION_TICKS */
  locate(position: number): void {
    numberWithin('position', position, 0, MAX_POSITION_TICKS);
    this.channel.command({ op: 'locate', transport: this.index, position });
  }

  setBpm(bpm: number): void {
    numberWithin('bpm', bpm, MIN_BPM, MAX_BPM);
    this.channel.command({ op: 'bpm', transport: this.index, bpm });
  }

  /** Runs to a tempo over a number of quarter notes, or over a time. */
  ramp(bpm: number, over: { beats: number } | { ms: number }): void {
    numberWithin('ramp.bpm', bpm, MIN_BPM, MAX_BPM);
    const ticks =
      'beats' in over
        ? numberWithin('ramp.beats', over.beats, 0, MAX_RAMP_BEATS) * TICKS_PER_QUARTER
        : rampTicks(this.bpm(), bpm, numberWithin('ramp.ms', over.ms, 0, 3_600_000));
    this.channel.command({ op: 'ramp', transport: this.index, bpm, ticks });
  }

  setMeter({ beatsPerBar, beatUnit }: Meter): void {
    this.channel.command({ op: 'meter', transport: this.index, beatsPerBar, beatUnit });
  }

  setLoop(loop: LoopRange | undefined): void {
    if (loop !== undefined) {
      numberWithin('loop.start', loop.start, 0, MAX_POSITION_TICKS);
      numberWithin('loop.end', loop.end, 0, MAX_POSITION_TICKS);
      if (loop.end - loop.start < MIN_LOOP_TICKS) {
        throw new InvalidParameter('loop', loop, 'its end must be at least a 64th note behind its start');
      }
    }
    this.loop = loop;
    this.channel.command({ op: 'loop', transport: this.index, loop });
  }

  /** As it is now, in the worker. */
  state(): TransportState {
    return this.shared.read();
  }

  bpm(): number {
    return this.state().tempo.bpmAt(this.now());
  }

  /** When a run tick sounds, in engine time; undefined where its epoch is not (or no longer) laid out. */
  timeOf(epoch: number, tick: number): number | undefined {
    const { running, tempo, epoch: current, shift, nextEpoch, nextShift } = this.state();
    if (!running) return undefined;
    if (epoch === current) return tempo.msAt(tick + shift);
    return epoch === nextEpoch ? tempo.msAt(tick + nextShift) : undefined;
  }

  /** The run tick of an epoch that sounds at a time; undefined where {@link timeOf} would be. */
  tickOf(epoch: number, timeMs: number): number | undefined {
    const { running, tempo, epoch: current, shift, nextEpoch, nextShift } = this.state();
    if (!running) return undefined;
    if (epoch === current) return tempo.tickAt(timeMs) - shift;
    return epoch === nextEpoch ? tempo.tickAt(timeMs) - nextShift : undefined;
  }

  /** Another number after each change of tempo, run and epoch. */
  get revision(): number {
    return this.shared.revision;
  }

  /** Song position that sounds at a time of the last second or so, in ticks; undefined while stopped. */
  positionAt(timeMs: number): number | undefined {
    return this.recent.positionAt(this.state(), timeMs);
  }

  /**
   * Where a time is in run time, and what has sounded between a place and there: stretches of the song in which it does
   * not jump, of the last second or so, in ticks. None where the place is not given; undefined while stopped.
   */
  soundedSince(
    place: RunPlace | undefined,
    timeMs: number
  ): (RunPlace & { stretches: Sounded[] }) | undefined {
    return this.recent.soundedSince(this.state(), place, timeMs);
  }

  /** Gives the listener the spans that have not sounded once more. */
  replay(): void {
    this.prune();
    for (const span of [...this.spans]) {
      if (this.listener !== undefined && this.listener.span({ ...span, replay: true }) !== false)
        this.untaken.delete(span);
    }
  }

  /** The node is gone for good. */
  remove(): void {
    this.channel.command({ op: 'removeTransport', transport: this.index });
  }

  // ---- records -----------------------------------------------------------------------------------------------

  takeSpan(ring: RecordRing, record: number): Span {
    this.unsettled = undefined;
    const { doubles, ints } = ring;
    const double = RecordRing.double(record);
    const int = RecordRing.int(record);
    const flags = ints[int + SpanField.meter];
    const timeMs = doubles[double + SpanField.timeMs];
    const span: Span = {
      type: 'span',
      clock: this.id,
      epoch: ints[int + SpanField.epoch],
      from: doubles[double + SpanField.from],
      to: doubles[double + SpanField.to],
      position: doubles[double + SpanField.position],
      timeMs: Number.isNaN(timeMs) ? null : timeMs,
      bpm: doubles[double + SpanField.bpm],
      beatsPerBar: flags & 0xff,
      beatUnit: (flags >> 8) & 0xff,
      barPosition: ints[int + SpanField.barPosition] * TICKS_PER_32ND,
      bar: ints[int + SpanField.bar],
      running: (flags & SpanFlag.running) !== 0,
      primed: (flags & SpanFlag.primed) !== 0,
      replay: false
    };
    if (span.to > span.from) {
      this.prune();
      this.spans.push(span);
      this.recent.add(span, this.now(), this.config.lookaheadMs);
    }
    const taken = this.listener !== undefined && this.listener.span(span) !== false;
    if (!taken && span.to > span.from) this.untaken.add(span);
    return span;
  }

  takeBeat(ring: RecordRing, record: number): void {
    const { doubles, ints } = ring;
    const double = RecordRing.double(record);
    const int = RecordRing.int(record);
    this.lastBeat = {
      type: 'beat',
      clock: this.id,
      epoch: ints[int + BeatField.epoch],
      bar: ints[int + BeatField.bar],
      beat: ints[int + BeatField.beat],
      beatsPerBar: ints[int + BeatField.beatsPerBar],
      bpm: doubles[double + BeatField.bpm],
      position: doubles[double + BeatField.position],
      timeMs: doubles[double + BeatField.timeMs]
    };
    this.listener?.beat(this.lastBeat);
  }

  /** What is known of the clock that it follows; `none` where it follows none. */
  followReport(): FollowReport {
    return this.follow.read();
  }

  takeFollowed(): void {
    const report = this.follow.read();
    const drifted = report.drifts > this.driftsSeen;
    this.driftsSeen = report.drifts;
    this.listener?.followed?.(report, drifted);
  }

  takeUnprimed(): void {
    this.spans = this.spans.filter(({ primed }) => !primed);
    this.listener?.changed();
  }

  /** Forgets the spans that have sounded, and those of epochs that will not sound any more. */
  private prune(): void {
    const state = this.state();
    const tick = state.tempo.tickAt(this.now());
    let missedMs = 0;
    this.spans = this.spans.filter((span) => {
      const { epoch, from, to, primed, bpm } = span;
      const isCurrent = state.running && epoch === state.epoch;
      const stays = isCurrent ? to + state.shift > tick : state.running ? epoch === state.nextEpoch : primed;
      if (!stays && this.untaken.delete(span) && isCurrent) missedMs += msOf(to - from, bpm);
      return stays;
    });
    if (missedMs === 0) return;
    this.missedMs += missedMs;
    this.listener?.missed?.(missedMs);
  }
}

function msOf(ticks: number, bpm: number): number {
  return (ticks / TICKS_PER_QUARTER / bpm) * 60_000;
}

function playing({
  lookaheadMs,
  clockWhileStopped,
  sendStartStop,
  sendSongPosition
}: ClockConfig): TransportConfig {
  return { lookaheadMs, clockWhileStopped, sendStartStop, sendSongPosition };
}
