/** Whoever is led by a transport's MIDI clock, and told what becomes of it. Ticks are those of the tempo curve. */
export interface Led {
  /** The music begins at `tick`. */
  play(tick: number): void;
  /** The music jumps at `tick`. */
  jump(tick: number): void;
  stop(tick: number): void;
  /** While it stands: it would go on at `position`. */
  locate(position: number, nowMs: number): void;
}

/** How long before a pulse Start and Continue are sent: a slave needs 1 ms, and the pulse before must not count. */
export function startLeadMs(pulseMs: number): number {
  return Math.min(5, Math.max(1, pulseMs / 2));
}
