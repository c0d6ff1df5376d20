import type { Meter } from '../../music/meter';
import type { Stretch } from './cursor';
import type { Transport } from './transport';

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
