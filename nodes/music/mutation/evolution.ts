/**
 * A pattern that mutates cycle by cycle. What the next cycle will play is known while the one before it sounds, so
 * that nothing has to be taken back; only when that cycle begins it becomes what plays.
 */
import { InvalidParameter, integerWithin } from '../errors';
import { patternEquals, type EventPattern, type Pattern } from '../pattern';
import {
  beginLineage,
  currentGeneration,
  grown,
  MAX_GENERATIONS,
  named,
  undone,
  type Generation,
  type Lineage
} from './lineage';
import { NoteMemory } from './markov';
import { cyclesOf, materialise } from './materialise';
import { dueRules, mutate, type Moment } from './mutate';
import { stepTicksOf, type MutationRules } from './rules';

/** The cycle that comes next. */
export interface ComingCycle {
  /** Number of the source's cycle by its place in the song, from 0. */
  readonly cycle: number;
  /** The bar that the cycle begins in, and the one that the cycle before it began in. */
  readonly bars?: Moment['bars'];
}

/**
 * What is known of the cycle that begins at song position `end`, while the one before it goes from `begin`; cycles
 * of the source are counted from the beginning of the song.
 * @param barsAt bars that have gone by at a song position
 */
export function comingCycle(
  begin: number,
  end: number,
  cycleTicks: number,
  barsAt: (position: number) => number
): ComingCycle {
  const count = (number: number) => Math.floor(number + 1e-6);
  return {
    cycle: count(end / cycleTicks),
    bars: { after: count(barsAt(begin)), upTo: count(barsAt(end)) }
  };
}

/** What a message asks for. */
export type Act =
  | { readonly do: 'mutate'; readonly which: true | string }
  | { readonly do: 'undo'; readonly count: number | 'all' };

/** What outlives a deploy. */
export interface EvolutionState {
  /** What the lineage belongs to: the fields of the source, and what they gave. */
  source?: { readonly key: string; readonly pattern: Pattern };
  lineage: Lineage | undefined;
  /** What the next cycle plays, where that is something else. */
  next?: { readonly lineage: Lineage | undefined; readonly isAsked: boolean };
  /** Cycles that have gone by. */
  cycles: number;
  readonly heard: NoteMemory;
}

export function emptyEvolution(): EvolutionState {
  return { lineage: undefined, cycles: 0, heard: new NoteMemory() };
}

export class Evolution {
  /** @param state what is kept; it is altered here only */
  constructor(
    private readonly state: EvolutionState,
    public rules: MutationRules
  ) {}

  /**
   * What is to be mutated. Its lineage goes on where it is what it was: by `key`, which tells of everything it is
   * made from, and, where it has events of its own, by those. Else it begins anew.
   */
  begin(key: string, pattern: Pattern): void {
    const { source } = this.state;
    const isSame = source !== undefined && source.key === key && isSamePattern(source.pattern, pattern);
    this.state.source = { key, pattern };
    if (isSame) return;
    this.state.lineage = undefined;
    this.state.next = undefined;
  }

  /** A note that arrived, for chains that learn from those. */
  hear(note: number): void {
    this.state.heard.add(note);
  }

  /** Drops what the rules have prepared, since there are other ones; what a message asked for stays. */
  forget(): void {
    if (this.state.next?.isAsked === false) this.state.next = undefined;
  }

  /** What plays now. */
  playing(): Pattern {
    return this.patternOf(this.state.lineage);
  }

  /** What the next cycle plays; undefined where that is what plays now. */
  coming(): Pattern | undefined {
    return this.state.next && this.patternOf(this.state.next.lineage);
  }

  /** A cycle has begun: what was coming plays. Answers with its generation where that is another one. */
  turn(): Generation | undefined {
    this.state.cycles++;
    return this.settle();
  }

  /** What was coming plays, as where the clock stands. */
  settle(): Generation | undefined {
    const { lineage, next } = this.state;
    if (next === undefined) return undefined;
    this.state.lineage = next.lineage;
    this.state.next = undefined;
    const generation = next.lineage && currentGeneration(next.lineage);
    return generation === (lineage && currentGeneration(lineage)) ? undefined : generation;
  }

  /**
   * Lets the rules act for the next cycle, unless a message has asked for something. Answers whether it plays
   * something else then. Throws where the source is too long to be mutated.
   */
  prepare(coming: ComingCycle): boolean {
    const { lineage, next, cycles } = this.state;
    if (next !== undefined) return false;
    const mutated = this.mutated(lineage, { ...coming, number: cycles + 1 });
    if (mutated === lineage) return false;
    this.state.next = { lineage: mutated, isAsked: false };
    return true;
  }

  /**
   * Does what a message asks for, to hold from the next cycle on. It takes the place of what the rules had prepared
   * there, since nobody has heard that yet. Throws InvalidParameter or OutOfBounds where it cannot be done.
   */
  act(act: Act, coming: ComingCycle): void {
    const { next, cycles } = this.state;
    const from = next?.isAsked ? next.lineage : this.state.lineage;
    const lineage =
      act.do === 'undo'
        ? undoneBy(from, act.count)
        : this.mutated(from, { ...coming, number: cycles + 1 }, act.which);
    this.state.next = { lineage, isAsked: true };
  }

  /** Names what plays now. Throws InvalidParameter while that is the source. */
  name(name: unknown): void {
    const { lineage, next } = this.state;
    const renamed = named(lineage ?? NOTHING, name);
    // What is coming may have grown out of what is named.
    if (next?.lineage !== undefined && lineage !== undefined) {
      const old = currentGeneration(lineage)!;
      const generations = next.lineage.generations.map((each) =>
        each === old ? currentGeneration(renamed)! : each
      );
      this.state.next = { ...next, lineage: Object.freeze({ ...next.lineage, generations }) };
    }
    this.state.lineage = renamed;
  }

  /** What plays now as a pattern of events, with its generation if it is not the source. Throws as `prepare` does. */
  current(): { pattern: EventPattern; generation?: Generation } {
    const { lineage } = this.state;
    const generation = lineage && currentGeneration(lineage);
    return { pattern: generation?.pattern ?? lineage?.original ?? this.original(0), generation };
  }

  private mutated(
    lineage: Lineage | undefined,
    { cycle, bars, number }: ComingCycle & { number: number },
    message?: Moment['message']
  ): Lineage | undefined {
    const moment = { cycle: number, bars, message, turn: lineage?.turns ?? 0 };
    if (dueRules(this.rules, moment).length === 0) return lineage;
    const known = lineage ?? beginLineage(this.original(cycle));
    const mutation = mutate(this.rules, moment, {
      pattern: currentGeneration(known)?.pattern ?? known.original,
      original: known.original,
      stepTicks: stepTicksOf(this.rules, this.source.cycleTicks),
      heard: this.state.heard.all()
    });
    return mutation === undefined ? lineage : grown(known, mutation, number);
  }

  private get source(): Pattern {
    return this.state.source!.pattern;
  }

  private original(cycle: number): EventPattern {
    return materialise(this.source, this.rules.cycles || cyclesOf(this.source), cycle);
  }

  /** The pattern of a lineage. Its cycle is that of the source, so that whoever plays it counts on as before. */
  private patternOf(lineage: Lineage | undefined): Pattern {
    const generation = lineage && currentGeneration(lineage);
    if (generation === undefined) return this.source;
    // Without its events, whose positions count in the cycles that were taken as one.
    return { ...generation.pattern, cycleTicks: this.source.cycleTicks, events: undefined } as Pattern;
  }
}

const NOTHING: Lineage = Object.freeze({
  original: undefined as unknown as EventPattern,
  generations: Object.freeze([]),
  turns: 0
});

function undoneBy(lineage: Lineage | undefined, count: number | 'all'): Lineage {
  if (count !== 'all') integerWithin('undo', count, 1, MAX_GENERATIONS);
  const known = lineage?.generations.length ?? 0;
  if (count !== 'all' && known > 0 && count > known) {
    throw new InvalidParameter('undo', count, `${known} or fewer can be undone`);
  }
  return undone(lineage ?? NOTHING, count);
}

/** Patterns without events of their own are told apart by what they are made from. */
function isSamePattern(a: Pattern, b: Pattern): boolean {
  if (a === b) return true;
  const [left, right] = [a, b] as Partial<EventPattern>[];
  if (left.events === undefined || right.events === undefined) return left.events === right.events;
  return patternEquals(a as EventPattern, b as EventPattern);
}
