import { readSignature } from '../music/meter';
import { integerWithin, InvalidParameter, numberWithin } from '../music/errors';
import { MAX_BPM, MIN_BPM } from '../music/tempo';
import { LOOKAHEAD_MS, type ClockConfig } from '../engine';
import { toBoolean, toNumber } from '../palette/control';
import { CLICKS, type Clicks, type MetronomeConfig } from './metronome';

/** A clock as its dialog stores it; numbers may be texts. */
export interface ClockFields {
  bpm?: number | string;
  signature?: string;
  lookaheadMs?: number | string;
  autostart?: boolean;
  clockWhileStopped?: boolean;
  sendStartStop?: boolean;
  sendSongPosition?: boolean;
  clicks?: string;
  countInBars?: number | string;
  clickChannel?: number | string;
}

/** Reads when the metronome is heard. Throws InvalidParameter. */
export function readClicks(value: unknown): Clicks {
  if (CLICKS.includes(value as Clicks)) return value as Clicks;
  throw new InvalidParameter('clicks', value, `one of ${CLICKS.join(', ')} is needed`);
}

/** Reads what the metronome is set to. Throws InvalidParameter or OutOfBounds. */
export function readMetronome({ clicks = 'off', countInBars, clickChannel }: ClockFields): MetronomeConfig {
  return {
    clicks: readClicks(clicks),
    countInBars: integerWithin('countInBars', toNumber('countInBars', countInBars ?? 1), 0, 8),
    channel: integerWithin('clickChannel', toNumber('clickChannel', clickChannel ?? 10), 1, 16)
  };
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
