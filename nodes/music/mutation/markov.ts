/**
 * Markov chains of order 1 to 3 over MIDI notes: what follows depends on the last one, two or three notes.
 * Weights are counts or shares; each row is normalised when it is drawn from.
 */
import { said } from '../words';
import { InvalidParameter, integerWithin, numberWithin } from '../errors';
import { noteName } from '../pitch';
import type { Dice } from './dice';

export type Order = 1 | 2 | 3;

/** Most contexts of a given matrix, and most notes that a chain learns from. */
export const MAX_MARKOV_ROWS = 1024;
export const MAX_LEARNED_NOTES = 1024;

/** What may follow one context. */
interface Row {
  readonly notes: readonly number[];
  readonly weights: readonly number[];
}

/** A chain: rows by context, the context being the last notes. */
export interface MarkovModel {
  readonly order: Order;
  /** Rows of contexts of `order` notes and of all shorter ones, by contextKey. */
  readonly rows: ReadonlyMap<number, Row>;
}

type Counts = Map<number, Map<number, number>>;

/** Notes, oldest first, as one number: digits to the base of 128 behind a 1, which tells how many there are. */
function contextKey(notes: readonly number[], from = 0): number {
  let key = 1;
  for (let index = from; index < notes.length; index++) key = key * 128 + notes[index];
  return key;
}

/** The notes of a key. */
function contextOf(key: number): number[] {
  const notes: number[] = [];
  for (let rest = key; rest > 1; rest = Math.floor(rest / 128)) notes.unshift(rest % 128);
  return notes;
}

/** Adds a transition to the rows of its context and of every shorter one. */
function count(counts: Counts, context: readonly number[], note: number, weight: number): void {
  for (let from = 0; from <= context.length; from++) {
    const key = contextKey(context, from);
    let row = counts.get(key);
    if (row === undefined) counts.set(key, (row = new Map()));
    row.set(note, (row.get(note) ?? 0) + weight);
  }
}

function modelOf(order: Order, counts: Counts): MarkovModel {
  const rows = new Map<number, Row>();
  for (const [key, row] of counts) {
    // Sorted, so that draws do not depend on which came first.
    const notes = [...row.keys()].sort((a, b) => a - b);
    rows.set(key, { notes, weights: notes.map((note) => row.get(note)!) });
  }
  return Object.freeze({ order, rows });
}

/**
 * Learns from notes in their order. In a cycle the first notes follow the last ones; in a row of notes as it was
 * played, nothing is known before the first. Of no notes nothing is learned: the model then has no rows.
 */
export function learn(notes: readonly number[], order: Order, isCycle: boolean): MarkovModel {
  const counts: Counts = new Map();
  notes.forEach((note, index) => {
    const context: number[] = [];
    for (let back = order; back >= 1; back--) {
      const at = index - back;
      if (at >= 0) context.push(notes[at]);
      else if (isCycle) context.push(notes[((at % notes.length) + notes.length) % notes.length]);
    }
    count(counts, context, note, 1);
  });
  return modelOf(order, counts);
}

/**
 * Reads a matrix: an object of rows by context, the context being `order` notes with a space between, a row being
 * an object of weights by note: `{ "c4": { "e4": 3, "g4": 1 } }`. Weights are 0 or more, one of each row above 0.
 * `noteOf` reads a note from its text or throws. Throws InvalidParameter or OutOfBounds naming the path.
 */
export function readMatrix(
  path: string,
  value: unknown,
  order: Order,
  noteOf: (path: string, text: unknown) => number
): MarkovModel {
  const table = readObject(path, value, 'an object of rows by note is needed');
  const contexts = Object.entries(table);
  integerWithin(`${path} (number of rows)`, contexts.length, 1, MAX_MARKOV_ROWS);
  const counts: Counts = new Map();
  for (const [text, row] of contexts) {
    const at = `${path}[${JSON.stringify(text)}]`;
    const context = text
      .trim()
      .split(/\s+/)
      .map((note) => noteOf(at, note));
    if (context.length !== order) {
      throw new InvalidParameter(
        at,
        text,
        order === 1 ? 'one note is needed' : said('__order__ notes are needed', { order })
      );
    }
    if (counts.has(contextKey(context)))
      throw new InvalidParameter(at, text, 'these notes have a row already');
    let total = 0;
    for (const [next, weight] of Object.entries(
      readObject(at, row, 'an object of weights by note is needed')
    )) {
      const path = `${at}[${JSON.stringify(next)}]`;
      const share = numberWithin(path, weight, 0, 1_000_000);
      total += share;
      if (share > 0) count(counts, context, noteOf(path, next), share);
    }
    if (total === 0) throw new InvalidParameter(at, row, 'a weight above 0 is needed');
  }
  return modelOf(order, counts);
}

function readObject(path: string, value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidParameter(path, value, what);
  }
  return value as Record<string, unknown>;
}

/**
 * The note that follows `before` (oldest first). Where that context was never seen, a shorter one decides, in the
 * end none at all; undefined for a model that has learned nothing.
 */
export function drawNote(model: MarkovModel, before: readonly number[], dice: Dice): number | undefined {
  for (let length = Math.min(model.order, before.length); length >= 0; length--) {
    const row = model.rows.get(contextKey(before, before.length - length));
    if (row !== undefined) return row.notes[dice.weighted(row.weights)];
  }
  return undefined;
}

/** The chain as readMatrix reads it: the rows of full contexts. */
export function matrixOf(model: MarkovModel): Record<string, Record<string, number>> {
  const matrix: Record<string, Record<string, number>> = {};
  for (const [key, { notes, weights }] of model.rows) {
    const context = contextOf(key);
    if (context.length !== model.order) continue;
    matrix[context.map(noteName).join(' ')] = Object.fromEntries(
      notes.map((note, index) => [noteName(note), weights[index]])
    );
  }
  return matrix;
}

/** Remembers the last notes that arrived, as many as MAX_LEARNED_NOTES. */
export class NoteMemory {
  private readonly notes: number[] = [];

  constructor(notes: readonly number[] = []) {
    for (const note of notes.slice(-MAX_LEARNED_NOTES)) this.add(note);
  }

  add(note: number): void {
    this.notes.push(integerWithin('note', note, 0, 127));
    if (this.notes.length > MAX_LEARNED_NOTES) this.notes.shift();
  }

  get size(): number {
    return this.notes.length;
  }

  /** A copy, oldest first. */
  all(): number[] {
    return [...this.notes];
  }
}
