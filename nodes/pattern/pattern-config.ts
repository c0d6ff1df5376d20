import { integerWithin, numberWithin } from '../music/errors';
import { TICKS_PER_QUARTER } from '../music/event';
import {
  isBlank,
  oneOf,
  readPlaySettings,
  type PlayFields,
  type PlaySettings
} from '../music/player/settings';
import type { NotationOptions } from '../music/notation';
import { toBoolean, toNumber } from '../palette/control';
import type { Upgrade } from '../palette/version';

export const SOURCES = ['notation', 'grid', 'file'] as const;
export type Source = (typeof SOURCES)[number];

/** When a pattern that joins a running clock, or is launched, begins: at the next of these. */
export const QUANTA = ['bar', 'beat', 'none'] as const;
/** `bar`, `beat`, `none`, or a number of bars. */
export type Quantum = (typeof QUANTA)[number] | number;

/** When a change is heard. */
export const WHENS = ['now', 'beat', 'bar', 'cycle'] as const;
export type When = (typeof WHENS)[number];

/** Whether a pattern runs with the position of the song, or begins where it is launched. */
export const PHASES = ['song', 'launch'] as const;
export type Phase = (typeof PHASES)[number];

/** A pattern as its dialog stores it; numbers may be texts. A text `$name` stands for a flow value. */
export interface PatternFields extends PlayFields {
  source?: string;
  notation?: string;
  /** The JSON of a step grid. */
  grid?: string;
  /** A name in the store of patterns. */
  file?: string;
  /** Whether the tempo of the file is told to the clock. */
  fileTempo?: boolean | string;
  /** Length of a cycle of the notation, in quarter notes. */
  cycleBeats?: number | string;
  /** Length of a note of the notation, in percent of its step. */
  gate?: number | string;
  velocity?: number | string;
  channel?: number | string;
  /** The scale whose degrees the numbers of the notation are. */
  scale?: string;
  quantum?: number | string;
  phase?: string;
  changes?: string;
  /** Whether mutation rules act by themselves. */
  mutates?: boolean | string;
  /** The name of a style, or rules as JSON. */
  mutation?: string;
  /** What follows when the ending is `next`: a line for each, written as the source's own field is. */
  next?: string;
}

/** All fields, with what they are where a stored config (of an earlier version) does not have them. */
export const DEFAULTS: Readonly<Required<PatternFields>> = Object.freeze({
  source: 'notation',
  notation: '',
  grid: '',
  file: '',
  fileTempo: false,
  cycleBeats: 4,
  gate: 80,
  velocity: 100,
  channel: '',
  scale: '',
  seed: 0,
  rate: 1,
  length: '',
  direction: 'forward',
  step: 0.25,
  groove: 'straight',
  noteLength: 100,
  transpose: 0,
  quantise: '',
  density: 100,
  ratchet: 1,
  humaniseTime: 0,
  humaniseVelocity: 0,
  quantum: 'bar',
  phase: 'song',
  changes: 'now',
  cycles: '',
  ending: 'stop',
  next: '',
  mutates: false,
  mutation: ''
});

export const FIELDS = Object.keys(DEFAULTS) as readonly (keyof PatternFields)[];

/** What a pattern node is set to, beside its source. */
export interface PatternConfig {
  source: Source;
  play: PlaySettings;
  quantum: Quantum;
  phase: Phase;
  changes: When;
  /** The tempo of the file leads. */
  fileTempo: boolean;
}

/** From each version to the next. Version 1 had the notation alone. */
export const UPGRADES: readonly Upgrade[] = [(stored) => ({ source: 'notation', ...stored })];

/** The fields of a stored config, those that an earlier version did not have at their defaults. */
export function migrate(def: PatternFields): Required<PatternFields> {
  const fields: Record<string, unknown> = { ...DEFAULTS };
  for (const key of FIELDS) if (def[key] !== undefined && def[key] !== null) fields[key] = def[key];
  return fields as Required<PatternFields>;
}

/** Puts flow values in the place of their names; a value that is not there leaves the default. */
export function withValues(
  fields: PatternFields,
  values: ReadonlyMap<string, unknown>
): Required<PatternFields> {
  const resolved: Record<string, unknown> = migrate(fields);
  for (const key of FIELDS) {
    const name = referenceIn(resolved[key]);
    if (name !== undefined) resolved[key] = values.get(name) ?? DEFAULTS[key];
  }
  return resolved as Required<PatternFields>;
}

/** The name in `$name`. */
export function referenceIn(field: unknown): string | undefined {
  return typeof field === 'string' ? /^\s*\$([A-Za-z_][\w.-]{0,63})\s*$/.exec(field)?.[1] : undefined;
}

/** Reads a config. Throws InvalidParameter or OutOfBounds. */
export function readConfig(fields: PatternFields): PatternConfig {
  return {
    source: oneOf('source', fields.source, SOURCES),
    play: readPlaySettings(fields),
    quantum: readQuantum(fields.quantum),
    phase: oneOf('phase', fields.phase, PHASES),
    changes: oneOf('changes', fields.changes, WHENS),
    fileTempo: fields.source === 'file' && toBoolean('fileTempo', fields.fileTempo)
  };
}

/** `bar`, `beat`, `none`, or from how many bars to how many bars, 1–256. Throws InvalidParameter or OutOfBounds. */
export function readQuantum(raw: unknown): Quantum {
  const bars = typeof raw === 'string' && /^\s*\d+\s*$/.test(raw) ? Number(raw) : raw;
  return typeof bars === 'number' ? integerWithin('quantum', bars, 1, 256) : oneOf('quantum', raw, QUANTA);
}

/** What a notation is read with. Throws InvalidParameter or OutOfBounds. */
export function notationOptions(fields: PatternFields): NotationOptions {
  const beats = numberWithin('cycleBeats', toNumber('cycleBeats', fields.cycleBeats ?? 4), 0.25, 1000);
  return {
    cycleTicks: beats * TICKS_PER_QUARTER,
    gate: numberWithin('gate', toNumber('gate', fields.gate ?? 80), 1, 800) / 100,
    velocity: integerWithin('velocity', toNumber('velocity', fields.velocity ?? 100), 1, 127),
    seed: integerWithin(
      'seed',
      toNumber('seed', fields.seed ?? 0),
      Number.MIN_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER
    ),
    channel: readChannel(fields.channel),
    scale: isBlank(fields.scale) ? undefined : fields.scale
  };
}

/** 1–16, also as a text; nothing where it is blank. Throws InvalidParameter or OutOfBounds. */
export function readChannel(channel: unknown): number | undefined {
  return isBlank(channel) ? undefined : integerWithin('channel', toNumber('channel', channel), 1, 16);
}
