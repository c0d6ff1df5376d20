import { InvalidParameter, integerWithin, numberWithin } from '../music/errors';
import { TICKS_PER_QUARTER } from '../music/event';
import { patternFromNotation, type NotationOptions } from '../music/notation';
import type { Pattern } from '../music/pattern';
import { toNumber } from '../palette/control';

/** A pattern as its dialog stores it; numbers may be texts, `gate` is in percent of the step. */
export interface PatternFields {
  notation?: string;
  cycleBeats?: number | string;
  gate?: number | string;
  velocity?: number | string;
  channel?: number | string;
  scale?: string;
  seed?: number | string;
  quantum?: string;
}

export const QUANTA = ['bar', 'beat', 'none'] as const;
export type Quantum = (typeof QUANTA)[number];

/** What a pattern node plays. */
export interface PatternConfig {
  pattern: Pattern;
  quantum: Quantum;
}

/** Reads a pattern's config. Throws NotationError for the text, InvalidParameter or OutOfBounds for the rest. */
export function readPattern(fields: PatternFields): PatternConfig {
  const { notation = '', scale = '', quantum = 'bar' } = fields;
  if (!QUANTA.includes(quantum as Quantum)) {
    throw new InvalidParameter('quantum', quantum, `one of ${QUANTA.join(', ')} is needed`);
  }
  const beats = numberWithin('cycleBeats', toNumber('cycleBeats', fields.cycleBeats ?? 4), 0.25, 1000);
  const options: NotationOptions = {
    cycleTicks: beats * TICKS_PER_QUARTER,
    gate: numberWithin('gate', toNumber('gate', fields.gate ?? 80), 1, 800) / 100,
    velocity: integerWithin('velocity', toNumber('velocity', fields.velocity ?? 100), 1, 127),
    seed: integerWithin(
      'seed',
      toNumber('seed', fields.seed ?? 0),
      Number.MIN_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER
    ),
    channel: isBlank(fields.channel)
      ? undefined
      : integerWithin('channel', toNumber('channel', fields.channel), 1, 16),
    scale: scale.trim() === '' ? undefined : scale
  };
  return { pattern: patternFromNotation(notation, options), quantum: quantum as Quantum };
}

function isBlank(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}
