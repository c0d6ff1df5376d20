/** Where a rule acts: which events of a pattern it may touch. */
import { stepCount, stepOf, type Grid, type Item } from './item';
import type { Where } from './rules';

/** The events that a rule may touch, by index. */
export function selected(items: readonly Item[], where: Where, grid: Grid): number[] {
  const steps = where.steps && new Set(selectedSteps(where, grid));
  const found: number[] = [];
  items.forEach(({ position, event }, index) => {
    if (!(where.kinds as readonly string[]).includes(event.type)) return;
    if (steps !== undefined && !steps.has(stepOf(grid, position))) return;
    if (where.rows !== undefined && 'note' in event) {
      const { note } = event;
      if (!where.rows.some(([low, high]) => note >= low && note <= high)) return;
    }
    found.push(index);
  });
  return found;
}

/** The steps, from 0, that a rule may touch, in their order: all of them where it names none. */
export function selectedSteps({ steps }: Where, grid: Grid): number[] {
  const all = Array.from({ length: stepCount(grid) }, (_, step) => step);
  if (steps === undefined) return all;
  return all.filter((step) =>
    steps.some(({ from, to, by }) => step + 1 >= from && step + 1 <= to && (step + 1 - from) % by === 0)
  );
}
