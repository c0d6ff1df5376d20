/** One mutation: which rules are due, which of them are drawn, and what they make of a pattern. */
import { patternEquals, patternFromParts, type EventPattern } from '../pattern';
import { Dice } from './dice';
import { distance } from './distance';
import { gridOf, MAX_TOUCHED_EVENTS, type Grid } from './item';
import { changesOf, withChanges } from './operations';
import type { MutationRule, MutationRules } from './rules';
import { Trial } from './trial';

/** When a mutation happens. All of it is part of what the chance of the mutation hangs on, or of what is due. */
export interface Moment {
  /** Number of the cycle that begins, from 0, counted as the source's cycles go by. */
  readonly cycle: number;
  /** Bars that begin with this cycle or within the one before it: those in (firstBar, lastBar]. Absent: none. */
  readonly bars?: { readonly after: number; readonly upTo: number };
  /** Set by a message: all rules are due; with a name, only those of that name. */
  readonly message?: true | string;
  /** Number of mutations before this one, so that two within one cycle are not the same. */
  readonly turn: number;
}

/** What a mutation works with. */
export interface Material {
  readonly pattern: EventPattern;
  /** What distances are measured from. */
  readonly original: EventPattern;
  readonly stepTicks: number;
  /** Notes that arrived, oldest first. */
  readonly heard?: readonly number[];
}

/** What came of a mutation. */
export interface Mutation {
  readonly pattern: EventPattern;
  /** The rules that changed something: their names, or what they do. */
  readonly applied: readonly string[];
  /** From the original, 0–1. */
  readonly distance: number;
}

/** The rules that may act at a moment: by their `when`, without chance. */
export function dueRules({ rules }: MutationRules, moment: Moment): number[] {
  const due = rules.map((rule, index) => (rule.enabled && isDue(rule, moment) ? index : -1));
  return due.filter((index) => index >= 0);
}

function isDue({ name, what, when }: MutationRule, { cycle, bars, message }: Moment): boolean {
  if (message !== undefined) return message === true || message === name || message === what;
  if (when.on === 'cycle') return cycle > 0 && cycle % when.every === 0;
  if (when.on === 'bar') {
    return bars !== undefined && Math.floor(bars.upTo / when.every) > Math.floor(bars.after / when.every);
  }
  return false;
}

/**
 * Mutates a pattern, or answers undefined where nothing is due, or nothing changes. The same rules, moment and
 * material always give the same answer. Whatever a rule changes keeps to its bounds; what it leaves alone may lie
 * outside them.
 */
export function mutate(set: MutationRules, moment: Moment, material: Material): Mutation | undefined {
  const { original, stepTicks, heard } = material;
  const grid = gridOf(material.pattern, stepTicks);
  const key = [set.seed, moment.cycle, moment.turn] as const;
  let { pattern } = material;
  const applied: string[] = [];
  const most = rulesAtATime(set, pattern.events.length);
  for (const index of drawnRules(set, dueRules(set, moment), most, new Dice(...key))) {
    const rule = set.rules[index];
    const next = applyRule(pattern, original, rule, grid, new Dice(...key, index + 1), heard);
    if (patternEquals(next, pattern)) continue;
    pattern = next;
    applied.push(rule.name || rule.what);
  }
  if (applied.length === 0 || patternEquals(pattern, material.pattern)) return undefined;
  return Object.freeze({
    pattern,
    applied: Object.freeze(applied),
    distance: distance(pattern.events, original.events, grid)
  });
}

/** Most rules that may act at one time: fewer on a long pattern, so that a mutation keeps nobody waiting. */
export function rulesAtATime({ changes }: MutationRules, events: number): number {
  return Math.max(1, Math.min(changes, Math.floor(MAX_TOUCHED_EVENTS / events)));
}

/** Of the rules that are due those that happen, and of those `most` at most, by weight; in their order. */
function drawnRules({ rules }: MutationRules, due: readonly number[], most: number, dice: Dice): number[] {
  const left = due.filter((index) => dice.happens(rules[index].when.probability));
  const drawn: number[] = [];
  while (left.length > 0 && drawn.length < most) {
    drawn.push(...left.splice(dice.weighted(left.map((index) => rules[index].weight)), 1));
  }
  return drawn.sort((a, b) => a - b);
}

/** A pattern with one rule applied to it, as far as its bounds let it. */
export function applyRule(
  pattern: EventPattern,
  original: EventPattern,
  rule: MutationRule,
  grid: Grid,
  dice: Dice,
  heard?: readonly number[]
): EventPattern {
  const { events } = pattern;
  const changes = changesOf(events, rule, grid, dice, heard);
  const trial = new Trial(events, original.events, changes, grid, rule.bounds);
  let allowed = changes.length;
  if (!trial.allows(allowed)) {
    // As many of the changes as are allowed, by halving; that more is farther is likely, and what is taken is judged.
    let refused = allowed;
    allowed = 0;
    while (refused - allowed > 1) {
      const middle = (allowed + refused) >>> 1;
      if (trial.allows(middle)) allowed = middle;
      else refused = middle;
    }
  }
  if (allowed === 0) return pattern;
  return patternFromParts(withChanges(events, changes, allowed), pattern.cycleTicks);
}
