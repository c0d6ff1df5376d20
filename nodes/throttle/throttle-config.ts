import { InvalidParameter, numberWithin } from '../music/errors';
import { toNumber } from '../palette/control';

/** What a throttle's dialog stores; numbers may be texts. */
export interface ThrottleFields {
  throttleMs?: number | string;
  device?: string;
  second?: string;
  rate?: number | string;
}

export interface ThrottleConfig {
  /** Least time between two values of a controller, 0–1000 ms; 0 lets everything pass. */
  throttleMs: number;
  /** What the second output gives: each message that was held back, or figures. */
  second: 'held' | 'statistics';
  /** Messages with figures in a second, 0.1–30. */
  rate: number;
}

/** More than this nobody can look at. */
export const MAX_RATE = 30;

/** Reads a throttle's config. Throws InvalidParameter or OutOfBounds. */
export function readConfig({
  throttleMs = 10,
  second = 'statistics',
  rate = 4
}: ThrottleFields): ThrottleConfig {
  if (second !== 'held' && second !== 'statistics') {
    throw new InvalidParameter('second', second, "'held' or 'statistics' is needed");
  }
  return { throttleMs: readThrottleMs(throttleMs), second, rate: readRate(rate) };
}

export function readThrottleMs(value: unknown): number {
  return numberWithin('throttleMs', toNumber('throttleMs', value), 0, 1000);
}

export function readRate(value: unknown): number {
  return numberWithin('rate', toNumber('rate', value), 0.1, MAX_RATE);
}

/** Percent of the wire, as in a device's dialog, to a share. */
export function readShare(value: unknown): number {
  return numberWithin('controlShare', toNumber('controlShare', value), 1, 100) / 100;
}
