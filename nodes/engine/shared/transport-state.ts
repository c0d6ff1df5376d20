import { TempoCurve } from '../../music/tempo';

const DOUBLES = 16;
const INTS = 8;

/** Bytes of shared memory that the state of one transport takes. */
export const TRANSPORT_STATE_BYTES = DOUBLES * 8 + INTS * 4;

/** The state of a transport as it was at one moment. */
export interface TransportState {
  running: boolean;
  tempo: TempoCurve;
  /** The epoch that sounds, and what to add to its run ticks to get ticks of the tempo curve. */
  epoch: number;
  shift: number;
  /** The epoch that follows by a locate that was announced; the same as `epoch` without one. */
  nextEpoch: number;
  nextShift: number;
  /** Epochs that the next continue and the next start will use. */
  continueEpoch: number;
  startEpoch: number;
  /** Song position while stopped, in ticks. */
  stoppedPosition: number;
  /** When it was last stopped, in engine time; -Infinity before that. */
  stoppedMs: number;
  lookaheadMs: number;
}

/**
 * One transport's state in shared memory. The worker writes, anybody reads; a sequence number that is odd during a
 * write tells a reader to read again (a seqlock), so nobody ever waits for a lock.
 */
export class SharedTransportState {
  private readonly doubles: Float64Array;
  private readonly ints: Int32Array;

  constructor(memory: SharedArrayBuffer, index: number) {
    const offset = index * TRANSPORT_STATE_BYTES;
    this.doubles = new Float64Array(memory, offset, DOUBLES);
    this.ints = new Int32Array(memory, offset + DOUBLES * 8, INTS);
  }

  write(state: TransportState): void {
    const { doubles, ints } = this;
    Atomics.add(ints, 0, 1);
    ints[1] = state.running ? 1 : 0;
    ints[2] = state.epoch;
    ints[3] = state.nextEpoch;
    ints[4] = state.continueEpoch;
    ints[5] = state.startEpoch;
    doubles[0] = state.tempo.anchorMs;
    doubles[1] = state.tempo.anchorTick;
    doubles[2] = state.tempo.anchorBpm;
    doubles[3] = state.tempo.slope;
    doubles[4] = state.tempo.rampEndTick;
    doubles[5] = state.tempo.finalBpm;
    doubles[6] = state.shift;
    doubles[7] = state.nextShift;
    doubles[8] = state.stoppedPosition;
    doubles[9] = state.lookaheadMs;
    doubles[10] = state.stoppedMs;
    Atomics.add(ints, 0, 1);
  }

  /** Another number after each change. */
  get revision(): number {
    return Atomics.load(this.ints, 0);
  }

  /** A consistent reading. */
  read(): TransportState {
    const { doubles, ints } = this;
    for (;;) {
      const before = Atomics.load(ints, 0);
      const state = {
        running: ints[1] === 1,
        tempo: TempoCurve.fromParts([doubles[0], doubles[1], doubles[2], doubles[3], doubles[4], doubles[5]]),
        epoch: ints[2],
        nextEpoch: ints[3],
        continueEpoch: ints[4],
        startEpoch: ints[5],
        shift: doubles[6],
        nextShift: doubles[7],
        stoppedPosition: doubles[8],
        lookaheadMs: doubles[9],
        stoppedMs: doubles[10]
      };
      if ((before & 1) === 0 && Atomics.load(ints, 0) === before) return state;
    }
  }
}
