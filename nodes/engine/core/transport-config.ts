import type { WireMeter } from '../../music/meter';
import type { TempoParts } from '../../music/tempo';

/** Settings of a transport; tempo, position and meter are its state and change by commands. */
export interface TransportConfig {
  lookaheadMs: number;
  clockWhileStopped: boolean;
  sendStartStop: boolean;
  sendSongPosition: boolean;
}

/** Where another core left a transport: `position` sounds at `tick` of its tempo curve. */
export interface Resume {
  running: boolean;
  tempo: TempoParts;
  tick: number;
  position: number;
  meter: WireMeter;
  /** Highest epoch that was used. */
  epoch: number;
}
