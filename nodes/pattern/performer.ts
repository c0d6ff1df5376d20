import type { Engine, Span } from '../engine';
import { InvalidParameter } from '../music/errors';
import type { Pattern } from '../music/pattern';
import { VALUE_NAME } from '../music/player/condition';
import { Performance } from '../music/player/performance';
import { readNext } from './next';
import type { MutationPart, SourcePart } from './part';
import {
  FIELDS,
  migrate,
  notationOptions,
  readConfig,
  withValues,
  type PatternFields,
  type When
} from './pattern-config';
import { Player, type PlayedMessage, type Timelines } from './player';
import { SoloBoard, type Soloist } from './solo';
import type { Moment } from './timeline';

/** Texts that are checked when they are given, also while another source than the one that reads them plays. */
const READERS = { notation: 'notation', scale: 'notation', grid: 'grid' } as const;

/** Flow values that one pattern remembers. */
const MAX_VALUES = 256;

/** What a message can set; a missing key leaves things as they are. */
export interface Change {
  fields?: PatternFields;
  values?: Readonly<Record<string, unknown>>;
  mute?: boolean;
  solo?: boolean;
  fill?: boolean;
  /** Begin anew: at the next quantum, or at a run tick. */
  launch?: true | { clock: string; epoch: number; tick: number };
  when?: When;
}

/** Where a pattern is, for a light that runs along. */
export interface Whereabouts {
  /** Song ticks, and from where on the pattern counts in them. */
  readonly position: number;
  readonly origin: number;
  readonly ticksPerMs: number;
}

/** What outlives a deploy. */
export interface Kept {
  timelines: Timelines;
  /** As it was deployed, and as it is by messages since. */
  deployed: Required<PatternFields>;
  fields: Required<PatternFields>;
  values: Map<string, unknown>;
  muted: boolean;
  /** Muted by the end of its cycles, so that a launch ends that. */
  rests: boolean;
  fill: boolean;
}

/** What becomes of a change, for the node. */
export interface Stage {
  send(messages: PlayedMessage[]): void;
  /** The number of cycles is full; sounds at `at`. */
  ended(at: { clock: string; epoch: number; tick: number }): void;
  changed(): void;
}

export function freshState(def: PatternFields): Kept {
  const fields = migrate(def);
  return {
    timelines: new Map(),
    deployed: fields,
    fields,
    values: new Map(),
    muted: false,
    rests: false,
    fill: false
  };
}

/**
 * A pattern on stage: keeps what it is set to, lets each change hold from its time on, and takes back what was
 * queued for that time.
 */
export class Performer implements Soloist {
  private readonly player: Player;
  private readonly board: SoloBoard;
  private performance: Performance | undefined;
  private changes: When = 'now';
  /** Whether the tempo of its file leads. */
  fileTempo = false;
  /** The last end that was told, by clock. */
  private readonly told = new Map<string, { epoch: number; tick: number }>();

  /**
   * Takes up what was kept; of the fields, those that were deployed anew. Throws where the fields cannot be read.
   */
  constructor(
    readonly id: string,
    def: PatternFields,
    private readonly kept: Kept,
    private readonly engine: Engine,
    private readonly source: SourcePart,
    private readonly mutation: MutationPart,
    private readonly stage: Stage
  ) {
    this.player = new Player(id, kept.timelines);
    this.board = SoloBoard.of(engine);
    const deployed = migrate(def);
    const fields: Record<string, unknown> = { ...kept.fields };
    for (const key of FIELDS) if (deployed[key] !== kept.deployed[key]) fields[key] = deployed[key];
    const before = JSON.stringify(kept.fields);
    const next = fields as Required<PatternFields>;
    this.build(next, kept.values);
    kept.deployed = deployed;
    kept.fields = next;
    this.isChanged = JSON.stringify(next) !== before;
    this.board.attach(this);
  }

  /** Whether what was played before a deploy is not what is to be played now. */
  get isStale(): boolean {
    if (this.isChanged) return true;
    return this.clocks().some(
      (clock) => (this.player.timeline(clock)?.last?.performance === undefined) !== !this.audible(clock)
    );
  }

  private readonly isChanged: boolean;

  get fields(): Required<PatternFields> {
    return this.kept.fields;
  }

  /** What is played, before the settings of play. */
  get pattern(): Pattern {
    return this.performance!.scene.patterns[0];
  }

  get muted(): boolean {
    return this.kept.muted;
  }

  get solo(): boolean {
    return this.board.isSolo(this.id);
  }

  /** Silent because of another pattern's solo, on some clock. */
  get silenced(): boolean {
    return this.clocks().some((clock) => this.board.isSilenced(this.id, clock));
  }

  clocks(): string[] {
    return this.player.clocks();
  }

  /** What sounds in a span. */
  answer(span: Span): PlayedMessage[] {
    this.player.performance = this.audible(span.clock);
    this.player.take = this.engine.currentTake;
    const isNew = this.player.timeline(span.clock) === undefined;
    const messages = this.player.answer(span);
    // The others on this clock do not know yet; beyond the clocks that are remembered they never will.
    if (isNew && this.solo && this.player.timeline(span.clock) !== undefined) this.board.set(this, true);
    if (!span.replay) this.mutation.answered?.(span);
    if (!span.replay) this.source.answered?.(span);
    this.tellEnds(span);
    return messages;
  }

  /** Where it is at this moment on the first clock that runs; undefined where none does or it is silent. */
  whereabouts(): Whereabouts | undefined {
    for (const clock of this.clocks()) {
      const state = this.engine.transport(clock)?.state();
      if (state === undefined || !state.running) continue;
      const nowMs = this.engine.now();
      const runTick = state.tempo.tickAt(nowMs) - state.shift;
      const place = this.player.timeline(clock)?.where(state.epoch, runTick);
      if (place === undefined) continue;
      return { ...place, ticksPerMs: state.tempo.tickAt(nowMs + 1) - state.tempo.tickAt(nowMs) };
    }
    return undefined;
  }

  /** Does all of a change, or throws and does nothing. What was queued is taken back once, and only if need be. */
  change({ fields, values, mute, solo, fill, launch, when }: Change): void {
    const { kept } = this;
    const nextFields = { ...kept.fields, ...fields };
    const nextValues = values === undefined ? kept.values : mergedValues(kept.values, values);
    const nextFill = fill ?? kept.fill;
    const isOther =
      nextFill !== kept.fill || !isSame(nextFields, kept.fields) || !sameValues(nextValues, kept.values);
    if (isOther) {
      for (const [key, source] of Object.entries(READERS))
        if (fields?.[key as keyof typeof READERS] !== undefined && nextFields.source !== source)
          this.source.read({ ...withValues(nextFields, nextValues), source });
      this.build(nextFields, nextValues, nextFill);
    }
    kept.fields = nextFields;
    kept.values = nextValues;
    kept.fill = nextFill;
    // What its end has muted begins anew.
    const launched = launch ?? (mute === false && kept.rests ? true : undefined);
    const isMuted = mute ?? (launched !== undefined && kept.rests ? false : kept.muted);
    const isHeard = isMuted !== kept.muted || (solo ?? this.solo) !== this.solo;
    kept.muted = isMuted;
    kept.rests &&= isMuted;
    if (solo !== undefined && solo !== this.solo) this.board.set(this, solo);
    if (isOther || isHeard || launched !== undefined) this.replace(when ?? this.changes, launched);
    this.stage.changed();
  }

  /** A part has another pattern to give. */
  renew(when?: When): void {
    this.build(this.kept.fields, this.kept.values);
    this.replace(when ?? this.changes);
    this.stage.changed();
  }

  /** The first run tick from one on at which a cycle begins. */
  nextCycle(clock: string, epoch: number, tick: number): number | undefined {
    return this.player.timeline(clock)?.next('cycle', epoch, tick);
  }

  /** Where in one cycle of what is played a run tick is, in ticks; undefined where nothing of it sounds. */
  placeAt(clock: string, epoch: number, tick: number): number | undefined {
    const place = this.player.timeline(clock)?.placeAt(epoch, tick);
    return place === undefined ? undefined : place % this.pattern.cycleTicks;
  }

  soloChanged(): void {
    this.replace('now');
    this.stage.changed();
  }

  close(removed: boolean): void {
    this.board.detach(this, removed);
  }

  /** Reads fields into what is played. Throws, and changes nothing. */
  private build(fields: PatternFields, values: ReadonlyMap<string, unknown>, fill = this.kept.fill): void {
    const resolved = withValues(fields, values);
    const { play, quantum, phase, changes, fileTempo } = readConfig(resolved);
    notationOptions(resolved);
    const first = this.source.read(resolved);
    const following =
      play.ending === 'next' && play.cycles !== undefined ? readNext(resolved, this.source) : [];
    // Nothing may throw after this: mutation begins anew with another source.
    const patterns = [this.mutation.apply(first, resolved), ...following];
    this.performance = new Performance({ patterns, settings: play, fill, values: new Map(values) });
    this.player.launch = { quantum, phase };
    this.changes = changes;
    this.fileTempo = fileTempo;
  }

  private audible(clock: string): Performance | undefined {
    return this.kept.muted || this.board.isSilenced(this.id, clock) ? undefined : this.performance;
  }

  /** Lets what is now set hold from `when` on, on all clocks. */
  private replace(when: When, launch?: Change['launch']): void {
    for (const clock of this.player.clocks()) {
      const moment = this.moment(clock);
      if (moment === undefined) continue;
      const performance = this.audible(clock);
      const at = typeof launch === 'object' && launch.clock === clock ? launch : undefined;
      const isLaunched = launch === true || at !== undefined;
      const { cancel, spans } = isLaunched
        ? this.player.relaunch(clock, performance, moment, at)
        : this.player.change(clock, performance, when, moment);
      for (const range of cancel) this.engine.cancel({ source: this.id, clock, ...range });
      this.player.take = this.engine.currentTake;
      for (const span of spans) this.stage.send(this.player.answer(span));
    }
  }

  private moment(clock: string): Moment | undefined {
    const state = this.engine.transport(clock)?.state();
    if (state === undefined) return undefined;
    const { running, tempo, shift, epoch, nextEpoch, continueEpoch, startEpoch, lookaheadMs } = state;
    if (!running) return { running, epochs: [continueEpoch, startEpoch], nowTick: -Infinity, marginTicks: 0 };
    const nowMs = this.engine.now();
    const nowTick = tempo.tickAt(nowMs) - shift;
    return {
      running,
      epochs: epoch === nextEpoch ? [epoch] : [epoch, nextEpoch],
      nowTick,
      // What is about to sound stays: what replaces it would come too late.
      marginTicks: tempo.tickAt(nowMs + lookaheadMs / 4) - shift - nowTick
    };
  }

  /** Tells each end of the cycles once, when the span that it falls in comes by. */
  private tellEnds({ clock, epoch, ...span }: Span): void {
    const timeline = this.player.timeline(clock);
    for (const { tick, entry } of timeline?.ends({ clock, epoch, ...span }) ?? []) {
      const told = this.told.get(clock);
      if (told !== undefined && (told.epoch > epoch || (told.epoch === epoch && told.tick >= tick))) continue;
      this.told.set(clock, { epoch, tick });
      if (entry.performance?.scene.settings.ending === 'mute') this.muteFrom(clock, epoch, tick);
      this.stage.ended({ clock, epoch, tick });
    }
  }

  private muteFrom(clock: string, epoch: number, tick: number): void {
    const timeline = this.player.timeline(clock);
    const entry = timeline?.last;
    if (entry !== undefined) timeline!.set({ ...entry, epoch, tick, performance: undefined });
    this.kept.muted = true;
    this.kept.rests = true;
    this.stage.changed();
  }
}

function isSame(a: PatternFields, b: PatternFields): boolean {
  return FIELDS.every((key) => a[key] === b[key]);
}

function sameValues(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
}

function mergedValues(
  before: ReadonlyMap<string, unknown>,
  values: Readonly<Record<string, unknown>>
): Map<string, unknown> {
  const merged = new Map(before);
  for (const [name, value] of Object.entries(values)) {
    if (!VALUE_NAME.test(name)) {
      throw new InvalidParameter('values', name, 'a name is a letter, then letters, digits, _, . or -');
    }
    if (value === null || value === undefined) merged.delete(name);
    else if (['string', 'number', 'boolean'].includes(typeof value)) merged.set(name, value);
    else throw new InvalidParameter(`values.${name}`, value, 'a number, a text or a truth value is needed');
  }
  if (merged.size > MAX_VALUES) {
    throw new InvalidParameter('values', `${merged.size} names`, `at most ${MAX_VALUES} are remembered`);
  }
  return merged;
}
