import type { NoteEvent } from '../music/event';
import { barBeatAt, barTicks, beatTicks, meterOf, nextBeat, type Meter } from '../music/meter';
import type { OutputHandle, Span } from '../engine';

/** When the metronome is heard: never, before the music begins, or all the time. */
export const CLICKS = ['off', 'countIn', 'always'] as const;
export type Clicks = (typeof CLICKS)[number];

export interface MetronomeConfig {
  clicks: Clicks;
  /** Bars of clicks before a start, 0–8. */
  countInBars: number;
  /** 1–16. */
  channel: number;
}

/** Wood blocks of the General MIDI drum kit, and as loud as the beat is heavy. */
const ACCENT = { note: 76, velocity: 120 };
const BEAT = { note: 77, velocity: 80 };
const CLICK_MS = 40;

/** What the metronome plays to. */
export type ClickOutput = Pick<OutputHandle, 'send'>;

/** Clicks on the beats that a clock announces, and on those that it counts in. */
export class Metronome {
  /** When it is heard, from the next span or start on. */
  clicks: Clicks;
  private countedEpoch = -1;

  /** @param source id of the node, the owner of the clicks */
  constructor(
    private readonly source: string,
    private readonly output: ClickOutput,
    private readonly config: MetronomeConfig,
    private readonly now: () => number
  ) {
    this.clicks = config.clicks;
  }

  /** Clicks on the beats of a span, and on those that are counted before the music. */
  answer(span: Span): void {
    const { clock, epoch, from, to, position, replay, running } = span;
    const here = meterOf(span);
    if (running && from === to && epoch !== this.countedEpoch) this.countIn(span, here);
    if (this.clicks !== 'always') return;
    const end = position + (to - from);
    for (let at = nextBeat(here, position); at < end; at += beatTicks(here)) {
      this.click(barBeatAt(here, at).beat === 1, { clock, epoch, tick: from + (at - position), replay });
    }
  }

  /** How long a start has to wait for what is counted. */
  countInTicks(current: Meter): number {
    return this.clicks === 'off' ? 0 : this.config.countInBars * barTicks(current);
  }

  private countIn({ clock, epoch, from }: Span, here: Meter): void {
    this.countedEpoch = epoch;
    const beats = this.countInTicks(here) / beatTicks(here);
    for (let beat = 0; beat < beats; beat++) {
      const tick = from - (beats - beat) * beatTicks(here);
      this.click(beat % here.beatsPerBar === 0, { clock, epoch, tick, replay: false });
    }
  }

  private click(
    isAccent: boolean,
    { clock, epoch, tick, replay }: { clock: string; epoch: number; tick: number; replay: boolean }
  ): void {
    const { channel } = this.config;
    const event: NoteEvent = { type: 'note', channel, ...(isAccent ? ACCENT : BEAT), durationMs: CLICK_MS };
    const { source } = this;
    const at = { clock, epoch, tick, source, ordinal: 0, replay };
    try {
      this.output.send(event, at, { source, enteredMs: this.now() });
    } catch {
      // No port, or no room: its device says so, and the music does not wait for a click.
    }
  }
}
