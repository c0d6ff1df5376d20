/**
 * What a notation means, in seven kinds of node. Groups, alternations, polymeters, `*` and `/` are all one kind,
 * the series; it differs only in how many of its rounds fit a cycle. Each node carries an upper bound of what
 * one of its cycles costs, known before anything is expanded.
 */
import { ONE, ZERO, add, compare, divide, fraction, gcd, lcm, toNumber, type Fraction } from '../fraction';
import type { Locks } from '../step';

export interface Size {
  /** Nodes, one inside the other. */
  readonly depth: number;
  /** Most steps that one cycle may touch, rests included. */
  readonly steps: number;
  /** Steps begin, and last, multiples of 1/n of a cycle; Infinity where n would be too large to be exact. */
  readonly division: number;
  /** Longest step in cycles. */
  readonly lengthCycles: number;
}

/** What a suffix gives to the notes before it; `gate` is a fraction of the step. */
export interface Style {
  readonly velocity?: number;
  readonly gate?: number;
  readonly channel?: number;
  /** How its step is played, all but its length; see StepPlay. */
  readonly ratchet?: number;
  readonly condition?: string;
  readonly locks?: Locks;
  /** Control changes that go with it: values by number. */
  readonly controls?: Readonly<Record<string, number>>;
}

/** Stands for the note of a step that has none, and only what it sets. */
export const SILENT = -1;

/** Notes (MIDI numbers) that begin together and last the cycle; `offset` is where they stand in the text. */
export interface Sound extends Size {
  readonly kind: 'sound';
  readonly notes: readonly number[];
  readonly offset: number;
}
export interface Rest extends Size {
  readonly kind: 'rest';
}
/** Children one after the other; each round goes through all of them, and each child then plays its next cycle. */
export interface Series extends Size {
  readonly kind: 'series';
  readonly slots: readonly Slot[];
  readonly roundsPerCycle: Fraction;
}
/** The part of a round that is a child's: from `begin` (0–1) on for `length`. */
export interface Slot {
  readonly node: Node;
  readonly begin: Fraction;
  readonly length: Fraction;
}
/** Children at the same time. */
export interface Stack extends Size {
  readonly kind: 'stack';
  readonly nodes: readonly Node[];
}
/** One child per cycle, drawn at random. */
export interface Choice extends Size {
  readonly kind: 'choice';
  readonly nodes: readonly Node[];
}
/** One child per cycle, in turn, each at the cycle of the whole: how a modifier changes from cycle to cycle. */
export interface Turns extends Size {
  readonly kind: 'turns';
  readonly nodes: readonly Node[];
}
/** Leaves steps out, each with probability `removal`. */
export interface Chance extends Size {
  readonly kind: 'chance';
  readonly node: Node;
  readonly removal: number;
}
export interface Styled extends Size {
  readonly kind: 'styled';
  readonly node: Node;
  readonly style: Style;
}
export type Node = Sound | Rest | Series | Stack | Choice | Turns | Chance | Styled;

/** A step of a sequence as it is written: `weight` is its share of the time beside its neighbours. */
export interface Step {
  readonly node: Node;
  readonly weight: Fraction;
}

export const REST: Rest = Object.freeze({ kind: 'rest', depth: 1, steps: 1, division: 1, lengthCycles: 1 });

export function sound(notes: readonly number[], offset: number): Sound {
  return { kind: 'sound', notes, offset, depth: 1, steps: notes.length, division: 1, lengthCycles: 1 };
}

export function totalWeight(steps: readonly Step[]): Fraction {
  return steps.reduce((total, step) => add(total, step.weight), ZERO);
}

/** Steps one after the other, `stepsPerCycle` of weight 1 in each cycle: all of them in `[a b]`, one in `<a b>`. */
export function series(steps: readonly Step[], stepsPerCycle: Fraction): Node {
  const total = totalWeight(steps);
  const roundsPerCycle = divide(stepsPerCycle, total);
  if (steps.length === 1 && compare(roundsPerCycle, ONE) === 0) return steps[0].node;
  let start = ZERO;
  const slots = steps.map(({ node, weight }) => {
    const slot = { node, begin: divide(start, total), length: divide(weight, total) };
    start = add(start, weight);
    return slot;
  });
  const size = {
    depth: 1 + largest(slots, ({ node }) => node.depth),
    steps: Math.min(stepsOfRounds(slots, roundsPerCycle), stepsOfWeights(steps, stepsPerCycle)),
    division: divisionOfRounds(slots, roundsPerCycle),
    lengthCycles: largest(
      slots,
      ({ node, length }) => (node.lengthCycles * toNumber(length)) / toNumber(roundsPerCycle)
    )
  };
  return { kind: 'series', slots, roundsPerCycle, ...size };
}

/** `*` and `/`: the node's own cycle `factor` times as fast. */
export function faster(node: Node, factor: Fraction): Node {
  return series([{ node, weight: ONE }], factor);
}

/** The node on the pulses of a Euclidean rhythm. */
export function euclid(node: Node, pulses: number, steps: number, rotation: number): Node {
  const row = euclideanRhythm(pulses, steps, rotation);
  return series(
    row.map((pulse) => ({ node: pulse ? node : REST, weight: ONE })),
    fraction(steps)
  );
}

export function stack(nodes: readonly Node[]): Node {
  const steps = nodes.reduce((total, node) => total + node.steps, 0);
  return nodes.length === 1 ? nodes[0] : { kind: 'stack', nodes, ...around(nodes), steps };
}

export function choice(nodes: readonly Node[]): Node {
  return nodes.length === 1 ? nodes[0] : { kind: 'choice', nodes, ...around(nodes) };
}

export function turns(nodes: readonly Node[]): Node {
  return nodes.length === 1 ? nodes[0] : { kind: 'turns', nodes, ...around(nodes) };
}

export function chance(node: Node, removal: number): Node {
  return { kind: 'chance', node, removal, ...around([node]) };
}

export function styled(node: Node, style: Style): Node {
  const events = 1 + Object.keys(style.controls ?? {}).length + Object.keys(style.locks ?? {}).length;
  return { kind: 'styled', node, style, ...around([node]), steps: node.steps * events };
}

/**
 * Spreads `pulses` as evenly as can be over `steps` (Bjorklund's algorithm, in the order that Toussaint's paper
 * on traditional rhythms prints): (3, 8) is x..x..x. – negative pulses give the rests of the positive ones.
 * `rotation` moves to the left. |pulses| <= steps.
 */
export function euclideanRhythm(pulses: number, steps: number, rotation = 0): boolean[] {
  const hits = Math.abs(pulses);
  let heads: boolean[][] = Array.from({ length: hits }, () => [true]);
  let tails: boolean[][] = Array.from({ length: steps - hits }, () => [false]);
  // The tails are dealt out to the heads; what stays over are the next tails.
  while (Math.min(heads.length, tails.length) > 1) {
    const pairs = Math.min(heads.length, tails.length);
    const over = heads.length > pairs ? heads.slice(pairs) : tails.slice(pairs);
    heads = heads.slice(0, pairs).map((head, index) => [...head, ...tails[index]]);
    tails = over;
  }
  const row = [...heads, ...tails].flat();
  const shift = ((rotation % steps) + steps) % steps;
  return [...row.slice(shift), ...row.slice(0, shift)].map((pulse) => pulse === pulses >= 0);
}

/** The inner style over the outer one; what they set by name they set together. */
export function styleWithin(outer: Style, inner: Style): Style {
  const style = { ...outer, ...inner };
  if (!outer.locks && !outer.controls) return style;
  return {
    ...style,
    ...(style.locks && { locks: { ...outer.locks, ...inner.locks } }),
    ...(style.controls && { controls: { ...outer.controls, ...inner.controls } })
  };
}

/** Whether a step anywhere in a tree is struck several times. */
export function hasRatchet(node: Node, seen = new Set<Node>()): boolean {
  if (seen.has(node)) return false;
  seen.add(node);
  if (node.kind === 'styled') return (node.style.ratchet ?? 1) > 1 || hasRatchet(node.node, seen);
  if (node.kind === 'series') return node.slots.some((slot) => hasRatchet(slot.node, seen));
  if (node.kind === 'chance') return hasRatchet(node.node, seen);
  return 'nodes' in node && node.nodes.some((child) => hasRatchet(child, seen));
}

function around(nodes: readonly Node[]): Size {
  return {
    depth: 1 + largest(nodes, (node) => node.depth),
    steps: largest(nodes, (node) => node.steps),
    division: common(nodes.map((node) => node.division)),
    lengthCycles: largest(nodes, (node) => node.lengthCycles)
  };
}

/** All steps of every round that a cycle can touch. */
function stepsOfRounds(slots: readonly Slot[], { num, den }: Fraction): number {
  // Cycles begin at multiples of 1/den of a round: so many rounds fit from the latest of them on.
  const rounds = Math.floor((den - 1 + num - 1) / den) + 1;
  return rounds * slots.reduce((total, { node }) => total + node.steps, 0);
}

/** The largest child, as often as slots of weight 1 or more can come in one cycle: of `<a b c>` just one. */
function stepsOfWeights(steps: readonly Step[], stepsPerCycle: Fraction): number {
  if (steps.some(({ weight }) => weight.num < weight.den)) return Infinity;
  const aligned = stepsPerCycle.den === 1 && steps.every(({ weight }) => weight.den === 1);
  const count = aligned ? stepsPerCycle.num : Math.ceil(toNumber(stepsPerCycle)) + 1;
  return count * largest(steps, ({ node }) => node.steps);
}

/**
 * Times are multiples of 1/fine of a round, and cycles begin at multiples of 1/den: on their common grid the
 * result is found, so that grid must leave room for the longest time.
 */
function divisionOfRounds(slots: readonly Slot[], { num, den }: Fraction): number {
  const fine = common(slots.map(({ node, begin, length }) => lcm(begin.den, length.den * node.division)));
  const longest = num / den + 2 + largest(slots, ({ node }) => node.lengthCycles);
  const exact = Math.max(num * den, lcm(fine, den) * longest) < Number.MAX_SAFE_INTEGER;
  return exact ? num * (fine / gcd(fine, den)) : Infinity;
}

/** Least common multiple; Infinity if it exceeds what can be exact, and if one of the values is that. */
function common(values: readonly number[]): number {
  return values.reduce((all, value) => {
    const next = lcm(all, value);
    return next <= Number.MAX_SAFE_INTEGER ? next : Infinity;
  }, 1);
}

function largest<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((most, item) => Math.max(most, size(item)), 0);
}
