/** What a grid plays. */
import { patternFromEvents, positionInCycle, type EventPattern, type RawPatternEvent } from '../pattern';
import type { StepPlay } from '../step';
import { DEFAULT_LENGTH, swingTicks, type Grid, type Row, type Step } from './grid';

/** What a grid leaves open. */
export interface GridOptions {
  /** 1–16, for the rows without one of their own; left out, events carry none and the device's channel holds. */
  readonly channel?: number;
}

/** The pattern that a grid describes. */
export function gridToPattern(grid: Grid, { channel }: GridOptions = {}): EventPattern {
  const cycleTicks = grid.length * grid.stepTicks;
  const events: RawPatternEvent[] = [];
  for (const row of grid.rows) {
    if (row.muted) continue;
    row.steps.forEach((step, index) => {
      if (step !== undefined) events.push(eventOf(grid, row, step, index, cycleTicks, channel));
    });
  }
  // A shorter grid plays less of what it carries along.
  events.push(...grid.others.filter(({ position }) => position < cycleTicks));
  return patternFromEvents(events, cycleTicks);
}

/** Where a step is played, in ticks from the beginning of the grid. */
export function stepPosition(grid: Grid, index: number, nudge = 0): number {
  const cycleTicks = grid.length * grid.stepTicks;
  const position = (index + nudge) * grid.stepTicks + swingTicks(grid, index);
  // What is played before the beginning belongs to the end of the pass before.
  return position < 0
    ? positionInCycle(0, cycleTicks + position, cycleTicks)
    : positionInCycle(0, position % cycleTicks, cycleTicks);
}

/** How long a note of a step sounds, in ticks. */
export function stepDuration({ stepTicks }: Grid, { length = DEFAULT_LENGTH }: Step): number {
  return length * stepTicks;
}

/** Over how many ticks the strikes of a step are spread: a step, or the length of a longer note. */
export function struckOver({ stepTicks }: Grid, { length = DEFAULT_LENGTH }: Step): number {
  return Math.max(1, length) * stepTicks;
}

function eventOf(
  grid: Grid,
  { lane, channel: own }: Row,
  step: Step,
  index: number,
  cycleTicks: number,
  otherwise: number | undefined
): RawPatternEvent {
  const channel = own ?? otherwise;
  const on = channel === undefined ? {} : { channel };
  const { value } = step;
  const event =
    lane.kind === 'note'
      ? { type: 'note', ...on, note: lane.note, velocity: value, durationTicks: stepDuration(grid, step) }
      : lane.kind === 'cc'
        ? { type: 'cc', ...on, controller: lane.controller, value }
        : { type: 'parameter', ...on, parameter: lane.parameter, value };
  const position = Math.min(stepPosition(grid, index, step.nudge), cycleTicks * (1 - Number.EPSILON));
  const play = playOf(grid, step, lane.kind === 'note');
  return play === undefined ? { position, event } : { position, event, play };
}

function playOf(grid: Grid, step: Step, isNote: boolean): StepPlay | undefined {
  const { probability, ratchet, condition, locks } = step;
  const struck = isNote && ratchet !== undefined;
  const play = {
    ...(probability === undefined ? {} : { probability }),
    ...(struck ? { ratchet, stepTicks: struckOver(grid, step) } : {}),
    ...(condition === undefined ? {} : { condition }),
    ...(locks === undefined ? {} : { locks })
  };
  return Object.keys(play).length === 0 ? undefined : play;
}
