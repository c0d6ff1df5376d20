import { said } from '../music/words';
import { InvalidParameter, numberWithin } from '../music/errors';
import type { InputEvent } from '../music/bytes';
import { TICKS_PER_QUARTER } from '../music/event';
import { patternToJson } from '../music/pattern-json';
import { Recorder, type Place, type RecordSettings } from '../music/recorder';
import type { Engine, RunPlace } from '../engine';
import { toNumber } from '../palette/control';

/** The part of the dialog that is about recording. */
export interface RecordFields {
  /** Id of the clock in whose time is recorded; blank for none. */
  recordClock?: string;
  recordBeats?: number | string;
  recordGrid?: string;
  recordStrength?: number | string;
  recordMode?: string;
}

/** Grids by name, in ticks. */
const GRIDS: Readonly<Record<string, number>> = {
  none: 0,
  '1/4': TICKS_PER_QUARTER,
  '1/8': TICKS_PER_QUARTER / 2,
  '1/8t': TICKS_PER_QUARTER / 3,
  '1/16': TICKS_PER_QUARTER / 4,
  '1/16t': TICKS_PER_QUARTER / 6,
  '1/32': TICKS_PER_QUARTER / 8
};

/** Reads how to record. Throws InvalidParameter or OutOfBounds. */
export function readRecording(fields: RecordFields): RecordSettings {
  const { recordBeats = 4, recordGrid = '1/16', recordStrength = 100, recordMode = 'overdub' } = fields;
  if (!Object.hasOwn(GRIDS, recordGrid))
    throw new InvalidParameter(
      'recordGrid',
      recordGrid,
      said('one of __names__ is needed', { names: Object.keys(GRIDS).join(', ') })
    );
  if (recordMode !== 'replace' && recordMode !== 'overdub')
    throw new InvalidParameter('recordMode', recordMode, 'replace or overdub is needed');
  const beats = numberWithin('recordBeats', toNumber('recordBeats', recordBeats), 0.25, 1024);
  return {
    cycleTicks: beats * TICKS_PER_QUARTER,
    gridTicks: GRIDS[recordGrid],
    strength: numberWithin('recordStrength', toNumber('recordStrength', recordStrength), 0, 100) / 100,
    mode: recordMode
  };
}

/** How often the song is looked at while recording. */
const LOOK_MS = 50;

/** Records what is heard into a loop of a clock, and gives it as a pattern after each round and at the end. */
export class Recording {
  private readonly recorder: Recorder;
  private timer: NodeJS.Timeout | undefined;
  private changed = false;
  /** Up to where the song was followed; undefined while the clock stands. */
  private last: (Place & RunPlace) | undefined;
  /** Ticks that have sounded while this recorded. */
  private run = 0;

  /** @param give told a pattern as JSON */
  constructor(
    private readonly engine: Engine,
    private readonly clock: string,
    settings: RecordSettings,
    private readonly give: (json: object) => void
  ) {
    this.recorder = new Recorder(settings);
  }

  get isOn(): boolean {
    return this.timer !== undefined;
  }

  start(): void {
    if (this.engine.transport(this.clock) === undefined)
      throw new InvalidParameter(
        'recordClock',
        this.clock,
        'choose a clock in the dialog to record in its time'
      );
    if (this.isOn) return;
    this.last = undefined;
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  /** Ends the recording and gives what there is. */
  stop(): void {
    if (!this.isOn) return;
    this.end();
    this.follow(this.engine.now());
    this.recorder.finish(this.run);
    this.tell();
  }

  /** Forgets what was recorded. */
  clear(): void {
    this.recorder.clear();
    this.tell();
  }

  /** Something was played. While the clock stands nothing is recorded. */
  take(event: InputEvent, timeMs: number): void {
    const place = this.isOn ? this.follow(timeMs) : undefined;
    if (place === undefined) return;
    this.recorder.take(event, place);
    this.changed = true;
  }

  /** The node is gone. */
  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Looks where the song is; a round that is over gives its pattern. */
  look(): void {
    this.follow(this.engine.now());
  }

  /** Follows the song up to a time; where that is. Nowhere while the clock stands. */
  private follow(timeMs: number): Place | undefined {
    const { last } = this;
    const transport = this.engine.transport(this.clock);
    const sounded = transport?.soundedSince(last, timeMs);
    const position = transport?.positionAt(timeMs);
    if (sounded === undefined || position === undefined) {
      this.last = undefined;
      return undefined;
    }
    const { epoch, tick, stretches } = sounded;
    const isHere = last?.epoch === epoch;
    // A driver may tell of a key a little after the song was looked at.
    if (isHere && tick < last.tick) return { position, run: this.run - (last.tick - tick) };
    const sum = stretches.reduce((total, { ticks }) => total + ticks, 0);
    this.run += isHere ? tick - last.tick : sum;
    let run = this.run - sum;
    let before = last?.position;
    for (const { position: from, ticks } of stretches) {
      if (before !== undefined && Math.abs(from - before) > 1) this.roundOver();
      this.pass(from, ticks, run);
      run += ticks;
      before = from + ticks;
    }
    this.last = { position, run: this.run, epoch, tick };
    return this.last;
  }

  /** The song sounds from a position on, without a jump: round after round. */
  private pass(from: number, ticks: number, run: number): void {
    const { cycleTicks } = this.recorder.settings;
    const end = from + ticks;
    for (let position = from; position < end;) {
      const seam = (Math.floor(position / cycleTicks) + 1) * cycleTicks;
      const to = Math.min(seam, end);
      const isGone = this.recorder.pass({ position, run: run + (position - from) }, to - position);
      this.changed ||= isGone;
      // Before the next round takes away what it comes to.
      if (to === seam) this.roundOver();
      position = to;
    }
  }

  /** The song came to the end of the recording's loop, or jumped, as a loop of the clock does. */
  private roundOver(): void {
    if (this.changed) this.tell();
  }

  private tell(): void {
    this.changed = false;
    this.give(patternToJson(this.recorder.pattern()));
  }
}
