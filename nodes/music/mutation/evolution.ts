/**
 * A pattern that mutates while it plays. For each clock it keeps a lineage and what of it plays from which cycle on,
 * so that the same span asked for twice has the same answer, and what was asked for ahead can be taken back.
 */
import { InvalidParameter, integerWithin } from '../errors';
import type { EventPattern, Pattern } from '../pattern';
import {
  beginLineage,
  currentGeneration,
  grown,
  named,
  undone,
  type Generation,
  type Lineage
} from './lineage';
import { NoteMemory } from './markov';
import { cyclesOf, materialise } from './materialise';
import { mutate, type Moment } from './mutate';
import { stepTicksOf, type MutationRules } from './rules';

/** A cycle of the source that begins. */
export interface Boundary {
  /** Run tick. */
  readonly tick: number;
  /** Number of the cycle by its position in the song. */
  readonly cycle: number;
  /** Number of the bar that the cycle begins in, and of the one that the cycle before it began in. */
  readonly bars?: { readonly after: number; readonly upTo: number };
}

/** What a span is for an evolution. */
export interface EvolvingSpan {
  readonly clock: string;
  readonly epoch: number;
  /** Run ticks. */
  readonly from: number;
  readonly to: number;
  readonly running: boolean;
  /** Whether it was asked for before. */
  readonly replay: boolean;
  /** The cycles that begin in it, in their order. */
  readonly boundaries: readonly Boundary[];
}

/** Part of a span in which one pattern plays. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly pattern: Pattern;
}

/** What a message asks for; it is done when a cycle begins, or at once where the clock stands. */
export type Act =
  | { readonly do: 'mutate'; readonly which: true | string }
  | { readonly do: 'undo'; readonly count: number | 'all' };

/** From a run tick on this lineage plays; `cycles` have gone by till then. */
interface Entry {
  readonly epoch: number;
  readonly tick: number;
  readonly lineage: Lineage | undefined;
  readonly cycles: number;
  /** What messages had asked for, done there. */
  readonly acts: readonly Act[];
}

/** What is known of one clock. */
interface Track {
  epoch: number;
  /** Where the epoch began: no cycle has gone by there. */
  firstTick: number;
  /** Boundaries before this run tick have been dealt with. */
  doneTo: number;
  running: boolean;
  /** By time; the first one stands for all that was before. */
  entries: Entry[];
  pending: Act[];
}

/** What outlives a deploy. */
export interface EvolutionState {
  readonly tracks: Map<string, Track>;
  readonly heard: NoteMemory;
}

const MAX_CLOCKS = 64;
/** Cycles remembered: those that may still be asked for again. */
const MAX_ENTRIES = 64;
/** Most messages that wait for a cycle to begin. */
const MAX_PENDING = 16;
/** The clock of what happens before any clock has come. */
const NO_CLOCK = '';

export function emptyEvolution(): EvolutionState {
  return { tracks: new Map(), heard: new NoteMemory() };
}

/** Told of each new generation, and of a pattern that cannot be mutated. */
export interface EvolutionListener {
  generation(clock: string, generation: Generation): void;
  failed(error: Error): void;
}

export class Evolution {
  /**
   * @param source what plays until something mutates; its lineages are those of `state`
   * @param isOn whether rules act by themselves; by message they always do
   */
  constructor(
    private readonly state: EvolutionState,
    private source: Pattern,
    public rules: MutationRules,
    public isOn: boolean,
    private readonly listener: EvolutionListener
  ) {}

  /** Another source, which has no generations yet. */
  begin(source: Pattern): void {
    this.source = source;
    for (const track of this.state.tracks.values()) {
      const { cycles } = last(track.entries);
      track.entries = [base(undefined, cycles)];
      track.pending = [];
    }
  }

  /** A note that arrived, for chains that learn from those. */
  hear(note: number): void {
    this.state.heard.add(note);
  }

  /** What plays in a span: stretches without gaps, from its beginning to its end. */
  evolve(span: EvolvingSpan): Stretch[] {
    const track = this.track(span.clock);
    if (track === undefined) return [{ from: span.from, to: span.to, pattern: this.source }];
    if (span.epoch > track.epoch || (span.epoch < track.epoch && !span.replay)) beginEpoch(track, span);
    track.running = span.running;
    if (span.epoch === track.epoch) {
      for (const boundary of span.boundaries) {
        if (boundary.tick < track.doneTo) continue;
        this.pass(span.clock, track, boundary);
      }
      track.doneTo = Math.max(track.doneTo, span.to);
    }
    return this.stretches(track, span);
  }

  /**
   * Asks for a mutation, or to undo some. Answers with the clocks that stand, for which it is done already. Throws
   * where it could never be done.
   */
  act(act: Act): string[] {
    if (this.state.tracks.size === 0) this.track(NO_CLOCK);
    const tracks = [...this.state.tracks];
    if (act.do === 'mutate') this.original(0);
    else if (!tracks.some(([, track]) => canUndo(track, act.count)))
      undone(lineageOf(tracks) ?? NOTHING, act.count);
    if (tracks.some(([, { pending }]) => pending.length >= MAX_PENDING)) {
      throw new InvalidParameter(act.do, MAX_PENDING, 'as many wait already for the next cycle');
    }
    const done: string[] = [];
    for (const [clock, track] of tracks) {
      if (track.running) {
        track.pending.push(act);
        continue;
      }
      const { lineage, cycles } = last(track.entries);
      track.entries = [base(this.acted(clock, act, lineage, { tick: 0, cycle: cycles }, cycles), cycles)];
      done.push(clock);
    }
    return done;
  }

  /**
   * Takes back the cycles of a clock that begin where `isAhead` says that a run tick has not sounded. Answers with
   * the first of their ticks and its epoch, from which on spans must be asked for again; undefined for none.
   */
  rewind(
    clock: string,
    isAhead: (epoch: number, tick: number) => boolean
  ): { epoch: number; tick: number } | undefined {
    const track = this.state.tracks.get(clock);
    if (track === undefined) return undefined;
    const index = track.entries.findIndex(
      ({ epoch, tick }, at) => at > 0 && epoch === track.epoch && isAhead(epoch, tick)
    );
    if (index < 0) return undefined;
    const { epoch, tick } = track.entries[index];
    const taken = track.entries.splice(index);
    track.pending.unshift(...taken.flatMap(({ acts }) => acts));
    track.doneTo = tick;
    return { epoch, tick };
  }

  /** Names the newest generation of all clocks that have one. Throws where there is none. */
  name(name: unknown): void {
    named(lineageOf([...this.state.tracks]) ?? NOTHING, name);
    for (const track of this.state.tracks.values()) {
      const entry = last(track.entries);
      if (entry.lineage === undefined || currentGeneration(entry.lineage) === undefined) continue;
      track.entries[track.entries.length - 1] = { ...entry, lineage: named(entry.lineage, name) };
    }
  }

  /** What plays now, of the clock that came last; the pattern is what a file holds of it. */
  current(): { pattern: EventPattern; generation?: Generation } {
    const lineage = lineageOf([...this.state.tracks]);
    const generation = lineage && currentGeneration(lineage);
    return { pattern: generation?.pattern ?? lineage?.original ?? this.original(0), generation };
  }

  private track(clock: string): Track | undefined {
    const { tracks } = this.state;
    const known = tracks.get(clock);
    if (known !== undefined || tracks.size >= MAX_CLOCKS) return known;
    // What was done before any clock came holds for the first one that comes.
    const before = tracks.get(NO_CLOCK);
    tracks.delete(NO_CLOCK);
    const track: Track = {
      epoch: -Infinity,
      firstTick: 0,
      doneTo: -Infinity,
      running: false,
      entries: before?.entries ?? [base(undefined, 0)],
      pending: []
    };
    tracks.set(clock, track);
    return track;
  }

  /** A cycle begins: what waits is done, and what is due. */
  private pass(clock: string, track: Track, boundary: Boundary): void {
    const before = last(track.entries);
    const cycles = before.cycles + (boundary.tick > track.firstTick ? 1 : 0);
    let { lineage } = before;
    const acts = track.pending.splice(0);
    for (const act of acts) lineage = this.acted(clock, act, lineage, boundary, cycles);
    if (this.isOn && boundary.tick > track.firstTick)
      lineage = this.mutated(clock, lineage, boundary, cycles);
    track.entries.push({ epoch: track.epoch, tick: boundary.tick, lineage, cycles, acts });
    if (track.entries.length > MAX_ENTRIES) track.entries.shift();
  }

  private acted(
    clock: string,
    act: Act,
    lineage: Lineage | undefined,
    boundary: Boundary,
    cycles: number
  ): Lineage | undefined {
    if (act.do === 'mutate') return this.mutated(clock, lineage, boundary, cycles, act.which);
    const count = lineage?.generations.length ?? 0;
    if (lineage === undefined || count === 0) return lineage;
    return undone(lineage, act.count === 'all' ? 'all' : Math.min(act.count, count));
  }

  private mutated(
    clock: string,
    lineage: Lineage | undefined,
    { cycle, bars }: Boundary,
    cycles: number,
    message?: Moment['message']
  ): Lineage | undefined {
    try {
      const known = lineage ?? beginLineage(this.original(cycle));
      const mutation = mutate(
        this.rules,
        { cycle: cycles, bars, message, turn: known.turns },
        {
          pattern: currentGeneration(known)?.pattern ?? known.original,
          original: known.original,
          stepTicks: stepTicksOf(this.rules, this.source.cycleTicks),
          heard: this.state.heard.all()
        }
      );
      if (mutation === undefined) return lineage;
      const next = grown(known, mutation, cycles);
      this.listener.generation(clock, currentGeneration(next)!);
      return next;
    } catch (error) {
      this.listener.failed(error as Error);
      return lineage;
    }
  }

  private original(cycle: number): EventPattern {
    return materialise(this.source, this.rules.cycles || cyclesOf(this.source), cycle);
  }

  private stretches({ entries }: Track, { epoch, from, to }: EvolvingSpan): Stretch[] {
    const stretches: Stretch[] = [];
    let at = entries.length - 1;
    while (at > 0 && !isBefore(entries[at], epoch, from)) at--;
    let begin = from;
    for (; at < entries.length; at++) {
      const next = entries[at + 1];
      const isLast = next === undefined || next.epoch !== epoch || next.tick >= to;
      const end = isLast ? to : Math.max(begin, next.tick);
      if (end > begin || isLast) stretches.push({ from: begin, to: end, pattern: this.playing(entries[at]) });
      if (isLast) break;
      begin = end;
    }
    return stretches;
  }

  /** The pattern of an entry. Its cycle is that of the source, so that whoever plays it counts on as before. */
  private playing({ lineage }: Entry): Pattern {
    const generation = lineage && currentGeneration(lineage);
    if (generation === undefined) return this.source;
    return { cycleTicks: this.source.cycleTicks, query: generation.pattern.query };
  }
}

/** What cannot be undone or named. */
const NOTHING: Lineage = Object.freeze({
  original: undefined as unknown as EventPattern,
  generations: Object.freeze([]),
  turns: 0
});

function base(lineage: Lineage | undefined, cycles: number): Entry {
  return { epoch: -Infinity, tick: -Infinity, lineage, cycles, acts: [] };
}

/** A clock starts, or is another one than before; what played then goes on. */
function beginEpoch(track: Track, { epoch, from }: EvolvingSpan): void {
  if (epoch < track.epoch) track.entries = [base(last(track.entries).lineage, last(track.entries).cycles)];
  track.epoch = epoch;
  track.firstTick = from;
  track.doneTo = -Infinity;
}

function last<T>(list: readonly T[]): T {
  return list[list.length - 1];
}

/** Whether an entry has begun at a run tick of an epoch. */
function isBefore(entry: Entry, epoch: number, tick: number): boolean {
  return entry.epoch < epoch || (entry.epoch === epoch && entry.tick <= tick);
}

/** The lineage of the clock that came last, of those that have one. */
function lineageOf(tracks: readonly [string, Track][]): Lineage | undefined {
  const known = tracks
    .map(([, { entries }]) => last(entries).lineage)
    .filter((lineage) => lineage !== undefined);
  return last(known);
}

function canUndo({ entries, pending }: Track, count: number | 'all'): boolean {
  if (count !== 'all') integerWithin('undo', count, 1, MAX_ENTRIES);
  const generations = last(entries).lineage?.generations.length ?? 0;
  const coming = pending.filter((act) => act.do === 'mutate').length;
  return generations + coming >= (count === 'all' ? 1 : count);
}
