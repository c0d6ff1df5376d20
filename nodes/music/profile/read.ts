import { said, type Wording } from '../words';
import { CURVES, EXPONENTS, LINEAR, positionOfStep, type Curve, type Step, type ValueRange } from './curve';
import { fieldsOf, numberAt, recordOf, textAt, wholeAt } from './fields';
import {
  plainName,
  ProfileError,
  type Address,
  type ByteOrder,
  type Parameter,
  type Path,
  type RawProfile
} from './model';
import { Profile } from './profile';

const PROFILE_KEYS = ['name', 'description', 'source', 'firmware', 'parameters'];
const ADDRESS_KEYS = ['cc', 'cc14', 'nrpn', 'rpn'];
const PARAMETER_KEYS = [
  ...ADDRESS_KEYS,
  ...['order', 'bits', 'range', 'curve', 'exponent', 'steps', 'bipolar', 'default'],
  ...['unit', 'group', 'role', 'aliases', 'name']
];

/** Most parameters in a profile, steps of one, and aliases of one. */
export const PROFILE_LIMITS = { parameters: 1024, steps: 128, aliases: 16 } as const;

/** What a message to a cc profile node may say besides the names of parameters. */
export const RESERVED_NAMES: readonly string[] = ['profile', 'resend', 'learn', 'smoothing', 'forget'];

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/i;
const NAME = /^[a-z][a-z0-9_]{0,63}$/i;
const ROLE = /^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$/;
const FOURTEEN = 16383;

/** Controllers that a parameter cannot have, and why. */
function whyNot(controller: number): Wording | undefined {
  if (controller >= 120) return 'controllers 120 to 127 are channel mode messages, such as all notes off';
  const isDataEntry = controller === 6 || controller === 38 || (controller >= 96 && controller <= 101);
  return isDataEntry ? 'controllers 6, 38 and 96 to 101 are those that NRPN and RPN are made of' : undefined;
}

/**
 * Reads a profile: `{name, description, source, firmware, parameters: {cutoff: {cc: 74, …}, …}}`.
 *
 * A parameter has one of `cc` (0–119), `cc14` (a controller 0–31, or a pair [high, low]), `nrpn`, `rpn` (0–16383,
 * or [high, low]) and, as it likes, `order` (msbFirst, lsbFirst), `bits` (7, 14), `range` [min, max], `curve`
 * (linear, exponential with `exponent`, logarithmic, stepped), `steps` (a count, a list of values, {label: value}, or
 * a list of {label, value, from}), `bipolar` (true, or the value of the centre), `default` (0–1 or a label), `unit`,
 * `group`, `role` (`filter.cutoff`), `aliases`, `name`.
 * @param id how nodes call it: letters, digits, - and _
 * @throws ProfileError with the path to what is wrong
 */
export function readProfile(raw: unknown, id: string): Profile {
  const path: Path = [id];
  if (!ID.test(id)) {
    throw new ProfileError(path, id, 'up to 64 letters, digits, - and _ are allowed in the id of a profile');
  }
  const fields = fieldsOf(raw, path, PROFILE_KEYS);
  const where = [...path, 'parameters'];
  const entries = Object.entries(
    recordOf(fields.parameters, where, 'an object with a key for each parameter is needed')
  );
  if (entries.length > PROFILE_LIMITS.parameters) {
    throw new ProfileError(
      where,
      entries.length,
      said('at most __most__ are allowed', { most: PROFILE_LIMITS.parameters })
    );
  }
  const parameters = entries.map(([name, value]) => readParameter(name, value, [...where, name]));
  refuseDoubles(parameters, where);
  return new Profile(
    {
      id,
      name: textAt(fields, 'name', path, 80) ?? id,
      description: textAt(fields, 'description', path, 1000),
      source: textAt(fields, 'source', path, 200),
      firmware: textAt(fields, 'firmware', path, 80)
    },
    parameters,
    raw as RawProfile
  );
}

function readParameter(name: string, raw: unknown, path: Path): Parameter {
  if (!NAME.test(name)) {
    throw new ProfileError(path, name, 'a name is a letter and up to 63 letters, digits and _');
  }
  if (RESERVED_NAMES.includes(plainName(name))) {
    throw new ProfileError(path, name, 'this name is a control of the node');
  }
  const fields = fieldsOf(raw, path, PARAMETER_KEYS);
  const address = readAddress(fields, path);
  const range = readRange(fields, address, path);
  const steps = readSteps(fields, range, path);
  const parameter: Parameter = {
    name,
    title: textAt(fields, 'name', path, 80) ?? name.replaceAll('_', ' '),
    address: Object.freeze(address),
    range: Object.freeze(range),
    curve: readCurve(fields, steps, path),
    ...(steps && { steps }),
    ...optional('default', readDefault(fields, steps, path)),
    ...optional('unit', textAt(fields, 'unit', path, 20)),
    ...optional('group', textAt(fields, 'group', path, 40)),
    ...optional('role', readRole(fields, path)),
    aliases: readAliases(fields, path)
  };
  return Object.freeze(parameter);
}

function optional<T>(key: string, value: T | undefined): Record<string, T> {
  return value === undefined ? {} : { [key]: value };
}

type Fields = Readonly<Record<string, unknown>>;

function readAddress(fields: Fields, path: Path): Address {
  const given = ADDRESS_KEYS.filter((key) => fields[key] !== undefined);
  if (given.length !== 1) {
    throw new ProfileError(
      path,
      given.join(' and ') || fields,
      said('one of __names__ is needed', { names: ADDRESS_KEYS.join(', ') })
    );
  }
  const [kind] = given;
  const at = [...path, kind];
  const value = fields[kind];
  if (kind === 'cc') {
    for (const key of ['order', 'bits']) {
      if (fields[key] !== undefined) {
        throw new ProfileError([...path, key], fields[key], 'a single controller has none');
      }
    }
    return { kind, controller: readController(value, at, 127) };
  }
  const order = readOrder(fields, path);
  if (kind === 'cc14') {
    const [high, low] = Array.isArray(value) ? pairOf(value, at) : [value, undefined];
    const controller = readController(
      high,
      low === undefined ? at : [...at, 0],
      low === undefined ? 31 : 127
    );
    if (low === undefined) return { kind, controller, low: readController(controller + 32, at, 127), order };
    return { kind, controller, low: readController(low, [...at, 1], 127), order };
  }
  const bits = fields.bits ?? (isSevenBit(fields.range) ? 7 : 14);
  if (bits !== 7 && bits !== 14) throw new ProfileError([...path, 'bits'], bits, '7 or 14 is needed');
  if (Array.isArray(value)) {
    const [high, low] = pairOf(value, at);
    const parameter = wholeAt(high, [...at, 0], 0, 127) * 128 + wholeAt(low, [...at, 1], 0, 127);
    return { kind: kind as 'nrpn' | 'rpn', parameter, order, bits };
  }
  return { kind: kind as 'nrpn' | 'rpn', parameter: wholeAt(value, at, 0, FOURTEEN), order, bits };
}

/** A range that fits into one byte says that one byte is meant. */
function isSevenBit(range: unknown): boolean {
  return Array.isArray(range) && typeof range[1] === 'number' && range[1] <= 127;
}

function pairOf(value: unknown[], path: Path): unknown[] {
  if (value.length !== 2) throw new ProfileError(path, value, 'two numbers are needed: [high, low]');
  return value;
}

function readController(value: unknown, path: Path, max: number): number {
  const controller = wholeAt(value, path, 0, max);
  const reason = whyNot(controller);
  if (reason !== undefined) throw new ProfileError(path, controller, reason);
  return controller;
}

function readOrder(fields: Fields, path: Path): ByteOrder {
  const { order = 'msbFirst' } = fields;
  if (order !== 'msbFirst' && order !== 'lsbFirst') {
    throw new ProfileError([...path, 'order'], order, 'msbFirst or lsbFirst is needed');
  }
  return order;
}

/** The largest value that fits into what is sent. */
function largest(address: Address): number {
  return address.kind === 'cc' || ('bits' in address && address.bits === 7) ? 127 : FOURTEEN;
}

function readRange(fields: Fields, address: Address, path: Path): ValueRange {
  const max = largest(address);
  const at = [...path, 'range'];
  const range: ValueRange = { min: 0, max };
  if (fields.range !== undefined) {
    if (!Array.isArray(fields.range)) throw new ProfileError(at, fields.range, '[min, max] is needed');
    const [low, high] = pairOf(fields.range, at);
    range.min = wholeAt(low, [...at, 0], 0, max);
    range.max = wholeAt(high, [...at, 1], 0, max);
    if (range.min > range.max) throw new ProfileError(at, fields.range, 'min must not be above max');
  }
  const { bipolar } = fields;
  if (bipolar === undefined || bipolar === false) return range;
  range.centre =
    bipolar === true
      ? Math.ceil((range.min + range.max) / 2)
      : wholeAt(bipolar, [...path, 'bipolar'], range.min, range.max);
  return range;
}

function readCurve(fields: Fields, steps: unknown, path: Path): Curve {
  const { curve = steps === undefined ? 'linear' : 'stepped', exponent } = fields;
  if (!CURVES.includes(curve as never)) {
    throw new ProfileError(
      [...path, 'curve'],
      curve,
      said('one of __names__ is needed', { names: CURVES.join(', ') })
    );
  }
  if ((curve === 'stepped') !== (steps !== undefined)) {
    const reason = steps ? 'with steps the curve is stepped' : 'a stepped curve needs steps';
    throw new ProfileError([...path, 'curve'], curve, reason);
  }
  if (curve !== 'exponential') {
    if (exponent !== undefined) {
      throw new ProfileError([...path, 'exponent'], exponent, 'only an exponential curve has one');
    }
    return curve === 'logarithmic' ? Object.freeze({ type: curve }) : LINEAR;
  }
  return Object.freeze({
    type: curve,
    exponent: numberAt(exponent ?? EXPONENTS.usual, [...path, 'exponent'], EXPONENTS.min, EXPONENTS.max)
  });
}

function readSteps(fields: Fields, { min, max }: ValueRange, path: Path): readonly Step[] | undefined {
  const raw = fields.steps;
  if (raw === undefined) return undefined;
  const at = [...path, 'steps'];
  const given = stepsOf(raw, min, max, at);
  if (given.length < 2 || given.length > PROFILE_LIMITS.steps) {
    throw new ProfileError(
      at,
      given.length,
      said('2 to __most__ steps are needed', { most: PROFILE_LIMITS.steps })
    );
  }
  const steps: Step[] = [];
  const labels = new Set<string>();
  given.forEach(({ label, value, from, key }, index) => {
    const place = [...at, key];
    const step = { label, value: wholeAt(value, place, min, max), from: 0 };
    const before = steps.at(-1);
    if (before !== undefined && step.value <= before.value) {
      throw new ProfileError(
        place,
        value,
        said('the values of steps must rise, and __value__ stands before it', { value: before.value })
      );
    }
    // What a device does between two values is in its chart, or anybody's guess: the nearer one.
    const usual = before === undefined ? min : Math.ceil((before.value + step.value) / 2);
    step.from = from === undefined ? usual : wholeAt(from, place, min, step.value);
    if (before !== undefined && step.from <= before.value) {
      throw new ProfileError(
        place,
        from,
        said('it must begin above __value__, the value before it', { value: before.value })
      );
    }
    if (labels.has(plainName(label))) throw new ProfileError(place, label, 'this label is there already');
    labels.add(plainName(label));
    steps[index] = Object.freeze(step);
  });
  return Object.freeze(steps);
}

interface GivenStep {
  label: string;
  value: unknown;
  from?: unknown;
  key: string | number;
}

function stepsOf(raw: unknown, min: number, max: number, path: Path): GivenStep[] {
  if (typeof raw === 'number') {
    const count = wholeAt(raw, path, 2, Math.min(PROFILE_LIMITS.steps, max - min + 1));
    return Array.from({ length: count }, (_, index) => {
      const value = Math.round(min + positionOfStep(count, index) * (max - min));
      return { label: String(index + 1), value, key: index };
    });
  }
  if (!Array.isArray(raw)) {
    const reason = 'a count, a list of values, or an object {label: value} is needed';
    return Object.entries(recordOf(raw, path, reason)).map(([label, value]) => ({
      label,
      value,
      key: label
    }));
  }
  return raw.map((each: unknown, key) => {
    if (typeof each === 'number') return { label: String(each), value: each, key };
    const fields = fieldsOf(each, [...path, key], ['label', 'value', 'from']);
    const label = textAt(fields, 'label', [...path, key], 40) ?? String(fields.value);
    return { label, value: fields.value, from: fields.from, key };
  });
}

function readDefault(fields: Fields, steps: readonly Step[] | undefined, path: Path): number | undefined {
  const value = fields.default;
  if (value === undefined) return undefined;
  const at = [...path, 'default'];
  if (typeof value !== 'string' || steps === undefined) return numberAt(value, at, 0, 1);
  const index = steps.findIndex(({ label }) => plainName(label) === plainName(value));
  if (index < 0) {
    throw new ProfileError(
      at,
      value,
      said('one of __names__ is needed', { names: steps.map(({ label }) => label).join(', ') })
    );
  }
  return positionOfStep(steps.length, index);
}

function readRole(fields: Fields, path: Path): string | undefined {
  const role = textAt(fields, 'role', path, 64);
  if (role !== undefined && !ROLE.test(role)) {
    throw new ProfileError(
      [...path, 'role'],
      role,
      'small letters with a dot are needed, as in filter.cutoff'
    );
  }
  return role;
}

function readAliases(fields: Fields, path: Path): readonly string[] {
  const { aliases = [] } = fields;
  const at = [...path, 'aliases'];
  if (!Array.isArray(aliases) || aliases.length > PROFILE_LIMITS.aliases) {
    throw new ProfileError(
      at,
      aliases,
      said('a list of up to __most__ names is needed', { most: PROFILE_LIMITS.aliases })
    );
  }
  return Object.freeze(
    aliases.map((alias: unknown, index) => {
      if (typeof alias !== 'string' || alias.trim() === '' || alias.length > 64) {
        throw new ProfileError(
          [...at, index],
          alias,
          said('a text of up to __most__ characters is needed', { most: 64 })
        );
      }
      if (RESERVED_NAMES.includes(plainName(alias))) {
        throw new ProfileError([...at, index], alias, 'this name is a control of the node');
      }
      return alias.trim();
    })
  );
}

/** No two parameters share a controller, an NRPN, an RPN, a name, an alias or a role. */
function refuseDoubles(parameters: readonly Parameter[], path: Path): void {
  const taken = new Map<string, string>();
  for (const { name, address, aliases, role } of parameters) {
    const claim = (what: string, at: Path, value: unknown) => {
      const owner = taken.get(what);
      if (owner !== undefined)
        throw new ProfileError([...path, ...at], value, said('__owner__ has it already', { owner }));
      taken.set(what, name);
    };
    for (const number of numbersOf(address)) {
      claim(`${address.kind === 'cc14' ? 'cc' : address.kind} ${number}`, [name, address.kind], number);
    }
    claim(`name ${plainName(name)}`, [name], name);
    aliases.forEach((alias, index) => {
      if (plainName(alias) !== plainName(name))
        claim(`name ${plainName(alias)}`, [name, 'aliases', index], alias);
    });
    if (role !== undefined) claim(`role ${role}`, [name, 'role'], role);
  }
}

function numbersOf(address: Address): number[] {
  if (address.kind === 'cc') return [address.controller];
  return address.kind === 'cc14' ? [address.controller, address.low] : [address.parameter];
}
