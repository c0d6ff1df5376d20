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

/** A place in what has sounded. */
export interface Place {
  /** Song position, in ticks; it jumps with the loop of a clock and where that is located. */
  readonly position: number;
  /** Ticks that have sounded up to it: they go on evenly, wherever the song jumps. */
  readonly run: number;
}

interface Taken extends Place {
  event: MusicEvent;
}

interface Held extends Place {
  velocity: number;
}

/**
 * Records what is played into a loop. It is told places in the song and no time; what it has recorded stays as it was
 * played, and is quantised only when the pattern is asked for.
 */
export class Recorder {
  private taken: Taken[] = [];
  private readonly held = new Map<string, Held>();

  constructor(public settings: RecordSettings) {}

  get isEmpty(): boolean {
    return this.taken.length === 0;
  }

  clear(): void {
    this.taken = [];
    this.held.clear();
  }

  /**
   * The song sounds from a place on, for so many ticks. While replacing, what was left there before is gone; answers
   * whether anything was.
   */
  pass(from: Place, ticks: number): boolean {
    const { cycleTicks, mode } = this.settings;
    if (mode !== 'replace') return false;
    const before = this.taken.length;
    this.taken = this.taken.filter(
      ({ position, run }) => run >= from.run || wrap(position - from.position, cycleTicks) >= ticks
    );
    return this.taken.length < before;
  }

  /** Takes what was played at a place. */
  take(event: InputEvent, place: Place): void {
    if (event.type === 'noteOn' || event.type === 'noteOff') {
      const key = `${event.channel} ${event.note}`;
      this.end(key, place.run);
      if (event.type === 'noteOn') this.held.set(key, { ...place, velocity: event.velocity });
    } else if (KEPT.has(event.type)) {
      this.add(event as MusicEvent, place);
    }
  }

  /** Nothing more is recorded: keys that are held end here, after so many ticks that have sounded. */
  finish(run: number): void {
    for (const key of [...this.held.keys()]) this.end(key, run);
  }

  /** What was recorded, quantised as the settings say now. */
  pattern(): EventPattern {
    const { cycleTicks, gridTicks, strength } = this.settings;
    const events = this.taken.map(({ position: at, event }) => {
      const isNote = event.type === 'note';
      const onGrid = isNote && gridTicks > 0 ? Math.round(at / gridTicks) * gridTicks : at;
      return { position: wrap(at + strength * (onGrid - at), cycleTicks), event };
    });
    return patternFromEvents(
      events.sort((a, b) => a.position - b.position),
      cycleTicks
    );
  }

  private end(key: string, run: number): void {
    const held = this.held.get(key);
    if (held === undefined) return;
    this.held.delete(key);
    const [channel, note] = key.split(' ').map(Number);
    const durationTicks = Math.max(1, Math.min(this.settings.cycleTicks, run - held.run));
    this.add({ type: 'note', channel, note, velocity: held.velocity, durationTicks }, held);
  }

  private add(event: MusicEvent, { position, run }: Place): void {
    if (this.taken.length < MAX_EVENTS) this.taken.push({ position, run, event });
  }
}

function wrap(position: number, cycleTicks: number): number {
  return ((position % cycleTicks) + cycleTicks) % cycleTicks;
}
