/** What sounds: patterns, played as the settings say, asked for by span. */
import { InvalidParameter } from '../errors';
import { MAX_DURATION_TICKS } from '../event';
import type { Pattern } from '../pattern';
import { mix, mixInteger, uniform } from '../random';
import { frozenItem, rankOf, type Locks, type PatternItem } from '../step';
import { readCondition, type Condition } from './condition';
import { Course, type PassEvent } from './course';
import { accentAt, grooved, grooveReach } from './groove';
import type { PlaySettings } from './settings';
import { shifted } from './shift';

/** Events that one span may hold, more than any port queues. */
const MAX_PLAYED = 10_000;
/** Most strikes of one step. */
const MAX_STRIKES = 16;
/** Longest step that strikes are spread over, in ticks: one 4/4 bar. */
export const MAX_STRUCK_TICKS = 3840;
/** Salts that set the draws for one event apart. */
const Draw = { chance: 1, time: 2, velocity: 3 } as const;

/** What is played and how. Plain data: the same scene always sounds the same. */
export interface Scene {
  /** The pattern, and those that follow when its cycles are over and the ending is `next`. At least one. */
  readonly patterns: readonly Pattern[];
  readonly settings: PlaySettings;
  /** Whether steps with the condition `fill` play. */
  readonly fill?: boolean;
  /** Flow values by name, for conditions and locks. */
  readonly values?: ReadonlyMap<string, unknown>;
}

/** An event in its place: `position` in song ticks (float64). The event is frozen. */
export interface Played {
  readonly position: number;
  readonly event: PatternItem;
}

/** A stretch of time in which a scene holds, in song ticks; an event belongs to it by where it is written. */
export interface Stretch {
  /** Where its first pass began; 0 or more. */
  readonly origin: number;
  /** From where on it holds, −Infinity for always. Nothing of it sounds earlier. */
  readonly from: number;
  /** Up to where it holds; Infinity for good. */
  readonly to: number;
}

/** A pass: the number `pass` of its pattern, with its begin and end in song ticks from the origin. */
interface Pass {
  readonly course: Course;
  readonly pass: number;
  readonly begin: number;
  readonly end: number;
}

/**
 * A scene that can be asked what sounds when. An answer depends on the scene, the stretch and the span alone: it is
 * the same however often and in whatever pieces it is asked for, and costs what the span holds.
 */
export class Performance {
  /** By how many ticks at most an event sounds before its written place, and after it. */
  readonly early: number;
  readonly late: number;
  private readonly courses: readonly Course[];
  /** Begin of each pattern's passes in a round, in ticks from the round's begin; the last is the round's length. */
  private readonly begins: readonly number[];
  private readonly passTicks: readonly number[];
  private readonly hash: number;

  constructor(readonly scene: Scene) {
    const { patterns, settings } = scene;
    const { ending, cycles } = settings;
    const inTurn = ending === 'next' && cycles !== undefined ? patterns : patterns.slice(0, 1);
    this.courses = inTurn.map((pattern) => new Course(pattern, settings));
    this.passTicks = this.courses.map(({ passTicks }) => passTicks / settings.rate);
    const begins = [0];
    for (const ticks of this.passTicks) begins.push(begins[begins.length - 1] + ticks * (cycles ?? 1));
    this.begins = begins;
    this.hash = mixInteger(0x706c6179, settings.seed);
    const reach = grooveReach(settings.groove, settings.stepTicks);
    const human = settings.humaniseTime * settings.stepTicks;
    const struck = Math.max(...inTurn.map((pattern) => this.struckTicks(pattern)));
    this.early = reach.early + human;
    this.late = reach.late + human + struck / settings.rate;
  }

  /** Events that sound from one song position to another (excluded), ordered by position and rank. */
  play({ origin, from, to }: Stretch, fromPosition: number, toPosition: number): Played[] {
    const searchFrom = Math.max(fromPosition - this.late, origin);
    const searchTo = Math.min(toPosition + this.early, to);
    if (searchTo < searchFrom) return [];
    const played: Played[] = [];
    const emit = (written: number, event: PassEvent, hash: number, strike: number, strikes: number) => {
      if (written < from || written >= to) return;
      const position = Math.max(this.displaced(written, hash), from, 0);
      if (position >= fromPosition && position < toPosition) {
        if (played.length >= MAX_PLAYED) {
          throw new InvalidParameter('pattern', MAX_PLAYED, 'it has too many events for one span');
        }
        this.add(played, position, written, event, hash, strike === 0, strikes);
      }
    };
    for (const pass of this.passes(searchFrom - origin, searchTo - origin)) {
      this.strikePass(pass, origin, searchFrom, searchTo, emit);
    }
    return played.sort((a, b) => a.position - b.position || rankOf(a.event) - rankOf(b.event));
  }

  /** Where the number of cycles is full, within [from, to) of song ticks. */
  ends(origin: number, fromPosition: number, toPosition: number): number[] {
    const { cycles, ending } = this.scene.settings;
    if (cycles === undefined) return [];
    if (ending === 'stop' || ending === 'mute') {
      const end = origin + this.begins[1];
      return end >= fromPosition && end < toPosition ? [end] : [];
    }
    const found: number[] = [];
    const roundTicks = this.begins[this.begins.length - 1];
    for (let round = Math.max(0, Math.floor((fromPosition - origin) / roundTicks) - 1); ; round++) {
      if (origin + round * roundTicks >= toPosition) return found;
      for (const begin of this.begins.slice(1)) {
        const end = origin + round * roundTicks + begin;
        if (end >= fromPosition && end < toPosition) found.push(end);
      }
    }
  }

  /** The first end of a pass at or after a song position. */
  nextPass(origin: number, position: number): number {
    const ticks = this.passTicks[0];
    if (this.courses.length === 1) return origin + Math.ceil(Math.max(0, position - origin) / ticks) * ticks;
    const pass = this.passes(Math.max(0, position - origin), position - origin + 1).next().value;
    return pass === undefined ? position : origin + pass.end;
  }

  /**
   * Where in its first pattern it is at a song position, in that pattern's ticks; undefined where it plays another one
   * or has ended.
   */
  placeAt(origin: number, position: number): number | undefined {
    const at = position - origin;
    if (at < 0) return undefined;
    for (const { course, pass, begin, end } of this.passes(at, at)) {
      if (at < begin || at >= end) continue;
      return course === this.courses[0]
        ? course.placeAt(pass, (at - begin) * this.scene.settings.rate)
        : undefined;
    }
    return undefined;
  }

  /** The passes that touch [from, to), in ticks from the origin. */
  private *passes(from: number, to: number): Generator<Pass, undefined> {
    const { cycles, ending } = this.scene.settings;
    const roundTicks = this.begins[this.begins.length - 1];
    const isFinite = cycles !== undefined && (ending === 'stop' || ending === 'mute');
    const perPattern = cycles ?? 1;
    for (let round = Math.max(0, Math.floor(from / roundTicks) - 1); ; round++) {
      const roundBegin = round * roundTicks;
      if (roundBegin > to || (isFinite && round > 0)) return;
      for (let index = 0; index < this.courses.length; index++) {
        const ticks = this.passTicks[index];
        const first = Math.max(0, Math.floor((from - roundBegin - this.begins[index]) / ticks) - 1);
        for (let at = first; at < perPattern; at++) {
          const begin = roundBegin + this.begins[index] + at * ticks;
          if (begin > to) break;
          const isLast = at === perPattern - 1;
          const end = isLast
            ? index === this.courses.length - 1
              ? (round + 1) * roundTicks
              : roundBegin + this.begins[index + 1]
            : roundBegin + this.begins[index] + (at + 1) * ticks;
          const pass = ending === 'again' && cycles !== undefined ? at : round * perPattern + at;
          if (end >= from) yield { course: this.courses[index], pass, begin, end };
        }
      }
    }
  }

  /** Finds what is struck in a pass. */
  private strikePass(
    pass: Pass,
    origin: number,
    searchFrom: number,
    searchTo: number,
    emit: (written: number, event: PassEvent, hash: number, strike: number, strikes: number) => void
  ): void {
    const { rate } = this.scene.settings;
    const fromOffset = (searchFrom - origin - pass.begin) * rate;
    const toOffset = (searchTo - origin - pass.begin) * rate;
    const passEnd = origin + pass.end;
    for (const event of pass.course.events(pass.pass, fromOffset, toOffset)) {
      const hash = this.hashOf(pass.pass, event);
      if (!this.isPlayed(pass, event, hash)) continue;
      const strikes = this.strikesOf(event);
      const apart = strikes === 1 ? 0 : this.struckLength(event.source) / strikes;
      for (let strike = 0; strike < strikes; strike++) {
        const written = origin + pass.begin + (event.offset + strike * apart) / rate;
        // Rounding must not carry the first strike into the next pass.
        const held = strike === 0 && written >= passEnd ? passEnd * (1 - Number.EPSILON / 2) : written;
        emit(held, event, mix(hash, strike), strike, strikes);
      }
    }
  }

  private displaced(written: number, hash: number): number {
    const { groove, stepTicks, humaniseTime } = this.scene.settings;
    const position = grooved(groove, stepTicks, written);
    if (humaniseTime === 0) return position;
    return position + (2 * uniform(mix(hash, Draw.time)) - 1) * humaniseTime * stepTicks;
  }

  /** One number for one event of one pass; what is written once at a place is drawn for once. */
  private hashOf(pass: number, { place, slot, source }: PassEvent): number {
    const { event } = source;
    const row = 'note' in event ? event.note : 'controller' in event ? 128 + event.controller : rankOf(event);
    const channel = 'channel' in event ? (event.channel ?? 0) : 0;
    let hash = mixInteger(this.hash, pass);
    hash = mixInteger(hash, Math.round(place * 16));
    return mix(mix(hash, slot), row * 17 + channel);
  }

  private isPlayed(pass: Pass, event: PassEvent, hash: number): boolean {
    const { type } = event.source.event;
    // An end that has lost its begin does no harm; the other way round a note would hang.
    if (type === 'noteOff') return true;
    const { probability = 1, condition } = event.source.play ?? {};
    const isNote = type === 'note' || type === 'noteOn';
    const likely = probability * (isNote ? this.scene.settings.density : 1);
    if (likely < 1 && uniform(mix(hash, Draw.chance)) >= likely) return false;
    return condition === undefined || this.isMet(conditionOf(condition), pass, event);
  }

  private isMet(condition: Condition, pass: Pass, event: PassEvent): boolean {
    const { fill = false, values } = this.scene;
    switch (condition.kind) {
      case 'pass':
        return pass.pass % condition.of === condition.pass - 1;
      case 'first':
        return (pass.pass === 0) !== condition.negated;
      case 'fill':
        return fill !== condition.negated;
      case 'value':
        return isTrue(values?.get(condition.name)) !== condition.negated;
      case 'prev':
        return this.metBefore(pass, event) !== condition.negated;
    }
  }

  /** Whether the nearest earlier condition of the pass, other than `prev`, was met; without one it was not. */
  private metBefore(pass: Pass, { offset }: PassEvent): boolean {
    let to = offset;
    for (let reach = this.scene.settings.stepTicks; to > 0; reach *= 2) {
      const from = Math.max(0, to - reach);
      const before = pass.course.events(pass.pass, from, to);
      for (let index = before.length - 1; index >= 0; index--) {
        const text = before[index].source.play?.condition;
        if (text === undefined || before[index].offset >= offset) continue;
        const condition = conditionOf(text);
        if (condition.kind !== 'prev') return this.isMet(condition, pass, before[index]);
      }
      to = from;
    }
    return false;
  }

  private strikesOf({ source: { event, play } }: PassEvent): number {
    if (event.type !== 'note') return 1;
    return Math.min(MAX_STRIKES, (play?.ratchet ?? 1) * this.scene.settings.ratchet);
  }

  /**
   * How long the strikes of an event are spread over, in the pattern's ticks: its step where that is known, else as many
   * of the player's as it sounds in.
   */
  private struckLength({ event, play }: PassEvent['source']): number {
    const duration = event.type === 'note' ? (event.durationTicks ?? 0) : 0;
    const { stepTicks } = this.scene.settings;
    const steps = Math.max(1, Math.ceil(duration / stepTicks - 1e-6));
    return Math.min(MAX_STRUCK_TICKS, play?.stepTicks ?? steps * stepTicks);
  }

  private struckTicks({ struckTicks = MAX_STRUCK_TICKS }: Pattern): number {
    const { ratchet, stepTicks } = this.scene.settings;
    if (ratchet > 1) return MAX_STRUCK_TICKS;
    // What is not told its step may be struck for one more than it sounds.
    return struckTicks === 0 ? 0 : Math.min(MAX_STRUCK_TICKS, struckTicks + stepTicks);
  }

  private add(
    played: Played[],
    position: number,
    written: number,
    { source: { event, play } }: PassEvent,
    hash: number,
    isFirst: boolean,
    strikes: number
  ): void {
    if (play?.locks !== undefined && isFirst) this.addLocks(played, position, play.locks, event);
    if (event.type === 'note') {
      const { durationTicks, durationMs, ...rest } = event;
      const { noteLength, rate } = this.scene.settings;
      const note = { ...rest, note: shifted(rest.note, this.scene.settings) };
      note.velocity = this.velocityOf(rest.velocity, written, hash);
      if (durationMs !== undefined) {
        played.push({ position, event: frozenItem({ ...note, durationMs: durationMs / strikes }) });
        return;
      }
      const length = Math.min(((durationTicks ?? 0) * noteLength) / rate / strikes, MAX_DURATION_TICKS);
      played.push({
        position,
        event: frozenItem({ ...note, durationTicks: this.stretched(written, length) })
      });
    } else if (event.type === 'noteOn' || event.type === 'noteOff' || event.type === 'polyPressure') {
      played.push({
        position,
        event: frozenItem({ ...event, note: shifted(event.note, this.scene.settings) })
      });
    } else if (event.type === 'parameter') {
      const value = this.lockValue(event.value);
      if (value !== undefined) played.push({ position, event: frozenItem({ ...event, value }) });
    } else {
      played.push({ position, event });
    }
  }

  /** A groove moves the end of a note as it moves its begin. */
  private stretched(written: number, length: number): number {
    const { groove, stepTicks } = this.scene.settings;
    if (groove.offsets.length === 1 && groove.offsets[0] === 0) return length;
    const ticks = grooved(groove, stepTicks, written + length) - grooved(groove, stepTicks, written);
    return Math.min(Math.max(1, ticks), MAX_DURATION_TICKS);
  }

  private velocityOf(velocity: number, written: number, hash: number): number {
    const { groove, stepTicks, humaniseVelocity } = this.scene.settings;
    const accent = accentAt(groove, stepTicks, written);
    if (accent === 1 && humaniseVelocity === 0) return velocity;
    const drift = (2 * uniform(mix(hash, Draw.velocity)) - 1) * humaniseVelocity;
    return Math.min(127, Math.max(1, Math.round(velocity * accent + drift)));
  }

  private addLocks(played: Played[], position: number, locks: Locks, event: PatternItem): void {
    const channel = 'channel' in event && event.channel !== undefined ? { channel: event.channel } : {};
    for (const [parameter, lock] of Object.entries(locks)) {
      const value = this.lockValue(lock);
      if (value === undefined) continue;
      played.push({ position, event: frozenItem({ type: 'parameter', parameter, value, ...channel }) });
    }
  }

  /** A lock `$name` takes a flow value, from 0 to 1 or a label; what is not there or neither is not locked. */
  private lockValue(lock: number | string): number | string | undefined {
    if (typeof lock !== 'string' || !lock.startsWith('$')) return lock;
    const value = this.scene.values?.get(lock.slice(1));
    if (typeof value === 'number') return Math.min(1, Math.max(0, value));
    return typeof value === 'string' && value !== '' ? value : undefined;
  }
}

/** Conditions that were read, by their text: the texts of patterns are few and come again and again. */
const known = new Map<string, Condition>();
const MAX_KNOWN = 1000;

function conditionOf(text: string): Condition {
  let condition = known.get(text);
  if (condition === undefined) {
    condition = readCondition(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, condition);
  }
  return condition;
}

/** What a flow value is as a condition: everything but false, 0, nothing, and texts that say so. */
export function isTrue(value: unknown): boolean {
  if (typeof value === 'string') return !['', '0', 'false', 'off', 'no'].includes(value.trim().toLowerCase());
  return value !== undefined && value !== null && value !== false && value !== 0 && !Number.isNaN(value);
}
