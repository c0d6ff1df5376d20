import type { Pattern } from '../pattern';
import { comingCycle, emptyEvolution, Evolution } from './evolution';
import type { MutationRules } from './rules';

/**
 * What a pattern that mutates plays, cycle by cycle, when it begins with the song and nobody sends it anything: by the
 * evolution that plays it, with the same rules, seed and generations.
 */
export class Foresight {
  private readonly evolution: Evolution;
  private readonly known: Pattern[] = [];

  /**
   * @param endOf the end of a cycle, by its number from 0, in song ticks
   * @param barTicks length of a bar, for rules that wait for bars
   */
  constructor(
    private readonly source: Pattern,
    rules: MutationRules,
    private readonly endOf: (cycle: number) => number,
    private readonly barTicks: number
  ) {
    this.evolution = new Evolution(emptyEvolution(), rules);
    this.evolution.begin('', source);
  }

  /** The pattern of a cycle, by its number from 0: the same object as long as nothing mutates. Throws where the source is too long to be mutated. */
  patternOf(cycle: number): Pattern {
    const { known, evolution } = this;
    while (known.length <= cycle) {
      const number = known.length;
      const isAnother = number === 0 || evolution.turn() !== undefined;
      const begin = number === 0 ? 0 : this.endOf(number - 1);
      const barsAt = (position: number) => position / this.barTicks;
      evolution.prepare(comingCycle(begin, this.endOf(number), this.source.cycleTicks, barsAt));
      known.push(isAnother ? evolution.playing() : known[number - 1]);
    }
    return known[cycle];
  }
}
