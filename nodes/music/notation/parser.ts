/**
 * The grammar. White space separates; modifiers stand directly behind what they change, in any number.
 *
 *     text      = [ parts ]
 *     parts     = sequence { ',' sequence }              at the same time
 *               | sequence { '|' sequence }              one of them each cycle, at random
 *     sequence  = steps { '.' steps }                    between dots: groups, as if in [ ]
 *     steps     = step { step }
 *     step      = element { modifier }
 *               | atom '..' atom                         a range: 0 .. 3 is 0 1 2 3
 *               | '_' | '@'                              the step before lasts one longer
 *               | '!'                                    the step before once more
 *     element   = atom | '~' | '-'                       a rest
 *               | 'cc' number ':' factor                 a control change
 *               | '[' parts ']'                          in the time of one step
 *               | '<' parts '>'                          one step per cycle
 *               | '{' parts '}' [ '%' factor ]           polymeter: so many steps per cycle, or its first
 *                                                        sequence's number of them
 *     atom      = ( note | drum | number ) [ "'" chord ] a number is a MIDI note, or a degree of the scale
 *     modifier  = '*' factor | '/' factor                faster, slower
 *               | '!' [ count ]                          as so many steps; alone: once more
 *               | '@' weight                             as long as so many steps
 *               | '?' [ probability ]                    left out at random (0.5)
 *               | '(' factor ',' factor [ ',' factor ] ')'   Euclidean: pulses, steps, rotation
 *               | '^' factor                             velocity 1–127
 *               | '&' factor                             gate, as a fraction of the step
 *               | ':' factor                             channel 1–16
 *               | '=' setting                            how it is played; see setting.ts
 *     factor    = ratio | '<' ratio { ratio } '>'        each cycle the next one
 *     ratio     = number [ '%' number ]                  1.5 or 3%2
 */
import { said, type Wording, type Words } from '../words';
import { ONE, add, divide, fraction, lcm, toNumber, type Fraction } from '../fraction';
import { chordIntervals, degreeNote, drumNote, inRange, noteNumber, type Scale } from '../pitch';
import {
  MAX_DEPTH,
  MAX_DIVISION,
  MAX_FACTOR,
  MAX_LENGTH_CYCLES,
  MAX_STEPS,
  MAX_WRITTEN_STEPS,
  NotationError
} from './errors';
import { tokenize, type Token } from './lexer';
import { CONTROLLER, readSetting, SETTING } from './setting';
import {
  CONTROL_VALUE,
  COUNT,
  DENOMINATOR,
  PROBABILITY,
  PULSES,
  ROTATION,
  SPEED,
  STYLES,
  WEIGHT,
  type NumberRange
} from './ranges';
import * as tree from './tree';
import type { Node, Step } from './tree';

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '<': '>', '{': '}' };
const DEFAULT_REMOVAL = 0.5;
const STEP: Wording = 'a note (c4), a number, a drum (bd), a rest (~) or a bracket';
const MODIFIERS = ['*', '/', '!', '@', '?', '(', '^', '&', ':', '%'];
/** Settings that one step may have. */
const MAX_SETTINGS = 32;
/** A note, drum or number may follow these without a space. */
const OPEN = ['[', ']', '<', '>', '{', '}', '(', ')', ',', '|'];

/** Reads a notation; with a scale, numbers are its degrees. Throws NotationError, and nothing else. */
export function parseNotation(text: string, scale?: Scale): Node {
  return new Parser(text, scale).parse();
}

class Parser {
  private readonly tokens: readonly Token[];
  private at = 0;
  private depth = 0;
  private written = 0;

  constructor(
    private readonly text: string,
    private readonly scale: Scale | undefined
  ) {
    this.tokens = tokenize(text);
  }

  parse(): Node {
    const start = this.token;
    if (start.kind === 'end') return tree.REST;
    const { sequences, join } = this.parts();
    if (this.token.kind !== 'end') throw this.error('a step or the end of the text');
    return this.assemble(sequences, join, tree.totalWeight, start);
  }

  /** Sequences side by side, and what makes one node of them. */
  private parts(): { sequences: Step[][]; join: (nodes: Node[]) => Node } {
    const sequences = [this.sequence()];
    const separator = this.is('|') ? '|' : ',';
    while (this.take(separator)) sequences.push(this.sequence());
    if (this.is(',') || this.is('|'))
      throw this.error('one kind of separator, or brackets to mix "," and "|"');
    return { sequences, join: separator === '|' ? tree.choice : tree.stack };
  }

  private assemble(
    sequences: Step[][],
    join: (nodes: Node[]) => Node,
    stepsPerCycle: (steps: Step[]) => Fraction,
    token: Token
  ): Node {
    const nodes = sequences.map((steps) => this.within(tree.series(steps, stepsPerCycle(steps)), token));
    return this.within(join(nodes), token);
  }

  private sequence(): Step[] {
    const groups = [this.steps()];
    while (this.is('.')) {
      const dot = this.next();
      if (dot.glued || this.token.glued) throw this.error('a space on both sides of "."', dot);
      groups.push(this.steps());
    }
    if (groups.length === 1) return groups[0];
    return groups.map((steps) => ({ node: tree.series(steps, tree.totalWeight(steps)), weight: ONE }));
  }

  private steps(): Step[] {
    const steps: Step[] = [];
    for (;;) {
      const token = this.token;
      const last = steps.at(-1);
      if (last && (this.take('_') || this.takeBareAt()))
        steps[steps.length - 1] = { ...last, weight: add(last.weight, ONE) };
      else if (last && this.take('!')) steps.push(last);
      else if (token.kind === 'word' || token.kind === 'number' || '[<{~-'.includes(token.text || ' ')) {
        steps.push(...this.step());
      } else break;
      if (steps.length > MAX_STEPS)
        throw this.error(said('at most __most__ steps', { most: MAX_STEPS }), token);
    }
    if (steps.length === 0) throw this.error(STEP);
    if (
      !this.token.glued &&
      (['chord', 'setting'].includes(this.token.kind) || MODIFIERS.includes(this.token.text))
    ) {
      throw this.error('no space between a step and what changes it');
    }
    return steps;
  }

  private step(): Step[] {
    const token = this.token;
    if (this.take('~') || this.take('-')) return this.modified(tree.REST);
    if (token.kind === 'sign') return this.modified(this.bracket());
    if (token.glued && !OPEN.includes(this.tokens[this.at - 1].text)) {
      throw this.error('a space before the next step');
    }
    if (token.kind === 'word' && CONTROLLER.test(token.text)) return this.modified(this.control());
    const root = this.atom();
    if (this.is('..')) return this.range(token, root);
    return this.modified(this.within(tree.sound(this.chord(root), token.offset), token));
  }

  /** A note, drum or number as a MIDI note. */
  private atom(): number {
    const token = this.next();
    if (token.kind === 'number') return this.numbered(Number(token.text), token);
    const note = token.kind === 'word' ? (drumNote(token.text) ?? noteNumber(token.text)) : undefined;
    if (note === undefined) {
      const chord = chordWithoutQuote(token.text);
      if (chord !== undefined)
        throw this.error(said('a quote before the name of a chord: __chord__', { chord }), token);
      throw this.error('a note (c4, eb3, f#5), a number or a drum (bd, sd, hh)', token);
    }
    return note;
  }

  /** `cc74:64`: nothing but a control change. */
  private control(): Node {
    const token = this.next();
    const controller = this.controller(token.text, token);
    if (!this.directly(':')) throw this.error('":" and a value from 0 to 127');
    return this.vary(tree.sound([tree.SILENT], token.offset), CONTROL_VALUE, (of, value) =>
      tree.styled(of, { controls: { [controller]: toNumber(value) } })
    );
  }

  private controller(text: string, token: Token): number {
    const number = Number(CONTROLLER.exec(text)?.[1]);
    if (!(number <= 127)) throw this.error('a controller, cc0 to cc127', token);
    return number;
  }

  /** What stands behind "=". A rest that sets something is a step with no note. */
  private setting(node: Node): Node {
    const token = this.next();
    const of = node.kind === 'rest' ? tree.sound([tree.SILENT], token.offset) : node;
    const setting = readSetting(token.text);
    if (setting === undefined) throw this.error(SETTING, token);
    if ('style' in setting) return tree.styled(of, setting.style);
    if (!this.is('<') || !this.token.glued) throw this.error(setting.range.expected);
    return this.vary(of, setting.range, (each, value) => tree.styled(each, setting.styleOf(toNumber(value))));
  }

  private numbered(value: number, token: Token): number {
    if (!this.scale) return this.note(value, 'a MIDI note, a whole number from 0 to 127', token);
    return this.note(degreeNote(this.scale, value), 'a scale degree whose note is from 0 to 127', token);
  }

  private note(value: number, expected: Words, token: Token): number {
    const note = inRange(value);
    if (note === undefined) throw this.error(expected, token);
    return note;
  }

  private chord(root: number): number[] {
    const token = this.token;
    if (token.kind !== 'chord' || !token.glued) return [root];
    const intervals = chordIntervals(this.next().text);
    if (!intervals) throw this.error("a chord ('maj, 'm, '7, 'maj7, 'm7, 'dim, 'sus4, 'add9, …)", token);
    if (this.token.kind === 'chord' && this.token.glued) {
      throw this.error('nothing behind the name of a chord; inversions are written as notes, [e4, g4, c5]');
    }
    return intervals.map((interval) =>
      this.note(root + interval, 'a chord within the notes 0 to 127', token)
    );
  }

  /** `0 .. 3`, `c4 .. e4`: every number or semitone from one to the other, up or down. */
  private range(first: Token, from: number): Step[] {
    this.next();
    const last = this.token;
    const to = this.atom();
    if (last.kind !== first.kind) throw this.error('both ends of a range to be numbers, or both notes', last);
    const numbered = first.kind === 'number';
    const start = numbered ? Number(first.text) : from;
    const distance = (numbered ? Number(last.text) : to) - start;
    if (Math.abs(distance) >= MAX_FACTOR)
      throw this.error(said('a range of at most __most__ steps', { most: MAX_FACTOR }), last);
    this.write(Math.abs(distance), last);
    return Array.from({ length: Math.abs(distance) + 1 }, (_, index) => {
      const value = start + index * Math.sign(distance);
      const note = numbered ? this.numbered(value, last) : value;
      return { node: tree.sound([note], first.offset), weight: ONE };
    });
  }

  private bracket(): Node {
    const open = this.next();
    const close = CLOSING[open.text];
    if (++this.depth > MAX_DEPTH)
      throw this.error(said('at most __most__ brackets, one inside the other', { most: MAX_DEPTH }), open);
    const { sequences, join } = this.parts();
    if (!this.take(close)) throw this.error(said('a step or "__close__"', { close }));
    this.depth--;
    if (open.text === '[') return this.assemble(sequences, join, tree.totalWeight, open);
    if (open.text === '<') return this.assemble(sequences, join, () => ONE, open);
    const counts = this.directly('%') ? this.factors(SPEED) : [tree.totalWeight(sequences[0])];
    return tree.turns(counts.map((count) => this.assemble(sequences, join, () => count, open)));
  }

  /** Reads the modifiers behind an element, innermost first. */
  private modified(element: Node): Step[] {
    let node = element;
    let weight = ONE;
    let count = 1;
    let settings = 0;
    while (this.token.glued && (this.token.kind === 'sign' || this.token.kind === 'setting')) {
      const token = this.token;
      if (token.kind === 'setting') {
        if (++settings > MAX_SETTINGS)
          throw this.error(said('at most __most__ settings of a step', { most: MAX_SETTINGS }));
        node = this.setting(node);
      } else if (this.take('*')) node = this.vary(node, SPEED, tree.faster);
      else if (this.take('/')) node = this.vary(node, SPEED, (of, by) => tree.faster(of, divide(ONE, by)));
      else if (this.take('(')) node = this.euclid(node);
      else if (this.take('@')) weight = this.ratio(WEIGHT);
      else if (this.take('!')) count = this.hasNumber() ? count * toNumber(this.ratio(COUNT)) : count + 1;
      else if (this.take('?')) {
        node = tree.chance(node, this.hasNumber() ? toNumber(this.ratio(PROBABILITY)) : DEFAULT_REMOVAL);
      } else if (Object.hasOwn(STYLES, token.text)) {
        this.next();
        const { key, range } = STYLES[token.text];
        node = this.vary(node, range, (of, value) => tree.styled(of, { [key]: toNumber(value) }));
      } else break;
      this.within(node, token);
      if (count > MAX_STEPS) throw this.error(said('at most __most__ steps', { most: MAX_STEPS }), token);
    }
    this.write(count, this.tokens[this.at - 1]);
    return Array.from({ length: count }, () => ({ node, weight }));
  }

  private vary(node: Node, range: NumberRange, change: (node: Node, by: Fraction) => Node): Node {
    return tree.turns(this.factors(range).map((factor) => change(node, factor)));
  }

  private euclid(node: Node): Node {
    const open = this.tokens[this.at - 1];
    const pulses = this.factors(PULSES).map(toNumber);
    if (!this.take(',')) throw this.error('"," and a number of steps');
    const steps = this.factors(COUNT).map(toNumber);
    const rotations = this.take(',') ? this.factors(ROTATION).map(toNumber) : [0];
    if (!this.take(')')) throw this.error('")"');
    const variants = [pulses, steps, rotations].reduce((count, list) => lcm(count, list.length), 1);
    this.write(variants * Math.max(...steps), open);
    const rhythms = Array.from({ length: variants }, (_, cycle) => {
      const [hits, length, rotation] = [pulses, steps, rotations].map((list) => list[cycle % list.length]);
      if (Math.abs(hits) > length)
        throw this.error(said('at most as many pulses as steps (__length__)', { length }), open);
      return tree.euclid(node, hits, length, rotation);
    });
    return tree.turns(rhythms);
  }

  /** A number, or a list of them between < and > of which each cycle takes the next. */
  private factors(range: NumberRange): Fraction[] {
    if (!this.take('<')) return [this.ratio(range)];
    const list = [this.ratio(range)];
    while (!this.take('>')) {
      if (this.token.kind !== 'number') throw this.error('a number or ">"');
      list.push(this.ratio(range));
    }
    return list;
  }

  private hasNumber(): boolean {
    return this.token.kind === 'number' && this.token.glued;
  }

  private ratio(range: NumberRange): Fraction {
    const token = this.token;
    const value = this.number(range);
    if (!range.decimals || !this.directly('%')) return value;
    const ratio = divide(value, this.number(DENOMINATOR));
    if (toNumber(ratio) < range.min) throw this.error(range.expected, token);
    return ratio;
  }

  private number({ expected, min, max, decimals }: NumberRange): Fraction {
    const token = this.token;
    const value = Number(token.text);
    const wellFormed = decimals ? /^-?(\d+(\.\d{1,3})?|\.\d{1,3})$/ : /^-?\d+$/;
    if (token.kind !== 'number' || !wellFormed.test(token.text) || value < min || value > max) {
      throw this.error(expected);
    }
    this.next();
    return fraction(Math.round(value * 1000), 1000);
  }

  /** Counts steps that are about to be written out. */
  private write(count: number, token: Token): void {
    this.written += count;
    if (this.written > MAX_WRITTEN_STEPS) {
      throw this.error(said('at most __most__ steps in the whole text', { most: MAX_WRITTEN_STEPS }), token);
    }
  }

  /** Refuses a node that would take too much, at the token that made it so. */
  private within(node: Node, token: Token): Node {
    if (node.depth > MAX_DEPTH)
      throw this.error(said('at most __most__ levels, one inside the other', { most: MAX_DEPTH }), token);
    if (node.steps > MAX_STEPS)
      throw this.error(said('at most __most__ steps in a cycle', { most: MAX_STEPS }), token);
    if (node.division > MAX_DIVISION) throw this.error('a less fine division of the cycle', token);
    if (node.lengthCycles > MAX_LENGTH_CYCLES) {
      throw this.error(said('steps of at most __most__ cycles', { most: MAX_LENGTH_CYCLES }), token);
    }
    return node;
  }

  private get token(): Token {
    return this.tokens[this.at];
  }

  /** Takes the current token; the end stays where it is. */
  private next(): Token {
    const token = this.token;
    if (token.kind !== 'end') this.at++;
    return token;
  }

  private is(sign: string): boolean {
    return this.token.kind === 'sign' && this.token.text === sign;
  }

  private take(sign: string): boolean {
    const found = this.is(sign);
    if (found) this.at++;
    return found;
  }

  /** Takes an `@` that stands alone, which is another `_`. */
  private takeBareAt(): boolean {
    const after = this.tokens[this.at + 1];
    return !this.token.glued && !(after?.kind === 'number' && after.glued) && this.take('@');
  }

  /** Takes a sign if it stands directly behind what was taken last. */
  private directly(sign: string): boolean {
    return this.token.glued && this.take(sign);
  }

  private source({ offset, end }: Token): string {
    return this.text.slice(offset, end);
  }

  private error(expected: Words, token = this.token): NotationError {
    const end: Wording = 'the end of the text';
    const found = token.kind === 'end' ? end : JSON.stringify(this.source(token));
    return new NotationError(this.text, token.offset, found, expected);
  }
}

/** `cm7` → `c'm7`: a note and the name of a chord without the quote between them. */
function chordWithoutQuote(text: string): string | undefined {
  const [, root, name] = /^([a-g](?:#|b)?\d?)(.+)$/i.exec(text) ?? [];
  return name !== undefined && chordIntervals(name) !== undefined ? `${root}'${name}` : undefined;
}
