/** Swing and grooves: where the steps of a grid really fall, and how loud they are. */
import { said } from '../words';
import { InvalidParameter } from '../errors';

/** A groove repeats over as many steps as it has. Frozen. */
export interface Groove {
  /** How late each step falls, as a fraction of a step: more than −0.5 and less than 0.5. */
  readonly offsets: readonly number[];
  /** By how much each step is louder (1.1) or softer (0.9). */
  readonly accents: readonly number[];
}

/** Most steps of a groove. */
export const MAX_GROOVE_STEPS = 64;

/**
 * Swing as drum machines since the LM-1 and the MPC have counted it: the share of a pair of steps that its first
 * one takes, 50–75 %. 50 is straight, 66.67 a triplet, and the second step is late by 2 · share − 1 of a step.
 */
export function swing(percent: number): Groove {
  return groove([0, percent / 50 - 1]);
}

/** Grooves by name. Offsets and accents of `push`, `laid back` and `samba` are our own. */
export const GROOVES: Readonly<Record<string, Groove>> = Object.freeze({
  straight: groove([0]),
  'mpc 54': swing(54),
  'mpc 58': swing(58),
  'mpc 62': swing(62),
  'mpc 66': swing(66),
  shuffle: swing(200 / 3),
  push: groove([0, -0.06, 0, -0.06], [1.05, 0.95, 1, 0.95]),
  'laid back': groove([0, 0.08, 0.04, 0.1], [1.05, 0.9, 1, 0.9]),
  samba: groove([0, -0.12, -0.16, -0.06], [1.1, 0.8, 0.85, 1.05])
});

export const STRAIGHT = GROOVES.straight;

function groove(offsets: readonly number[], accents: readonly number[] = offsets.map(() => 1)): Groove {
  return Object.freeze({ offsets: Object.freeze([...offsets]), accents: Object.freeze([...accents]) });
}

/**
 * Reads a groove: a name, a swing in percent (`58`, 50–75), or a list with one entry for each step, its lateness in
 * percent of a step (more than −50, less than 50), where wanted with an accent in percent behind a colon:
 * `0:110 12 -4:90 8`. Throws InvalidParameter.
 */
export function readGroove(raw: unknown): Groove {
  const text = typeof raw === 'number' ? String(raw) : raw;
  if (typeof text !== 'string') throw new InvalidParameter('groove', raw, EXPECTED);
  const name = text.trim().toLowerCase();
  if (name === '') return STRAIGHT;
  if (Object.hasOwn(GROOVES, name)) return GROOVES[name];
  const parts = name.split(/[\s,]+/);
  if (parts.length === 1 && /^\d+(\.\d+)?%?$/.test(name)) {
    const percent = parseFloat(name);
    if (percent >= 50 && percent <= 75) return swing(percent);
    throw new InvalidParameter('groove', raw, 'a swing is from 50 (straight) to 75 percent');
  }
  if (parts.length > MAX_GROOVE_STEPS) {
    throw new InvalidParameter(
      'groove',
      raw,
      said('at most __most__ are allowed', { most: MAX_GROOVE_STEPS })
    );
  }
  const steps = parts.map((part) => /^(-?\d+(?:\.\d+)?)(?::(\d+(?:\.\d+)?))?$/.exec(part));
  const offsets = steps.map((step) => (step ? Number(step[1]) / 100 : NaN));
  const accents = steps.map((step) => Number(step?.[2] ?? 100) / 100);
  if (offsets.some((offset) => !(Math.abs(offset) < 0.5)) || accents.some((accent) => accent > 4)) {
    throw new InvalidParameter('groove', raw, EXPECTED);
  }
  return groove(offsets, accents);
}

const EXPECTED = said(
  'one of __names__, a swing from 50 to 75, or a list of percents of a step such as "0 12 -4 8", each from -49 to 49, with an accent up to 400 behind a colon, is needed',
  { names: Object.keys(GROOVES).join(', ') }
);

/**
 * Where a song position falls with a groove. Between its steps time is stretched evenly, so the order of events
 * stays as it is. Nothing falls before the start of the song.
 */
export function grooved({ offsets }: Groove, stepTicks: number, position: number): number {
  const index = Math.floor(position / stepTicks);
  const from = stepAt(offsets, stepTicks, index);
  const to = stepAt(offsets, stepTicks, index + 1);
  return Math.max(0, from + ((position - index * stepTicks) / stepTicks) * (to - from));
}

/** How loud the step is that a song position belongs to. */
export function accentAt({ accents }: Groove, stepTicks: number, position: number): number {
  return accents[Math.round(position / stepTicks) % accents.length];
}

/** By how many ticks at most a groove moves an event, to the front and to the back. */
export function grooveReach({ offsets }: Groove, stepTicks: number): { early: number; late: number } {
  return {
    early: -Math.min(0, ...offsets) * stepTicks,
    late: Math.max(0, ...offsets) * stepTicks
  };
}

function stepAt(offsets: readonly number[], stepTicks: number, index: number): number {
  return (index + offsets[index % offsets.length]) * stepTicks;
}
