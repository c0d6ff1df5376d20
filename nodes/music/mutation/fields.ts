/** Reading fields of JSON from outside, with the path of each in the error. */
import { InvalidParameter, describe, numberWithin } from '../errors';
import { said } from '../words';
import { drumNote, noteNumber } from '../pitch';
import type { Range, StepRange } from './rules';

export type Fields = Readonly<Record<string, unknown>>;

/** An object with no other keys than those that are known. */
export function readFields(path: string, value: unknown, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidParameter(
      path,
      value,
      said('an object with __names__ is needed', { names: known.join(', ') })
    );
  }
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined) {
    throw new InvalidParameter(
      join(path, stranger),
      (value as Fields)[stranger],
      said('it is not known here; __names__ are', { names: known.join(', ') })
    );
  }
  return value as Fields;
}

/** `rules[2]` and `amount` are `rules[2].amount`. */
export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

export function readOneOf<T extends string>(path: string, value: unknown, choices: readonly T[]): T {
  if (!choices.includes(value as T)) {
    throw new InvalidParameter(
      path,
      value,
      said('one of __names__ is needed', { names: choices.join(', ') })
    );
  }
  return value as T;
}

export function readText(path: string, value: unknown, longest: number): string {
  if (typeof value !== 'string' || value.length > longest) {
    throw new InvalidParameter(
      path,
      value,
      said('a text of up to __most__ characters is needed', { most: longest })
    );
  }
  return value;
}

export function readBoolean(path: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new InvalidParameter(path, value, 'true or false is needed');
  return value;
}

/** An array of at least one and at most `most` things. */
export function readList(path: string, value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > most) {
    throw new InvalidParameter(path, value, said('an array of 1 to __most__ is needed', { most }));
  }
  return value;
}

/** A number stands for itself twice; else two numbers, the lower first. */
export function readRange(
  path: string,
  value: unknown,
  one: (path: string, value: unknown) => number
): Range {
  if (!Array.isArray(value)) {
    const number = one(path, value);
    return Object.freeze([number, number] as const);
  }
  if (value.length !== 2) {
    throw new InvalidParameter(path, value, 'one number, or an array of two, is needed');
  }
  const [low, high] = value.map((item, index) => one(`${path}[${index}]`, item));
  if (low > high) throw new InvalidParameter(path, value, 'the lower one must come first');
  return Object.freeze([low, high] as const);
}

/** `c4`, `60` (also as text), `bd`. */
export function readNote(path: string, value: unknown): number {
  const text = typeof value === 'string' ? value.trim() : value;
  if (typeof text === 'string' && !/^\d+$/.test(text)) {
    const note = noteNumber(text) ?? drumNote(text);
    if (note === undefined) {
      throw new InvalidParameter(path, value, "a note is needed, as 60, 'c4' or 'bd'");
    }
    return note;
  }
  const note = numberWithin(path, typeof text === 'string' ? Number(text) : text, 0, 127);
  if (!Number.isInteger(note)) throw new InvalidParameter(path, value, 'a whole number is needed');
  return note;
}

/** `c4`, or `c3..c5` for all notes from one to the other. */
export function readRow(path: string, value: unknown): Range {
  const parts = typeof value === 'string' ? value.split('..') : [value];
  if (parts.length > 2) throw new InvalidParameter(path, value, "a note, or two as 'c3..c5', is needed");
  const [low, high = low] = parts.map((part) => readNote(path, part));
  if (low > high) throw new InvalidParameter(path, value, 'the lower note must come first');
  return Object.freeze([low, high] as const);
}

const STEPS = /^(\d{1,3})(?:-(\d{1,3})(?:\/(\d{1,3}))?)?$/;

/** `5`, `1-8`, or `1-16/4` for every fourth from the first. */
export function readSteps(path: string, value: unknown, most: number): StepRange {
  const match = STEPS.exec(
    typeof value === 'number' ? String(value) : typeof value === 'string' ? value : ''
  );
  if (!match) {
    throw new InvalidParameter(path, value, "a step is needed, as 5, '1-8' or '1-16/4'");
  }
  const from = Number(match[1]);
  const to = match[2] === undefined ? from : Number(match[2]);
  const by = match[3] === undefined ? 1 : Number(match[3]);
  for (const number of [from, to, by]) numberWithin(path, number, 1, most);
  if (from > to) throw new InvalidParameter(path, value, 'the first step must come first');
  return Object.freeze({ from, to, by });
}

/** JSON as text, or what it says already. */
export function parseJson(path: string, value: unknown, longest: number): unknown {
  if (typeof value !== 'string') return value;
  if (value.length > longest) {
    throw new InvalidParameter(
      path,
      `${value.length} characters`,
      said('at most __most__ are allowed', { most: longest })
    );
  }
  try {
    return JSON.parse(value);
  } catch (error) {
    throw new InvalidParameter(
      path,
      value,
      said('JSON is needed (__why__)', { why: describe((error as Error).message) })
    );
  }
}
