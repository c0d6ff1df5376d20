import { meter, nextBarLine, nextBeat } from '../music/meter';
import type { Pattern, PatternItem } from '../music/pattern';
import type { Span } from '../engine';
import type { Quantum } from './pattern-config';

/** An answer to a span: one event with its stamp, as it goes on the wire. */
export interface PlayedMessage {
  topic: string;
  payload: PatternItem;
  at: { clock: string; epoch: number; tick: number; source: string; ordinal: number; replay?: true };
}

/** Where a pattern has joined a clock; kept over a deploy, so that a pattern that comes back does not join anew. */
interface Joined {
  epoch: number;
  /** Run tick from which on it plays in this epoch. */
  fromTick: number;
}

/** What a player remembers of the clocks that drive it. */
export type Joins = Map<string, Joined>;

/** Clocks remembered by one pattern; more are not to be had, but messages can name any. */
const MAX_CLOCKS = 64;

/**
 * Answers spans with the events of a pattern that begin in them. Several clocks may drive it; each has its own time.
 */
export class Player {
  muted = false;

  /** @param source id of the node, the owner of all notes */
  constructor(
    private readonly source: string,
    private readonly joins: Joins,
    public pattern: Pattern,
    public quantum: Quantum
  ) {}

  /** The clocks that drive this pattern. */
  clocks(): string[] {
    return [...this.joins.keys()];
  }

  answer(span: Span): PlayedMessage[] {
    const fromTick = this.join(span);
    if (this.muted || span.to <= span.from || span.to <= fromTick) return [];
    const { clock, epoch, from, to, position, replay } = span;
    const messages: PlayedMessage[] = [];
    for (const { position: at, event } of this.pattern.query(position, position + (to - from))) {
      const tick = from + (at - position);
      if (tick < fromTick) continue;
      const ordinal = messages.length;
      const stamp = { clock, epoch, tick, source: this.source, ordinal };
      messages.push({ topic: event.type, payload: { ...event }, at: replay ? { ...stamp, replay } : stamp });
    }
    return messages;
  }

  /** The run tick from which on the pattern plays in the span's epoch. */
  private join(span: Span): number {
    const known = this.joins.get(span.clock);
    if (known !== undefined && known.epoch === span.epoch) return known.fromTick;
    // A pattern that is there before the music begins plays from its first note; one that is new waits for its turn.
    const isNew = known === undefined && span.running;
    const fromTick = isNew ? span.from + (this.launchPosition(span) - span.position) : -Infinity;
    if (this.joins.size < MAX_CLOCKS || known !== undefined)
      this.joins.set(span.clock, { epoch: span.epoch, fromTick });
    return fromTick;
  }

  private launchPosition({ beatsPerBar, beatUnit, position }: Span): number {
    if (this.quantum === 'none') return position;
    const here = meter(beatsPerBar, beatUnit);
    return this.quantum === 'bar' ? nextBarLine(here, position) : nextBeat(here, position);
  }
}
