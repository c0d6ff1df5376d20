import assert from 'node:assert/strict';
import { Dice } from '../../../../nodes/music/mutation/dice';
import { readNote } from '../../../../nodes/music/mutation/fields';
import {
  drawNote,
  learn,
  matrixOf,
  MAX_LEARNED_NOTES,
  NoteMemory,
  readMatrix,
  type MarkovModel,
  type Order
} from '../../../../nodes/music/mutation/markov';

const DRAWS = 100_000;
/** The quantile of the normal distribution that is passed once in a thousand. */
const Z = 3.0902;

/** The chi-square value that is passed once in a thousand (Wilson and Hilferty, 1931). */
function critical(degrees: number): number {
  const part = 2 / (9 * degrees);
  return degrees * (1 - part + Z * Math.sqrt(part)) ** 3;
}

/** Draws a long chain and judges the transitions of each full context by the weights that the matrix gives. */
function assertDrawsMatch(
  model: MarkovModel,
  weights: Record<string, Record<number, number>>,
  start: number[],
  seed: number
): void {
  const dice = new Dice(seed);
  const counts = new Map<string, Map<number, number>>();
  let before = start;
  for (let draw = 0; draw < DRAWS; draw++) {
    const note = drawNote(model, before, dice)!;
    const key = before.join();
    const row = counts.get(key) ?? new Map<number, number>();
    counts.set(key, row.set(note, (row.get(note) ?? 0) + 1));
    before = [...before.slice(1), note];
  }
  let chiSquare = 0;
  let degrees = 0;
  for (const [key, row] of counts) {
    const expected = weights[key] ?? assert.fail(`${key} is no context of the matrix`);
    const drawn = [...row.values()].reduce((sum, count) => sum + count, 0);
    const total = Object.values(expected).reduce((sum, weight) => sum + weight, 0);
    for (const note of row.keys()) assert.ok(expected[note] > 0, `${note} never follows ${key}`);
    const cells = Object.entries(expected).filter(([, weight]) => weight > 0);
    for (const [note, weight] of cells) {
      const wanted = (drawn * weight) / total;
      chiSquare += ((row.get(Number(note)) ?? 0) - wanted) ** 2 / wanted;
    }
    degrees += cells.length - 1;
  }
  assert.ok(chiSquare < critical(degrees), `${chiSquare.toFixed(1)} of ${degrees} degrees of freedom`);
}

describe('Markov chains', () => {
  it('draw as a given matrix of order 1 says (chi-square on 100 000 draws, p 0.001)', () => {
    const matrix = { c4: { c4: 1, e4: 2, g4: 5 }, e4: { c4: 0.5, g4: 0.5, e4: 0 }, g4: { c4: 10, e4: 1 } };
    const model = readMatrix('matrix', matrix, 1, readNote);
    const weights = { 60: { 60: 1, 64: 2, 67: 5 }, 64: { 60: 0.5, 67: 0.5, 64: 0 }, 67: { 60: 10, 64: 1 } };
    for (const seed of [1, 2, 3]) assertDrawsMatch(model, weights, [60], seed);
  });

  for (const order of [2, 3] as const) {
    it(`draw as a given matrix of order ${order} says (chi-square on 100 000 draws, p 0.001)`, () => {
      const matrix: Record<string, Record<string, number>> = {};
      const weights: Record<string, Record<number, number>> = {};
      const notes = [60, 62, 65];
      const contexts = (length: number): number[][] =>
        length === 0 ? [[]] : contexts(length - 1).flatMap((head) => notes.map((note) => [...head, note]));
      for (const [index, context] of contexts(order).entries()) {
        const row = { 60: 1 + (index % 3), 62: 1 + (index % 5), 65: 2 };
        matrix[context.join(' ')] = row;
        weights[context.join()] = row;
      }
      const model = readMatrix('matrix', matrix, order, readNote);
      for (const seed of [1, 2]) assertDrawsMatch(model, weights, notes.slice(0, order), seed);
    });
  }

  it('learn of a cycle how often each note follows the ones before, round its end', () => {
    const notes = [60, 62, 60, 64];
    const rows = (order: Order) => Object.fromEntries(Object.entries(matrixOf(learn(notes, order, true))));
    assert.deepEqual(rows(1), { c4: { d4: 1, e4: 1 }, d4: { c4: 1 }, e4: { c4: 1 } });
    assert.deepEqual(rows(2), {
      'c4 d4': { c4: 1 },
      'd4 c4': { e4: 1 },
      'c4 e4': { c4: 1 },
      'e4 c4': { d4: 1 }
    });
  });

  it('learn of played notes nothing that would follow from their end to their beginning', () => {
    assert.deepEqual(matrixOf(learn([60, 62, 64], 1, false)), { c4: { d4: 1 }, d4: { e4: 1 } });
  });

  it('draw from a shorter context where the longer one was never seen', () => {
    const model = learn([60, 62, 60, 62], 2, true);
    assert.equal(drawNote(model, [99, 60], new Dice(1)), 62);
    assert.ok([60, 62].includes(drawNote(model, [98, 99], new Dice(1))!));
    assert.equal(drawNote(learn([], 1, true), [60], new Dice(1)), undefined);
  });

  it('reproduce what was learned (chi-square on 100 000 draws, p 0.001)', () => {
    const notes = [60, 64, 67, 60, 60, 64, 72, 67, 64, 60];
    const weights: Record<string, Record<number, number>> = {};
    notes.forEach((note, index) => {
      const before = notes[(index + notes.length - 1) % notes.length];
      weights[before] ??= {};
      weights[before][note] = (weights[before][note] ?? 0) + 1;
    });
    assertDrawsMatch(learn(notes, 1, true), weights, [60], 5);
  });

  it('refuse a matrix that is none, naming the place', () => {
    const read =
      (matrix: unknown, order: Order = 1) =>
      () =>
        readMatrix('matrix', matrix, order, readNote);
    assert.throws(read([]), /matrix.*an object/);
    assert.throws(read({}), /number of rows/);
    assert.throws(read({ 'c4 d4': { c4: 1 } }), /matrix\["c4 d4"\].*one note is needed/);
    assert.throws(read({ c4: { c4: 1 } }, 2), /2 notes are needed/);
    assert.throws(read({ c4: { x9: 1 } }), /matrix\["c4"\]\["x9"\].*a note is needed/);
    assert.throws(read({ c4: { d4: -1 } }), /matrix\["c4"\]\["d4"\].*out of range/);
    assert.throws(read({ c4: { d4: 0 } }), /a weight above 0/);
    assert.throws(read({ eb4: { c4: 1 }, 'd#4': { c4: 1 } }), /a row already/);
  });

  it('remember the last notes that arrived, and no more', () => {
    const memory = new NoteMemory();
    for (let note = 0; note < MAX_LEARNED_NOTES + 10; note++) memory.add(note % 100);
    assert.equal(memory.size, MAX_LEARNED_NOTES);
    assert.equal(memory.all()[0], 10);
    assert.throws(() => memory.add(128), /note/);
  });
});
