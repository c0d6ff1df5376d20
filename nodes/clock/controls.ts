import { InvalidParameter, numberWithin } from '../music/errors';
import { TICKS_PER_QUARTER } from '../music/event';
import { barTicks, positionOf, readSignature, type Meter } from '../music/meter';
import { MAX_BPM, MIN_BPM } from '../music/tempo';
import { MAX_POSITION_TICKS, type TransportHandle } from '../engine';
import { toNumber, type Controls } from '../palette/control';
import type { TapTempo } from './tap';

/** What a clock can be told; one table for messages and help. */
export function clockControls(
  transport: TransportHandle,
  tap: TapTempo,
  now: () => number,
  currentMeter: () => Meter
): Controls {
  return {
    verbs: {
      start: () => transport.start(),
      stop: () => transport.stop(),
      continue: () => transport.continue(),
      toggle: () => transport.toggle(),
      tap: () => {
        const bpm = tap.tap(now());
        if (bpm !== undefined) transport.setBpm(bpm);
      }
    },
    keys: {
      bpm: (value) => {
        const bpm = numberWithin('bpm', toNumber('bpm', value), MIN_BPM, MAX_BPM);
        return () => transport.setBpm(bpm);
      },
      ramp: (value) => {
        const { bpm, over } = readRamp(value, currentMeter());
        return () => transport.ramp(bpm, over);
      },
      position: (value) => {
        const position = withinSong('position', readPosition(value, currentMeter()));
        return () => transport.locate(position);
      },
      signature: (value) => {
        const signature = readSignature(value);
        return () => transport.setMeter(signature);
      },
      loop: (value) => {
        const loop = readLoop(value, currentMeter());
        return () => transport.setLoop(loop);
      }
    }
  };
}

function readRamp(value: unknown, meter: Meter): { bpm: number; over: { beats: number } | { ms: number } } {
  const { bpm, beats, bars, ms } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const lengths = [beats, bars, ms].filter((length) => length !== undefined);
  if (bpm === undefined || lengths.length !== 1) {
    throw new InvalidParameter('ramp', value, '{bpm, beats}, {bpm, bars} or {bpm, ms} is needed');
  }
  const target = numberWithin('ramp.bpm', toNumber('ramp.bpm', bpm), MIN_BPM, MAX_BPM);
  if (ms !== undefined)
    return { bpm: target, over: { ms: numberWithin('ramp.ms', toNumber('ramp.ms', ms), 0, 3_600_000) } };
  const quarters =
    beats !== undefined
      ? toNumber('ramp.beats', beats)
      : (toNumber('ramp.bars', bars) * barTicks(meter)) / TICKS_PER_QUARTER;
  return { bpm: target, over: { beats: numberWithin('ramp', quarters, 0, 100_000) } };
}

/** A song position in ticks: quarter notes from 0, or "bar:beat" from 1:1. */
export function readPosition(value: unknown, current: Meter): number {
  if (typeof value === 'string') {
    const match = /^\s*(\d{1,6}):(\d{1,3})\s*$/.exec(value);
    if (match) {
      const [bar, beat] = [Number(match[1]), Number(match[2])];
      if (bar >= 1 && beat >= 1 && beat <= current.beatsPerBar) {
        return positionOf(current, bar, beat);
      }
      throw new InvalidParameter(
        'position',
        value,
        `bars count from 1, beats from 1 to ${current.beatsPerBar}`
      );
    }
  }
  return toNumber('position', value) * TICKS_PER_QUARTER;
}

/** A position in ticks; where it is out of range the error counts in quarter notes, as whoever gave it did. */
function withinSong(name: string, ticks: number): number {
  numberWithin(name, ticks / TICKS_PER_QUARTER, 0, MAX_POSITION_TICKS / TICKS_PER_QUARTER);
  return ticks;
}

function readLoop(value: unknown, current: Meter): { start: number; end: number } | undefined {
  if (value === false || value === null || value === 'off') return undefined;
  const { start, end } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  if (start === undefined || end === undefined) {
    throw new InvalidParameter('loop', value, '{start, end} or false is needed');
  }
  const range = {
    start: withinSong('loop.start', readPosition(start, current)),
    end: withinSong('loop.end', readPosition(end, current))
  };
  if (range.end - range.start < 60) {
    throw new InvalidParameter('loop', value, 'its end must be at least a 64th note behind its start');
  }
  return range;
}
