import { fitNote } from './bounds';
import { notesInOrder, type NoteItem } from './item';
import { drawNote, learn, type MarkovModel } from './markov';
import type { Task } from './operations';
import { selected } from './select';

/**
 * New pitches for some notes, drawn from the rule's chain along the time of the pattern: each from the notes before
 * it as they have become, the first ones from the end of the cycle. Notes of one time are one after the other, from
 * low to high. Answers with the index of each note and its pitch.
 */
export function pitchesByChance(task: Task, taken: readonly number[]): [number, number][] {
  const { items, rule, dice } = task;
  const model = modelFor(task);
  if (model.rows.size === 0) return [];
  const index = new Map(items.map((item, at) => [item, at]));
  const isTaken = new Set(taken);
  const voice = voiceOf(task);
  const before = voice.slice(-3).map(({ event }) => event.note);
  const drawn: [number, number][] = [];
  for (const item of voice) {
    const at = index.get(item)!;
    let { note } = item.event;
    if (isTaken.has(at)) {
      const wanted = drawNote(model, before, dice);
      note = (wanted === undefined ? undefined : fitNote(wanted, rule.bounds)) ?? note;
      if (note !== item.event.note) drawn.push([at, note]);
    }
    before.push(note);
    before.shift();
  }
  return drawn;
}

/** The notes of the rule's rows, whatever their steps: a bass line does not learn from the drums beside it. */
function voiceOf({ items, rule, grid }: Task): NoteItem[] {
  const all = selected(items, { ...rule.where, steps: undefined }, grid);
  return notesInOrder(all.map((at) => items[at]));
}

function modelFor(task: Task): MarkovModel {
  const { order, from, model } = task.rule.markov!;
  if (from === 'matrix') return model!;
  if (from === 'notes') return learn(task.heard, order, false);
  return learn(
    voiceOf(task).map(({ event }) => event.note),
    order,
    true
  );
}
