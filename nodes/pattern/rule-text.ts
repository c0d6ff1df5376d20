/** A mutation rule as the fields of a form, all of them texts, and back. Knows no page, so that tests can read it. */
import type { Operation } from '../music/mutation/rules';

/** What one row of the list holds. */
export interface RuleRow {
  enabled: boolean;
  what: string;
  name: string;
  /** `2`, or `-2..2`. */
  amount: string;
  /** In percent. */
  share: string;
  weight: string;
  on: string;
  every: string;
  /** In percent. */
  probability: string;
  /** `1-8, 13`. */
  steps: string;
  /** `bd, c3..c5`. */
  rows: string;
  /** A note. */
  axis: string;
  /** A parameter's name, or a controller's number. */
  target: string;
  order: string;
  from: string;
  /** JSON of all that has no field of its own. */
  more: string;
}

export const EMPTY_ROW: Readonly<RuleRow> = Object.freeze({
  enabled: true,
  what: 'transpose',
  name: '',
  amount: '',
  share: '',
  weight: '',
  on: 'cycle',
  every: '',
  probability: '',
  steps: '',
  rows: '',
  axis: '',
  target: '',
  order: '',
  from: '',
  more: ''
});

/** Fields that only some operations have. */
export const OWN_FIELDS: Readonly<Record<string, readonly Operation[]>> = {
  amount: ['transpose', 'octave', 'rotate', 'swap', 'ratchet', 'velocity', 'gate', 'probability', 'drift'],
  share: ['transpose', 'octave', 'markov', 'thin', 'double', 'ratchet', 'velocity', 'gate', 'probability'],
  axis: ['invert'],
  target: ['drift'],
  order: ['markov'],
  from: ['markov']
};

export function hasField(what: string, field: string): boolean {
  return OWN_FIELDS[field]?.includes(what as Operation) ?? true;
}

type Fields = Record<string, unknown>;

/** The row of a rule, whatever it is: what no field can show goes to `more`. */
export function rowOf(rule: unknown): RuleRow {
  const { enabled, what, name, amount, share, weight, when, where, axis, order, from, ...rest } = {
    ...(rule as Fields)
  };
  const { parameter, controller, ...left } = rest;
  const more: Fields = left;
  const { on, every, probability, ...otherWhen } = { ...(when as Fields) };
  const { steps, rows, ...otherWhere } = { ...(where as Fields) };
  if (Object.keys(otherWhen).length > 0) more.when = otherWhen;
  if (Object.keys(otherWhere).length > 0) more.where = otherWhere;
  return {
    enabled: enabled !== false,
    what: text(what),
    name: text(name),
    amount: Array.isArray(amount) ? amount.map(String).join('..') : text(amount),
    share: percent(share),
    weight: text(weight),
    on: text(on) || 'cycle',
    every: text(every),
    probability: percent(probability),
    steps: list(steps),
    rows: list(rows),
    axis: text(axis),
    target: controller === undefined ? text(parameter) : `cc ${String(controller)}`,
    order: text(order),
    from: text(from),
    more: typeof more.more === 'string' ? more.more : Object.keys(more).length > 0 ? JSON.stringify(more) : ''
  };
}

/**
 * The rule of a row, with nothing in it that was left blank. What is wrong stays as it was written, for the reader of
 * rules to refuse; a `more` that is no JSON object stays as `more`.
 */
export function ruleOf(row: RuleRow): object {
  const has = (field: keyof RuleRow) => row[field] !== '' && hasField(row.what, field);
  const more = moreOf(row.more);
  const rule: Fields = { what: row.what };
  if (row.name.trim() !== '') rule.name = row.name.trim();
  if (!row.enabled) rule.enabled = false;
  if (has('amount')) rule.amount = range(row.amount);
  if (has('share')) rule.share = fraction(row.share);
  if (has('weight')) rule.weight = number(row.weight);
  if (has('axis')) rule.axis = number(row.axis);
  if (has('target')) Object.assign(rule, target(row.target));
  if (has('order')) rule.order = number(row.order);
  if (has('from')) rule.from = row.from;
  const when: Fields = { ...(more.when as Fields) };
  if (row.on !== 'cycle') when.on = row.on;
  if (row.every !== '') when.every = number(row.every);
  if (row.probability !== '') when.probability = fraction(row.probability);
  const where: Fields = { ...(more.where as Fields) };
  if (row.steps.trim() !== '') where.steps = items(row.steps);
  if (row.rows.trim() !== '') where.rows = items(row.rows);
  const whole: Fields = { ...rule, ...more, when, where };
  if (Object.keys(when).length === 0) delete whole.when;
  if (Object.keys(where).length === 0) delete whole.where;
  return whole;
}

function moreOf(json: string): Fields {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  } catch {
    // Refused below.
  }
  return { more: json };
}

function text(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(', ') : text(value);
}

/** Two digits after the point are enough of a percent. */
function percent(value: unknown): string {
  return typeof value === 'number' ? String(Math.round(value * 10_000) / 100) : text(value);
}

/** A number where it is one; else the text, which the reader then refuses by its path. */
function number(value: string): number | string {
  const trimmed = value.trim();
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

function fraction(value: string): number | string {
  const percent = number(value);
  return typeof percent === 'number' ? Math.round(percent * 100) / 10_000 : percent;
}

function range(value: string): unknown {
  const parts = value.split(/\.{2,}|…|\s+to\s+/).map(number);
  return parts.length === 1 ? parts[0] : parts;
}

function items(value: string): (number | string)[] {
  return value
    .split(/[\s,;]+/)
    .filter((item) => item !== '')
    .map(number);
}

function target(value: string): Fields {
  const controller = /^\s*(?:cc\s*)?(\d+)\s*$/i.exec(value);
  return controller ? { controller: Number(controller[1]) } : { parameter: value.trim() };
}
