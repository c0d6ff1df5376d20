import type { Engine, HorizonWatch, Span } from '../engine';
import type { TempoMark } from '../music/midi-file';
import { MAX_BPM, MIN_BPM } from '../music/tempo';

/** What holds in a file before its first mark. */
const DEFAULT_BPM = 120;
/** How fine a span is searched for changes of tempo, in ticks: 5 ms at 120 BPM. */
const STRIDE_TICKS = 10;
/** Times that are waited for; more than a lookahead holds are those of a clock that has gone. */
const MAX_WAITING = 1024;

/** Where the tempo comes from, and where it goes. */
export interface TempoLeader {
  /** The marks of the file that plays, while its tempo leads; undefined: it does not. */
  marks(): readonly TempoMark[] | undefined;
  /** Where in the file a run tick is, in ticks; undefined where nothing of it plays. */
  placeAt(clock: string, epoch: number, tick: number): number | undefined;
  tell(bpm: number): void;
}

/**
 * Tells the tempo of a file as the music comes to it: where its place on the clock goes into another tempo, and at once
 * where it is another one already, as after a start, a jump or a change of file. Of several clocks the first leads,
 * until it stands and another one runs.
 */
export class FileTempo {
  private readonly horizon: HorizonWatch;
  private clock: string | undefined;
  /** What was told last, and in which epoch. */
  private told: { epoch: number; bpm: number } | undefined;
  /** The tempo at the end of what was searched. */
  private searched: { epoch: number; tick: number; bpm: number | undefined } | undefined;
  /** Run ticks at which the tempo changes. */
  private waiting: { epoch: number; tick: number }[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly leader: TempoLeader
  ) {
    this.horizon = engine.onHorizon((horizon) => {
      if (horizon.type === 'time') this.turn();
    });
  }

  /** A span was answered. */
  answered(span: Span): void {
    if (!this.follows(span.clock) || this.leader.marks() === undefined) return;
    if (span.running && !span.replay) this.search(span);
    this.turn();
  }

  /** Another file plays, or its tempo leads from now on. */
  changed(): void {
    this.searched = undefined;
    if (this.leader.marks() === undefined) this.told = undefined;
    else this.turn();
  }

  close(): void {
    this.horizon.stop();
  }

  private follows(clock: string): boolean {
    if (this.clock !== clock && (this.clock === undefined || !this.isRunning(this.clock))) {
      this.clock = clock;
      this.told = undefined;
      this.searched = undefined;
      this.waiting = [];
    }
    return this.clock === clock;
  }

  private isRunning(clock: string): boolean {
    return this.engine.transport(clock)?.state().running === true;
  }

  /** Finds the ticks of a span at which the tempo changes. */
  private search({ epoch, from, to }: Span): void {
    const isNext = this.searched?.epoch === epoch && this.searched.tick === from;
    let bpm = isNext ? this.searched!.bpm : this.bpmAt(epoch, from);
    let before = from - 1;
    for (let tick = from; tick < to; tick = Math.min(to, tick + STRIDE_TICKS)) {
      const here = this.bpmAt(epoch, tick);
      if (here !== bpm) this.wait(epoch, this.changeBetween(epoch, before, tick, here));
      bpm = here;
      before = tick;
    }
    this.searched = { epoch, tick: to, bpm };
  }

  /** The first tick, or a little after it, at which it is as at the later one. */
  private changeBetween(epoch: number, earlier: number, later: number, bpm: number | undefined): number {
    let low = earlier;
    let high = later;
    while (high - low > 0.5) {
      const middle = (low + high) / 2;
      if (this.bpmAt(epoch, middle) === bpm) high = middle;
      else low = middle;
    }
    return high;
  }

  private wait(epoch: number, tick: number): void {
    this.waiting.push({ epoch, tick });
    if (this.waiting.length > MAX_WAITING) this.waiting.shift();
  }

  /** Tells what holds now, and lets itself be called where that changes. */
  private turn(): void {
    const { clock, engine } = this;
    const state = clock === undefined ? undefined : engine.transport(clock)?.state();
    if (clock === undefined || state === undefined) return;
    const nowMs = engine.now();
    const { running, tempo, epoch, shift, continueEpoch, stoppedPosition } = state;
    if (running) this.tell(epoch, tempo.tickAt(nowMs) - shift, tempo.bpmAt(nowMs));
    else this.tell(continueEpoch, stoppedPosition, tempo.bpmAt(nowMs));
    const due = this.waiting.map((place) => ({ place, timeMs: engine.timeOf({ clock, ...place }) }));
    const coming = due.filter(({ timeMs }) => timeMs !== undefined && timeMs > nowMs);
    this.waiting = coming.map(({ place }) => place);
    const nextMs = Math.min(...coming.map(({ timeMs }) => timeMs!));
    if (nextMs < Infinity) this.horizon.askAt(nextMs);
  }

  private tell(epoch: number, tick: number, clockBpm: number): void {
    const bpm = this.bpmAt(epoch, tick);
    if (bpm === undefined || (this.told?.bpm === bpm && this.told.epoch === epoch)) return;
    const isOther = this.told?.bpm !== bpm || Math.abs(clockBpm - bpm) > 0.001;
    this.told = { epoch, bpm };
    if (isOther) this.leader.tell(bpm);
  }

  private bpmAt(epoch: number, tick: number): number | undefined {
    const marks = this.leader.marks();
    if (marks === undefined || marks.length === 0) return undefined;
    const place = this.leader.placeAt(this.clock!, epoch, tick);
    if (place === undefined) return undefined;
    let bpm = DEFAULT_BPM;
    for (const mark of marks) {
      // Rounding must not leave the place a hair before its mark.
      if (mark.position > place + 1e-3) break;
      bpm = mark.bpm;
    }
    return Math.round(Math.min(MAX_BPM, Math.max(MIN_BPM, bpm)) * 1000) / 1000;
  }
}
