/** A stretch of musical time that is about to sound; what a clock puts on its wire. */
export interface Span {
  type: 'span';
  /** Id of the clock, and the epoch in which the run ticks count. */
  clock: string;
  epoch: number;
  /** Run ticks [from, to): contiguous within an epoch, they never repeat. Equal while stopped. */
  from: number;
  to: number;
  /** Song tick at `from`. */
  position: number;
  /** Engine time at `from`; null while primed, for then it is not known. */
  timeMs: number | null;
  bpm: number;
  beatsPerBar: number;
  beatUnit: number;
  /**
   * Song tick of the bar line from which bars count, at or before `position`: where the signature came in, 0 at
   * first. A span that has lost it on its way counts from 0.
   */
  barPosition?: number;
  /** Number of the bar that begins there, from 1. */
  bar?: number;
  running: boolean;
  /** Announced for a start that has not come. */
  primed: boolean;
  /** Announced before: answers that are queued already are not queued again. */
  replay: boolean;
}

/** A beat, at the moment it sounds. */
export interface Beat {
  type: 'beat';
  clock: string;
  epoch: number;
  bar: number;
  beat: number;
  beatsPerBar: number;
  bpm: number;
  position: number;
  timeMs: number;
}
