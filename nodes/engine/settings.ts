import { integerWithin, numberWithin, InvalidParameter } from '../music/errors';

/** Settings of the engine; one set per process. */
export interface EngineSettings {
  /** SCHED_FIFO priority asked for, 1–99; 0 asks for none, and the worker runs like any other thread. */
  priority: number;
  /** How far ahead of their sound spans are announced, where a clock sets nothing else. */
  lookaheadMs: number;
  /** Notes that enter the queue later than this are dropped. */
  lateToleranceMs: number;
  /** Events that may wait for one port. */
  maxPendingEvents: number;
  /** Driver for real ports. */
  driver: 'auto' | 'alsa' | 'rtmidi' | 'none';
  /** Our name among MIDI programs. */
  clientName: string;
  /** How long what was played outlives the nodes that played it, so that a deploy is not heard. */
  graceMs: number;
}

export const DEFAULT_SETTINGS: Readonly<EngineSettings> = Object.freeze({
  priority: 70,
  lookaheadMs: 150,
  lateToleranceMs: 50,
  maxPendingEvents: 1000,
  driver: 'auto',
  clientName: 'Phasor',
  graceMs: 5000
});

export const LOOKAHEAD_MS = { min: 20, max: 5000 } as const;

type Check = (name: string, value: unknown) => unknown;

const CHECKS: Readonly<Record<keyof EngineSettings, Check>> = {
  priority: (name, value) => integerWithin(name, value, 0, 99),
  lookaheadMs: (name, value) => numberWithin(name, value, LOOKAHEAD_MS.min, LOOKAHEAD_MS.max),
  lateToleranceMs: (name, value) => numberWithin(name, value, 0, 10_000),
  maxPendingEvents: (name, value) => integerWithin(name, value, 16, 50_000),
  driver: (name, value) => oneOf(name, value, ['auto', 'alsa', 'rtmidi', 'none']),
  clientName: (name, value) => {
    if (typeof value !== 'string' || !/^[\x20-\x7e]{1,32}$/.test(value)) {
      throw new InvalidParameter(name, value, 'up to 32 plain characters are needed');
    }
    return value;
  },
  graceMs: (name, value) => numberWithin(name, value, 0, 60_000)
};

function oneOf(name: string, value: unknown, allowed: readonly string[]): unknown {
  if (!allowed.includes(value as string))
    throw new InvalidParameter(name, value, `one of ${allowed.join(', ')} is needed`);
  return value;
}

/** Name of a setting in Node-RED's settings file: `phasorLookaheadMs` for `lookaheadMs`. */
export function settingKey(name: keyof EngineSettings): string {
  return `phasor${name[0].toUpperCase()}${name.slice(1)}`;
}

/**
 * Reads the settings from an object with `phasor…` keys. What is wrong keeps its default and is reported.
 * @param complain called with one sentence for each wrong setting
 */
export function readSettings(
  source: Record<string, unknown>,
  complain: (message: string) => void
): EngineSettings {
  const settings: Record<string, unknown> = { ...DEFAULT_SETTINGS };
  for (const name of Object.keys(CHECKS) as (keyof EngineSettings)[]) {
    const value = source[settingKey(name)];
    if (value === undefined) continue;
    try {
      settings[name] = CHECKS[name](settingKey(name), value);
    } catch (error) {
      complain(`${(error as Error).message}; ${String(DEFAULT_SETTINGS[name])} is used`);
    }
  }
  return settings as unknown as EngineSettings;
}
