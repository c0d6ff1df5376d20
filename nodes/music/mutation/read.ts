/** Reads a set of mutation rules from JSON; rules.schema.json says the same to an editor. */
import { InvalidParameter, integerWithin, numberWithin } from '../errors';
import { scaleNamed, type Scale } from '../pitch';
import { said } from '../words';
import {
  join,
  parseJson,
  readBoolean,
  readFields,
  readList,
  readNote,
  readOneOf,
  readRange,
  readRow,
  readSteps,
  readText,
  type Fields
} from './fields';
import { readMatrix, type Order } from './markov';
import {
  KINDS,
  MARKOV_SOURCES,
  MAX_CYCLES,
  MAX_DENSITY,
  MAX_EVERY,
  MAX_NAME_LENGTH,
  MAX_RULES,
  MAX_STEPS,
  OPERATION,
  OPERATIONS,
  WHEN,
  type Bounds,
  type DriftTarget,
  type MarkovSource,
  type MutationRule,
  type MutationRules,
  type Operation,
  type Range,
  type When,
  type Where
} from './rules';

/** Longest text of a set of rules. */
export const MAX_RULES_TEXT = 200_000;

const SET_KEYS = ['phasor', 'version', 'name', 'seed', 'changes', 'steps', 'cycles', 'bounds', 'rules'];
const RULE_KEYS = ['name', 'enabled', 'weight', 'when', 'where', 'what', 'bounds'];
/** What a rule may say besides, by what it does. */
const OWN_KEYS: Partial<Record<Operation, readonly string[]>> = {
  invert: ['axis'],
  drift: ['parameter', 'controller', 'min', 'max', 'start'],
  markov: ['order', 'from', 'matrix']
};

/**
 * Reads a set of rules: an object, its JSON, or just the array of the rules. All is checked, nothing is taken over
 * that is not known. Throws InvalidParameter or OutOfBounds naming the path, as `rules[2].amount`.
 */
export function readMutationRules(value: unknown): MutationRules {
  const json = parseJson('rules', value, MAX_RULES_TEXT);
  const fields = readFields('', Array.isArray(json) ? { rules: json } : json, SET_KEYS);
  if (fields.phasor !== undefined) readOneOf('phasor', fields.phasor, ['mutation']);
  if (fields.version !== undefined) integerWithin('version', fields.version, 1, 1);
  const { rules } = fields;
  if (!Array.isArray(rules) || rules.length > MAX_RULES) {
    throw new InvalidParameter(
      'rules',
      rules,
      said('an array of up to __most__ rules is needed', { most: MAX_RULES })
    );
  }
  const bounds = readBounds('bounds', fields.bounds);
  return Object.freeze({
    name: optional(fields, 'name', (path, name) => readText(path, name, MAX_NAME_LENGTH), ''),
    seed: optional(fields, 'seed', safeInteger, 0),
    changes: optional(
      fields,
      'changes',
      (path, number) => integerWithin(path, number, 1, MAX_RULES),
      MAX_RULES
    ),
    steps: optional(fields, 'steps', (path, number) => integerWithin(path, number, 1, MAX_STEPS), 0),
    cycles: optional(fields, 'cycles', readCycles, 0),
    bounds,
    rules: Object.freeze(rules.map((rule, index) => readRule(`rules[${index}]`, rule, bounds)))
  });
}

function readCycles(path: string, value: unknown): number {
  return value === 'auto' ? 0 : integerWithin(path, value, 1, MAX_CYCLES);
}

function safeInteger(path: string, value: unknown): number {
  return integerWithin(path, value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

/** A field that may be left out. */
function optional<T>(fields: Fields, key: string, read: (path: string, value: unknown) => T, otherwise: T): T;
function optional<T>(fields: Fields, key: string, read: (path: string, value: unknown) => T): T | undefined;
function optional<T>(
  fields: Fields,
  key: string,
  read: (path: string, value: unknown) => T,
  otherwise?: T
): T | undefined {
  return fields[key] === undefined ? otherwise : read(key, fields[key]);
}

/** The same below a path. */
function below(path: string, fields: Fields): typeof optional {
  return ((_: Fields, key: string, read: (path: string, value: unknown) => unknown, otherwise?: unknown) =>
    fields[key] === undefined ? otherwise : read(join(path, key), fields[key])) as typeof optional;
}

function readRule(path: string, value: unknown, common: Bounds): MutationRule {
  const what = readOneOf(
    join(path, 'what'),
    typeof value === 'object' && value !== null ? (value as Fields).what : undefined,
    OPERATIONS
  );
  const kind = OPERATION[what];
  const known = [
    ...RULE_KEYS,
    ...(kind.amount ? ['amount'] : []),
    ...(kind.share !== undefined ? ['share', 'count'] : []),
    ...(OWN_KEYS[what] ?? [])
  ];
  const fields = readFields(path, value, known);
  const get = below(path, fields);
  const drift = what === 'drift' ? readDrift(path, fields) : undefined;
  return Object.freeze({
    name: get(fields, 'name', (at, name) => readText(at, name, MAX_NAME_LENGTH), ''),
    enabled: get(fields, 'enabled', readBoolean, true),
    weight: get(fields, 'weight', (at, weight) => numberWithin(at, weight, 0.001, 1000), 1),
    when: readWhen(join(path, 'when'), fields.when),
    where: readWhere(join(path, 'where'), fields.where),
    what,
    amount: readAmount(path, fields, what, drift),
    share: get(fields, 'share', (at, share) => numberWithin(at, share, 0, 1), kind.share ?? 1),
    count: get(fields, 'count', (at, count) => integerWithin(at, count, 1, 4096), 4096),
    axis: get(fields, 'axis', readNote),
    drift,
    markov: what === 'markov' ? readMarkov(path, fields) : undefined,
    bounds: Object.freeze({ ...common, ...readBounds(join(path, 'bounds'), fields.bounds) })
  });
}

function readAmount(path: string, fields: Fields, what: Operation, drift?: DriftTarget): Range {
  const kind = OPERATION[what].amount;
  if (kind === undefined) return [0, 0];
  if (fields.amount === undefined) return drift?.controller !== undefined ? [-12, 12] : kind.default;
  const within = kind.whole || drift?.controller !== undefined ? integerWithin : numberWithin;
  return readRange(join(path, 'amount'), fields.amount, (at, number) =>
    within(at, number, kind.min, kind.max)
  );
}

function readWhen(path: string, value: unknown): When {
  const fields = readFields(path, value ?? {}, ['on', 'every', 'probability']);
  const get = below(path, fields);
  return Object.freeze({
    on: get(fields, 'on', (at, on) => readOneOf(at, on, WHEN), 'cycle'),
    every: get(fields, 'every', (at, every) => integerWithin(at, every, 1, MAX_EVERY), 1),
    probability: get(fields, 'probability', (at, probability) => numberWithin(at, probability, 0, 1), 1)
  });
}

function readWhere(path: string, value: unknown): Where {
  const fields = readFields(path, value ?? {}, ['steps', 'rows', 'kinds']);
  const get = below(path, fields);
  const most = MAX_STEPS;
  const list =
    <T>(longest: number, read: (path: string, value: unknown) => T) =>
    (at: string, items: unknown) =>
      Object.freeze(readList(at, items, longest).map((item, index) => read(`${at}[${index}]`, item)));
  return Object.freeze({
    steps: get(
      fields,
      'steps',
      list(most, (at, step) => readSteps(at, step, most))
    ),
    rows: get(fields, 'rows', list(128, readRow)),
    kinds: get(
      fields,
      'kinds',
      list(KINDS.length, (at, kind) => readOneOf(at, kind, KINDS)),
      Object.freeze(['note'] as const)
    )
  });
}

function readBounds(path: string, value: unknown): Bounds {
  const fields = readFields(path, value ?? {}, ['range', 'scale', 'density', 'distance']);
  const get = below(path, fields);
  const bounds: Record<string, unknown> = {
    range: get(fields, 'range', (at, range) => readRange(at, range, readNote)),
    scale: get(fields, 'scale', readScale),
    density: get(fields, 'density', (at, density) =>
      readRange(at, density, (to, places) => numberWithin(to, places, 0, MAX_DENSITY))
    ),
    distance: get(fields, 'distance', (at, distance) => numberWithin(at, distance, 0, 1))
  };
  // What is left out must not cover what the whole set says.
  for (const key of Object.keys(bounds)) if (bounds[key] === undefined) delete bounds[key];
  return Object.freeze(bounds) as Bounds;
}

function readScale(path: string, value: unknown): Scale {
  const scale = typeof value === 'string' ? scaleNamed(value) : undefined;
  if (scale === undefined) {
    throw new InvalidParameter(path, value, "a root and a scale are needed, as in 'c4 minor'");
  }
  return scale;
}

function readDrift(path: string, fields: Fields): DriftTarget {
  const get = below(path, fields);
  const { parameter, controller } = fields;
  if ((parameter === undefined) === (controller === undefined)) {
    throw new InvalidParameter(
      join(path, 'parameter'),
      parameter,
      'either a parameter or a controller is needed'
    );
  }
  const most = controller === undefined ? 1 : 127;
  const value = (at: string, number: unknown) =>
    controller === undefined ? numberWithin(at, number, 0, most) : integerWithin(at, number, 0, most);
  const min = get(fields, 'min', value, 0);
  const max = get(fields, 'max', value, most);
  if (min > max)
    throw new InvalidParameter(join(path, 'min'), min, said('max (__max__) or less is needed', { max }));
  const start = get(fields, 'start', value, controller === undefined ? (min + max) / 2 : (min + max) >> 1);
  if (start < min || start > max) {
    throw new InvalidParameter(
      join(path, 'start'),
      start,
      said('a value from __min__ to __max__ is needed', { min, max })
    );
  }
  return Object.freeze({
    parameter: get(fields, 'parameter', readParameterName),
    // 120–127 are no controllers but orders to the whole channel.
    controller: get(fields, 'controller', (at, number) => integerWithin(at, number, 0, 119)),
    min,
    max,
    start
  });
}

function readParameterName(path: string, value: unknown): string {
  const name = readText(path, value, MAX_NAME_LENGTH);
  if (name.trim() === '') throw new InvalidParameter(path, value, 'the name of a parameter is needed');
  return name;
}

function readMarkov(path: string, fields: Fields): MarkovSource {
  const get = below(path, fields);
  const order = get(fields, 'order', (at, order) => integerWithin(at, order, 1, 3), 1) as Order;
  const from = get(
    fields,
    'from',
    (at, source) => readOneOf(at, source, MARKOV_SOURCES),
    fields.matrix === undefined ? 'pattern' : 'matrix'
  );
  if ((from === 'matrix') !== (fields.matrix !== undefined)) {
    throw new InvalidParameter(
      join(path, 'matrix'),
      fields.matrix,
      "it belongs to from: 'matrix', and to no other"
    );
  }
  return Object.freeze({
    order,
    from,
    model: get(fields, 'matrix', (at, matrix) => readMatrix(at, matrix, order, readNote))
  });
}
