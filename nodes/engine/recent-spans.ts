import type { TransportState } from './shared/transport-state';
import type { Span } from './span';

/** A place in run time, in ticks of an epoch. */
export interface RunPlace {
  readonly epoch: number;
  readonly tick: number;
}

/** A stretch of the song that has sounded, in ticks. */
export interface Sounded {
  readonly position: number;
  readonly ticks: number;
}

/** How long a span is remembered, beyond its lookahead. */
const RECENT_MS = 2000;

/** The last spans of a transport, sounded ones included: what it takes to know where the song was a moment ago. */
export class RecentSpans {
  private readonly all: { span: Span; takenMs: number }[] = [];

  /** @param lookaheadMs how long before it sounds a span is announced */
  add(span: Span, nowMs: number, lookaheadMs: number): void {
    const sinceMs = nowMs - lookaheadMs - RECENT_MS;
    while (this.all.length > 0 && this.all[0].takenMs < sinceMs) this.all.shift();
    this.all.push({ span, takenMs: nowMs });
  }

  /** See `TransportHandle.positionAt`. */
  positionAt({ running, tempo, epoch, shift }: TransportState, timeMs: number): number | undefined {
    if (!running) return undefined;
    const tick = tempo.tickAt(timeMs) - shift;
    const here = this.of(epoch);
    const first = here.filter(({ from }) => from <= tick).at(-1) ?? here[0];
    return first === undefined ? undefined : Math.max(0, first.position + tick - first.from);
  }

  /** See `TransportHandle.soundedSince`. */
  soundedSince(
    { running, tempo, epoch, shift }: TransportState,
    place: RunPlace | undefined,
    timeMs: number
  ): (RunPlace & { stretches: Sounded[] }) | undefined {
    if (!running) return undefined;
    const tick = tempo.tickAt(timeMs) - shift;
    const stretches: Sounded[] = [];
    const begin = place?.epoch === epoch ? place.tick : -Infinity;
    for (const span of place === undefined ? [] : this.of(epoch)) {
      const from = Math.max(begin, span.from);
      const ticks = Math.min(tick, span.to) - from;
      if (ticks > 0) stretches.push({ position: span.position + (from - span.from), ticks });
    }
    return { epoch, tick, stretches };
  }

  private of(epoch: number): Span[] {
    return this.all.map(({ span }) => span).filter((span) => span.epoch === epoch);
  }
}
