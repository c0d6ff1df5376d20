/** What a pattern node will play, told before it does: by the code that plays it, without an engine. */
import { Foresight, type MutationRules } from '../music/mutation';
import type { Pattern } from '../music/pattern';
import { Performance, type Played } from '../music/player/performance';
import type { PlaySettings } from '../music/player/settings';
import { FIELDS, referenceIn, type PatternFields } from './pattern-config';

/** What a node is set to. */
export interface Score {
  /** The pattern, and those that follow. */
  readonly patterns: readonly [Pattern, ...Pattern[]];
  readonly settings: PlaySettings;
  readonly fill: boolean;
  /** Undefined: it does not mutate by itself. */
  readonly rules?: MutationRules;
  /** Length of a bar, for rules that wait for bars. */
  readonly barTicks: number;
}

/** A node that begins with the song, and to which no messages come. */
export class Forecast {
  /** As it is before its first mutation. */
  readonly performance: Performance;
  /** Ends of the cycles, in song ticks. */
  private readonly ends: number[] = [];
  private readonly foresight: Foresight | undefined;
  private readonly mutated = new Map<Pattern, Performance>();

  constructor(private readonly score: Score) {
    const { patterns, rules, barTicks } = score;
    this.performance = this.performanceOf(patterns[0]);
    this.foresight = rules && new Foresight(patterns[0], rules, (cycle) => this.endOf(cycle), barTicks);
  }

  /** Song ticks after which it is played again. */
  get passTicks(): number {
    return this.endOf(0);
  }

  /** Whether what it plays hangs on where it began. */
  get mutates(): boolean {
    return this.foresight !== undefined;
  }

  /** How many patterns there are within the first cycles. */
  generations(cycles: number): number {
    const { foresight } = this;
    if (foresight === undefined) return 1;
    return new Set(Array.from({ length: cycles }, (_, cycle) => foresight.patternOf(cycle))).size;
  }

  /** What sounds from one song position to another (excluded). Throws where the source is too long to be mutated. */
  play(fromPosition: number, toPosition: number): Played[] {
    const { performance, foresight } = this;
    if (foresight === undefined) {
      return performance.play({ origin: 0, from: -Infinity, to: Infinity }, fromPosition, toPosition);
    }
    const played: Played[] = [];
    for (let cycle = 0, begin = 0; begin < toPosition + performance.early; cycle++) {
      const end = this.endOf(cycle);
      const stretch = { origin: 0, from: cycle === 0 ? -Infinity : begin, to: end };
      const generation = this.performanceOf(foresight.patternOf(cycle));
      if (end + generation.late > fromPosition)
        played.push(...generation.play(stretch, fromPosition, toPosition));
      begin = end;
    }
    return played;
  }

  private endOf(cycle: number): number {
    const { ends, performance } = this;
    while (ends.length <= cycle) {
      const begin = ends.length === 0 ? 0 : ends[ends.length - 1];
      ends.push(performance.nextPass(0, begin + 1e-3));
    }
    return ends[cycle];
  }

  private performanceOf(pattern: Pattern): Performance {
    const { patterns, settings, fill } = this.score;
    let performance = this.mutated.get(pattern);
    if (performance === undefined) {
      performance = new Performance({ patterns: [pattern, ...patterns.slice(1)], settings, fill });
      this.mutated.set(pattern, performance);
    }
    return performance;
  }
}

/** The flow values that a node hangs on, which only messages bring: names with their `$`, each once. */
export function valuesAskedFor(fields: PatternFields, pattern: Pattern): string[] {
  const names = FIELDS.map((key) => referenceIn(fields[key])).filter((name) => name !== undefined);
  for (const { event, play } of pattern.query(0, pattern.cycleTicks)) {
    const condition = /^\s*!?\s*\$(.*?)\s*$/.exec(play?.condition ?? '')?.[1];
    const values = [
      ...Object.values(play?.locks ?? {}),
      event.type === 'parameter' ? event.value : undefined
    ];
    names.push(...values.map(referenceIn).filter((name) => name !== undefined));
    if (condition !== undefined) names.push(condition);
  }
  return [...new Set(names)].map((name) => `$${name}`);
}
