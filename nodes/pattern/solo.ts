import type { Engine } from '../engine';

/** A pattern as the board of solos sees it. */
export interface Soloist {
  readonly id: string;
  /** The clocks that drive it. */
  clocks(): string[];
  /** Somebody else's solo began or ended on one of its clocks. */
  soloChanged(): void;
}

/**
 * Who is solo: on a clock where a pattern is, the others are silent. One board for all patterns of an engine, so that
 * it outlives a deploy.
 */
export class SoloBoard {
  private readonly soloists = new Map<string, Soloist>();
  /** Clocks by the pattern that is solo on them. */
  private readonly solos = new Map<string, readonly string[]>();

  static of(engine: Engine): SoloBoard {
    return engine.openState('phasor-solo', () => new SoloBoard()).state;
  }

  attach(soloist: Soloist): void {
    this.soloists.set(soloist.id, soloist);
  }

  /** @param removed whether it is gone for good, and its solo with it */
  detach(soloist: Soloist, removed: boolean): void {
    if (this.soloists.get(soloist.id) === soloist) this.soloists.delete(soloist.id);
    if (!removed || !this.solos.delete(soloist.id)) return;
    // Those that close in the same deploy are gone by then.
    setImmediate(() => this.tell(soloist.id));
  }

  isSolo(id: string): boolean {
    return this.solos.has(id);
  }

  set(soloist: Soloist, on: boolean): void {
    if (on) this.solos.set(soloist.id, soloist.clocks());
    else this.solos.delete(soloist.id);
    this.tell(soloist.id);
  }

  private tell(from: string): void {
    for (const other of [...this.soloists.values()]) if (other.id !== from) other.soloChanged();
  }

  /** Whether a pattern is silent on a clock because another is solo there. */
  isSilenced(id: string, clock: string): boolean {
    if (this.solos.has(id)) return false;
    for (const clocks of this.solos.values()) if (clocks.includes(clock)) return true;
    return false;
  }
}
