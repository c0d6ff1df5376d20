/**
 * Time to come back. What a node has opened outlives the node for a while, because a deploy closes nodes only to
 * make them anew; what nobody comes back for is forgotten when the time is over.
 */
export class Grace {
  private readonly leaving = new Map<string, { timer: NodeJS.Timeout; forget: () => void }>();

  constructor(private readonly graceMs: number) {}

  /** Somebody came back. */
  keep(id: string): void {
    clearTimeout(this.leaving.get(id)?.timer);
    this.leaving.delete(id);
  }

  /** Somebody left; `forget` is called when the time is over, or at once where nobody will come back. */
  leave(id: string, forGood: boolean, forget: () => void): void {
    this.keep(id);
    if (forGood) return forget();
    const timer = setTimeout(() => this.end(id), this.graceMs);
    timer.unref();
    this.leaving.set(id, { timer, forget });
  }

  /** Nobody will come back. */
  endAll(): void {
    for (const id of [...this.leaving.keys()]) this.end(id);
  }

  /** Forgets nothing any more. */
  cancel(): void {
    for (const id of [...this.leaving.keys()]) this.keep(id);
  }

  private end(id: string): void {
    const forget = this.leaving.get(id)?.forget;
    this.keep(id);
    forget?.();
  }
}
