import type { Span } from '../engine';
import type { Performance } from '../music/player/performance';
import type { PatternItem } from '../music/step';
import { Timeline, launchPosition, type Anchor, type Entry, type Moment } from './timeline';
import type { Phase, Quantum, When } from './pattern-config';

/** An answer to a span: one event with its stamp, as it goes on the wire. */
export interface PlayedMessage {
  topic: string;
  payload: PatternItem;
  at: {
    clock: string;
    epoch: number;
    tick: number;
    source: string;
    ordinal: number;
    replay?: true;
    take?: number;
  };
}

/** What a player remembers of the clocks that drive it; kept over a deploy, so that it does not join anew. */
export type Timelines = Map<string, Timeline>;

/** Clocks remembered by one pattern; more are not to be had, but messages can name any: the latest are kept. */
const MAX_CLOCKS = 64;

/** No event sounds so many ticks after it is written. */
const LONGEST_REACH_TICKS = 64 * 3840;

/** How a pattern comes in. */
export interface Launch {
  readonly quantum: Quantum;
  readonly phase: Phase;
}

/** What is to be taken back and asked for again on a clock. */
export interface Replacement {
  /** In these epochs everything, or in the one given from a run tick on. */
  readonly cancel: readonly { epoch?: number; fromTick?: number }[];
  readonly spans: readonly Span[];
}

/**
 * Answers spans with the events of a pattern that sound in them. Several clocks may drive it; each has its own time.
 */
export class Player {
  /** What plays from now on where a clock is new; undefined: nothing. */
  performance: Performance | undefined;
  launch: Launch = { quantum: 'bar', phase: 'song' };
  /** Goes into the stamps: what was made before something was taken back has a lower one. */
  take: number | undefined;

  /** @param source id of the node, the owner of all notes */
  constructor(
    private readonly source: string,
    private readonly timelines: Timelines
  ) {}

  /** The clocks that drive this pattern. */
  clocks(): string[] {
    return [...this.timelines.keys()];
  }

  timeline(clock: string): Timeline | undefined {
    return this.timelines.get(clock);
  }

  answer(span: Span): PlayedMessage[] {
    const timeline = this.joined(span);
    timeline.remember(span);
    const { clock, epoch, replay } = span;
    const { source, take } = this;
    return timeline.answer(span).map(({ tick, event }, ordinal) => {
      const stamp = { clock, epoch, tick, source, ordinal, ...(take !== undefined && { take }) };
      const topic = event.type === 'parameter' ? event.parameter : event.type;
      return { topic, payload: { ...event }, at: replay ? { ...stamp, replay } : stamp };
    });
  }

  /**
   * Lets another performance hold on a clock, from `when` on, and says what that takes back. What was written before
   * sounds as it would have.
   */
  change(clock: string, performance: Performance | undefined, when: When, moment: Moment): Replacement {
    return this.replace(clock, moment, (timeline, epoch, soonest) => {
      const tick = timeline.next(when, epoch, soonest);
      const before = timeline.entryAt(epoch, tick);
      // A pattern that is still to come in comes in at its time.
      const first = before === undefined ? timeline.last : undefined;
      return {
        epoch,
        tick: Math.max(tick, first?.tick ?? tick),
        performance,
        anchor: (before ?? first)?.anchor
      };
    });
  }

  /** Lets the performance begin anew at the next quantum, or at a run tick, and says what that takes back. */
  relaunch(
    clock: string,
    performance: Performance | undefined,
    moment: Moment,
    at?: { epoch: number; tick: number }
  ): Replacement {
    return this.replace(clock, moment, (timeline, epoch, soonest) => {
      const tick =
        at?.epoch === epoch ? Math.max(at.tick, soonest) : timeline.next(this.launch.quantum, epoch, soonest);
      const position = timeline.positionAt(epoch, tick) ?? 0;
      return { epoch, tick, performance, anchor: { epoch, tick, position } };
    });
  }

  private replace(
    clock: string,
    moment: Moment,
    entryFrom: (timeline: Timeline, epoch: number, soonest: number) => Entry
  ): Replacement {
    const timeline = this.timelines.get(clock);
    if (timeline === undefined) return { cancel: [], spans: [] };
    const { running, epochs, nowTick, marginTicks } = moment;
    const epoch = epochs[0];
    if (!running) {
      const entry = entryFrom(timeline, epoch, -Infinity);
      const { anchor } = entry;
      timeline.set({
        ...entry,
        tick: -Infinity,
        // Stopped, a pattern begins with the song.
        anchor: anchor && Number.isFinite(anchor.tick) ? anchor : undefined
      });
      return { cancel: [{}], spans: timeline.pending(moment) };
    }
    const early = timeline.entryAt(epoch, nowTick)?.performance?.early ?? 0;
    const entry = entryFrom(timeline, epoch, nowTick + marginTicks + early);
    timeline.set(entry);
    timeline.prune({ epoch, tick: nowTick - LONGEST_REACH_TICKS });
    const fromTick = entry.tick - early;
    return {
      cancel: epochs.map((each) => (each === epoch ? { epoch, fromTick } : { epoch: each })),
      spans: timeline.pending(moment).filter((span) => span.epoch !== epoch || span.to > fromTick)
    };
  }

  /** The timeline of a span's clock; a clock that is new is joined. */
  private joined(span: Span): Timeline {
    let timeline = this.timelines.get(span.clock);
    if (timeline === undefined) {
      timeline = new Timeline();
      timeline.set(this.joining(span));
      if (this.timelines.size >= MAX_CLOCKS) {
        const [longestUnheard] = this.timelines.keys();
        this.timelines.delete(longestUnheard);
      }
    }
    // To the end: the first is who was not heard of for longest.
    this.timelines.delete(span.clock);
    this.timelines.set(span.clock, timeline);
    return timeline;
  }

  /** A pattern that is there before the music begins plays from its first note; one that is new waits for its turn. */
  private joining(span: Span): Entry {
    const { performance } = this;
    const { epoch, from, position } = span;
    if (!span.running) return { epoch: -1, tick: -Infinity, performance, anchor: undefined };
    const { quantum, phase } = this.launch;
    const begin = quantum === 'none' ? position : launchPosition(span, quantum, position);
    const tick = from + (begin - position);
    const isAnchored = phase === 'launch' || performance?.scene.settings.cycles !== undefined;
    const anchor: Anchor | undefined = isAnchored ? { epoch, tick, position: begin } : undefined;
    return { epoch, tick, performance, anchor };
  }
}
