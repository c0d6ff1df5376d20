import type { Words } from '../words';
import { InvalidParameter } from '../errors';
import type { Curve, Step, ValueRange } from './curve';

/** How a parameter travels. */
export type Address =
  | { kind: 'cc'; controller: number }
  /** Two controllers: `controller` for the high seven bits, `low` for the low ones. */
  | { kind: 'cc14'; controller: number; low: number; order: ByteOrder }
  /** `parameter` 0–16383. With `bits` 7 the value goes into the high byte alone and the low one is 0. */
  | { kind: 'nrpn' | 'rpn'; parameter: number; order: ByteOrder; bits: 7 | 14 };

export type ByteOrder = 'msbFirst' | 'lsbFirst';

/** What a knob of a synth does and how it is reached. Frozen. */
export interface Parameter {
  /** How messages call it; unique in its profile, as are its aliases and its role. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  readonly address: Address;
  /** In the device's own numbers: 0–127, or 0–16383 where both bytes are sent. */
  readonly range: ValueRange;
  readonly curve: Curve;
  /** Where only some values have a meaning, in rising order; the curve is then of no use. */
  readonly steps?: readonly Step[];
  /** Position 0–1. */
  readonly default?: number;
  readonly unit?: string;
  readonly group?: string;
  /** What it is for, the same word for all synths: `filter.cutoff`. */
  readonly role?: string;
  readonly aliases: readonly string[];
}

/**
 * A profile as it is written, in YAML, JSON or a message; see {@link readProfile} for what is allowed in it.
 */
export interface RawProfile {
  name?: string;
  description?: string;
  source?: string;
  firmware?: string;
  parameters: Readonly<Record<string, RawParameter>>;
}

export interface RawParameter {
  cc?: number;
  cc14?: number | readonly [number, number];
  nrpn?: number | readonly [number, number];
  rpn?: number | readonly [number, number];
  order?: ByteOrder;
  bits?: 7 | 14;
  range?: readonly [number, number];
  curve?: string;
  exponent?: number;
  steps?:
    | number
    | readonly number[]
    | Readonly<Record<string, number>>
    | readonly { label: string; value: number; from?: number }[];
  bipolar?: boolean | number;
  default?: number | string;
  unit?: string;
  group?: string;
  role?: string;
  aliases?: readonly string[];
  name?: string;
}

/** Keys and numbers that lead to a place in a profile. */
export type Path = readonly (string | number)[];

/** What is wrong with a profile, and where: by keys, and by line and column where it came as text. */
export class ProfileError extends InvalidParameter {
  constructor(
    readonly path: Path,
    value: unknown,
    why: Words,
    readonly line?: number,
    readonly column?: number
  ) {
    super(placed(path, line, column), value, why);
  }

  /** The same error, found in a text. */
  at(line: number, column: number): ProfileError {
    return new ProfileError(this.path, this.value, this.why, line, column);
  }
}

function placed(path: Path, line?: number, column?: number): string {
  const keys = path.join('.') || 'profile';
  return line === undefined ? keys : `line ${line}, column ${column}, ${keys}`;
}

/** Names are compared without regard to case, and with spaces, dots and dashes as underscores. */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[\s.-]+/g, '_');
}
