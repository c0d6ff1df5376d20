import { InvalidParameter, numberWithin } from '../music/errors';
import { FOLLOW_DEFAULTS, type FollowConfig, type FollowReport } from '../engine';
import { toNumber, type Controls } from '../palette/control';

/** The part of a clock's dialog that is about following. */
export interface FollowFields {
  source?: string;
  /** Id of the device whose MIDI clock is followed. */
  followDevice?: string;
  followMode?: string;
  onLoss?: string;
  followDelayMs?: number | string;
  driftMs?: number | string;
}

export const SOURCES = ['internal', 'follow'] as const;

/** Reads how a clock follows; undefined where it does not. Throws InvalidParameter or OutOfBounds. */
export function readFollow(fields: FollowFields): FollowConfig | undefined {
  const { source = 'internal', followMode, onLoss, followDelayMs, driftMs } = fields;
  if (oneOf('source', source, SOURCES) === 'internal') return undefined;
  return {
    bandwidth: oneOf('followMode', followMode ?? FOLLOW_DEFAULTS.bandwidth, ['smooth', 'tight']),
    onLoss: oneOf('onLoss', onLoss ?? FOLLOW_DEFAULTS.onLoss, ['stop', 'freewheel']),
    delayMs: numberWithin('followDelayMs', toNumber('followDelayMs', followDelayMs ?? 0), -500, 500),
    driftMs: numberWithin('driftMs', toNumber('driftMs', driftMs ?? FOLLOW_DEFAULTS.driftMs), 0.5, 1000)
  };
}

function oneOf<Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  if (!choices.includes(value as Choice))
    throw new InvalidParameter(name, value, `one of ${choices.join(', ')} is needed`);
  return value as Choice;
}

/** What the master decides while a clock follows. */
const ITS_MASTERS = new Set(['start', 'stop', 'continue', 'toggle', 'tap', 'bpm', 'ramp', 'position']);

/** The controls of a clock that follows: what is its master's is refused, with the master's name. */
export function controlsOfFollower({ verbs = {}, keys }: Controls, master: string): Controls {
  const refuse = (name: string) => (): never => {
    throw new InvalidParameter(name, undefined, `this clock follows "${master}", which decides that`);
  };
  const guard = <Entry>(entries: Readonly<Record<string, Entry>>) =>
    Object.fromEntries(
      Object.entries(entries).map(([name, entry]) => [name, ITS_MASTERS.has(name) ? refuse(name) : entry])
    );
  return { verbs: guard(verbs) as Controls['verbs'], keys: guard(keys) as Controls['keys'] };
}

/** The second output's message about the clock that is followed; what is not known yet is null. */
export function followMessage(report: FollowReport): object {
  const known = (value: number, digits: number) =>
    Number.isNaN(value) ? null : Number(value.toFixed(digits));
  return {
    topic: 'follow',
    payload: {
      ...report,
      type: 'follow',
      bpm: known(report.bpm, 2),
      jitterMs: known(report.jitterMs, 3),
      driftPpm: known(report.driftPpm, 0),
      deltaMs: known(report.deltaMs, 1)
    }
  };
}
