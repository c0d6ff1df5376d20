import type { InputEvent } from './bytes';
import type { MusicEvent } from './event';
import { patternFromEvents, type EventPattern } from './pattern';

/** How a recording becomes a pattern. */
export interface RecordSettings {
  /** Length of the loop in ticks; song positions are taken by it, so that the pattern is in phase with the song. */
  readonly cycleTicks: number;
  /** Grid in ticks that notes are drawn to; 0 is none. */
  readonly gridTicks: number;
  /** How far they are drawn: 0 not at all, 1 onto the grid. */
  readonly strength: number;
  /** Whether a pass over the loop takes away what was there, or adds to it. */
  readonly mode: 'replace' | 'overdub';
}

/** What is kept: notes with their lengths, and what shapes their sound. */
const KEPT: ReadonlySet<string> = new Set(['cc', 'program', 'pitchBend', 'pressure', 'polyPressure']);

/** More is no loop that anybody plays. */
const MAX_EVENTS = 20_000;

interface Taken {
  /** Song position at which it was played, in ticks. */
  at: number;
  event: MusicEvent;
}

interface Held {
  position: number;
  velocity: number;
}

/**
 * Records what is played into a loop. It is told song positions and no time; what it has recorded stays as it was
 * played, and is quantised only when the pattern is asked for.
 */
export class Recorder {
  private taken: Taken[] = [];
  private readonly held = new Map<string, Held>();
  private lastPosition: number | undefined;

  constructor(public settings: RecordSettings) {}

  get isEmpty(): boolean {
    return this.taken.length === 0;
  }

  clear(): void {
    this.taken = [];
    this.held.clear();
    this.lastPosition = undefined;
  }

  /** The song is at a position. While replacing, what an earlier round left on the way there is gone. */
  advance(position: number): void {
    const { cycleTicks, mode } = this.settings;
    const from = this.lastPosition ?? position;
    this.lastPosition = position;
    if (mode !== 'replace' || position <= from) return;
    this.taken = this.taken.filter(({ at }) => at >= from || wrap(at - from, cycleTicks) >= position - from);
  }

  /** Takes what was played at a song position, in ticks. */
  take(event: InputEvent, position: number): void {
    this.advance(Math.max(position, this.lastPosition ?? position));
    if (event.type === 'noteOn' || event.type === 'noteOff') {
      const key = `${event.channel} ${event.note}`;
      this.end(key, position);
      if (event.type === 'noteOn') this.held.set(key, { position, velocity: event.velocity });
    } else if (KEPT.has(event.type)) {
      this.add(event as MusicEvent, position);
    }
  }

  /** Nothing more is recorded: keys that are held end here. */
  finish(position: number): void {
    for (const key of [...this.held.keys()]) this.end(key, position);
    this.lastPosition = undefined;
  }

  /** What was recorded, quantised as the settings say now. */
  pattern(): EventPattern {
    const { cycleTicks, gridTicks, strength } = this.settings;
    const events = this.taken.map(({ at, event }) => {
      const isNote = event.type === 'note';
      const onGrid = isNote && gridTicks > 0 ? Math.round(at / gridTicks) * gridTicks : at;
      return { position: wrap(at + strength * (onGrid - at), cycleTicks), event };
    });
    return patternFromEvents(
      events.sort((a, b) => a.position - b.position),
      cycleTicks
    );
  }

  private end(key: string, position: number): void {
    const held = this.held.get(key);
    if (held === undefined) return;
    this.held.delete(key);
    const [channel, note] = key.split(' ').map(Number);
    const durationTicks = Math.max(1, Math.min(this.settings.cycleTicks, position - held.position));
    this.add({ type: 'note', channel, note, velocity: held.velocity, durationTicks }, held.position);
  }

  private add(event: MusicEvent, at: number): void {
    if (this.taken.length < MAX_EVENTS) this.taken.push({ at, event });
  }
}

function wrap(position: number, cycleTicks: number): number {
  return ((position % cycleTicks) + cycleTicks) % cycleTicks;
}
