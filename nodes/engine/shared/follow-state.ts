const DOUBLES = 4;
const INTS = 6;

/** Bytes of shared memory that the state of one follower takes. */
export const FOLLOW_STATE_BYTES = DOUBLES * 8 + INTS * 4;

/** How a transport stands with the clock that it follows. */
export const enum FollowState {
  /** It follows none. */
  none = 0,
  /** No pulse has come yet. */
  waiting = 1,
  /** Pulses come, and are not steady yet. */
  locking = 2,
  locked = 3,
  /** No pulse comes any more. */
  lost = 4,
  /** No pulse comes, and the music goes on at the last tempo. */
  freewheeling = 5
}

/** Names of the states, by their numbers. */
export const FOLLOW_STATES = ['none', 'waiting', 'locking', 'locked', 'lost', 'freewheeling'] as const;

/** What is known of the clock that a transport follows. */
export interface FollowReport {
  state: (typeof FOLLOW_STATES)[number];
  /** Mean of the last 24 intervals; NaN before there are two pulses. */
  bpm: number;
  /** Standard deviation of the pulses from their smooth times, over 96. */
  jitterMs: number;
  /** How far the tempo is from the nearest tenth of a BPM, in millionths; NaN before ten steady seconds. */
  driftPpm: number;
  lostPulses: number;
  doubledPulses: number;
  dropOuts: number;
  /** How often the clock was off by more than the threshold, and by how much at last, in ms. */
  drifts: number;
  deltaMs: number;
}

/** The state of one follower in shared memory. The worker writes, anybody reads; a reading may be one pulse behind. */
export class SharedFollowState {
  private readonly doubles: Float64Array;
  private readonly ints: Int32Array;

  constructor(memory: SharedArrayBuffer, index: number) {
    const offset = index * FOLLOW_STATE_BYTES;
    this.doubles = new Float64Array(memory, offset, DOUBLES);
    this.ints = new Int32Array(memory, offset + DOUBLES * 8, INTS);
  }

  get state(): FollowState {
    return this.ints[0];
  }

  set state(state: FollowState) {
    this.ints[0] = state;
  }

  get dropOuts(): number {
    return this.ints[3];
  }

  set dropOuts(count: number) {
    this.ints[3] = count;
  }

  figures(bpm: number, jitterMs: number, driftPpm: number, lost: number, doubled: number): void {
    this.doubles[0] = bpm;
    this.doubles[1] = jitterMs;
    this.doubles[2] = driftPpm;
    this.ints[1] = lost;
    this.ints[2] = doubled;
  }

  /** The clock is off by more than the threshold. */
  drift(deltaMs: number): void {
    this.doubles[3] = deltaMs;
    this.ints[4]++;
  }

  reset(): void {
    this.doubles.fill(NaN);
    this.ints.fill(0);
  }

  read(): FollowReport {
    const [bpm, jitterMs, driftPpm, deltaMs] = this.doubles;
    const [state, lostPulses, doubledPulses, dropOuts, drifts] = this.ints;
    return {
      state: FOLLOW_STATES[state],
      bpm,
      jitterMs,
      driftPpm,
      lostPulses,
      doubledPulses,
      dropOuts,
      drifts,
      deltaMs
    };
  }
}
