import type { RawParameter } from '../music/profile';

/** Kinds of addresses, as the table of the dialog offers them. */
export const KINDS = ['cc', 'cc14', 'nrpn', 'rpn'] as const;

/** Curves as the table offers them: those of a profile, and the linear one out from a centre. */
export const ROW_CURVES = ['linear', 'exponential', 'logarithmic', 'stepped'] as const;

/** A parameter as a row of texts; what has no column of its own stays in `rest`. */
export interface Row {
  name: string;
  kind: (typeof KINDS)[number];
  /** `74`, or `43, 107` for two. */
  numbers: string;
  /** `0 127`, or blank for all. */
  range: string;
  curve: (typeof ROW_CURVES)[number];
  /** `saw: 0, sine: 64`, a count, or values; blank where there are none. */
  steps: string;
  role: string;
  rest: RawParameter;
}

/** The row of a parameter. */
export function rowOf(name: string, raw: RawParameter): Row {
  const kind = KINDS.find((each) => raw[each] !== undefined) ?? 'cc';
  const { [kind]: address, range, curve, steps, role, ...rest } = raw;
  return {
    name,
    kind,
    numbers: [address ?? []].flat().join(', '),
    range: range === undefined ? '' : range.join(' – '),
    curve: steps === undefined ? ((curve as Row['curve']) ?? 'linear') : 'stepped',
    steps: stepsText(steps),
    role: role ?? '',
    rest
  };
}

/** The parameter of a row. What cannot be read is left in it as text, so that reading the profile names it. */
export function parameterOf({ kind, numbers, range, curve, steps, role, rest }: Row): RawParameter {
  const { exponent, ...others } = rest;
  const raw: Record<string, unknown> = { [kind]: single(numbersIn(numbers)) };
  if (range.trim() !== '') raw.range = numbersIn(range);
  if (curve === 'stepped') raw.steps = stepsOf(steps);
  else if (curve !== 'linear') raw.curve = curve;
  if (role.trim() !== '') raw.role = role.trim();
  if (curve === 'exponential' && exponent !== undefined) raw.exponent = exponent;
  return { ...raw, ...others } as RawParameter;
}

/** `43, 107` or `0 – 127` as numbers; texts where they are none. */
function numbersIn(text: string): unknown[] {
  return text
    .split(/\s*[,;\s–]\s*|(?<=\d)\s*-\s*/)
    .filter((part) => part !== '')
    .map(numberOrText);
}

function single(values: unknown[]): unknown {
  return values.length === 1 ? values[0] : values;
}

function numberOrText(text: string): unknown {
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

function stepsText(steps: RawParameter['steps']): string {
  if (steps === undefined) return '';
  if (typeof steps === 'number') return String(steps);
  if (!Array.isArray(steps))
    return Object.entries(steps)
      .map(([label, value]) => `${quoted(label)}: ${value}`)
      .join(', ');
  return (steps as (number | string | { label?: string | number; value: number; from?: number })[])
    .map((step) => {
      if (typeof step !== 'object') return String(step);
      const { label, value, from } = step;
      const named = `${quoted(String(label ?? value))}: ${value}`;
      return from === undefined ? named : `${named} (from ${from})`;
    })
    .join(', ');
}

/** A label that would be read as something else otherwise, in quotes as in JSON. */
function quoted(label: string): string {
  return /^"|,/.test(label) ? JSON.stringify(label) : label;
}

function unquoted(label: string): string {
  if (!label.startsWith('"')) return label;
  try {
    return String(JSON.parse(label));
  } catch {
    return label;
  }
}

/** Parts between commas, but not those in quotes at the beginning of a part. */
const PARTS = /(?:^|,)\s*("(?:[^"\\]|\\.)*"[^,]*|[^,]*)/g;

/**
 * `4` is a count; `saw: 0, sine: 127 (from 64)` are steps with labels, `"low, soft": 0` is one with a comma in it;
 * `0, 64, 127` are values. Where a device changes to a step is only in it where it is written.
 */
function stepsOf(text: string): unknown {
  const parts = [...text.matchAll(PARTS)].map(([, part]) => part.trim());
  if (parts.length === 1 && /^\d+$/.test(parts[0])) return Number(parts[0]);
  return parts.map((part) => {
    const match = /^(.*?)\s*:\s*(\d+)(?:\s*\(from\s+(\d+)\))?$/.exec(part);
    if (match === null) return numberOrText(part);
    const [, label, value, from] = match;
    const step = { label: unquoted(label), value: Number(value) };
    return from === undefined ? step : { ...step, from: Number(from) };
  });
}
