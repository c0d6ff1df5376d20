/** A pattern as a grid ("materialise"): what a grid cannot show plays along with it, and is told. */
import { eventEquals } from '../event';
import { cyclesOf, materialise } from '../mutation/materialise';
import { type EventPattern, type Pattern, type PatternEvent } from '../pattern';
import { stepPlayEquals, type StepPlay } from '../step';
import {
  DEFAULT_STEP_TICKS,
  frozenGrid,
  frozenRow,
  laneKey,
  longestGrid,
  MAX_NUDGE,
  MAX_ROWS,
  MAX_STEPS,
  noSteps,
  rounded,
  rowName,
  STRAIGHT_SWING,
  swingTicks,
  type Grid,
  type Lane,
  type Row,
  type Step
} from './grid';
import { readStep } from './read';
import { compareLanes } from './rows';
import { gridToPattern } from './to-pattern';

/** Steps that musicians count in, the ones that are tried first at the front: sixteenths, then finer and triplets. */
const USUAL_STEPS = [240, 160, 120, 320, 80, 60, 480, 960, 640, 1920, 3840];
/** What is no farther from a step than this stands on it, in ticks: 0.05 ms at 120 BPM. */
const ON_STEP_TICKS = 0.1;
/** Parts that a cycle is cut into where no usual step fits; with more of them nobody finds their way. */
const MOST_PARTS = 32;

/**
 * Something that one should know of a grid that was made from a pattern, `count` times.
 * - `varies`: the pattern is not the same in each repetition; the grid is what it played in `count` cycles of it
 * - `nudged`: stands between two steps, and is played there by micro-timing
 * - `shared`: notes that share a row and a step with another; they play along unseen
 * - `kind`: events of a kind that has no rows (`what` names it); they play along unseen
 * - `rows`: events for which there are too many rows; they play along unseen
 * - `play`: events whose way of being played no step can have; they play along unseen
 */
export interface Remark {
  readonly about: 'varies' | 'nudged' | 'shared' | 'kind' | 'rows' | 'play';
  readonly count: number;
  readonly what?: string;
}

export interface MaterialiseOptions {
  /** A grid whose rows, names and swing are kept, and whose steps where the pattern fits them. */
  readonly like?: Grid;
  /** Length of a step in ticks; left out, the one that fits best. */
  readonly stepTicks?: number;
  /** What a note is called, undefined for its own name. */
  readonly nameOf?: (note: number) => string | undefined;
}

export interface Materialised {
  readonly grid: Grid;
  readonly remarks: readonly Remark[];
}

/**
 * The grid that plays what a pattern plays. A pattern that differs from cycle to cycle is taken as it plays in as
 * many of its cycles as it repeats after. Throws InvalidParameter where it holds too many events to look at.
 */
export function patternToGrid(pattern: Pattern, options: MaterialiseOptions = {}): Materialised {
  const found = new Findings();
  const cycles = cyclesOf(pattern);
  const source = materialise(pattern, cycles);
  if (varies(pattern, source, cycles)) found.add('varies', cycles);
  const { like, nameOf } = options;
  const swing = like?.swing ?? STRAIGHT_SWING;
  const stepTicks = options.stepTicks ?? bestStep(source, like?.stepTicks);
  const length = Math.min(longestGrid(stepTicks), Math.max(1, Math.round(source.cycleTicks / stepTicks)));
  // A step that does not go into the cycle is stretched, so that the cycle keeps its length.
  const shape: Grid = frozenGrid({
    length,
    stepTicks: source.cycleTicks / length,
    swing,
    rows: [],
    others: []
  });
  const rows = new Rows(like?.rows ?? [], length, nameOf);
  const others: PatternEvent[] = [];
  for (const item of source.events) {
    const reason = place(shape, rows, item, found);
    if (reason === undefined) continue;
    found.add(reason, 1, reason === 'kind' ? item.event.type : undefined);
    others.push(item);
  }
  const grid = frozenGrid({ ...shape, rows: rows.done(), others });
  return Object.freeze({ grid, remarks: found.remarks() });
}

/** Puts an event into its step; says why not where it cannot be. */
function place(shape: Grid, rows: Rows, { position, event, play }: PatternEvent, found: Findings) {
  const lane = laneOf(event);
  if (lane === undefined || (event.type === 'note' && event.durationTicks === undefined)) return 'kind';
  const { stepTicks, length } = shape;
  const index = nearestStep(shape, position);
  const ahead = position - (index * stepTicks + swingTicks(shape, index));
  const nudge = Math.abs(ahead) <= ON_STEP_TICKS ? 0 : rounded(ahead / stepTicks);
  if (Math.abs(nudge) > MAX_NUDGE) return 'play';
  const { stepTicks: struck, ...rest } = play ?? {};
  const fields = {
    ...rest,
    value: event.type === 'note' ? event.velocity : 'value' in event ? event.value : undefined,
    ...(event.type === 'note' ? { length: (event.durationTicks as number) / stepTicks } : {}),
    nudge
  };
  let step: Step;
  try {
    step = readStep(fields, lane);
  } catch {
    return 'play';
  }
  const row = rows.rowFor(lane, 'channel' in event ? event.channel : undefined);
  if (row === undefined) return 'rows';
  const at = index % length;
  if (row[at] !== undefined) return 'shared';
  if (!playsAlike(shape, lane, step, play, struck)) return 'play';
  row[at] = step;
  if (nudge !== 0) found.add('nudged', 1);
  return undefined;
}

/** Whether a step would be played as the event was. */
function playsAlike(
  shape: Grid,
  lane: Lane,
  step: Step,
  play: PatternEvent['play'],
  struck?: number
): boolean {
  const row: Row = { lane, steps: [step, ...noSteps(shape.length - 1)] };
  const [{ play: own }] = gridToPattern({ ...shape, rows: [row], others: [] }).events;
  if ((play?.ratchet ?? 1) > 1 && lane.kind === 'note') {
    const over = own?.stepTicks ?? 0;
    // Without a word about it, the strikes are spread over what the player takes for a step.
    if (Math.abs(over - (struck ?? over)) > ON_STEP_TICKS) return false;
  }
  const usual = ({ probability, ratchet, condition, locks }: StepPlay): StepPlay => ({
    ...(condition === undefined ? {} : { condition }),
    ...(probability === undefined || probability === 1 ? {} : { probability }),
    ...(ratchet === undefined || ratchet === 1 || lane.kind !== 'note' ? {} : { ratchet }),
    ...(locks === undefined || Object.keys(locks).length === 0 ? {} : { locks })
  });
  return stepPlayEquals(usual(own ?? {}), usual(play ?? {}));
}

/** The step, from 0 to the length (which is the first one of the next pass), that a position is nearest to. */
function nearestStep(shape: Grid, position: number): number {
  const { stepTicks, length } = shape;
  const about = Math.floor(position / stepTicks);
  let best = about;
  let nearest = Infinity;
  for (let index = Math.max(0, about - 1); index <= Math.min(length, about + 1); index++) {
    // The step after the last is the first, which is never swung.
    const swung = index === length ? 0 : swingTicks(shape, index);
    const distance = Math.abs(position - (index * stepTicks + swung));
    if (distance < nearest - 1e-9) [best, nearest] = [index, distance];
  }
  return best;
}

/** The length of a step at which the most stands on steps, none of them twice; the first that has it all. */
function bestStep({ events, cycleTicks }: EventPattern, liked: number | undefined): number {
  const usual = liked === undefined ? USUAL_STEPS : [liked, ...USUAL_STEPS];
  const fits = (stepTicks: number) => {
    const steps = cycleTicks / stepTicks;
    return steps <= MAX_STEPS + 1e-6 && steps >= 1 && Math.abs(steps - Math.round(steps)) < 1e-6;
  };
  const even = Array.from({ length: MOST_PARTS }, (_, index) => cycleTicks / (index + 1));
  const possible = [...usual.filter(fits), ...even.filter((stepTicks) => stepTicks >= 1)];
  const isOn = (stepTicks: number) =>
    events.every(({ position }) => {
      const off = position / stepTicks - Math.round(position / stepTicks);
      return Math.abs(off * stepTicks) <= ON_STEP_TICKS;
    });
  return possible.find(isOn) ?? possible[0] ?? DEFAULT_STEP_TICKS;
}

/** Whether a pattern plays something else after the cycles that were taken. */
function varies(pattern: Pattern, { events, cycleTicks }: EventPattern, cycles: number): boolean {
  for (let round = 1; round * cycles < 16; round++) {
    const later = pattern.query(round * cycleTicks, (round + 1) * cycleTicks);
    const same =
      later.length === events.length &&
      later.every(
        ({ position, event, play }, index) =>
          Math.abs(position - round * cycleTicks - events[index].position) < 1e-6 &&
          eventEquals(event, events[index].event) &&
          stepPlayEquals(play, events[index].play)
      );
    if (!same) return true;
  }
  return false;
}

function laneOf(event: PatternEvent['event']): Lane | undefined {
  if (event.type === 'note') return { kind: 'note', note: event.note };
  if (event.type === 'cc') return { kind: 'cc', controller: event.controller };
  return event.type === 'parameter' ? { kind: 'parameter', parameter: event.parameter } : undefined;
}

/** The rows of a grid that is being made. */
class Rows {
  private readonly known = new Map<string, { row: Omit<Row, 'steps'>; steps: (Step | undefined)[] }>();
  private readonly given: readonly string[];

  constructor(
    like: readonly Row[],
    private readonly length: number,
    private readonly nameOf: (note: number) => string | undefined = () => undefined
  ) {
    for (const { lane, name, channel } of like) {
      const row = {
        lane,
        ...(name === undefined ? {} : { name }),
        ...(channel === undefined ? {} : { channel })
      };
      this.known.set(laneKey(lane, channel), { row, steps: [...noSteps(length)] });
    }
    this.given = [...this.known.keys()];
  }

  /** The steps of a row, which is made where it is missing; undefined where there are too many. */
  rowFor(lane: Lane, channel: number | undefined): (Step | undefined)[] | undefined {
    const key = laneKey(lane, channel);
    const found = this.known.get(key);
    if (found !== undefined) return found.steps;
    if (this.known.size >= MAX_ROWS) return undefined;
    const name = lane.kind === 'note' ? this.nameOf(lane.note) : undefined;
    const row = {
      lane: Object.freeze(lane),
      ...(name === undefined ? {} : { name }),
      ...(channel === undefined ? {} : { channel })
    };
    const steps = [...noSteps(this.length)];
    this.known.set(key, { row, steps });
    return steps;
  }

  /** Rows that were given stay where they were; new ones come in the order of a new grid. */
  done(): Row[] {
    const all = [...this.known.entries()];
    const made = (entries: typeof all) => entries.map(([, { row, steps }]) => frozenRow({ ...row, steps }));
    const isGiven = ([key]: (typeof all)[number]) => this.given.includes(key);
    const added = made(all.filter((entry) => !isGiven(entry)));
    added.sort((a, b) => compareLanes(a.lane, b.lane) || (rowName(a) < rowName(b) ? -1 : 1));
    return [...made(all.filter(isGiven)), ...added];
  }
}

/** Remarks, each once, with its count. */
class Findings {
  private readonly counts = new Map<string, Remark>();

  add(about: Remark['about'], count: number, what?: string): void {
    const key = `${about} ${what ?? ''}`;
    const before = this.counts.get(key)?.count ?? 0;
    this.counts.set(key, { about, count: before + count, ...(what === undefined ? {} : { what }) });
  }

  remarks(): readonly Remark[] {
    return Object.freeze([...this.counts.values()]);
  }
}
