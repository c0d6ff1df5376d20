import { readSignature } from '../music/meter';
import { numberWithin } from '../music/errors';
import { MAX_BPM, MIN_BPM } from '../music/tempo';
import { LOOKAHEAD_MS, type ClockConfig } from '../engine';
import { toBoolean, toNumber } from '../palette/control';

/** A clock as its dialog stores it; numbers may be texts. */
export interface ClockFields {
  bpm?: number | string;
  signature?: string;
  lookaheadMs?: number | string;
  autostart?: boolean;
  clockWhileStopped?: boolean;
  sendStartStop?: boolean;
  sendSongPosition?: boolean;
}

/** Reads a clock's config; a blank lookahead is the setting's. Throws InvalidParameter or OutOfBounds. */
export function readClock(fields: ClockFields, defaultLookaheadMs: number): ClockConfig {
  const { bpm = 120, signature = '4/4', lookaheadMs } = fields;
  const blank = lookaheadMs === undefined || lookaheadMs === '';
  const lookahead = blank ? defaultLookaheadMs : toNumber('lookaheadMs', lookaheadMs);
  return {
    bpm: numberWithin('bpm', toNumber('bpm', bpm), MIN_BPM, MAX_BPM),
    meter: readSignature(signature),
    lookaheadMs: numberWithin('lookaheadMs', lookahead, LOOKAHEAD_MS.min, LOOKAHEAD_MS.max),
    clockWhileStopped: toBoolean('clockWhileStopped', fields.clockWhileStopped ?? true),
    sendStartStop: toBoolean('sendStartStop', fields.sendStartStop ?? true),
    sendSongPosition: toBoolean('sendSongPosition', fields.sendSongPosition ?? true)
  };
}
