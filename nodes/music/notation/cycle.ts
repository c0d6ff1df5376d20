import { ZERO, ONE, add, compare, divide, fraction, multiply, subtract, type Fraction } from '../fraction';
import { mix, mixInteger, uniform } from '../random';
import { styleWithin, type Node, type Series, type Style } from './tree';

/** A note of one cycle: it begins at `begin` (0–1, 1 excluded) and its step lasts `length`, both in cycles. */
export interface CycleNote {
  readonly begin: Fraction;
  readonly length: Fraction;
  /** A MIDI note, or SILENT. */
  readonly note: number;
  readonly style: Style;
  /** The first of a chord, which sends what its notes share. */
  readonly isFirst: boolean;
  /** Where it stands in the text. */
  readonly offset: number;
}

/**
 * The notes that begin in one cycle (0, 1, …), in the order of writing. Chance depends on the seed, the cycle
 * and the place in the notation alone, so no other cycle needs to be known.
 */
export function cycleNotes(node: Node, cycle: number, seed: number): CycleNote[] {
  return notesOf(node, cycle, mixInteger(0, seed));
}

/** `place` is a hash of the seed and of the way that led to this node. */
function notesOf(node: Node, cycle: number, place: number): CycleNote[] {
  switch (node.kind) {
    case 'rest':
      return [];
    case 'sound':
      return node.notes.map((note, index) => ({
        begin: ZERO,
        length: ONE,
        note,
        isFirst: index === 0,
        style: NO_STYLE,
        offset: node.offset
      }));
    case 'series':
      return notesOfSeries(node, cycle, place);
    case 'stack':
      return node.nodes.flatMap((child, index) => notesOf(child, cycle, mix(place, index)));
    case 'turns':
      return notesOf(node.nodes[cycle % node.nodes.length], cycle, place);
    case 'choice': {
      const drawn = Math.floor(uniform(mixInteger(place, cycle)) * node.nodes.length);
      return notesOf(node.nodes[drawn], cycle, mix(place, drawn));
    }
    case 'chance': {
      // Hashing the time rather than an index lets what begins together stay or go together.
      const draw = mixInteger(place, cycle);
      return notesOf(node.node, cycle, mix(place, CHANCE_SALT)).filter(
        ({ begin }) => uniform(mixInteger(mixInteger(draw, begin.num), begin.den)) >= node.removal
      );
    }
    case 'styled':
      return notesOf(node.node, cycle, place).map((item) => ({
        ...item,
        style: styleWithin(node.style, item.style)
      }));
  }
}

const NO_STYLE: Style = Object.freeze({});
/** Sets one `?` apart from another directly inside it. */
const CHANCE_SALT = 0x3f3f;

/**
 * A cycle is the stretch [cycle · rounds, (cycle + 1) · rounds) of the endless row of rounds. Times are taken
 * relative to the first round that it touches, which keeps the numbers small in late cycles.
 */
function notesOfSeries({ slots, roundsPerCycle }: Series, cycle: number, place: number): CycleNote[] {
  const { num, den } = roundsPerCycle;
  const remainder = cycle % den;
  const firstRound = ((cycle - remainder) / den) * num + Math.floor((remainder * num) / den);
  const from = fraction((remainder * num) % den, den);
  const to = add(from, roundsPerCycle);
  const notes: CycleNote[] = [];
  for (let round = 0; round * to.den < to.num; round++) {
    for (let index = 0; index < slots.length; index++) {
      const { node, begin, length } = slots[index];
      const start = add(fraction(round), begin);
      if (compare(add(start, length), from) <= 0 || compare(start, to) >= 0) continue;
      for (const item of notesOf(node, firstRound + round, mix(place, index))) {
        const at = add(start, multiply(item.begin, length));
        if (compare(at, from) < 0 || compare(at, to) >= 0) continue;
        notes.push({
          ...item,
          begin: divide(subtract(at, from), roundsPerCycle),
          length: divide(multiply(item.length, length), roundsPerCycle)
        });
      }
    }
  }
  return notes;
}
