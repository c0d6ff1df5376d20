import { said } from '../music/words';
import { InvalidParameter, numberWithin } from '../music/errors';
import type { InputEvent } from '../music/bytes';
import { TICKS_PER_QUARTER } from '../music/event';
import { patternToJson } from '../music/pattern-json';
import { Recorder, type RecordSettings } from '../music/recorder';
import type { Engine } from '../engine';
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
  private round = 0;
  private changed = false;

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
    this.round = NaN;
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.timer.unref();
  }

  /** Ends the recording and gives what there is. */
  stop(): void {
    if (!this.isOn) return;
    this.end();
    this.recorder.finish(this.positionAt(this.engine.now()) ?? 0);
    this.tell();
  }

  /** Forgets what was recorded. */
  clear(): void {
    this.recorder.clear();
    this.tell();
  }

  /** Something was played. While the clock stands nothing is recorded. */
  take(event: InputEvent, timeMs: number): void {
    const position = this.isOn ? this.positionAt(timeMs) : undefined;
    if (position === undefined) return;
    this.recorder.take(event, position);
    this.changed = true;
  }

  /** The node is gone. */
  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Looks where the song is; a round that is over gives its pattern. */
  look(): void {
    const position = this.positionAt(this.engine.now());
    if (position === undefined) return;
    const round = Math.floor(position / this.recorder.settings.cycleTicks);
    this.recorder.advance(position);
    if (round !== this.round && this.changed) this.tell();
    this.round = round;
  }

  private positionAt(timeMs: number): number | undefined {
    return this.engine.transport(this.clock)?.positionAt(timeMs);
  }

  private tell(): void {
    this.changed = false;
    this.give(patternToJson(this.recorder.pattern()));
  }
}
