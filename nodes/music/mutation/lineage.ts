/**
 * The lineage of a pattern: its generations, one mutation each, oldest first. It is frozen data; what alters it
 * answers with a new one, so that to undo is to take what was there before.
 */
import { InvalidParameter, integerWithin } from '../errors';
import type { EventPattern } from '../pattern';
import type { Mutation } from './mutate';
import { MAX_NAME_LENGTH } from './rules';

/** Generations that can be undone one by one; the original is always there. */
export const MAX_GENERATIONS = 64;

/** A pattern that a mutation made. */
export interface Generation {
  /** 1 for the first, growing by one; a number is never used twice. */
  readonly number: number;
  readonly pattern: EventPattern;
  /** Number of the cycle in which it began. */
  readonly cycle: number;
  /** The rules that made it. */
  readonly applied: readonly string[];
  /** From the original, 0–1. */
  readonly distance: number;
  readonly name?: string;
}

export interface Lineage {
  readonly original: EventPattern;
  readonly generations: readonly Generation[];
  /** Mutations so far, those that were undone included. */
  readonly turns: number;
}

export function beginLineage(original: EventPattern): Lineage {
  return Object.freeze({ original, generations: Object.freeze([]), turns: 0 });
}

/** The newest generation; undefined while the original plays. */
export function currentGeneration({ generations }: Lineage): Generation | undefined {
  return generations[generations.length - 1];
}

/** What plays now. */
export function currentPattern(lineage: Lineage): EventPattern {
  return currentGeneration(lineage)?.pattern ?? lineage.original;
}

/** The lineage with one more generation. Of more than MAX_GENERATIONS the oldest is forgotten. */
export function grown(lineage: Lineage, mutation: Mutation, cycle: number): Lineage {
  const number = lineage.turns + 1;
  const generation = Object.freeze({ ...mutation, number, cycle });
  return withGenerations(lineage, [...lineage.generations, generation].slice(-MAX_GENERATIONS), number);
}

/**
 * The lineage without its newest generations: `count` of them, or, with `'all'`, every one. Throws InvalidParameter
 * where there is none, OutOfBounds where there are fewer. What was forgotten is not come by again: below the oldest
 * generation that is known stands the original.
 */
export function undone(lineage: Lineage, count: number | 'all' = 1): Lineage {
  const { generations } = lineage;
  if (generations.length === 0) {
    throw new InvalidParameter('undo', count, 'there is no mutation to undo');
  }
  const left = count === 'all' ? 0 : generations.length - integerWithin('undo', count, 1, generations.length);
  return withGenerations(lineage, generations.slice(0, left), lineage.turns);
}

/** The lineage with its newest generation named. Throws InvalidParameter while the original plays. */
export function named(lineage: Lineage, name: unknown): Lineage {
  const { generations } = lineage;
  const current = currentGeneration(lineage);
  if (current === undefined) throw new InvalidParameter('name', name, 'there is no mutation to name');
  if (typeof name !== 'string' || name.trim() === '' || name.length > MAX_NAME_LENGTH) {
    throw new InvalidParameter('name', name, `a text of up to ${MAX_NAME_LENGTH} characters is needed`);
  }
  const generation = Object.freeze({ ...current, name: name.trim() });
  return withGenerations(lineage, [...generations.slice(0, -1), generation], lineage.turns);
}

function withGenerations({ original }: Lineage, generations: readonly Generation[], turns: number): Lineage {
  return Object.freeze({ original, generations: Object.freeze(generations), turns });
}
