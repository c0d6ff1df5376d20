import { InvalidParameter, integerWithin, numberWithin } from '../music/errors';
import { profilesFromRaw } from './profile-text';
import type { Profile } from '../music/profile';
import { toBoolean, toNumber } from '../palette/control';

/** A cc profile node as its dialog stores it; numbers may be texts. */
export interface ProfileFields {
  /** Id of a profile; blank for that of the device, {@link OWN} for the one that is stored in the node. */
  profile?: string;
  /** The node's own profile: `{cc_profiles: {id: …}}` as JSON. */
  own?: string;
  device?: string;
  channel?: number | string;
  smoothing?: number | string;
  smoothingUnit?: string;
  fine?: boolean | string;
}

/** Stands for the profile that is stored in the node itself. */
export const OWN = '_own';

export const SMOOTHING_UNITS = ['ms', 'beats'] as const;

/** Longest ramp: a minute, or 64 quarter notes. */
const LONGEST = { ms: 60_000, beats: 64 } as const;

/** How parameters move to a new value; an amount of 0 is at once. */
export interface Smoothing {
  amount: number;
  unit: (typeof SMOOTHING_UNITS)[number];
}

export interface ProfileConfig {
  channel: number | undefined;
  smoothing: Smoothing;
  fine: boolean;
}

/** Reads what is not the profile itself. Throws InvalidParameter or OutOfBounds naming the field. */
export function readConfig(fields: ProfileFields): ProfileConfig {
  const { channel = '', smoothing = 0, smoothingUnit = 'ms', fine = true } = fields;
  return {
    channel: channel === '' ? undefined : integerWithin('channel', toNumber('channel', channel), 1, 16),
    smoothing: readSmoothing(smoothing, smoothingUnit),
    fine: toBoolean('fine', fine)
  };
}

/** A length and its unit, as the dialog has them. */
export function readSmoothing(amount: unknown, unit: unknown): Smoothing {
  if (unit !== 'ms' && unit !== 'beats') {
    throw new InvalidParameter('smoothingUnit', unit, `one of ${SMOOTHING_UNITS.join(', ')} is needed`);
  }
  const length = amount === '' ? 0 : toNumber('smoothing', amount);
  return { amount: numberWithin('smoothing', length, 0, LONGEST[unit]), unit };
}

/** Smoothing as a message has it: `100`, `{ms: 100}`, `{beats: 1}`, or false. */
export function smoothingOf(value: unknown): Smoothing {
  if (value === false) return { amount: 0, unit: 'ms' };
  if (typeof value !== 'object' || value === null) return readSmoothing(value, 'ms');
  const [[unit, amount], ...rest] = [...Object.entries(value), ['', undefined]] as [string, unknown][];
  if (rest.length > 1) {
    throw new InvalidParameter('smoothing', value, 'one of {ms: …} and {beats: …} is needed');
  }
  return readSmoothing(amount, unit);
}

/** The profile that is stored in the node; undefined where there is none. Throws ProfileError. */
export function readOwn(own: unknown): Profile | undefined {
  if (typeof own !== 'string' || own.trim() === '') return undefined;
  let raw: unknown;
  try {
    raw = JSON.parse(own);
  } catch {
    throw new InvalidParameter('own', own, 'it is no JSON');
  }
  return profilesFromRaw(raw)[0];
}
