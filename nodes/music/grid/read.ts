/** A grid as JSON that people can read and write: steps count from 1, and a plain step is just its value. */
import { InvalidParameter, integerWithin, numberWithin, PhasorError } from '../errors';
import { MAX_CYCLE_TICKS, patternFromEvents, type RawPatternEvent } from '../pattern';
import { patternToJson, type PatternJson } from '../pattern-json';
import { said } from '../words';
import { MAX_PARAMETER_LENGTH, readLocks, readStepPlay } from '../step';
import {
  DEFAULT_LENGTH,
  DEFAULT_STEP_TICKS,
  frozenGrid,
  frozenRow,
  longestGrid,
  MAX_NUDGE,
  MAX_ROW_NAME,
  MAX_ROWS,
  MAX_STEPS,
  MAX_SWING,
  noSteps,
  plain,
  rounded,
  STRAIGHT_SWING,
  type Grid,
  type Lane,
  type Row,
  type Step
} from './grid';

export const GRID_VERSION = 1;
/** Events that a grid may carry beside its steps. */
export const MAX_OTHERS = 100_000;

/** The JSON of a step: its value, or an object where more is set. */
export type StepJson = Step['value'] | Partial<Step>;

/** The JSON of a row: one of `note`, `controller`, `parameter`, and its steps by their numbers from 1. */
export interface RowJson {
  note?: number;
  controller?: number;
  parameter?: string;
  name?: string;
  channel?: number;
  muted?: true;
  steps: Record<string, StepJson>;
}

export interface GridJson {
  phasor: 'grid';
  version: typeof GRID_VERSION;
  /** How many steps. */
  length: number;
  stepTicks: number;
  swing?: number;
  rows: RowJson[];
  /** As the events of a pattern's JSON. */
  others?: PatternJson['events'];
}

const STEP_KEYS = ['value', 'length', 'nudge', 'probability', 'ratchet', 'condition', 'locks'];

/** Whether a value says that it is a grid; it may still have errors. */
export function isGridJson(raw: unknown): raw is GridJson {
  return typeof raw === 'object' && raw !== null && (raw as { phasor?: unknown }).phasor === 'grid';
}

/** Reads the JSON of a grid, already parsed. Throws InvalidParameter or OutOfBounds that says where. */
export function readGrid(raw: unknown): Grid {
  if (!isGridJson(raw)) {
    throw new InvalidParameter('grid', raw, "an object with phasor: 'grid' is needed");
  }
  const { version, length, stepTicks = DEFAULT_STEP_TICKS, swing, rows, others } = raw as Partial<GridJson>;
  if (version !== GRID_VERSION) {
    throw new InvalidParameter(
      'grid.version',
      version,
      said('version __version__ is understood here', { version: GRID_VERSION })
    );
  }
  const ticks = numberWithin('grid.stepTicks', stepTicks, 1, MAX_CYCLE_TICKS);
  const steps = integerWithin('grid.length', length, 1, longestGrid(ticks));
  if (!Array.isArray(rows)) throw new InvalidParameter('grid.rows', rows, 'an array is needed');
  if (rows.length > MAX_ROWS) {
    throw new InvalidParameter(
      'grid.rows',
      `${rows.length} rows`,
      said('at most __most__ are allowed', { most: MAX_ROWS })
    );
  }
  return frozenGrid({
    length: steps,
    stepTicks: ticks,
    swing:
      swing === undefined ? STRAIGHT_SWING : numberWithin('grid.swing', swing, STRAIGHT_SWING, MAX_SWING),
    rows: rows.map((row: unknown, index) => readRow(row, steps, `grid.rows[${index}]`)),
    others: readOthers(others)
  });
}

/** The JSON of a grid: plain data, without what is as usual. */
export function gridToJson({ length, stepTicks, swing, rows, others }: Grid): GridJson {
  return {
    phasor: 'grid',
    version: GRID_VERSION,
    length,
    stepTicks,
    ...(swing === STRAIGHT_SWING ? {} : { swing }),
    rows: rows.map(rowToJson),
    ...(others.length === 0
      ? {}
      : { others: patternToJson({ cycleTicks: MAX_CYCLE_TICKS, events: others }).events })
  };
}

/** The JSON of a grid as a text, one line a row. */
export function gridToText(grid: Grid): string {
  const { rows, others, ...head } = gridToJson(grid);
  const lines = (list: readonly unknown[]) => list.map((item) => `    ${JSON.stringify(item)}`).join(',\n');
  const start = JSON.stringify(head).slice(1, -1);
  const extra = others === undefined ? '' : `,\n  "others": [\n${lines(others)}\n  ]`;
  return `{ ${start},\n  "rows": [\n${lines(rows)}\n  ]${extra} }`;
}

/** Reads a grid from its JSON as a text. Throws as readGrid does, and where it is no JSON. */
export function gridFromText(text: string): Grid {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new InvalidParameter(
      'grid',
      text,
      said('JSON is needed (__why__)', { why: (error as Error).message })
    );
  }
  return readGrid(raw);
}

/** Reads what is set in a step of a lane. Throws InvalidParameter or OutOfBounds. */
export function readStep(raw: unknown, lane: Lane, path = 'step'): Step {
  const fields = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : { value: raw };
  const unknown = Object.keys(fields).find((key) => !STEP_KEYS.includes(key));
  if (unknown !== undefined || Array.isArray(raw)) {
    throw new InvalidParameter(
      path,
      unknown ?? raw,
      said('only __names__ are known', { names: STEP_KEYS.join(', ') })
    );
  }
  const { value, length, nudge, probability, ratchet, condition, locks } = fields;
  const step: { -readonly [Key in keyof Step]: Step[Key] } = {
    value: readValue(value, lane, `${path}.value`)
  };
  if (length !== undefined) {
    const checked = rounded(numberWithin(`${path}.length`, length, 1e-6, MAX_STEPS));
    if (checked !== DEFAULT_LENGTH) step.length = checked;
  }
  if (nudge !== undefined && nudge !== 0) {
    step.nudge = rounded(numberWithin(`${path}.nudge`, nudge, -MAX_NUDGE, MAX_NUDGE));
  }
  const play = within(path, () => readStepPlay(defined({ probability, ratchet, condition })));
  if (play.probability !== undefined && play.probability !== 1) step.probability = play.probability;
  if (play.ratchet !== undefined && play.ratchet !== 1) step.ratchet = play.ratchet;
  if (play.condition !== undefined) step.condition = play.condition;
  if (locks !== undefined && Object.keys(Object(locks)).length > 0) {
    step.locks = within(path, () => readLocks(locks));
  }
  return Object.freeze(step);
}

/** Reads what a row plays, from the fields of its JSON. Throws InvalidParameter or OutOfBounds. */
export function readLane({ note, controller, parameter }: Partial<RowJson>, path = 'row'): Lane {
  const given = [note, controller, parameter].filter((field) => field !== undefined).length;
  if (given !== 1) {
    throw new InvalidParameter(path, { note, controller, parameter }, 'just one of these three is needed');
  }
  if (note !== undefined) {
    return Object.freeze({ kind: 'note', note: integerWithin(`${path}.note`, note, 0, 127) });
  }
  if (controller !== undefined) {
    return Object.freeze({ kind: 'cc', controller: integerWithin(`${path}.controller`, controller, 0, 127) });
  }
  if (typeof parameter !== 'string' || parameter.trim() === '' || parameter.length > MAX_PARAMETER_LENGTH) {
    const reason = said('a name of at most __most__ characters is needed', { most: MAX_PARAMETER_LENGTH });
    throw new InvalidParameter(`${path}.parameter`, parameter, reason);
  }
  return Object.freeze({ kind: 'parameter', parameter });
}

function readRow(raw: unknown, length: number, path: string): Row {
  if (typeof raw !== 'object' || raw === null) {
    throw new InvalidParameter(path, raw, 'an object with a note, a controller or a parameter is needed');
  }
  const json = raw as Partial<RowJson>;
  const { name, channel, muted, steps } = json;
  const lane = readLane(json, path);
  if (name !== undefined && (typeof name !== 'string' || name.length > MAX_ROW_NAME)) {
    throw new InvalidParameter(
      `${path}.name`,
      name,
      said('a text of up to __most__ characters is needed', { most: MAX_ROW_NAME })
    );
  }
  if (muted !== undefined && typeof muted !== 'boolean') {
    throw new InvalidParameter(`${path}.muted`, muted, 'true or false is needed');
  }
  if (typeof steps !== 'object' || steps === null) {
    throw new InvalidParameter(`${path}.steps`, steps, 'an object of steps by their numbers is needed');
  }
  const own: (Step | undefined)[] = [...noSteps(length)];
  for (const [key, step] of Object.entries(steps)) {
    const number = /^\d{1,4}$/.test(key) ? Number(key) : key;
    own[integerWithin(`${path}.steps`, number, 1, length) - 1] = readStep(step, lane, `${path}.steps.${key}`);
  }
  return frozenRow({
    lane,
    ...(name === undefined ? {} : { name }),
    ...(channel === undefined ? {} : { channel: integerWithin(`${path}.channel`, channel, 1, 16) }),
    ...(muted === true ? { muted } : {}),
    steps: own
  });
}

function readValue(value: unknown, { kind }: Lane, path: string): Step['value'] {
  if (kind === 'note') return integerWithin(path, value, 1, 127);
  if (kind === 'cc') return integerWithin(path, value, 0, 127);
  if (typeof value !== 'string') return numberWithin(path, value, 0, 1);
  if (value !== '' && value.length <= MAX_PARAMETER_LENGTH) return value;
  throw new InvalidParameter(
    path,
    value,
    said('a text of up to __most__ characters is needed', { most: MAX_PARAMETER_LENGTH })
  );
}

function readOthers(raw: unknown): Grid['others'] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw) || raw.length > MAX_OTHERS) {
    throw new InvalidParameter(
      'grid.others',
      raw,
      said('an array of at most __most__ events is needed', { most: MAX_OTHERS })
    );
  }
  const events = raw.map((event: unknown) => (event ?? {}) as RawPatternEvent);
  return within('grid.others', () => patternFromEvents(events, MAX_CYCLE_TICKS).events);
}

/** Says where it was that a reader found something wrong. */
function within<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PhasorError)) throw error;
    throw error.in(path);
  }
}

function rowToJson({ lane, name, channel, muted, steps }: Row): RowJson {
  const json: Record<string, StepJson> = {};
  steps.forEach((step, index) => {
    if (step !== undefined) json[index + 1] = stepToJson(step);
  });
  const what =
    lane.kind === 'note'
      ? { note: lane.note }
      : lane.kind === 'cc'
        ? { controller: lane.controller }
        : { parameter: lane.parameter };
  return { ...what, ...defined({ name, channel, muted }), steps: json };
}

function stepToJson(step: Step): StepJson {
  const fields = defined({ ...plain(step) });
  return Object.keys(fields).length === 1 ? step.value : fields;
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
