import { rowName, shareOf, type Grid, type Row, type Step } from '../../../music/grid';

/** A text of the catalogue, by its key below that of the grid. */
export type Text = (key: string, values?: Readonly<Record<string, string | number>>) => string;

/** A step in words, for who cannot see it. */
export function stepInWords(text: Text, row: Row, index: number, step: Step | undefined): string {
  const place = text('place', { row: rowName(row), step: index + 1 });
  if (step === undefined) return `${place}, ${text('empty')}`;
  const { value, probability, ratchet, condition, nudge, length, locks } = step;
  const words = [place, `${text(row.lane.kind === 'note' ? 'velocity' : 'value')} ${value}`];
  if (probability !== undefined) words.push(text('words.chance', { percent: Math.round(probability * 100) }));
  if (ratchet !== undefined) words.push(text('words.ratchet', { count: ratchet }));
  if (condition !== undefined) words.push(text('words.condition', { condition }));
  if (length !== undefined) words.push(text('words.length', { steps: length }));
  if (nudge !== undefined) words.push(text('words.nudge', { percent: Math.round(nudge * 100) }));
  if (locks !== undefined) words.push(text('words.locks', { names: Object.keys(locks).join(', ') }));
  return words.join(', ');
}

/** How a step shows its height, 0–1; the softest can still be seen. */
export function heightOf(row: Row, step: Step): number {
  return 0.14 + 0.86 * shareOf(row.lane, step);
}

/** Steps that are seen as one: a beat, where it is cut into some. */
export function stepsPerBeat({ stepTicks }: Grid): number {
  const steps = Math.round((960 / stepTicks) * 1000) / 1000;
  return Number.isInteger(steps) && steps >= 2 && steps <= 8 ? steps : 4;
}
