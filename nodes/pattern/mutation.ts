import { InvalidParameter, type Span } from '../engine';
import { isEventType } from '../music/event';
import { barsAt, meterOf } from '../music/meter';
import {
  comingCycle,
  emptyEvolution,
  Evolution,
  type Act,
  type ComingCycle,
  type EvolutionState,
  type Generation,
  type MutationRules
} from '../music/mutation';
import type { Pattern } from '../music/pattern';
import { patternToJson } from '../music/pattern-json';
import { toBoolean, type Controls } from '../palette/control';
import { leaseEngine } from '../palette/engine';
import { toFileName } from '../palette/file-kinds';
import { storeOf } from '../palette/files-admin';
import { readWhen } from './controls';
import { readRules } from './mutation-rules';
import type { MutationPart, PatternHost } from './part';
import type { PatternFields, When } from './pattern-config';

/** Fields that make a source what it is; with other ones its lineage begins anew. */
const SOURCE_FIELDS = [
  'source',
  'notation',
  'grid',
  'file',
  'cycleBeats',
  'gate',
  'velocity',
  'channel',
  'scale',
  'seed'
] as const;
/** Cycles that have been answered and have not begun to sound; more are those of a clock that has gone. */
const MAX_AWAITED = 64;
/** Files being written at a time. */
const MAX_WRITES = 8;

/** A cycle that was answered. */
interface Begun {
  readonly epoch: number;
  readonly tick: number;
  readonly coming: ComingCycle;
}

/** What outlives a deploy. */
interface Kept {
  readonly evolution: EvolutionState;
  /** The clock whose cycles count, and where its epoch was first heard of. */
  clock?: string;
  began?: { epoch: number; tick: number };
  /** The rules, as they were read last. */
  rules?: string;
  /** It was there before that clock started. */
  isThere: boolean;
  awaited: Begun[];
  coming: ComingCycle;
}

/** What becomes of a pattern as it plays. */
export function openMutation(host: PatternHost): MutationPart {
  return new Mutation(host);
}

class Mutation implements MutationPart {
  private readonly lease;
  private readonly evolution: Evolution;
  private readonly stateId: string;
  private isOn = false;
  private rules: { field: unknown; read: MutationRules } | undefined;
  private readonly kept: Kept;
  /** The pattern of the next cycle is asked for, not what plays. */
  private isRenewing = false;
  private isDue = false;
  private isClosed = false;
  private writes = 0;
  private failure = '';
  /** What the message that is being obeyed says about when. */
  private when: When | undefined;

  constructor(private readonly host: PatternHost) {
    this.lease = leaseEngine(host.RED);
    this.stateId = `${host.id} mutation`;
    this.kept = this.lease.engine.openState<Kept>(this.stateId, () => ({
      evolution: emptyEvolution(),
      isThere: false,
      awaited: [],
      coming: { cycle: 0 }
    })).state;
    this.evolution = new Evolution(this.kept.evolution, readRules(''));
  }

  readonly controls: Controls = {
    verbs: {
      mutate: () => this.act({ do: 'mutate', which: true }),
      undo: () => this.act({ do: 'undo', count: 1 }),
      freeze: () => this.freeze(),
      send: () => this.send()
    },
    keys: {
      mutate: (value) => {
        const which = value === true ? true : this.ruleNamed(value);
        return () => this.act({ do: 'mutate', which });
      },
      undo: (value) => {
        const count = value === true ? 1 : value === 'all' ? value : Number(value);
        if (typeof value === 'object')
          throw new InvalidParameter('undo', value, "a number, or 'all', is needed");
        return () => this.act({ do: 'undo', count });
      },
      name: (value) => () => this.evolution.name(value),
      freeze: (value) => {
        if (value !== true && (typeof value !== 'string' || value.trim() === '')) {
          throw new InvalidParameter('freeze', value, 'a name for the file is needed');
        }
        return () => this.freeze(value === true ? undefined : (value as string));
      },
      send: () => () => this.send()
    }
  };

  apply(source: Pattern, fields: PatternFields): Pattern {
    const isOn = toBoolean('mutates', fields.mutates ?? false);
    if (this.rules === undefined || this.rules.field !== fields.mutation) {
      this.rules = { field: fields.mutation, read: readRules(fields.mutation) };
    }
    this.passCycles();
    this.isOn = isOn;
    this.evolution.rules = this.rules.read;
    const rules = JSON.stringify([isOn, fields.mutation]);
    const isOther = this.kept.rules !== undefined && this.kept.rules !== rules;
    this.kept.rules = rules;
    if (isOther) this.evolution.forget();
    this.evolution.begin(JSON.stringify(SOURCE_FIELDS.map((key) => fields[key])), source);
    const coming = this.evolution.coming();
    if (coming !== undefined && this.isRenewing) return coming;
    if (isOther) this.renewSoon();
    // Another change takes the place of all that was to come; what the next cycle plays is put there again.
    if (coming !== undefined) this.renewSoon();
    return this.evolution.playing();
  }

  /** Learns from notes, which a pattern has no other use for. */
  receive(msg: { payload?: unknown; when?: unknown }): boolean {
    this.when = msg.when === undefined ? undefined : readWhen(msg.when);
    const { type, note, velocity } = (msg.payload ?? {}) as Record<string, unknown>;
    if (!isEventType(type)) return false;
    if (type !== 'note' && type !== 'noteOn') {
      throw new InvalidParameter('payload', type, 'a pattern learns from notes only');
    }
    if (velocity !== 0) this.evolution.hear(note as number);
    return true;
  }

  answered(span: Span): void {
    const { kept } = this;
    const { clock, epoch, from, to } = span;
    if (!this.follows(clock)) return;
    if (!span.running) {
      kept.isThere = true;
      return;
    }
    if (kept.began?.epoch !== epoch) this.beginEpoch(span);
    const tick = this.host.nextCycle(clock, epoch, from);
    // Where an epoch begins no cycle has gone by.
    if (tick !== undefined && tick < to && tick > kept.began!.tick) {
      kept.awaited.push({ epoch, tick, coming: this.comingAfter(span, tick) });
      if (kept.awaited.length > MAX_AWAITED) kept.awaited.shift();
    }
    this.passCycles();
  }

  close(removed: boolean): void {
    this.isClosed = true;
    this.lease.engine.closeState(this.stateId, removed);
    this.lease.release();
  }

  /** The clock has started: what was to come plays from the start, and the first cycle has no other before it. */
  private beginEpoch(span: Span): void {
    const { kept } = this;
    kept.began = { epoch: span.epoch, tick: span.from };
    kept.awaited = [];
    this.tellOf(this.evolution.settle());
    // Who comes late waits for its first cycle, and mutates after it.
    if (kept.isThere || span.position === 0) this.prepare(this.comingAfter(span, span.from));
    kept.isThere = true;
  }

  /** Cycles that were answered begin to sound. */
  private passCycles(): void {
    const { awaited, clock } = this.kept;
    const { engine } = this.lease;
    while (clock !== undefined && awaited.length > 0) {
      const [{ coming, epoch, tick }] = awaited;
      const timeMs = engine.timeOf({ clock, epoch, tick });
      if (timeMs !== undefined && timeMs > engine.now()) return;
      awaited.shift();
      this.cycleBegan(coming);
    }
  }

  /** Whether a clock is the one whose cycles count: the first that came, until it stands and another one runs. */
  private follows(clock: string): boolean {
    const { kept } = this;
    if (kept.clock !== clock && !this.isRunning()) {
      kept.clock = clock;
      kept.began = undefined;
    }
    return kept.clock === clock;
  }

  private isRunning(): boolean {
    const { clock } = this.kept;
    return clock !== undefined && this.lease.engine.transport(clock)?.state()?.running === true;
  }

  /** What is known of the cycle after the one that begins at a run tick. */
  private comingAfter(span: Span, tick: number): ComingCycle {
    const { clock, epoch, position, from } = span;
    const begin = position + (tick - from);
    const next = this.host.nextCycle(clock, epoch, tick + 1) ?? tick;
    const { cycleTicks } = this.evolution.playing();
    const here = meterOf(span);
    return comingCycle(begin, begin + (next - tick), cycleTicks, (at) => barsAt(here, at));
  }

  /** A cycle begins to sound: from here on the one after it can be prepared. */
  private cycleBegan(coming: ComingCycle): void {
    this.tellOf(this.evolution.turn());
    this.prepare(coming);
  }

  private prepare(coming: ComingCycle): void {
    this.kept.coming = coming;
    if (this.prepareWith(coming)) this.renewSoon();
  }

  /** Lets the rules act; whether they did. */
  private prepareWith(coming: ComingCycle): boolean {
    if (!this.isOn) return false;
    try {
      return this.evolution.prepare(coming);
    } catch (error) {
      const { message } = error as Error;
      // The same for each cycle: once is enough.
      if (message !== this.failure) this.host.fail(error as Error);
      this.failure = message;
      return false;
    }
  }

  private act(act: Act): void {
    const { when } = this;
    this.passCycles();
    this.evolution.act(act, this.kept.coming);
    if (this.isRunning() && when !== 'now') {
      this.renew(when ?? 'cycle');
      return;
    }
    const generation = this.evolution.settle();
    this.renew('now');
    this.tellOf(generation);
  }

  /** When all that is on its way has been sent: what replaces it must not come first. */
  private renewSoon(): void {
    if (this.isDue) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      if (this.isClosed) return;
      // Other rules have another next cycle.
      if (this.isRunning()) this.prepareWith(this.kept.coming);
      if (this.evolution.coming() !== undefined) this.renew('cycle');
    });
  }

  private renew(when: When): void {
    this.isRenewing = true;
    try {
      this.host.changed(when);
    } finally {
      this.isRenewing = false;
    }
  }

  private ruleNamed(value: unknown): string {
    const { rules } = this.evolution.rules;
    const names = rules.filter(({ enabled }) => enabled).map(({ name, what }) => name || what);
    const isKnown = rules.some(({ enabled, name, what }) => enabled && (value === name || value === what));
    if (typeof value === 'string' && value !== '' && isKnown) return value;
    throw new InvalidParameter('mutate', value, `true or one of the rules is needed: ${names.join(', ')}`);
  }

  private tellOf(generation: Generation | undefined): void {
    if (generation === undefined) return;
    const { number, cycle, applied, distance, name } = generation;
    const payload = { type: 'mutation', generation: number, cycle, applied: [...applied], distance };
    this.host.tell({ topic: 'mutation', payload: name === undefined ? payload : { ...payload, name } });
  }

  private send(): void {
    const { pattern, generation } = this.evolution.current();
    this.host.tell({ topic: 'pattern', payload: patternToJson(pattern, generation?.name) });
  }

  private freeze(name?: string): void {
    if (this.writes >= MAX_WRITES) {
      throw new InvalidParameter('freeze', name, 'as many files as are allowed are being written');
    }
    const { RED, id } = this.host;
    const { pattern, generation } = this.evolution.current();
    const owner = (RED.nodes.getNode(id) as { name?: string } | null)?.name || 'pattern';
    const title = name ?? generation?.name ?? `${owner} ${generation?.number ?? 0}`;
    const file = toFileName('patterns', title, 'json');
    this.writes++;
    storeOf(RED, 'patterns')
      .write(file, JSON.stringify(patternToJson(pattern, title.slice(0, 100)), undefined, 1))
      .then(
        (stored) => this.host.tell({ topic: 'frozen', payload: { type: 'frozen', file: stored } }),
        (error: Error) => this.host.fail(error)
      )
      .finally(() => this.writes--);
  }
}
