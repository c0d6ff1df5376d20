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
  /** How often a minute a worker that failed is followed by another; what fails more often needs a human being. */
  restartsPerMinute: number;
  /** A worker that does not answer for this long hangs, and is ended. */
  hangMs: number;
  /** Health looks back this far. */
  healthWindowMs: number;
  /** Events that leave later than this are late in the eyes of health. */
  lateWarningMs: number;
  /** From this share on, 0–1, dropped or late events make health degraded. */
  warningShare: number;
  /** How often a second the sidebar is told what plays, while somebody looks at it. */
  feedbackHz: number;
  /** What is done about an error, by its code. */
  recovery: RecoveryPolicy;
}

/** What can be done about the errors that leave a choice; the first is what is done unless told otherwise. */
export const RECOVERIES = {
  /** A port that was open is gone: opened again when it comes back, or not before the next deploy of its device. */
  PortDisconnected: ['retry', 'stop'],
  /** A port refuses: tried again after 100 ms, then less and less often up to every 5 s; or not before a deploy. */
  PortUnavailable: ['retry', 'stop'],
  /** A queue is full: the newest of what matters least is dropped, or the whole port is silenced. */
  BufferOverrun: ['drop', 'stop'],
  /** A number in an event is out of its range: the message is refused, or the number becomes the nearest allowed. */
  OutOfBounds: ['drop', 'clamp'],
  /** The worker failed or hung: another takes over, or it is the end. */
  Internal: ['retry', 'stop']
} as const;

export type RecoveryPolicy = {
  readonly [Code in keyof typeof RECOVERIES]: (typeof RECOVERIES)[Code][number];
};

export const DEFAULT_SETTINGS: Readonly<EngineSettings> = Object.freeze({
  priority: 70,
  lookaheadMs: 150,
  lateToleranceMs: 50,
  maxPendingEvents: 1000,
  driver: 'auto',
  clientName: 'Phasor',
  graceMs: 5000,
  restartsPerMinute: 3,
  hangMs: 1000,
  healthWindowMs: 60_000,
  lateWarningMs: 10,
  warningShare: 0.001,
  feedbackHz: 20,
  recovery: Object.freeze({
    PortDisconnected: 'retry',
    PortUnavailable: 'retry',
    BufferOverrun: 'drop',
    OutOfBounds: 'drop',
    Internal: 'retry'
  })
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
  graceMs: (name, value) => numberWithin(name, value, 0, 60_000),
  restartsPerMinute: (name, value) => integerWithin(name, value, 0, 60),
  hangMs: (name, value) => numberWithin(name, value, 250, 60_000),
  healthWindowMs: (name, value) => numberWithin(name, value, 1000, 3_600_000),
  lateWarningMs: (name, value) => numberWithin(name, value, 0.1, 10_000),
  warningShare: (name, value) => numberWithin(name, value, 0, 1),
  feedbackHz: (name, value) => numberWithin(name, value, 1, 60),
  recovery: readRecovery
};

/** Some codes with what to do about them; the others keep what is usual. */
function readRecovery(name: string, value: unknown): RecoveryPolicy {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidParameter(
      name,
      value,
      `an object with some of ${Object.keys(RECOVERIES).join(', ')} is needed`
    );
  }
  for (const [code, action] of Object.entries(value)) {
    if (!Object.hasOwn(RECOVERIES, code)) {
      throw new InvalidParameter(name, code, `some of ${Object.keys(RECOVERIES).join(', ')} are possible`);
    }
    oneOf(`${name}.${code}`, action, RECOVERIES[code as keyof RecoveryPolicy]);
  }
  return Object.freeze({ ...DEFAULT_SETTINGS.recovery, ...value });
}

function oneOf(name: string, value: unknown, allowed: readonly string[]): unknown {
  if (!allowed.includes(value as string))
    throw new InvalidParameter(name, value, `one of ${allowed.join(', ')} is needed`);
  return value;
}

function usual(name: keyof EngineSettings): string {
  const value = DEFAULT_SETTINGS[name];
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
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
      complain(`${(error as Error).message}; ${usual(name)} is used`);
    }
  }
  return settings as unknown as EngineSettings;
}
